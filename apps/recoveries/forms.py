"""Forms of the amicable phase: enforcement, cash, surpluses, plans, set-offs, reasons.

Each is shown on a confirmation page that restates what will happen; the services check again.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from apps.core.fields import EuroField
from apps.core.forms import Form
from apps.recoveries.models import (
    ActeDeRecouvrement,
    Compensation,
    Encaissement,
    Excedent,
    OrdreDeRecouvrer,
    PlanDePaiement,
)

MODES = [(mode.value, mode.label) for mode in Encaissement.BANQUE]


def _reason(label: str, help_text: str = "", *, maximum: int = 300) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=maximum,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ActeForm(Form):
    """A form of an act on an object, which `objet` gives to what must show it."""

    def __init__(self, *args: Any, objet: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.objet = objet


class SansSaisieForm(ActeForm):
    """Nothing to type: the page restates the act, which is confirmed."""


class MotifForm(ActeForm):
    motif = _reason("Motif", "Il est conservé dans l’historique de l’ordre.")


class MotifNotifieForm(ActeForm):
    motif = _reason("Motif", "Il est notifié à la structure.")


class ForceForm(ActeForm):
    voie = forms.ChoiceField(
        label="Voie d’exécution",
        choices=[("", "À choisir"), *ActeDeRecouvrement.Voie.choices],
    )
    detail = forms.CharField(
        label="Précisions",
        required=False,
        max_length=300,
        help_text="Commissaire de justice ou tiers saisi, références du dossier.",
    )


class EncaissementForm(ActeForm):
    objet: OrdreDeRecouvrer

    montant = EuroField(label="Montant reçu")
    recu_le = forms.DateField(label="Reçu le")
    mode = forms.ChoiceField(label="Mode de paiement", choices=MODES)
    reference = forms.CharField(
        label="Référence de l’opération bancaire",
        max_length=60,
        help_text="Celle du relevé : une même opération n’est enregistrée qu’une fois.",
    )
    conserver = forms.BooleanField(
        label="Conserver l’excédent éventuel au crédit de la structure",
        required=False,
    )
    motif = forms.CharField(
        label="Motif de la conservation de l’excédent", required=False, max_length=300
    )


class PlanForm(ActeForm):
    objet: OrdreDeRecouvrer

    nombre = forms.IntegerField(
        label="Nombre d’échéances mensuelles", min_value=2, max_value=settings.ECHEANCES_PLAN_MAX
    )
    premiere = forms.DateField(
        label="Première échéance",
        help_text="Les suivantes sont le même jour des mois suivants. Trois mois au plus tard.",
    )
    motif = _reason(
        "Motif de la demande",
        "Décrivez votre trésorerie et ce qui vous permettra de respecter le calendrier.",
        maximum=600,
    )


class AccordForm(ActeForm):
    objet: PlanDePaiement

    nombre = forms.IntegerField(
        label="Nombre d’échéances mensuelles", min_value=2, max_value=settings.ECHEANCES_PLAN_MAX
    )
    premiere = forms.DateField(label="Première échéance")
    motif = forms.CharField(
        label="Précisions",
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Elles figurent sur l’accord de délais.",
    )


class CompensationForm(ActeForm):
    objet: Compensation

    plafond = EuroField(
        label="Plafond par campagne",
        required=False,
        help_text="Laissez vide pour retenir tout ce qui est versé, jusqu’à la somme due.",
    )
    motif = _reason("Motif", "Il figure sur l’avis de compensation.")


class ImputationForm(ActeForm):
    objet: Excedent

    ordre = forms.ModelChoiceField(
        label="Ordre à payer",
        queryset=OrdreDeRecouvrer.objects.none(),
        empty_label="À choisir",
        help_text="Un ordre de la même structure et du même financeur.",
    )
    montant = EuroField(label="Montant à imputer")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.fields["ordre"]
        assert isinstance(choices, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        choices.queryset = OrdreDeRecouvrer.objects.payable_with(self.objet)


class PaiementForm(ActeForm):
    reference = forms.CharField(
        label="Référence de l’opération bancaire",
        max_length=60,
        help_text="Celle du virement fait à la structure, sur le relevé.",
    )
