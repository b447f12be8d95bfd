"""Forms of the payments: the month of a run, the reason of an act, the hypothesis of a forecast."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.core.fields import HoursField, MonthField
from apps.core.forms import Form
from apps.payments.treasury import Dossier
from apps.rules.forecast import Hypothese
from apps.rules.periods import Month


class PreparationForm(Form):
    mois = MonthField(
        label="Mois de la campagne",
        help_text="Le droit au paiement est apprécié au jour de paiement de ce mois.",
    )


class MotifForm(Form):
    motif = forms.CharField(
        label="Motif",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Il est conservé dans le journal et montré aux parties.",
    )


class HypotheseForm(Form):
    """Hours and beneficiaries of every month to come, then of one month or another.

    Sent by GET: the address of the page holds the whole hypothesis.
    """

    mark_optional = False
    heures = HoursField(
        label="Heures par mois",
        max_digits=8,
        help_text="Heures éligibles de tous les salariés, pour chaque mois à venir.",
    )
    brsa = forms.IntegerField(
        label="Bénéficiaires du RSA",
        min_value=0,
        max_value=9999,
        required=False,
        help_text="Personnes ayant au moins une heure dans le mois.",
    )

    def __init__(self, dossier: Dossier, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dossier = dossier
        self.cofinancee = bool(dossier.montants_cd)
        if not self.cofinancee:
            del self.fields["brsa"]
        for mois in dossier.mois_a_venir:
            self.fields[f"h-{mois}"] = HoursField(
                label=f"Heures {mois.label_with_de}", max_digits=8, required=False
            )
            if self.cofinancee:
                self.fields[f"b-{mois}"] = forms.IntegerField(
                    label=f"Bénéficiaires du RSA {mois.label_with_de}",
                    min_value=0,
                    max_value=9999,
                    required=False,
                )

    @property
    def mois_par_mois(self) -> list[dict[str, Any]]:
        """The fields of each month to come, with the hours already declared for it."""
        return [
            {
                "mois": mois,
                "heures": self[f"h-{mois}"],
                "brsa": self[f"b-{mois}"] if self.cofinancee else None,
                "declarees": self.dossier.declares.get(mois),
            }
            for mois in self.dossier.mois_a_venir
        ]

    @property
    def detaillee(self) -> bool:
        """Whether a month has figures, or a fault, of its own."""
        names = [name for name in self.fields if name[:2] in ("h-", "b-")]
        return any(self.data.get(name) or name in self.errors for name in names)

    def hypotheses(self) -> dict[Month, Hypothese]:
        """What each month to come holds: its own figures, those declared, else the general ones."""
        return {mois: self._of_month(mois) for mois in self.dossier.mois_a_venir}

    def _of_month(self, mois: Month) -> Hypothese:
        data = self.cleaned_data
        heures, brsa = data.get(f"h-{mois}"), data.get(f"b-{mois}")
        if heures is None:
            heures = self.dossier.declares.get(mois, data["heures"])
        return Hypothese(heures, (data.get("brsa") or 0) if brsa is None else brsa)
