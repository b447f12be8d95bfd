"""Modulated part of an annex: notified by the DDETS, validated or refused by the ASP, once.

The part is frozen when it is notified, from the hours then validated; the ASP validates that very
amount, the next run pays it. Called by the screens.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.accounts.models import Membership, Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.payments.models import PartModulee
from apps.payments.modulation import realised_of
from apps.payments.permissions_modulation import can_decide_modulation, can_notify_modulation
from apps.payments.transitions_modulation import next_state_of
from apps.rules.explanation import euros, pourcent

Etat = PartModulee.Etat


@transaction.atomic
def notify_modulation(
    acting: Membership,
    annexe: AnnexeFinanciere,
    *,
    taux: Decimal,
    reference: str,
    notifiee_le: date,
    piece: Any = None,
    on: date | None = None,
) -> PartModulee:
    """Record the decision of the préfet for an annex whose final regularisation is paid.

    `taux` in per cent, 0 to 10. Refus for an annex that has one already, or that is closed.
    """
    annexe = _lock_annexe(annexe)
    can_notify_modulation(acting, annexe).enforce()
    jour = on or today()
    _require_open(annexe)
    if not reference.strip():
        raise Refus("Indiquez la référence de la notification.")
    if notifiee_le > jour:
        raise Refus("La décision doit être prise : sa date ne peut pas être à venir.")
    version, modulation = realised_of(annexe, taux, jour)
    part = PartModulee(
        annexe=annexe,
        version=version,
        taux=taux,
        base=modulation.base,
        montant=modulation.montant,
        calcul=[etape.as_dict() for etape in modulation.etapes],
        reference=reference.strip(),
        notifiee_le=notifiee_le,
        proposee_par=acting.user,
        proposee_le=jour,
    )
    if piece is not None:
        part.piece = piece
    try:
        with transaction.atomic():
            part.save()
    except IntegrityError:
        raise Refus(
            "Une part modulée est déjà notifiée pour cette annexe : elle n’en a qu’une."
        ) from None
    record(acting, "modulation.notifiee", part, apres=_figures(part))
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        f"Part modulée à valider : {annexe}",
        f"La DDETS a notifié un taux de {pourcent(taux)}, soit {euros(part.montant)}.",
        reverse("modulation:part", args=[part.pk]),
        nature=Nature.PAIEMENT,
        roles=(Role.GESTIONNAIRE,),
        on=jour,
    )
    return part


@transaction.atomic
def validate_modulation(
    acting: Membership, part: PartModulee, *, on: date | None = None
) -> PartModulee:
    """NOTIFIEE → VALIDEE: the next run pays it. Refus when the hours have changed since."""
    part = _lock(part)
    can_decide_modulation(acting, part).enforce()
    etat = next_state_of(part, "valider")
    jour = on or today()
    annexe = _lock_annexe(part.annexe)
    _require_open(annexe)
    _version, now = realised_of(annexe, part.taux, jour)
    if (now.base, now.montant) != (part.base, part.montant):
        raise Refus(
            f"Le socle réalisé a changé depuis la notification : {euros(now.base)} au lieu de "
            f"{euros(part.base)}. Refusez cette part et demandez à la DDETS de la notifier de "
            "nouveau."
        )
    _decide(acting, part, etat, jour)
    record(
        acting,
        "modulation.validee",
        part,
        avant={"etat": Etat.NOTIFIEE},
        apres={"etat": etat, **_figures(part)},
    )
    _tell(part, "validée", f"{euros(part.montant)}, versés par la prochaine campagne.", jour)
    return part


@transaction.atomic
def refuse_modulation(
    acting: Membership, part: PartModulee, *, motif: str, on: date | None = None
) -> PartModulee:
    """NOTIFIEE → REFUSEE, with a reason: the DDETS may notify it again, corrected."""
    part = _lock(part)
    can_decide_modulation(acting, part).enforce()
    etat = next_state_of(part, "refuser")
    part.motif_refus = motif.strip()
    if not part.motif_refus:
        raise Refus("Indiquez le motif du refus : la DDETS doit le connaître.")
    _decide(acting, part, etat, on or today())
    record(acting, "modulation.refusee", part, motif=part.motif_refus)
    _tell(part, "refusée", f"Motif : {part.motif_refus}", part.decidee_le)
    return part


def _lock(part: PartModulee) -> PartModulee:
    rows = PartModulee.objects.select_for_update(of=("self",))
    return rows.select_related("annexe__siae__structure").get(pk=part.pk)


def _lock_annexe(annexe: AnnexeFinanciere) -> AnnexeFinanciere:
    """Against a closing, or a second notification, at the same time."""
    rows = AnnexeFinanciere.objects.select_for_update(of=("self",))
    return rows.select_related("siae__structure", "courante").get(pk=annexe.pk)


def _require_open(annexe: AnnexeFinanciere) -> None:
    if annexe.courante is None or annexe.courante.etat != VersionAnnexe.Etat.VALIDE:
        raise Refus(
            "Cette annexe n’est pas en vigueur : une annexe clôturée ou annulée ne reçoit plus de "
            "paiement."
        )


def _decide(acting: Membership, part: PartModulee, etat: str, jour: date) -> None:
    part.etat = etat
    part.decidee_par, part.decidee_le = acting.user, jour
    part.save(update_fields=["etat", "motif_refus", "decidee_par", "decidee_le"])


def _tell(part: PartModulee, decision: str, text: str, jour: date | None) -> None:
    """The DDETS in any case; the structure what is validated for it."""
    structure = part.annexe.siae.structure
    told = list(
        Organisation.objects.filter(type=Organisation.Type.DDETS, departement=structure.departement)
    )
    if part.etat == Etat.VALIDEE and structure.organisation is not None:
        told.append(structure.organisation)
    notify(
        told,
        f"Part modulée {decision} : {part.annexe}",
        text,
        reverse("modulation:part", args=[part.pk]),
        nature=Nature.PAIEMENT,
        on=jour,
    )


def _figures(part: PartModulee) -> dict[str, object]:
    return {
        "taux": part.taux,
        "base": part.base,
        "montant": part.montant,
        "reference": part.reference,
    }
