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
