"""Forms of the bank: the file of a return, why it is set aside, the decision on an unknown line."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.core.forms import Form
from apps.payments.models import LigneRetour, Virement

ACCEPTED = ".xml,.csv,.txt,application/xml,text/xml,text/csv"


class RetourForm(Form):
    fichier = forms.FileField(
        label="Fichier reçu de la banque",
        help_text="Message pain.002 (XML, versions 001.03 et 001.10) ou tableau CSV aux colonnes "
        "reference;statut;code;libelle;date. 5 Mio au plus.",
        widget=forms.FileInput({"accept": ACCEPTED}),
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )


class EcartForm(Form):
    motif = forms.CharField(
        label="Motif",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Le fichier reste conservé ; il peut être importé de nouveau.",
    )


class DecisionForm(Form):
    """What is done of an unknown line; a transfer is named by its reference."""

    mark_optional = False
    decision = forms.ChoiceField(
        label="Décision",
        choices=[
            (LigneRetour.Decision.RATTACHEE, "Rattacher à un virement et appliquer la réponse"),
            (LigneRetour.Decision.CLASSEE, "Classer sans suite"),
        ],
        widget=forms.RadioSelect,
    )
    reference = forms.CharField(
        label="Référence du virement",
        max_length=35,
        required=False,
        help_text="Pour un rattachement. Elle figure sur la page « Virements ».",
    )
    motif = forms.CharField(
        label="Motif de la décision",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Il est conservé dans le journal.",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("decision") != LigneRetour.Decision.RATTACHEE:
            return data
        reference = "".join(data.get("reference", "").split())
        if not reference:
            self.add_error("reference", "Indiquez la référence du virement à rattacher.")
            return data
        data["virement"] = Virement.objects.sent().filter(reference=reference).first()
        if data["virement"] is None:
            self.add_error(
                "reference",
                "Aucun virement émis ne porte cette référence : copiez-la depuis la page "
                "« Virements ».",
            )
        return data
