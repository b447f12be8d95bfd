"""End of an annex: cancellation when nothing was ever paid, closing once its accounts are settled.

An annex that was paid is shortened by an amendment, never cancelled (spec 02 §6). Payments stand
above this app in the map: they are read by the name of their relation, never imported.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.annexes.permissions import can_cancel, can_close
from apps.annexes.services.locking import lock_annexe
from apps.annexes.services.workflow import move
from apps.annexes.transitions import CANCEL, CLOSE
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record


@transaction.atomic
def cancel_annexe(
    acting: Membership, annexe: AnnexeFinanciere, *, motif: str, on: date | None = None
) -> VersionAnnexe:
    """Cancel the version in force; refused once a payment was made or is being made."""
    if not motif.strip():
        raise Refus("Indiquez le motif de l'annulation.")
    annexe = lock_annexe(annexe)
    can_cancel(acting, annexe).enforce()
    statuts = set(annexe.versements.values_list("statut", flat=True))
    if "EXECUTE" in statuts:
        raise Refus(
            "Des paiements ont été exécutés : une annexe payée ne s'annule pas, elle se raccourcit "
            "par un avenant."
        )
    if "PROPOSE" in statuts:
        raise Refus(
            "Une campagne de paiement en cours comprend cette annexe : faites retirer ses lignes "
            "avant de l'annuler."
        )
    return _end(acting, annexe, CANCEL, "annexe.annulee", motif.strip(), on)


@transaction.atomic
def close_annexe(
    acting: Membership, annexe: AnnexeFinanciere, *, on: date | None = None
) -> VersionAnnexe:
    """Close the accounts of an annex: its final regularisation must have been executed."""
    annexe = lock_annexe(annexe)
    can_close(acting, annexe).enforce()
    if not annexe.versements.filter(nature="solde", statut="EXECUTE").exists():
        raise Refus(
            "La régularisation finale n'a pas été exécutée : l'annexe ne peut pas être clôturée."
        )
    if annexe.versements.filter(statut="PROPOSE").exists():
        raise Refus("Une campagne de paiement en cours comprend cette annexe : attendez sa fin.")
    return _end(acting, annexe, CLOSE, "annexe.cloturee", "", on)


def _end(
    acting: Membership,
    annexe: AnnexeFinanciere,
    event: str,
    action: str,
    motif: str,
    on: date | None,
) -> VersionAnnexe:
    version = VersionAnnexe.objects.select_for_update(of=("self",)).get(pk=annexe.courante_id)
    version.annexe = annexe
    before = version.etat
    move(version, event)
    version.save(update_fields=["etat", "revision"])
    record(
        acting,
        action,
        version,
        motif=motif,
        avant={"etat": before},
        apres={"etat": version.etat, "le": on or today()},
    )
    return version
