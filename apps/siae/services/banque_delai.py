"""What happens to checked bank details until they serve: effect, urgency, contestation, release.

The clock puts them in effect on their day, before the runs of the night; the agent comptable may
decide not to wait. The structure says « ce n’est pas nous » as long as they do not serve: the
change falls, and the account in use is frozen until a person at the ASP has spoken with it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction

from apps.accounts.models import Membership, Role
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.transitions import next_state
from apps.journal.services import record
from apps.siae import notices, permissions
from apps.siae.models import CoordonneesBancaires, Structure
from apps.siae.services.banque import (
    DEJA_TRAITEES,
    EN_PLACE,
    TRANSITIONS,
    masked,
    replace,
)

Etat = CoordonneesBancaires.Etat

# Higher applications add what a new account brings about (holds lifted): see their AppConfig.
ACTIVATION_STEPS: list[Callable[[Membership, CoordonneesBancaires, date], object]] = []


def apply_bank_details(on: date | None = None) -> list[CoordonneesBancaires]:
    """Put in effect the details of which the day has come; each one in its own transaction."""
    day = on or today()
    due = CoordonneesBancaires.objects.filter(etat=Etat.CONTROLEE, effet_le__lte=day)
    applied = []
    for coordonnees in due.order_by("pk"):
        with transaction.atomic():
            locked = _locked(coordonnees)
            if locked.etat == Etat.CONTROLEE:  # contested or replaced in the meantime
                _activate(locked, None, "banque.activee", day)
                applied.append(locked)
    return applied


@transaction.atomic
def waive_delay(
    acting: Membership, coordonnees: CoordonneesBancaires, motif: str, *, on: date | None = None
) -> CoordonneesBancaires:
    """Urgency decided by the agent comptable, a third person: in effect at once."""
    coordonnees = _locked(coordonnees)
    permissions.can_waive_bank_delay(acting, coordonnees).enforce()
    coordonnees.motif_dispense = _reason(motif, "Le motif de l’urgence")
    coordonnees.dispense_par = acting.user
    coordonnees.effet_le = on or today()
    _activate(coordonnees, acting, "banque.dispensee", coordonnees.effet_le, motif=motif)
    return coordonnees


@transaction.atomic
def contest_bank_details(
    acting: Membership, coordonnees: CoordonneesBancaires, motif: str
) -> CoordonneesBancaires:
    """« Ce n’est pas nous »: the change falls, the account in use is frozen."""
    coordonnees = _locked(coordonnees)
    permissions.can_contest_bank_details(acting, coordonnees).enforce()
    coordonnees.motif_rejet = _reason(motif, "Le motif")
    _pass(coordonnees, "contester", "motif_rejet")
    in_use = coordonnees.structure.coordonnees_bancaires.filter(etat=Etat.ACTIVE).first()
    if in_use is not None:
        _pass(in_use, "geler")
    record(
        acting,
        "banque.contestee",
        coordonnees.structure,
        motif=coordonnees.motif_rejet,
        avant=masked(coordonnees),
    )
    notices.tell_contested(coordonnees)
    return coordonnees


@transaction.atomic
def release_bank_details(
    acting: Membership, coordonnees: CoordonneesBancaires, motif: str
) -> CoordonneesBancaires:
    """Somebody at the ASP has seen the structure: payments go to the account again."""
    coordonnees = _locked(coordonnees)
    permissions.can_release_bank_details(acting).enforce()
    motif = _reason(motif, "Ce qui a été vérifié")
    _pass(coordonnees, "degeler")
    record(acting, "banque.degelee", coordonnees.structure, motif=motif, apres=masked(coordonnees))
    notices.tell_everyone(coordonnees, "retablissement")
    return coordonnees


def _activate(
    coordonnees: CoordonneesBancaires,
    acting: Membership | None,
    action: str,
    on: date,
    *,
    motif: str = "",
) -> None:
    """Payments go to these details from now on; the ones used so far are kept as replaced."""
    former = coordonnees.structure.coordonnees_bancaires.filter(etat__in=EN_PLACE).first()
    if former is not None:
        replace(former)
    _pass(coordonnees, "activer", "effet_le", "dispense_par", "motif_dispense")
    record(
        acting,
        action,
        coordonnees.structure,
        motif=motif,
        avant=masked(former) if former else None,
        apres=masked(coordonnees),
    )
    notices.tell_everyone(coordonnees, "effet")
    for step in ACTIVATION_STEPS:
        step(acting or _checker(coordonnees), coordonnees, on)


def _checker(coordonnees: CoordonneesBancaires) -> Membership:
    """The clock only waits: what follows is decided by whoever checked the account."""
    return Membership.objects.filter(
        user=coordonnees.controle_par, role__in=(Role.GESTIONNAIRE, Role.COMPTABLE)
    ).latest("pk")


def _locked(coordonnees: CoordonneesBancaires) -> CoordonneesBancaires:
    """The details, locked after their structure."""
    structure = Structure.objects.select_for_update(of=("self",)).get(pk=coordonnees.structure_id)
    details = structure.coordonnees_bancaires.select_related("structure")
    return details.select_for_update(of=("self",)).get(pk=coordonnees.pk)


def _pass(coordonnees: CoordonneesBancaires, event: str, *fields: str) -> None:
    coordonnees.etat = next_state(TRANSITIONS, event, coordonnees.etat, sentence=DEJA_TRAITEES)
    coordonnees.save(update_fields=["etat", *fields])


def _reason(motif: str, name: str) -> str:
    motif = motif.strip()
    if not motif or len(motif) > 300:
        raise Refus(f"{name} est obligatoire, en 300 caractères au plus.")
    return motif
