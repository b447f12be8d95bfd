"""Drawings of the treasury: cash received month after month, payments of each run by funder.

For the simulator (`treasury.py`) and the list of payments made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from apps.core.charts import Graphique, Serie
from apps.payments.treasury import Tresorerie
from apps.rules.money import total
from apps.rules.periods import Month, month_range

ABREGES = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()  # noqa: SIM905


def cumulative(hypothese: Tresorerie, annexe: Tresorerie) -> Graphique:
    """Cash received so far, orders taken off: the hypothesis against the hours of the annex."""
    runs = _runs(hypothese, annexe)
    series = [Serie("Votre hypothèse", [hypothese.cumul_at(run) for run in runs], "ligne")]
    series.append(Serie("Heures de l’annexe", [annexe.cumul_at(run) for run in runs], "ligne"))
    compared = "selon votre hypothèse et selon les heures de l’annexe"
    if not hypothese.a_venir and not annexe.a_venir:
        series, compared = [replace(series[0], libelle="Aide reçue")], "tout étant versé"
    return Graphique(
        titre="Trésorerie cumulée",
        description=f"Aide reçue depuis le début de l’annexe, ordres de recouvrer déduits, "
        f"{compared}.",
        abscisses=[_short(run) for run in runs],
        series=series,
        unite="€",
    )


def by_funder(hypothese: Tresorerie) -> Graphique:
    """What each run pays or would pay, State and département."""
    runs = _runs(hypothese)
    lines = hypothese.lignes
    etat = [total(x.part_etat for x in lines if x.campagne == run) for run in runs]
    cd = [total(x.part_cd for x in lines if x.campagne == run) for run in runs]
    return _by_funder(runs, etat, cd, "Montant versé ou attendu")


def paid_by_funder(rows: Sequence[tuple[date, Decimal, Decimal]]) -> Graphique:
    """What the runs paid; rows are (month of the run, State, département), in order."""
    runs = [Month.of(mois) for mois, _etat, _cd in rows]
    etat, cd = [row[1] for row in rows], [row[2] for row in rows]
    return _by_funder(runs, etat, cd, "Montant versé")


def _by_funder(
    runs: Sequence[Month], etat: list[Decimal], cd: list[Decimal], measured: str
) -> Graphique:
    series = [Serie("État", etat)]
    if any(cd):
        series.append(Serie("Département", cd))
    return Graphique(
        titre="Versements par mois de paiement",
        description=f"{measured} à chaque campagne de paiement, par financeur.",
        abscisses=[_short(run) for run in runs],
        series=series,
        unite="€",
    )


def _runs(*courses: Tresorerie) -> tuple[Month, ...]:
    runs = [ligne.campagne for course in courses for ligne in course.lignes]
    return month_range(min(runs), max(runs)) if runs else ()


def _short(month: Month) -> str:
    """« janv. 23 », « mai 23 »."""
    return f"{ABREGES[month.month - 1]} {month.year % 100:02d}"
