"""Locking accounting months and years, opening a month again in four eyes (spec 05 §6).

A month is locked after the one before, once it is over and its runs are ended; a year after its
months. Opening a month again opens those that follow and their years: their fingerprints
continue its own. Asked by the agent comptable, granted by an ordonnateur.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Membership, Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import Fact, record, record_many
from apps.payments import ledger
from apps.payments.clotures import next_to_lock, next_year_to_lock
from apps.payments.empreinte import Empreinte, ledger_hash
from apps.payments.models import Campagne, Cloture, Reouverture
from apps.payments.permissions_comptabilite import (
    can_ask_reopening,
    can_decide_reopening,
    can_lock,
)
from apps.payments.transitions_comptabilite import next_state_of
from apps.rules.periods import Month

# Whoever keeps something that rests on a lock (accounts certified on it) may refuse that it is
# opened again, or undo it: step(demande, acting, day), in the transaction, before the opening.
REOPENING_STEPS: list[Callable[[Reouverture, Membership, date], None]] = []


@transaction.atomic
def lock_month(acting: Membership, mois: date, *, on: date | None = None) -> Cloture:
    """Lock the month of `mois` on the day `on`; a locked one is returned as it is.

    Raises Refus when it is not its turn, when it is not over, when a run of it is in progress.
    """
    can_lock(acting).enforce()
    # Nobody posts until the end: what is hashed is what is locked.
    ledger.hold()
    month, jour = Month.of(mois), on or today()
    months = Cloture.objects.locked().months()
    if locked := months.filter(debut=month.first_day).first():
        return locked
    _require_turn(month)
    if jour <= month.last_day:
        raise Refus(
            f"Le mois {month.label_with_de} n’est pas terminé : il se verrouille à partir du "
            f"{(month + 1).first_day:%d/%m/%Y}."
        )
    if run := Campagne.objects.in_progress().filter(mois__lte=month.last_day).first():
        raise Refus(
            f"La campagne de paiement n° {run.numero} ({run.mois:%m/%Y}) est en cours : "
            "exécutez-la ou abandonnez-la avant de verrouiller ce mois."
        )
    before = months.filter(fin__lt=month.first_day).order_by("-fin").first()
    found = ledger_hash(month.last_day, since=before)
    return _lock(acting, Cloture.Nature.MOIS, month.first_day, month.last_day, found, jour)


@transaction.atomic
def lock_year(acting: Membership, annee: int, *, on: date | None = None) -> Cloture:
    """Lock a year whose months are locked, after the year before; its fingerprint is December's."""
    can_lock(acting).enforce()
    ledger.hold()
    if locked := Cloture.objects.locked().years().filter(debut__year=annee).first():
        return locked
    if annee != next_year_to_lock():
        raise Refus(
            f"L’année {annee} se verrouille après ses douze mois et après l’année précédente."
        )
    last = Month(annee, 12).last_day
    december = Cloture.objects.locked().months().get(fin=last)
    found = ledger_hash(last, since=december)
    return _lock(acting, Cloture.Nature.ANNEE, date(annee, 1, 1), last, found, on or today())


@transaction.atomic
def request_reopening(
    acting: Membership, cloture: Cloture, *, motif: str, on: date | None = None
) -> Reouverture:
    """Ask that a locked month be opened again; another person grants or refuses."""
    can_ask_reopening(acting).enforce()
    ledger.hold()
    cloture.refresh_from_db()
    next_state_of(cloture, "rouvrir")
    if cloture.nature != Cloture.Nature.MOIS:
        raise Refus("Une année se rouvre par l’un de ses mois : demandez la réouverture du mois.")
    if waiting := Reouverture.objects.filter(etat=Reouverture.Etat.DEMANDEE).first():
        raise Refus(
            f"La réouverture {waiting.cloture.periode} est déjà demandée : attendez sa décision."
        )
    motif = _reason(motif, "la réouverture")
    demande = Reouverture.objects.create(
        cloture=cloture, motif=motif, demandee_par=acting.user, demandee_le=on or today()
    )
    record(acting, "reouverture.demandee", cloture, motif=motif)
    _tell(
        "Réouverture d’un mois comptable demandée",
        f"L’agent comptable demande la réouverture {cloture.periode}. Un ordonnateur doit "
        "l’accorder ou la refuser.",
        (Role.ORDONNATEUR,),
        demande.demandee_le,
    )
    return demande


@transaction.atomic
def grant_reopening(
    acting: Membership, demande: Reouverture, *, on: date | None = None
) -> Reouverture:
    """Open a month again, with those that follow and their years."""
    demande = _decide(acting, demande, "accorder", on)
    ledger.hold()
    for step in REOPENING_STEPS:
        step(demande, acting, on or today())
    demande.save(update_fields=["etat", "decidee_par", "decidee_le"])
    opened = list(Cloture.objects.locked().filter(fin__gte=demande.cloture.fin).order_by("fin"))
    for cloture in opened:
        cloture.etat = next_state_of(cloture, "rouvrir")
        cloture.reouverture = demande
    Cloture.objects.bulk_update(opened, ["etat", "reouverture"])
    record(acting, "reouverture.accordee", demande.cloture, motif=demande.motif)
    record_many(
        acting,
        [
            Fact(
                "cloture.rouverte",
                cloture,
                demande.motif,
                {"etat": Cloture.Etat.VERROUILLEE},
                {"etat": cloture.etat},
            )
            for cloture in opened
        ],
    )
    _tell(
        "Mois comptable rouvert",
        f"La réouverture {demande.cloture.periode} est accordée, avec celle des mois qui le "
        "suivent. Ils sont à verrouiller de nouveau après correction.",
        (Role.COMPTABLE, Role.GESTIONNAIRE),
        demande.decidee_le,
    )
    return demande


@transaction.atomic
def refuse_reopening(
    acting: Membership, demande: Reouverture, *, motif: str, on: date | None = None
) -> Reouverture:
    demande = _decide(acting, demande, "refuser", on)
    demande.motif_refus = _reason(motif, "le refus")
    demande.save(update_fields=["etat", "decidee_par", "decidee_le", "motif_refus"])
    record(acting, "reouverture.refusee", demande.cloture, motif=demande.motif_refus)
    _tell(
        "Réouverture d’un mois comptable refusée",
        f"La réouverture {demande.cloture.periode} est refusée. Le motif est à la page « Clôtures "
        "comptables ».",
        (Role.COMPTABLE,),
        demande.decidee_le,
    )
    return demande


def _require_turn(month: Month) -> None:
    turn = next_to_lock()
    if turn is None:
        raise Refus("Le grand livre ne contient aucune écriture : il n’y a rien à verrouiller.")
    if month < turn:
        raise Refus(f"Aucune écriture avant {turn.label} : c’est le premier mois à verrouiller.")
    if month > turn:
        raise Refus(f"Les mois se verrouillent dans l’ordre : verrouillez d’abord {turn.label}.")


def _lock(
    acting: Membership, nature: str, debut: date, fin: date, found: Empreinte, jour: date
) -> Cloture:
    cloture = Cloture.objects.create(
        nature=nature,
        debut=debut,
        fin=fin,
        ecritures=found.ecritures,
        debit=found.debit,
        empreinte=found.sha256,
        verrouille_par=acting.user,
        verrouille_le=jour,
    )
    record(
        acting,
        "cloture.verrouillee",
        cloture,
        apres={
            "fin": fin,
            "ecritures": found.ecritures,
            "debit": found.debit,
            "empreinte": found.sha256,
        },
    )
    return cloture


def _decide(acting: Membership, demande: Reouverture, event: str, on: date | None) -> Reouverture:
    demande = (
        Reouverture.objects.select_for_update(of=("self",))
        .select_related("cloture")
        .get(pk=demande.pk)
    )
    can_decide_reopening(acting, demande).enforce()
    demande.etat = next_state_of(demande, event)
    demande.decidee_par = acting.user
    demande.decidee_le = on or today()
    return demande


def _tell(titre: str, texte: str, roles: tuple[Role, ...], on: date | None) -> None:
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        titre,
        texte,
        reverse("comptabilite:clotures"),
        nature=Nature.PAIEMENT,
        roles=roles,
        courriel=True,
        on=on,
    )


def _reason(motif: str, act: str) -> str:
    motif = motif.strip()
    if not motif:
        raise Refus(f"Indiquez le motif de {act}.".replace("de le ", "du "))
    return motif
