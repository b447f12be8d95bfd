"""Writing what a filled Excel model holds: exits, then hours, all or nothing (spec 03, SIAE 1).

Called once the structure has seen the preview (`import_plan`). A line that somebody changed since
the preview refuses the whole import, with its name: nothing is half saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.presence.permissions import can_enter
from apps.presence.services.entry import LineInput, Saved, open_etat, save_lines
from apps.presence.transitions import check_open
from apps.rules.explanation import heures
from apps.siae.models import Contrat
from apps.siae.services import record_exit


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """What the file changes of one contract: its line, its exit, or both."""

    saisie: LineInput
    date_sortie: date | None = None
    motif_sortie: str = ""


@transaction.atomic
def import_month(
    acting: Membership,
    annexe: AnnexeFinanciere,
    mois: date,
    lines: Sequence[ImportedLine],
    *,
    fichier: str = "",
    on: date | None = None,
) -> Saved:
    """Write the lines of a file. `Refus` names what changed meanwhile or cannot be written."""
    on = on or today()
    can_enter(acting, annexe).enforce()
    _record_exits(acting, annexe, lines, on)
    etat = open_etat(acting, annexe, mois, on=on)
    check_open(etat)
    saved = save_lines(acting, etat, [line.saisie for line in lines])
    if saved.conflicts:
        raise Refus(
            *(
                f"{conflict.ligne.salarie} : la ligne a changé depuis l’aperçu "
                f"({heures(conflict.ligne.heures_declarees or 0)} à présent). Importez de nouveau "
                "le fichier pour voir les valeurs actuelles."
                for conflict in saved.conflicts
            )
        )
    record(acting, "etat.importe", etat, apres={"fichier": fichier, "lignes": len(saved.lignes)})
    return saved


def _record_exits(
    acting: Membership, annexe: AnnexeFinanciere, lines: Sequence[ImportedLine], on: date
) -> None:
    exits = {line.saisie.contrat_id: line for line in lines if line.date_sortie}
    contrats = Contrat.objects.filter(pk__in=exits, siae=annexe.siae_id)
    found = list(contrats.select_related("salarie__structure").order_by("salarie_id", "pk"))
    if len(found) != len(exits):
        raise Refus("Un contrat du fichier n’est pas de cette annexe : reprenez le modèle du mois.")
    for contrat in found:
        line = exits[contrat.pk]
        record_exit(
            acting,
            contrat,
            date_sortie=line.date_sortie,
            motif_sortie=line.motif_sortie,
            on=on,
        )
