"""The stages of a run between its preparation and its execution (spec 05 §1).

Control, approval by another person, visa by a third, abandonment; lines withdrawn or rejected with
a reason. Each act locks the run, checks its state and its author, writes, journals.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.payments.announcements import announce_stage
from apps.payments.gate import (
    account_faults,
    arithmetic_faults,
    blocked_faults,
    completeness_faults,
)
from apps.payments.models import Campagne, Retenue, Versement
from apps.payments.permissions import (
    can_abandon,
    can_approve,
    can_control,
    can_reject,
    can_visa,
    can_withdraw,
)
from apps.payments.reglements import forget, settle
from apps.payments.services.preparation import figures_of
from apps.payments.transitions import next_state_of
from apps.rules import VERSION
from apps.rules.money import ZERO
from apps.siae.models import CoordonneesBancaires

Motif = Retenue.Motif
Statut = Versement.Statut


@transaction.atomic
def control_campagne(acting: Membership, campagne: Campagne) -> Campagne:
    """PREPAREE → CONTROLEE when the run is coherent and complete; Refus with the faults."""
    campagne = lock(campagne)
    etat = next_state_of(campagne, "controler")
    can_control(acting, campagne).enforce()
    refuse_faults(arithmetic_faults(campagne) + completeness_faults(campagne))
    campagne.controle_par = acting.user
    campagne.controle_le = timezone.now()
    return _move(acting, campagne, etat, "campagne.controlee", "controle_par", "controle_le")


@transaction.atomic
def approve_campagne(acting: Membership, campagne: Campagne) -> Campagne:
    """CONTROLEE → APPROUVEE by an ordonnateur who did not prepare it; figures re-checked.

    Funds received since the preparation are used. The payee account active now is the one that
    will be paid, whatever is proposed later.
    """
    campagne = lock(campagne)
    etat = next_state_of(campagne, "approuver")
    can_approve(acting, campagne).enforce()
    settle(campagne)
    refuse_faults(arithmetic_faults(campagne) + completeness_faults(campagne))
    _freeze_accounts(campagne)
    campagne.version_regles = VERSION
    campagne.approuve_par = acting.user
    campagne.approuve_le = timezone.now()
    frozen = ("approuve_par", "approuve_le", "version_regles")
    return _move(acting, campagne, etat, "campagne.approuvee", *frozen)


@transaction.atomic
def visa_campagne(acting: Membership, campagne: Campagne) -> Campagne:
    """APPROUVEE → VISEE by the agent comptable, another person than the approver.

    From the approval on the figures are frozen: they are re-summed, no longer re-computed.
    """
    campagne = lock(campagne)
    etat = next_state_of(campagne, "viser")
    can_visa(acting, campagne).enforce()
    refuse_faults(arithmetic_faults(campagne) + blocked_faults(campagne, today()))
    campagne.vise_par = acting.user
    campagne.vise_le = timezone.now()
    return _move(acting, campagne, etat, "campagne.visee", "vise_par", "vise_le")


@transaction.atomic
def abandon_campagne(acting: Membership, campagne: Campagne, *, motif: str) -> Campagne:
    """Give a run up before its execution; its lines may be proposed again by the next one."""
    campagne = lock(campagne)
    etat = next_state_of(campagne, "abandonner")
    can_abandon(acting, campagne).enforce()
    campagne.motif_abandon = _reason(motif, "l’abandon de la campagne")
    forget(campagne)
    campagne.montant_vire = ZERO
    campagne.nombre_retenues = campagne.retenues.count()
    campagne.versements.proposed().update(statut=Statut.ABANDONNE)
    fields = ("motif_abandon", "montant_vire", "nombre_retenues")
    return _move(acting, campagne, etat, "campagne.abandonnee", *fields, motif=motif)


@transaction.atomic
def withdraw_line(acting: Membership, versement: Versement, *, motif: str) -> int:
    """Take a line out of a run until its approval; returns how many lines went with it.

    The later lines of the same annex go too: their amounts rest on this one.
    """
    campagne = lock(versement.campagne)
    can_withdraw(acting, campagne).enforce()
    action = "campagne.ligne_retiree"
    return _set_aside(acting, campagne, versement, Statut.RETIRE, motif, action)


@transaction.atomic
def reject_line(acting: Membership, versement: Versement, *, motif: str) -> int:
    """Rejection of a line by the agent comptable, from approval to execution (see above)."""
    campagne = lock(versement.campagne)
    can_reject(acting, campagne).enforce()
    action = "campagne.ligne_rejetee"
    return _set_aside(acting, campagne, versement, Statut.REJETE, motif, action)


def lock(campagne: Campagne) -> Campagne:
    """The run as it is now, its row held until the transaction ends."""
    return Campagne.objects.select_for_update(of=("self",)).get(pk=campagne.pk)


def refuse_faults(faults: list[str]) -> None:
    if faults:
        raise Refus(*faults)


def _freeze_accounts(campagne: Campagne) -> None:
    active = CoordonneesBancaires.objects.filter(
        structure=OuterRef("structure"), etat=CoordonneesBancaires.Etat.ACTIVE
    )
    account = Subquery(active.values("pk")[:1])
    campagne.versements.proposed().update(coordonnees=account)
    campagne.virements.update(coordonnees=account)
    refuse_faults(account_faults(campagne))


def _set_aside(
    acting: Membership,
    campagne: Campagne,
    versement: Versement,
    statut: str,
    motif: str,
    action: str,
) -> int:
    motif = _reason(motif, "le retrait ou le rejet de la ligne")
    lines = list(
        campagne.versements.proposed()
        .filter(annexe=versement.annexe_id, pk__gte=versement.pk)
        .order_by("pk")
    )
    if not lines or lines[0].pk != versement.pk:
        raise Refus("Cette ligne n’est plus proposée au paiement dans la campagne.")
    author = "Rejetée par l’agent comptable" if statut == Statut.REJETE else "Retirée par l’ASP"
    for line in lines:
        line.statut, line.motif, line.ecarte_par = statut, motif, acting.user
    Versement.objects.bulk_update(lines, ["statut", "motif", "ecarte_par"])
    _forget_waiting_holds(campagne, lines)
    Retenue.objects.bulk_create(
        [
            Retenue(
                campagne=campagne,
                annexe_id=line.annexe_id,
                mois=line.mois,
                nature=line.nature,
                motif=Motif.RETRAIT,
                detail=f"{author} : {motif}"[:500],
                montant_prevu=line.montant,
            )
            for line in lines
        ]
    )
    settle(campagne)
    _sum_up(campagne)
    record(
        acting,
        action,
        campagne,
        motif=motif,
        apres={"lignes": [str(line) for line in lines], **figures_of(campagne)},
    )
    return len(lines)


def _forget_waiting_holds(campagne: Campagne, lines: list[Versement]) -> None:
    """What a line waited for is replaced by the reason why it is not paid at all."""
    campagne.retenues.filter(
        annexe=lines[0].annexe_id, mois__in=[line.mois for line in lines], motif=Motif.FONDS
    ).delete()


def _sum_up(campagne: Campagne) -> None:
    """Totals of the run after lines have left it."""
    zero = Decimal("0.00")
    totals = campagne.versements.proposed().aggregate(
        nombre_versements=Count("pk"),
        montant=Coalesce(Sum("montant"), zero),
        part_etat=Coalesce(Sum("part_etat"), zero),
        part_cd=Coalesce(Sum("part_cd"), zero),
    )
    for name, value in totals.items():
        setattr(campagne, name, value)
    campagne.nombre_retenues = campagne.retenues.count()
    campagne.save(update_fields=[*totals, "nombre_retenues"])


def _move(
    acting: Membership,
    campagne: Campagne,
    etat: str,
    action: str,
    *fields: str,
    motif: str = "",
) -> Campagne:
    before = campagne.etat
    campagne.etat = etat
    campagne.save(update_fields=["etat", *fields])
    record(
        acting,
        action,
        campagne,
        motif=motif,
        avant={"etat": before},
        apres={"etat": etat, **figures_of(campagne)},
    )
    announce_stage(campagne)
    return campagne


def _reason(motif: str, act: str) -> str:
    motif = motif.strip()
    if not motif:
        raise Refus(f"Indiquez le motif de {act}.".replace("de le ", "du "))
    return motif
