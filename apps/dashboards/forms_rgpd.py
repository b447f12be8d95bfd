"""Forms of personal data: contacts of a département, rights requests and their answers."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.core.clock import today
from apps.core.forms import Form, ModelForm
from apps.dashboards.models import ContactRgpd, DemandeDroit


class ContactForm(ModelForm):
    class Meta:
        model = ContactRgpd
        fields = ["service", "courriel_droits", "courriel_violations", "dpo"]
        help_texts = {
            "courriel_droits": "Les demandes de droits y sont transmises dès leur réception.",
            "courriel_violations": "Une violation de données y est notifiée dans les 24 heures.",
            "dpo": "Nom et moyen de le joindre.",
        }


class DemandeForm(Form):
    """A request as it was received; the name is known already when it is tied to a fiche."""

    nature = forms.ChoiceField(
        label="Droit exercé",
        choices=[("", "---------"), *DemandeDroit.Nature.choices],
        error_messages={"required": "Choisissez le droit exercé."},
    )
    recue_le = forms.DateField(
        label="Reçue le",
        help_text="La réponse est due dans le mois qui suit.",
        error_messages={"required": "Indiquez le jour de la réception."},
    )
    demandeur = forms.CharField(
        label="Nom du demandeur",
        max_length=160,
        error_messages={"required": "Indiquez qui exerce son droit."},
    )
    joindre = forms.CharField(
        label="Pour lui répondre",
        max_length=200,
        required=False,
        help_text="Adresse postale ou électronique donnée dans la demande.",
    )
    texte = forms.CharField(
        label="Objet de la demande",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("recue_le", today())
        if known:
            self.fields["demandeur"].required = False
            self.fields["demandeur"].help_text = "Si ce n’est pas la personne elle-même."


class ReponseForm(Form):
    reponse = forms.CharField(
        label="Ce qui a été répondu",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="En cas de refus, les motifs et la possibilité de saisir la CNIL.",
        error_messages={"required": "Indiquez ce qui a été répondu à la personne."},
    )
    refus = forms.BooleanField(label="La demande est refusée", required=False)


class ProlongationForm(Form):
    motif = forms.CharField(
        label="Motif",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="La personne doit en être informée dans le premier mois.",
        error_messages={"required": "Indiquez pourquoi le délai est prolongé."},
    )


class MotifForm(Form):
    motif = forms.CharField(
        label="Motif",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Il est conservé dans le journal.",
        error_messages={"required": "Indiquez pourquoi cette destruction est écartée."},
    )
