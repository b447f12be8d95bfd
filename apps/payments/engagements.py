"""What the annexes commit on the mandates, and what is expected to be paid for them.

An annex is under the mandate in force on the day it was signed (convention art. 9). Commitments
(AE) are the département's amounts of the versions in force; they are raised only by an amendment
notified within the year. Read by the funds pages and by the forecasts of the calls for funds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings

from apps.annexes.conditions import conditions_by_annexe
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.conventions.models import ConventionMandat
from apps.payments.holds import mandat_of, signed_on, situation_of
from apps.payments.liquidation import executed_lines, months_validated
from apps.payments.models import Versement
from apps.payments.treasury import next_run
from apps.presence.querysets import TotalValide, validated_totals
from apps.rules.cofinancement import MontantsDates
from apps.rules.conditions import Conditions
from apps.rules.due import Executee
from apps.rules.forecast import forecast
from apps.rules.money import ZERO, total
from apps.rules.parameter import ParametreInconnu, montants_mensuels_cd, one_reading
from apps.rules.periods import Month
from apps.rules.schedule import planned_schedule

Pairs = list[tuple[VersionAnnexe, Conditions]]
ENGAGEES = (VersionAnnexe.Etat.VALIDE, VersionAnnexe.Etat.CLOTURE)


@dataclass(frozen=True, slots=True)
class Engagement:
    """An annex under a mandate: the year it counts on, what it commits, in euros.

    `initial`: the amount of its first version. `hausse_tardive`: part of the amount that an
    amendment added after the year, which the budget of the year cannot bear.
    """

    annexe_id: int
    version: VersionAnnexe
    annee: int
    initial: Decimal
    engage: Decimal
    hausse_tardive: Decimal


def annexes_by_mandat(mandats: Sequence[ConventionMandat], on: date) -> dict[int, dict[int, Pairs]]:
    """Versions ever in force of the co-financed annexes of each mandate, per annex.

    A fixed number of queries, whatever the number of mandates and annexes.
    """
    situation = situation_of([], [], on)
    family = {pk for mandat in mandats for pk in situation.family(mandat.financeur_id)}
    annexes = (
        VersionAnnexe.objects.ever_in_force()
        .filter(financeur_cd__in=family, montant_cd__gt=0)
        .order_by()
        .values_list("annexe", flat=True)
        .distinct()
    )
    found: dict[int, dict[int, Pairs]] = {mandat.pk: {} for mandat in mandats}
    for annexe_id, pairs in conditions_by_annexe(list(annexes)).items():
        mandat_id = mandat_of([version for version, _conditions in pairs], situation)
        if mandat_id in found:
            found[mandat_id][annexe_id] = pairs
    return found


def commitment_of(pairs: Pairs) -> Engagement:
    """What one annex commits, from its versions ever in force."""
    versions = [version for version, _conditions in pairs]
    last = versions[-1]
    annee = signed_on(versions).year
    in_the_year = [v for v in versions if v.modification == 0 or _notified(v).year == annee]
    engage = last.montant_cd if last.etat in ENGAGEES else ZERO
    highest = in_the_year[-1].montant_cd if in_the_year else ZERO
    return Engagement(
        annexe_id=last.annexe_id,
        version=last,
        annee=annee,
        initial=versions[0].montant_cd,
        engage=engage,
        hausse_tardive=max(ZERO, engage - highest),
    )


def commitments(annexes: dict[int, Pairs]) -> list[Engagement]:
    """The commitments of a mandate, by annex."""
    return [commitment_of(annexes[annexe_id]) for annexe_id in sorted(annexes)]


def unsettled(annexe_ids: Iterable[int]) -> set[int]:
    """Of these annexes, those whose final regularisation is not executed."""
    ids = set(annexe_ids)
    settled = Versement.objects.executed().filter(annexe__in=ids, nature=Versement.Nature.SOLDE)
    return ids - set(settled.order_by().values_list("annexe", flat=True))


def expected_by_run(annexes: dict[int, Pairs], on: date) -> dict[Month, Decimal]:
    """What the mandate will pay at each run to come, in euros, re-imputations included.

    The rules that pay are played over the runs to come, each missing statement holding the
    theoretical hours and the beneficiaries of its annex. Five queries.
    """
    live = {pk: pairs for pk, pairs in annexes.items() if _may_pay(pairs[-1][0])}
    totals: dict[int, list[TotalValide]] = defaultdict(list)
    for row in validated_totals(live):
        totals[row.annexe_id].append(row)
    paid, depuis = executed_lines(list(live)), next_run(on)
    montants = _amounts(live, on)
    sums: dict[Month, Decimal] = defaultdict(lambda: ZERO)
    for annexe_id, pairs in live.items():
        known = montants[annexe_id]
        if known is None or not pairs[-1][0].brsa_vises:
            expected = _flat(pairs[-1][1], depuis)
        else:
            expected = _played(pairs, totals[annexe_id], paid.get(annexe_id, []), depuis, known)
        for run, amount in expected:
            sums[run] += amount
    return dict(sums)


def total_engaged(engagements: Iterable[Engagement], annee: int | None = None) -> Decimal:
    """Commitments of a year (of all years without it), in euros."""
    return total(e.engage for e in engagements if annee in (None, e.annee))


@one_reading()
def _amounts(annexes: Iterable[int], on: date) -> dict[int, MontantsDates | None]:
    """Monthly amounts per beneficiary of each annex's territory; None when one is not recorded."""
    rows = AnnexeFinanciere.objects.filter(pk__in=list(annexes))
    territories = dict(rows.order_by().values_list("pk", "siae__structure__departement"))
    found: dict[str, MontantsDates | None] = {}
    for departement in set(territories.values()):
        try:
            found[departement] = montants_mensuels_cd(on, departement)
        except ParametreInconnu:
            found[departement] = None
    return {annexe_id: found[departement] for annexe_id, departement in territories.items()}


def _played(
    pairs: Pairs,
    totals: list[TotalValide],
    paid: list[Executee],
    depuis: Month,
    montants: MontantsDates,
) -> list[tuple[Month, Decimal]]:
    version, conditions = pairs[-1]
    played = forecast(
        [figures for _version, figures in pairs],
        months_validated(totals, montants),
        paid,
        depuis,
        settings.JOUR_PAIEMENT,
        heures=conditions.heures_mensuelles,
        brsa=version.brsa_vises,
        montants_cd=montants,
    )
    return [(dated.campagne, dated.ligne.part_cd) for dated in played.lignes]


def _flat(conditions: Conditions, depuis: Month) -> list[tuple[Month, Decimal]]:
    """Without its scale or its beneficiaries, an annex cannot be played: its flat amounts stand."""
    return [
        (planned.mois, planned.part_cd)
        for planned in planned_schedule(conditions)
        if planned.mois >= depuis
    ]


def _notified(version: VersionAnnexe) -> date:
    """The day an amendment binds: that of its validation, notified at once."""
    return version.validee_le or version.debut


def _may_pay(version: VersionAnnexe) -> bool:
    return bool(version.etat == VersionAnnexe.Etat.VALIDE)
