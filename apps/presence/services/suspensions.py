"""Annexes suspended for a statement not entered in time, and the end of the suspension.

Text: cahier des charges §2.4 (« en cas de non-saisie … dans le délai du mois suivant »), spec 02
§2. Run each day by the task `presence.check_suspensions`, for all annexes in two queries; run
again after each validation for the annexes concerned.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction

from apps.annexes.models import AnnexeFinanciere, Suspension
from apps.core.clock import today
from apps.journal.services import Fact, record_many
from apps.rules.periods import Month

MOTIF = Suspension.Motif.EMP_NON_SAISI

# Months past their deadline, not validated, that were not certified before it. `jamais_saisi`
# opens a suspension; the others only keep it open until the ASP has validated them.
LATE_MONTHS = """
    SELECT annexe.id,
           BOOL_OR(etat.premiere_saisie_le IS NULL) AS jamais_saisi,
           ARRAY_AGG(mois.jour::date ORDER BY mois.jour) AS mois
      FROM annexes_annexefinanciere annexe
      JOIN annexes_versionannexe version ON version.id = annexe.courante_id
     CROSS JOIN LATERAL GENERATE_SERIES(
               version.debut::timestamp, LEAST(version.fin, %(dernier)s)::timestamp, '1 month'
           ) AS mois (jour)
      LEFT JOIN presence_etatmensuel etat
             ON etat.annexe_id = annexe.id AND etat.mois = mois.jour::date
     WHERE version.etat = 'VALIDE'
       AND (%(annexes)s::bigint[] IS NULL OR annexe.id = ANY(%(annexes)s::bigint[]))
       AND (etat.id IS NULL OR etat.etat NOT IN ('VALIDE', 'CARENCE'))
       AND (etat.premiere_saisie_le IS NULL
            OR etat.premiere_saisie_le >= (mois.jour + INTERVAL '2 months')::date)
     GROUP BY annexe.id
     ORDER BY annexe.id
"""


def deadline_of(mois: date) -> date:
    """Last day to enter a month: the last of the following month."""
    return (Month.of(mois) + 1).last_day


@transaction.atomic
def update_suspensions(on: date | None = None) -> tuple[int, int]:
    """Suspend the annexes whose structure is late, lift those that no longer are.

    Returns (opened, lifted). Run twice = once.
    """
    on = on or today()
    # One writer at a time; readers and other suspensions are not disturbed.
    list(_open_suspensions().select_for_update(of=("self",)).order_by("pk"))
    late = _late_months(on)
    known = {item.annexe_id: item for item in _open_suspensions()}
    opened = _open(late, known, on)
    _rename(late, known)
    lifted = _lift([item for pk, item in known.items() if pk not in late], on)
    return opened, lifted


def lift_suspensions(annexe_ids: Iterable[int], on: date) -> int:
    """Lift the automatic suspensions of these annexes that have no reason left."""
    ids = list(annexe_ids)
    known = list(
        _open_suspensions().filter(annexe__in=ids).select_for_update(of=("self",)).order_by("pk")
    )
    if not known:
        return 0
    late = _late_months(on, ids)
    return _lift([item for item in known if item.annexe_id not in late], on)


def annexes_with_late_months(on: date) -> list[int]:
    """Annexes in force of which a month was never certified before its deadline."""
    return [pk for pk, (never, _months) in _late_months(on).items() if never]


def _open_suspensions():  # type: ignore[no-untyped-def]
    return Suspension.objects.open().filter(motif=MOTIF).select_related("annexe")


def _late_months(
    on: date, annexe_ids: list[int] | None = None
) -> dict[int, tuple[bool, list[date]]]:
    """{annex: (one was never certified, late months not validated yet)}, in one query."""
    params = {"dernier": (Month.of(on) - 2).first_day, "annexes": annexe_ids}
    with connection.cursor() as cursor:
        cursor.execute(LATE_MONTHS, params)
        return {pk: (never, months) for pk, never, months in cursor.fetchall()}


def _open(late: dict[int, tuple[bool, list[date]]], known: dict[int, Suspension], on: date) -> int:
    ids = [pk for pk, (never, _months) in late.items() if never and pk not in known]
    annexes = AnnexeFinanciere.objects.in_bulk(ids)
    rows = [
        Suspension(annexe=annexes[pk], motif=MOTIF, detail=_detail(late[pk][1]), depuis=on)
        for pk in ids
    ]
    Suspension.objects.bulk_create(rows, batch_size=1000)
    record_many(None, [Fact("annexe.suspendue", row.annexe, motif=row.detail) for row in rows])
    return len(rows)


def _rename(late: dict[int, tuple[bool, list[date]]], known: dict[int, Suspension]) -> None:
    """An open suspension always names the months that are still awaited."""
    changed = []
    for pk, item in known.items():
        if pk in late and item.detail != (detail := _detail(late[pk][1])):
            item.detail = detail
            changed.append(item)
    Suspension.objects.bulk_update(changed, ["detail"], batch_size=1000)


def _lift(items: list[Suspension], on: date) -> int:
    Suspension.objects.filter(pk__in=[item.pk for item in items]).update(levee_le=on)
    record_many(
        None,
        [Fact("annexe.suspension_levee", item.annexe, motif=item.detail) for item in items],
    )
    return len(items)


def _detail(months: list[date]) -> str:
    names = [Month.of(day).label for day in months]
    if len(names) == 1:
        return f"État mensuel non saisi dans le délai : {names[0]}."
    return f"États mensuels non saisis dans le délai : {', '.join(names[:-1])} et {names[-1]}."
