"""Forms of the payments: the month of a run, the reason of an act."""

from __future__ import annotations

from django import forms

from apps.core.fields import MonthField
from apps.core.forms import Form


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
