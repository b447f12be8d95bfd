"""Forms of the funds: calls, notifications, receipts, balance of a year."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from apps.conventions.models import ConventionMandat
from apps.core.fields import EuroField
from apps.core.forms import Form
from apps.payments.models import AppelDeFonds, NotificationDeFonds
from apps.rules.explanation import euros

CENT = Decimal("0.01")


def _motif(label: str = "Motif", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=400,
        required=required,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MontantForm(Form):
    """An exceptional call, or another sum for a proposed one."""

    montant = EuroField(label="Montant appelé, en euros", min_value=CENT, max_digits=14)
    motif = _motif("Motif, montré au département")


class ComplementForm(Form):
    """What the forecasts of the quarterly call do not know yet."""

    complement = EuroField(
        label="Complément à la prévision du trimestre appelé, en euros",
        min_value=Decimal(0),
        max_digits=14,
        required=False,
        help_text="Pour des annexes qui ne sont pas encore en vigueur. Laissez vide sinon.",
    )
    motif = _motif("Motif du complément", required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("complement") and not data.get("motif"):
            self.add_error("motif", "Indiquez le motif du complément : il figure sur l’appel.")
        data["complement"] = data.get("complement") or Decimal(0)
        return data


class AnneeForm(Form):
    annee = forms.IntegerField(label="Année", min_value=2014, max_value=2100)


class MotifFondsForm(Form):
    motif = _motif()


class _AboutCall(Form):
    """A form that may name an issued call of the mandate."""

    appel = forms.ModelChoiceField(
        AppelDeFonds.objects.none(),
        label="Appel de fonds",
        required=False,
        empty_label="Aucun appel",
    )

    def __init__(self, *args: Any, mandat: ConventionMandat, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["appel"]
        # Those received in full too: what is recorded twice is then told as such.
        field.queryset = mandat.appels.filter(etat__in=AppelDeFonds.EMIS).order_by("-numero")
        field.label_from_instance = lambda appel: (
            f"{appel} – {appel.get_nature_display().lower()}, "
            + (f"reste {euros(appel.reste)}" if appel.reste else "encaissé en totalité")
        )


class NotificationForm(_AboutCall):
    montant = EuroField(label="Montant ordonnancé, en euros", min_value=CENT, max_digits=14)
    ordonnance_le = forms.DateField(label="Ordonnancé le")
    reference = forms.CharField(
        label="Numéro du mandat de paiement",
        max_length=60,
        help_text="Celui de votre comptabilité : il permet de rapprocher le virement reçu.",
    )
    field_order = ["montant", "ordonnance_le", "reference", "appel"]


class RecetteForm(_AboutCall):
    montant = EuroField(label="Montant reçu, en euros", min_value=CENT, max_digits=14)
    recu_le = forms.DateField(label="Reçu le", help_text="Date de valeur sur le relevé.")
    reference_bancaire = forms.CharField(
        label="Référence de l’opération sur le relevé",
        max_length=60,
        help_text="Une opération du relevé s’enregistre une seule fois.",
    )
    notification = forms.ModelChoiceField(
        NotificationDeFonds.objects.none(),
        label="Notification du département",
        required=False,
        empty_label="Aucune notification",
    )
    confirmation = forms.BooleanField(
        label="Cette somme figure au crédit du compte de dépôt au Trésor à cette date",
    )
    field_order = [
        "montant",
        "recu_le",
        "reference_bancaire",
        "appel",
        "notification",
        "confirmation",
    ]

    def __init__(self, *args: Any, mandat: ConventionMandat, **kwargs: Any) -> None:
        super().__init__(*args, mandat=mandat, **kwargs)
        field: Any = self.fields["notification"]
        field.queryset = mandat.notifications_fonds.standing().filter(recettes__isnull=True)
        field.label_from_instance = lambda notice: (
            f"{notice.reference} du {notice.ordonnance_le:%d/%m/%Y}, {euros(notice.montant)}"
        )

    def receipt(self) -> dict[str, Any]:
        """Arguments of the service."""
        data = dict(self.cleaned_data)
        data.pop("confirmation")
        return data
