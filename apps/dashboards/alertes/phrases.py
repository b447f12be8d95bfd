"""Words of the alerts: counts, months one after the other, thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from apps.core.templatetags.extranet import nombre_entier
from apps.rules.explanation import NBSP, pourcent
from apps.rules.periods import Month, range_label, with_de


def plural(count: int, noun: str) -> str:
    """« 1 jour », « 3 jours », « 1 250 jours »."""
    return f"{nombre_entier(count)}{NBSP}{noun}{'s' if abs(count) > 1 else ''}"


def of_months(months: Sequence[Month]) -> str:
    """« de mars 2023 », « de septembre à décembre 2023 », « de mars 2023 et d’avril 2024 »: after
    a noun; months in order."""
    runs: list[list[Month]] = []
    for mois in months:
        if runs and runs[-1][-1] + 1 == mois:
            runs[-1].append(mois)
        else:
            runs.append([mois])
    said = [
        with_de(run[0].label) if len(run) == 1 else range_label(run[0], run[-1]) for run in runs
    ]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} et {said[-1]}"


def over_months(months: Sequence[Month]) -> str:
    """The same for what happened during these months: « en mars 2023 »."""
    return f"en {months[0].label}" if len(months) == 1 else of_months(months)


def short_rate(threshold: Decimal) -> str:
    """« 90 % », « 92,50 % »."""
    whole = threshold == threshold.to_integral_value()
    return f"{threshold:.0f}{NBSP}%" if whole else pourcent(threshold)
