"""Succession of a département by another, in four eyes (spec 05 §6).

Proposed by a manager of the ASP with the text that founds it, granted by an ordonnateur from its
day on: the balances pass to the successor, which bears and pays from then on. Nothing else
changes: mandates, CAOM and orders keep the names they were signed or issued with.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Membership, Nature, Organisation
from apps.accounts.notifications import notify
from apps.conventions.models import Financeur
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.services import next_number
from apps.journal.services import record
from apps.payments import ledger
from apps.payments.models import Campagne, Succession
from apps.payments.permissions_comptabilite import (
    can_decide_succession,
    can_propose_succession,
)
from apps.payments.reprises import entries_of
from apps.payments.transitions_comptabilite import next_state_of


@transaction.atomic
def propose_succession(
    acting: Membership,
    financeur: Financeur,
    successeur: Financeur,
    *,
    effet: date,
    texte: str,
    on: date | None = None,
) -> Succession:
    """Propose that `successeur` take over from `financeur` on `effet`; another person decides."""
    can_propose_succession(acting).enforce()
    texte = texte.strip()
    if not texte:
        raise Refus("Indiquez le texte qui fonde la succession (loi, décret, délibération).")
    financeur, successeur = _lock(financeur, successeur)
    _require_possible(financeur, successeur, effet)
    open_one = Succession.objects.exclude(etat=Succession.Etat.REFUSEE).filter(financeur=financeur)
    if found := open_one.first():
        raise Refus(
            f"La succession du financeur « {financeur} » est déjà "
            f"{found.get_etat_display().lower()} ({found.reference})."
        )
    succession = Succession.objects.create(
        numero=next_number("succession"),
        financeur=financeur,
        successeur=successeur,
        effet=effet,
        texte=texte,
        proposee_par=acting.user,
        proposee_le=on or today(),
    )
    record(
        acting,
        "succession.proposee",
        succession,
        apres={
            "ancien_financeur": financeur.nom,
            "nouveau_financeur": successeur.nom,
            "effet": effet,
            "texte": texte,
        },
    )
    return succession


@transaction.atomic
def grant_succession(
    acting: Membership, succession: Succession, *, on: date | None = None
) -> Succession:
    """Move every balance on the day `on`, which is on or after the effect; nothing twice.

    Raises Refus while a payment run is in progress: its lines name who pays.
    """
    succession = _decide(acting, succession, "accorder", on)
    jour = succession.decidee_le
    assert jour is not None  # noqa: S101 - given by _decide
    if jour < succession.effet:
        raise Refus(
            f"La succession prend effet le {succession.effet:%d/%m/%Y} : elle s’accorde à compter "
            "de ce jour."
        )
    if run := Campagne.objects.in_progress().first():
        raise Refus(
            f"La campagne de paiement n° {run.numero} est en cours : exécutez-la ou abandonnez-la "
            "avant d’accorder la succession."
        )
    financeur, successeur = _lock(succession.financeur, succession.successeur)
    _require_possible(financeur, successeur, succession.effet)
    # Nobody posts between the reading of the balances and the end of the act.
    ledger.hold()
    ecritures = ledger.post(entries_of(succession), jour)
    succession.save(update_fields=["etat", "decidee_par", "decidee_le"])
    financeur.successeur, financeur.succede_le = successeur, succession.effet
    financeur.save(update_fields=["successeur", "succede_le"])
    record(
        acting,
        "succession.accordee",
        succession,
        apres={"etat": succession.etat, "jour": jour, "ecritures": len(ecritures)},
    )
    _announce(succession, jour)
    return succession


@transaction.atomic
def refuse_succession(
    acting: Membership, succession: Succession, *, motif: str, on: date | None = None
) -> Succession:
    succession = _decide(acting, succession, "refuser", on)
    succession.motif_refus = motif.strip()
    if not succession.motif_refus:
        raise Refus("Indiquez le motif du refus.")
    succession.save(update_fields=["etat", "decidee_par", "decidee_le", "motif_refus"])
    record(acting, "succession.refusee", succession, motif=succession.motif_refus)
    return succession


def _lock(*financeurs: Financeur) -> list[Financeur]:
    """The funders as they are now, held; entries that name them may still be written."""
    held = {
        financeur.pk: financeur
        for financeur in Financeur.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=[financeur.pk for financeur in financeurs])
        .order_by("pk")
    }
    return [held[financeur.pk] for financeur in financeurs]


def _require_possible(financeur: Financeur, successeur: Financeur, effet: date) -> None:
    if financeur.is_etat or successeur.is_etat:
        raise Refus("L’État ne succède à personne : choisissez deux départements.")
    if financeur.pk == successeur.pk:
        raise Refus("Un département ne se succède pas à lui-même : choisissez-en un autre.")
    if successeur.successeur_id:
        raise Refus(
            f"Le financeur « {successeur} » a lui-même un successeur : choisissez celui-ci."
        )
    known = (financeur.successeur_id, financeur.succede_le)
    if financeur.successeur_id and known != (successeur.pk, effet):
        raise Refus(
            f"Le financeur « {financeur} » est déjà repris par « {financeur.successeur} » à "
            f"compter du {financeur.succede_le:%d/%m/%Y}."
        )


def _decide(acting: Membership, succession: Succession, event: str, on: date | None) -> Succession:
    succession = (
        Succession.objects.select_for_update(of=("self",))
        .select_related("financeur", "successeur")
        .get(pk=succession.pk)
    )
    can_decide_succession(acting, succession).enforce()
    succession.etat = next_state_of(succession, event)
    succession.decidee_par = acting.user
    succession.decidee_le = on or today()
    return succession


def _announce(succession: Succession, jour: date) -> None:
    """Tell both départements and the ASP."""
    pks = [succession.financeur.organisation_id, succession.successeur.organisation_id]
    told = Organisation.objects.filter(pk__in=[pk for pk in pks if pk])
    notify(
        told | Organisation.objects.filter(type=Organisation.Type.ASP),
        "Succession d’un département",
        f"Les conventions et les comptes du financeur « {succession.financeur} » sont repris par "
        f"« {succession.successeur} » à compter du {succession.effet:%d/%m/%Y}. Les montants "
        "repris sont sur la page de la succession.",
        reverse("comptabilite:succession", args=[succession.pk]),
        nature=Nature.CONVENTION,
        courriel=True,
        on=jour,
    )
