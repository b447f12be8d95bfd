"""Forms of the management fees and of the modulated part; the services decide."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from apps.core.errors import Refus
from apps.core.fields import EuroField, NombreField
from apps.core.forms import FilterForm, Form
from apps.core.uploads import read_document
from apps.payments.models import FactureFrais

Periode = FactureFrais.Periode


class PeriodeFraisForm(FilterForm):
    """The period to bill, sent by GET: the page then shows what it would count."""

    annee = forms.IntegerField(label="Année", min_value=2014, max_value=2100)
    periode = forms.ChoiceField(
        label="Période",
        choices=[
            (Periode.SEMESTRE_1, Periode.SEMESTRE_1.label),
            (Periode.SEMESTRE_2, Periode.SEMESTRE_2.label),
            (Periode.AJUSTEMENT, Periode.AJUSTEMENT.label),
        ],
    )


class ChorusForm(Form):
    """References that Chorus Pro asks for (convention de mandat, art. 3.2)."""

    siret = forms.CharField(
        label="SIRET du département",
        max_length=20,
        help_text="14 chiffres, par exemple 226 200 012 00012.",
    )
    engagement = forms.CharField(
        label="Numéro d’engagement",
        max_length=50,
        required=False,
        help_text="Tel que le département l’a communiqué pour l’année.",
    )
    code_service = forms.CharField(label="Code service", max_length=100, required=False)

    def clean_siret(self) -> str:
        siret = "".join(self.cleaned_data["siret"].split())
        if len(siret) != 14 or not siret.isascii() or not siret.isdigit():
            raise forms.ValidationError(
                "Le SIRET compte 14 chiffres : vérifiez celui que vous avez saisi."
            )
        return siret


class EncaissementForm(Form):
    montant = EuroField(label="Montant reçu, en euros", min_value=Decimal("0.01"))
    recu_le = forms.DateField(label="Reçu le")
    reference_bancaire = forms.CharField(
        label="Référence bancaire",
        max_length=60,
        help_text="Celle du relevé du compte de dépôt au Trésor. Elle s’enregistre une fois.",
    )


class ImputationForm(Form):
    facture = forms.ModelChoiceField(
        label="Facture dont déduire l’avoir", queryset=FactureFrais.objects.none()
    )

    def __init__(self, *args: Any, avoir: FactureFrais, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["facture"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = FactureFrais.objects.filter(
            mandat=avoir.mandat_id, etat=FactureFrais.Etat.EMISE, montant__gt=0
        )


class AnneeTarifForm(Form):
    annee = forms.IntegerField(
        label="Année des nouveaux prix",
        min_value=2014,
        max_value=2100,
        help_text="Les prix s’appliquent à compter du 1er janvier.",
    )


class ModulationForm(Form):
    """Decision of the préfet, as the DDETS notifies it."""

    taux = NombreField(
        label="Taux, en %",
        min_value=Decimal(0),
        max_value=Decimal(10),
        max_digits=4,
        decimal_places=2,
        help_text="Entre 0 et 10 % du montant socle réalisé, par exemple 6,31.",
    )
    reference = forms.CharField(label="Référence de la notification", max_length=80)
    notifiee_le = forms.DateField(label="Date de la décision")
    piece = forms.FileField(
        label="Notification signée (PDF)",
        required=False,
        help_text="Facultative, 10 Mo au plus.",
    )

    def clean_piece(self) -> Any:
        piece = self.cleaned_data["piece"]
        if piece is None:
            return None
        try:
            read_document(piece)
        except Refus as refus:
            raise forms.ValidationError(str(refus)) from refus
        return piece


class DecisionModulationForm(Form):
    DECISIONS = [("VALIDER", "Valider : la prochaine campagne la verse"), ("REFUSER", "Refuser")]

    decision = forms.ChoiceField(label="Décision", choices=DECISIONS, widget=forms.RadioSelect)
    motif = forms.CharField(
        label="Motif du refus",
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text="À remplir seulement en cas de refus ; la DDETS le lira.",
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("decision") == "REFUSER" and not data.get("motif"):
            self.add_error("motif", "Indiquez le motif du refus.")
        return data
