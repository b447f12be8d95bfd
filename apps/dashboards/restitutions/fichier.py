"""The Excel file of a restitution: the one way it is written, whoever asks for it.

Called by the job of an export, by the files sent on a schedule and by the `export` command: the
same cells for the same person and the same criteria.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from apps.accounts.models import Membership
from apps.core.exports import Totals, write_xlsx
from apps.dashboards.permissions import can_export
from apps.dashboards.restitutions.criteres import criteria_sheet
from apps.dashboards.restitutions.restitution import Criteres, Restitution


def file_name(acting: Membership, restitution: Restitution, criteres: Criteres) -> str:
    """« suivi-annexes-2023-10-a-2023-12-CD062.xlsx »: what it holds, of when, for whom.

    The period asked for, else the day its situation is that of.
    """
    parts = [restitution.key]
    if criteres.annexe is not None:
        parts.append(str(criteres.annexe).replace(" ", "-"))
    if criteres.mesure:
        parts.append(criteres.mesure.removesuffix("_DC"))
    if criteres.departement:
        parts.append(criteres.departement)
    parts += [_period(criteres), _code(acting)]
    return f"{'-'.join(parts)}.xlsx"


def _period(criteres: Criteres) -> str:
    first, last = criteres.debut, criteres.fin
    if first and last:
        same = (first.year, first.month) == (last.year, last.month)
        return f"{first:%Y-%m}" if same else f"{first:%Y-%m}-a-{last:%Y-%m}"
    if first or last:
        return f"depuis-{first:%Y-%m}" if first else f"jusqu-a-{last:%Y-%m}"
    return f"{criteres.on:%Y-%m-%d}"


def _code(acting: Membership) -> str:
    """The organisation, short enough for the name of a file."""
    organisation = acting.organisation
    if acting.is_cd:
        return f"CD{organisation.financeur.code}"
    return f"{organisation.type}{organisation.departement}"


def excel_file(
    acting: Membership,
    restitution: Restitution,
    criteres: Criteres,
    *,
    progress: Callable[[int], None] | None = None,
) -> tuple[BinaryIO, Totals]:
    """The file, a temporary one at its start, and its totals: within what this person sees today.

    `progress` is told the number of rows written. Raises `Refus` when the restitution is not
    theirs or a filter it needs is missing.
    """
    can_export(acting, restitution).enforce()
    restitution.enforce_required(criteres)
    return write_xlsx(
        restitution.definition.for_reader(acting),
        restitution.rows(acting, criteres),
        criteria_sheet(acting, restitution, criteres),
        progress=progress,
        empty="Aucune ligne pour ces critères dans votre périmètre.",
    )
