"""Forms of the comptes d’emploi: which one to prepare, why one is set aside."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Min

from apps.conventions.models import ConventionMandat
from apps.core.forms import Form
from apps.dashboards.models import CompteEmploi
from apps.rules.periods import Month

YEARS_OFFERED = 6


def quarter_end(annee: int, trimestre: int) -> date:
    """Last day of a quarter, from 1 to 4."""
    return Month(annee, 3 * trimestre).last_day


class CompteEmploiForm(Form):
    """A mandate, a quarter that is over, a nature: what is prepared is shown before it is kept."""

    mandat = forms.ModelChoiceField(
        label="Convention de mandat",
        queryset=ConventionMandat.objects.none(),
        empty_label="Choisissez une convention",
        error_messages={"required": "Choisissez la convention de mandat."},
    )
    periode = forms.ChoiceField(
        label="Arrêté au",
        help_text="Dernier jour d’un trimestre terminé ; le compte porte sur l’année jusqu’à ce "
        "jour.",
    )
    nature = forms.ChoiceField(
        label="Nature",
        choices=CompteEmploi.Nature.choices,
        initial=CompteEmploi.Nature.PROVISOIRE,
        widget=forms.RadioSelect,
        help_text="Certifié : au 31 décembre, une fois l’année verrouillée.",
    )

    def __init__(self, *args: Any, mandats: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["mandat"]
        chosen.queryset = mandats.select_related("financeur")
        chosen.label_from_instance = lambda mandat: f"{mandat.reference} – {mandat.financeur}"
        first = mandats.aggregate(first=Min("debut"))["first"]
        oldest = max(first.year, on.year - YEARS_OFFERED + 1) if first else on.year
        quarters = [
            (year, quarter)
            for year in range(on.year, oldest - 1, -1)
            for quarter in (4, 3, 2, 1)
            if quarter_end(year, quarter) < on
        ]
        self.fields["periode"].choices = [  # type: ignore[attr-defined]
            (f"{year}-{quarter}", f"{quarter_end(year, quarter):%d/%m/%Y}")
            for year, quarter in quarters
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        certified = cleaned.get("nature") == CompteEmploi.Nature.CERTIFIE
        if certified and not cleaned.get("periode", "-4").endswith("-4"):
            self.add_error("periode", "Seul un compte arrêté au 31 décembre peut être certifié.")
        return cleaned


class MotifForm(Form):
    motif = forms.CharField(
        label="Motif",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Indiquez pourquoi ce compte d’emploi est écarté."},
        help_text="Il est conservé dans le journal.",
    )
