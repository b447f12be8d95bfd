"""Suspension of an annex's payments by decision of the ASP, and its end.

The automatic suspension for a statement not entered belongs to the presence app; it is lifted by
itself and never here (cahier des charges §2.4).
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere, Suspension
from apps.annexes.notices import tell_lifted, tell_suspended
from apps.annexes.permissions import can_lift, can_suspend
from apps.annexes.services.locking import lock_annexe
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record


@transaction.atomic
def suspend_annexe(
    acting: Membership, annexe: AnnexeFinanciere, *, detail: str, on: date | None = None
) -> Suspension:
    """Hold every payment of an annex; `detail` is the reason shown to all parties."""
    if not detail.strip():
        raise Refus("Indiquez le motif de la suspension : toutes les parties le verront.")
    annexe = lock_annexe(annexe)
    can_suspend(acting, annexe).enforce()
    decided = Suspension.Motif.DECISION
    if annexe.suspensions.open().filter(motif=decided).exists():
        raise Refus("Les paiements de cette annexe sont déjà suspendus par décision de l’ASP.")
    suspension = Suspension.objects.create(
        annexe=annexe, motif=decided, detail=detail.strip(), depuis=on or today()
    )
    record(acting, "annexe.suspendue", annexe, motif=suspension.detail)
    tell_suspended(annexe, suspension.detail, suspension.depuis)
    return suspension


@transaction.atomic
def lift_suspension(
    acting: Membership, suspension: Suspension, *, on: date | None = None
) -> Suspension:
    """End a decided suspension: the held instalments are released by the next run."""
    annexe = lock_annexe(suspension.annexe)
    suspension = Suspension.objects.select_for_update(of=("self",)).get(pk=suspension.pk)
    can_lift(acting, suspension).enforce()
    if suspension.levee_le:
        raise Refus(f"Cette suspension a déjà été levée le {suspension.levee_le:%d/%m/%Y}.")
    suspension.levee_le = on or today()
    suspension.save(update_fields=["levee_le"])
    record(acting, "annexe.suspension_levee", annexe, motif=suspension.detail)
    tell_lifted(annexe, suspension.levee_le)
    return suspension
