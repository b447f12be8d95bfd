"""Bank details: proposed by the structure, checked by another person at the ASP, in effect later.

Never changed in place: a new proposal replaces the former, and replaced ones are kept (spec 01
§2). Between the control and the effect, payments still go to the former account and the structure
may say that the change is not its own (`banque_delai`). The details active when a run is approved
are frozen on the payment by the application that pays. The journal names them masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.transitions import next_state
from apps.journal.services import Fact, record, record_many, record_reading
from apps.rules.calendrier import banking_days_after
from apps.siae import identifiers, notices, permissions
from apps.siae.models import CoordonneesBancaires, Structure
from apps.siae.services.changes import read_values

if TYPE_CHECKING:
    from apps.accounts.models import Membership

Etat = CoordonneesBancaires.Etat

# Proposed or checked, not in use yet.
EN_ATTENTE = frozenset({Etat.PROPOSEE, Etat.CONTROLEE})
EN_PLACE = frozenset({Etat.ACTIVE, Etat.GELEE})
TRANSITIONS = {
    "controler": (frozenset({Etat.PROPOSEE}), Etat.CONTROLEE),
    "rejeter": (frozenset({Etat.PROPOSEE}), Etat.REJETEE),
    "activer": (frozenset({Etat.CONTROLEE}), Etat.ACTIVE),
    "contester": (EN_ATTENTE, Etat.CONTESTEE),
    "geler": (frozenset({Etat.ACTIVE}), Etat.GELEE),
    "degeler": (frozenset({Etat.GELEE}), Etat.ACTIVE),
    "remplacer": (EN_ATTENTE | EN_PLACE, Etat.REMPLACEE),
    "refuser": (frozenset({Etat.ACTIVE}), Etat.REJETEE),
}
DEJA_TRAITEES = "Ces coordonnées bancaires ont déjà été traitées : rechargez la page."
READERS = {"iban": identifiers.read_iban, "bic": identifiers.read_bic}


@transaction.atomic
def propose_bank_details(
    acting: Membership, structure: Structure, *, titulaire: str, iban: str, bic: str
) -> CoordonneesBancaires:
    """Propose details; an earlier proposal not yet in effect is replaced."""
    structure = Structure.objects.select_for_update(of=("self",)).get(pk=structure.pk)
    permissions.can_propose_bank_details(acting, structure).enforce()
    values = read_values({"iban": iban, "bic": bic}, READERS)
    titulaire = " ".join(titulaire.split())
    if not titulaire or len(titulaire) > 70:
        raise Refus("Le titulaire du compte est obligatoire, en 70 caractères au plus.")
    same = structure.coordonnees_bancaires.filter(etat__in=EN_PLACE, titulaire=titulaire, **values)
    if same.exists():
        raise Refus("Ces coordonnées bancaires sont déjà celles qui servent aux paiements.")
    pending = structure.coordonnees_bancaires.filter(etat__in=EN_ATTENTE)
    for earlier in pending.select_for_update(of=("self",)):
        replace(earlier)
    proposal = CoordonneesBancaires.objects.create(
        structure=structure, titulaire=titulaire, propose_par=acting.user, **values
    )
    record(acting, "banque.proposee", structure, apres=masked(proposal))
    notices.tell_proposed(proposal)
    return proposal


@transaction.atomic
def control_bank_details(
    acting: Membership, coordonnees: CoordonneesBancaires, *, on: date | None = None
) -> CoordonneesBancaires:
    """The details are right: payments go to them after the delay, in banking days."""
    coordonnees = _checked_by(acting, coordonnees, "controler")
    coordonnees.effet_le = banking_days_after(on or today(), settings.DELAI_BANQUE_JOURS)
    coordonnees.save(update_fields=["etat", "controle_par", "controle_le", "effet_le"])
    record(
        acting,
        "banque.controlee",
        coordonnees.structure,
        apres=masked(coordonnees) | {"effet": coordonnees.effet_le},
    )
    notices.tell_everyone(coordonnees, "controle")
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
        apres=masked(coordonnees),
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
                avant=masked(coordonnees),
            )
            for coordonnees in refused
        ],
    )
    return refused


def note_bank_reading(acting: Membership, structure: Structure) -> None:
    """Whoever reads whole the account of another organisation leaves a trace, once a day."""
    if not acting.is_siae:
        record_reading(acting, "banque.consultee", structure)


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


def replace(coordonnees: CoordonneesBancaires) -> None:
    """Another account takes its place."""
    coordonnees.etat = next_state(
        TRANSITIONS, "remplacer", coordonnees.etat, sentence=DEJA_TRAITEES
    )
    coordonnees.save(update_fields=["etat"])


def masked(coordonnees: CoordonneesBancaires) -> dict[str, Any]:
    """As the journal names an account."""
    return {"coordonnees_bancaires": str(coordonnees)}
