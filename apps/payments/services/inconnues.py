"""The queue of unknown lines: each is closed by a decision of the agent comptable (spec 05 §1).

Attached to a transfer, what the line says is applied to it as if its reference had been right;
filed, it has no effect. Both with a reason, once.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.payments.models import LigneRetour, Virement
from apps.payments.permissions_banque import can_decide_line
from apps.payments.services.rejets import reject_transfers
from apps.payments.services.retours import confirm_transfers, rejection_of
from apps.payments.transitions import transfer_event
from apps.rules.explanation import euros

Decision, Statut = LigneRetour.Decision, LigneRetour.Statut


@transaction.atomic
def attach_line(
    acting: Membership,
    ligne: LigneRetour,
    virement: Virement,
    *,
    motif: str,
    on: date | None = None,
) -> LigneRetour:
    """Say which transfer a line is about, and apply it. Refus when it contradicts its state."""
    ligne = _lock(acting, ligne)
    jour = on or today()
    virement = (
        Virement.objects.select_for_update(of=("self",))
        .select_related("annexe", "campagne")
        .get(pk=virement.pk)
    )
    if ligne.statut == Statut.AUTRE:
        raise Refus(
            "Cette ligne ne dit ni que le virement est confirmé, ni qu’il est rejeté : elle ne "
            "peut être que classée."
        )
    if ligne.montant is not None and ligne.montant != virement.montant:
        raise Refus(
            f"La ligne porte {euros(ligne.montant)}, le virement {euros(virement.montant)} : "
            "ce n’est pas le même. Vérifiez la référence auprès de la banque."
        )
    known = virement.etat == ligne.statut
    if not known and not transfer_event(ligne.statut, virement.etat):
        raise Refus(
            f"Le virement {virement.reference or ''} est à l’état "
            f"« {virement.get_etat_display().lower()} » : cette ligne le contredit. S’il a été "
            "rejeté par erreur, extournez d’abord l’écriture de son rejet."
        )
    ligne.virement = virement
    _decide(acting, ligne, Decision.RATTACHEE, motif, jour)
    if not known:
        day = ligne.date if ligne.date and _within(ligne.date, virement, jour) else jour
        ligne.date = day
        if ligne.statut == Statut.REJETE:
            reject_transfers(acting, [rejection_of(ligne, jour)], jour)
        else:
            confirm_transfers([ligne], jour)
    record(
        acting,
        "retour.ligne_rattachee",
        ligne.retour,
        motif=ligne.motif,
        apres={"rang": ligne.rang, "virement": virement.reference},
    )
    return ligne


@transaction.atomic
def file_line(
    acting: Membership, ligne: LigneRetour, *, motif: str, on: date | None = None
) -> LigneRetour:
    """Close a line without effect."""
    ligne = _lock(acting, ligne)
    _decide(acting, ligne, Decision.CLASSEE, motif, on or today())
    record(
        acting,
        "retour.ligne_classee",
        ligne.retour,
        motif=ligne.motif,
        apres={"rang": ligne.rang, "reference": ligne.reference},
    )
    return ligne


def _lock(acting: Membership, ligne: LigneRetour) -> LigneRetour:
    ligne = (
        LigneRetour.objects.select_for_update(of=("self",))
        .select_related("retour", "traitee_par")
        .get(pk=ligne.pk)
    )
    can_decide_line(acting, ligne).enforce()
    if ligne.issue != LigneRetour.Issue.INCONNUE:
        raise Refus("Cette ligne a été appliquée avec son retour : il n’y a rien à décider.")
    if ligne.decision:
        raise Refus(
            f"Cette ligne est déjà traitée ({ligne.get_decision_display().lower()}) depuis le "
            f"{ligne.traitee_le:%d/%m/%Y}."
        )
    return ligne


def _decide(acting: Membership, ligne: LigneRetour, decision: str, motif: str, jour: date) -> None:
    ligne.motif = motif.strip()[:300]
    if not ligne.motif:
        raise Refus("Indiquez le motif de la décision.")
    ligne.decision = decision
    ligne.traitee_par, ligne.traitee_le = acting.user, jour
    ligne.save(update_fields=["decision", "motif", "traitee_par", "traitee_le", "virement"])


def _within(day: date, virement: Virement, jour: date) -> bool:
    return virement.emis_le is not None and virement.emis_le <= day <= jour
