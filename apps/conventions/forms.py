"""Forms of the CAOM, their signature and the conventions IAE; the services decide."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from apps.accounts.models import Membership
from apps.conventions.models import Financeur
from apps.core.fields import EuroField
from apps.core.forms import Form
from apps.siae.codes import TypeMesure
from apps.siae.models import Siae

# Far above any département: what is beyond is a slip, and would not fit in the columns.
ENTREES_MAX = 9999
MONTANT_MENSUEL_MAX = Decimal("9999.99")


class CaomForm(Form):
    """A CAOM with the objective of one kind of structure; others are added afterwards."""

    financeur = forms.ModelChoiceField(Financeur.objects.none(), label="Département")
    annee = forms.IntegerField(label="Année", min_value=2014, max_value=2100)
    mesure = forms.ChoiceField(label="Mesure", choices=TypeMesure.choices)
    entrees = forms.IntegerField(label="Entrées prévues", min_value=0, max_value=ENTREES_MAX)
    entrees_brsa = forms.IntegerField(
        label="Dont bénéficiaires du RSA", min_value=0, max_value=ENTREES_MAX
    )
    montant_mensuel = EuroField(
        label="Montant mensuel par bénéficiaire, en euros",
        min_value=Decimal("0.01"),
        max_value=MONTANT_MENSUEL_MAX,
        help_text="En principe 88 % du RSA d’une personne seule, par exemple 534,82.",
    )
    mois_prevus = forms.IntegerField(label="Mois prévus", min_value=1, max_value=12, initial=12)
    somme_des_montants_dates = forms.BooleanField(
        label="Proposer le montant des annexes par la somme des montants datés du RSA",
        required=False,
    )

    def __init__(self, *args: Any, acting: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        financeurs = Financeur.objects.filter(type=Financeur.Type.CD)
        if acting.is_ddets:
            financeurs = financeurs.filter(code=acting.organisation.departement)
        self.fields["financeur"].queryset = financeurs

    def objectif(self) -> dict[str, Any]:
        names = ("mesure", "entrees", "entrees_brsa", "montant_mensuel", "mois_prevus")
        return {name: self.cleaned_data[name] for name in names}


class ObjectifForm(Form):
    """A new objective, or the dated version of one, agreed by exchange of letters."""

    mesure = forms.ChoiceField(label="Mesure", choices=TypeMesure.choices)
    effet = forms.DateField(label="À compter du")
    entrees = forms.IntegerField(label="Entrées prévues", min_value=0, max_value=ENTREES_MAX)
    entrees_brsa = forms.IntegerField(
        label="Dont bénéficiaires du RSA", min_value=0, max_value=ENTREES_MAX
    )
    montant_mensuel = EuroField(
        label="Montant mensuel par bénéficiaire, en euros",
        min_value=Decimal("0.01"),
        max_value=MONTANT_MENSUEL_MAX,
    )
    mois_prevus = forms.IntegerField(label="Mois prévus", min_value=1, max_value=12)


class SignatureForm(Form):
    signee_le = forms.DateField(label="Signée le")


class DenonciationForm(Form):
    recue_le = forms.DateField(label="Lettre reçue le")
    motif = forms.CharField(label="Motif", max_length=500, widget=forms.Textarea({"rows": 3}))


class ConventionForm(Form):
    siae = forms.ModelChoiceField(Siae.objects.none(), label="Structure et mesure")
    numero = forms.CharField(
        label="Numéro", max_length=40, help_text="Par exemple 062 010123 ACI 00019."
    )
    debut = forms.DateField(label="Début")
    fin = forms.DateField(label="Fin")
    signee_le = forms.DateField(label="Signée le")

    def __init__(self, *args: Any, acting: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = Siae.objects.visible_to(acting).select_related("structure")
        self.fields["siae"].queryset = seen.order_by("structure__cle_tri", "mesure")
