"""Bank details: proposed by the structure, checked and activated by another person at the ASP.

Never changed in place: a new proposal replaces the former, and replaced ones are kept (spec 01
§2). The details active when a run is approved are frozen on the payment by the application that
pays. The journal names them masked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.transitions import next_state
from apps.journal.services import Fact, record, record_many
from apps.siae import identifiers, notices, permissions
from apps.siae.models import CoordonneesBancaires, Structure
from apps.siae.services.changes import read_values

if TYPE_CHECKING:
    from apps.accounts.models import Membership

Etat = CoordonneesBancaires.Etat

TRANSITIONS = {
    "activer": (frozenset({Etat.PROPOSEE}), Etat.ACTIVE),
    "rejeter": (frozenset({Etat.PROPOSEE}), Etat.REJETEE),
    "remplacer": (frozenset({Etat.PROPOSEE, Etat.ACTIVE}), Etat.REMPLACEE),
    "refuser": (frozenset({Etat.ACTIVE}), Etat.REJETEE),
}
# Higher applications add what a new account brings about (holds lifted): see their AppConfig.
ACTIVATION_STEPS: list[Callable[[Membership, CoordonneesBancaires, date], object]] = []
DEJA_TRAITEES = "Ces coordonnées bancaires ont déjà été traitées : rechargez la page."
READERS = {"iban": identifiers.read_iban, "bic": identifiers.read_bic}


@transaction.atomic
def propose_bank_details(
    acting: Membership, structure: Structure, *, titulaire: str, iban: str, bic: str
) -> CoordonneesBancaires:
    """Propose details; an earlier proposal not yet checked is replaced."""
    structure = Structure.objects.select_for_update(of=("self",)).get(pk=structure.pk)
    permissions.can_propose_bank_details(acting, structure).enforce()
    values = read_values({"iban": iban, "bic": bic}, READERS)
    titulaire = " ".join(titulaire.split())
    if not titulaire or len(titulaire) > 70:
        raise Refus("Le titulaire du compte est obligatoire, en 70 caractères au plus.")
    same = structure.coordonnees_bancaires.filter(etat=Etat.ACTIVE, titulaire=titulaire, **values)
    if same.exists():
        raise Refus("Ces coordonnées bancaires sont déjà celles qui servent aux paiements.")
    for pending in structure.coordonnees_bancaires.select_for_update().filter(etat=Etat.PROPOSEE):
        _replace(pending)
    proposal = CoordonneesBancaires.objects.create(
        structure=structure, titulaire=titulaire, propose_par=acting.user, **values
    )
    record(acting, "banque.proposee", structure, apres=_masked(proposal))
    notices.tell_proposed(proposal)
    return proposal


@transaction.atomic
def activate_bank_details(
    acting: Membership, coordonnees: CoordonneesBancaires, *, on: date | None = None
) -> CoordonneesBancaires:
    """Payments go to these details from now on; the ones used so far are kept as replaced."""
    coordonnees = _checked_by(acting, coordonnees, "activer")
    former = coordonnees.structure.coordonnees_bancaires.filter(etat=Etat.ACTIVE).first()
    if former is not None:
        _replace(former)
    coordonnees.save(update_fields=["etat", "controle_par", "controle_le"])
    record(
        acting,
        "banque.controlee",
        coordonnees.structure,
        avant=_masked(former) if former else None,
        apres=_masked(coordonnees),
    )
    notices.tell_activated(coordonnees)
    for step in ACTIVATION_STEPS:
        step(acting, coordonnees, on or today())
    return coordonnees


@transaction.atomic
def reject_bank_details(
    acting: Membership, coordonnees: CoordonneesBancaires, motif: str
) -> CoordonneesBancaires:
    """Refuse a proposal; the structure reads the reason."""
    motif = motif.strip()
    if not motif or len(motif) > 300:
        raise Refus("Le motif du rejet est obligatoire, en 300 caractères au plus.")
    coordonnees = _checked_by(acting, coordonnees, "rejeter")
    coordonnees.motif_rejet = motif
    coordonnees.save(update_fields=["etat", "controle_par", "controle_le", "motif_rejet"])
    record(
        acting,
        "banque.rejetee",
        coordonnees.structure,
        motif=motif,
        apres=_masked(coordonnees),
    )
    notices.tell_rejected(coordonnees)
    return coordonnees


@transaction.atomic
def refuse_active_bank_details(
    acting: Membership, motifs: Mapping[int, str]
) -> list[CoordonneesBancaires]:
    """The bank has refused these accounts: those still in use are so no more. Returns them.

    `motifs`: key of the details → what the bank said. Who reports it also tells the structures.
    """
    permissions.can_report_bank_refusal(acting).enforce()
    of_them = Structure.objects.filter(coordonnees_bancaires__in=motifs).order_by("pk")
    list(of_them.select_for_update(of=("self",)))
    refused = list(
        CoordonneesBancaires.objects.select_for_update(of=("self",))
        .filter(pk__in=motifs, etat=Etat.ACTIVE)
        .select_related("structure")
        .order_by("pk")
    )
    for coordonnees in refused:
        coordonnees.etat = next_state(
            TRANSITIONS, "refuser", coordonnees.etat, sentence=DEJA_TRAITEES
        )
        coordonnees.motif_rejet = motifs[coordonnees.pk][:300]
    CoordonneesBancaires.objects.bulk_update(refused, ["etat", "motif_rejet"], batch_size=1000)
    record_many(
        acting,
        [
            Fact(
                "banque.refusee",
                coordonnees.structure,
                motif=coordonnees.motif_rejet,
                avant=_masked(coordonnees),
            )
            for coordonnees in refused
        ],
    )
    return refused


def _checked_by(
    acting: Membership, coordonnees: CoordonneesBancaires, event: str
) -> CoordonneesBancaires:
    """The proposal, locked after its structure, in its new state (not yet saved)."""
    structure = Structure.objects.select_for_update(of=("self",)).get(pk=coordonnees.structure_id)
    locked = structure.coordonnees_bancaires.select_for_update(of=("self",)).get(pk=coordonnees.pk)
    permissions.can_control_bank_details(acting, locked).enforce()
    locked.etat = next_state(TRANSITIONS, event, locked.etat, sentence=DEJA_TRAITEES)
    locked.controle_par = acting.user
    locked.controle_le = timezone.now()
    return locked


def _replace(coordonnees: CoordonneesBancaires) -> None:
    coordonnees.etat = next_state(
        TRANSITIONS, "remplacer", coordonnees.etat, sentence=DEJA_TRAITEES
    )
    coordonnees.save(update_fields=["etat"])


def _masked(coordonnees: CoordonneesBancaires) -> dict[str, str]:
    return {"coordonnees_bancaires": str(coordonnees)}
