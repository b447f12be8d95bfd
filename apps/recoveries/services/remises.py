"""Requests of remission: refused to legal persons, else proposed, transmitted, decided.

Convention de mandat, art. 5: the ASP examines and proposes, the département decides within four
months of the receipt of the complete file, its silence accepts the proposal, the ASP notifies.
The State's share is decided by the ordonnateur. What is remitted is borne by the funder.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.files.base import File
from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.payments.schemes import Evenement
from apps.recoveries.models import DemandeRemise, OrdreDeRecouvrer
from apps.recoveries.notices import tell_asp, tell_debtor, tell_funder
from apps.recoveries.permissions_apurement import (
    PERSONNES_MORALES,
    can_decide,
    can_examine,
    can_file,
    can_receive,
    can_return,
    can_transmit,
    is_legal_person,
)
from apps.recoveries.services.ordres import lock
from apps.recoveries.services.pertes import give_up, keep_piece, needed, not_later
from apps.recoveries.transitions_apurement import reached
from apps.rules.delais import accepted_on, last_day_to_decide
from apps.rules.explanation import euros
from apps.rules.money import ZERO

Etat = DemandeRemise.Etat
SILENCE = "Absence de réponse dans le délai de quatre mois : la proposition est acceptée."


@transaction.atomic
def ask_remission(
    acting: Membership,
    ordre: OrdreDeRecouvrer,
    *,
    motif: str,
    piece: File[bytes] | None = None,
    recue_le: date | None = None,
    on: date | None = None,
) -> DemandeRemise:
    """Record a request; that of a legal person is not admitted, at once and in writing."""
    on = on or today()
    ordre = lock(ordre.pk)
    can_file(acting, ordre).enforce()
    motif = needed(motif, "Indiquez les motifs de la demande.")
    if ordre.etat not in OrdreDeRecouvrer.OUVERTS:
        raise Refus(
            f"L’ordre n° {ordre.numero} est « {ordre.get_etat_display()} » : plus rien n’y est dû."
        )
    if ordre.remises.open().exists():
        raise Refus(f"Une demande de remise de l’ordre n° {ordre.numero} est déjà à l’examen.")
    refused = is_legal_person(ordre.structure)
    remise = DemandeRemise.objects.create(
        ordre=ordre,
        motif=motif,
        demandee_le=not_later(recue_le or on, on, "La date de réception de la demande"),
        demandee_par=acting.user,
        piece=keep_piece(
            piece, f"remise-ordre-{ordre.numero}", f"Demande de remise, ordre n° {ordre.numero}"
        )
        if piece
        else None,
        etat=Etat.NON_ADMISE if refused else Etat.INSTRUCTION,
        decision=PERSONNES_MORALES if refused else "",
        decidee_le=on if refused else None,
    )
    record(acting, "remise.demandee", remise, motif=motif, apres={"etat": remise.etat})
    if refused:
        tell_debtor(ordre, "Demande de remise non admise", PERSONNES_MORALES, page_of(remise), on)
        return remise
    tell_asp(
        "Demande de remise à instruire",
        f"Une remise de l’ordre n° {ordre.numero} est demandée : établissez la fiche de synthèse.",
        page_of(remise),
        (Role.GESTIONNAIRE, Role.COMPTABLE),
        on,
    )
    return remise


@transaction.atomic
def propose_remission(
    acting: Membership,
    remise: DemandeRemise,
    *,
    synthese: str,
    montant: Decimal,
    on: date | None = None,
) -> DemandeRemise:
    """Fiche de synthèse and proposal: what to remit, in euros (0: refuse)."""
    on = on or today()
    remise = lock_remise(remise)
    can_examine(acting).enforce()
    state = reached(remise, "proposer")
    if not ZERO <= montant <= remise.ordre.reste:
        raise Refus(f"La remise proposée va de 0 (refus) à {euros(remise.ordre.reste)}.")
    remise.synthese = needed(synthese, "Rédigez la synthèse : ressources, charges, avis.")
    remise.montant_propose = montant
    remise.proposee_par, remise.proposee_le = acting.user, on
    remise.fiche = None
    _save(remise, state, "synthese", "montant_propose", "proposee_par", "proposee_le", "fiche")
    record(
        acting,
        "remise.proposee",
        remise,
        motif=remise.synthese,
        apres={"montant_propose": montant},
    )
    tell_asp(
        "Remise proposée",
        f"Une proposition est faite sur la demande de remise de l’ordre n° {remise.ordre.numero} : "
        + (
            "décidez."
            if remise.ordre.financeur.is_etat
            else "transmettez le dossier au département."
        ),
        page_of(remise),
        (Role.ORDONNATEUR,)
        if remise.ordre.financeur.is_etat
        else (Role.ORDONNATEUR, Role.COMPTABLE),
        on,
    )
    return remise


@transaction.atomic
def transmit_remission(
    acting: Membership, remise: DemandeRemise, *, on: date | None = None
) -> DemandeRemise:
    """Send the fiche de synthèse and the proposal to the département; by another person."""
    on = on or today()
    remise = lock_remise(remise)
    can_transmit(acting).enforce()
    if remise.ordre.financeur.is_etat:
        raise Refus("La part de l’État est décidée par l’ordonnateur, sans transmission.")
    state = reached(remise, "transmettre")
    if acting.user_id == remise.proposee_par_id:
        raise Refus("La transmission revient à une autre personne que celle qui a proposé.")
    remise.transmise_par, remise.transmise_le = acting.user, on
    _save(remise, state, "transmise_par", "transmise_le")
    record(acting, "remise.transmise", remise)
    tell_funder(
        remise.ordre.financeur,
        "Demande de remise transmise",
        "Une demande de remise vous est transmise pour décision. Accusez réception du dossier "
        "complet : le délai de quatre mois court de ce jour.",
        page_of(remise),
        on,
    )
    return remise


@transaction.atomic
def receive_remission(
    acting: Membership,
    remise: DemandeRemise,
    *,
    recue_le: date,
    reference: str = "",
    on: date | None = None,
) -> DemandeRemise:
    """Record the receipt of the complete file: the four months run from `recue_le`."""
    on = on or today()
    remise = lock_remise(remise)
    financeur = remise.ordre.financeur
    can_receive(acting, financeur).enforce()
    state = reached(remise, "recevoir")
    check_receipt(acting, recue_le, remise.transmise_le, reference, on)
    check_completed(recue_le, remise.incomplete_le)
    remise.recue_le, remise.recue_reference, remise.manque = recue_le, reference.strip(), ""
    _save(remise, state, "recue_le", "recue_reference", "manque")
    record(acting, "remise.recue", remise, apres={"recue_le": recue_le})
    tell_funder(
        financeur,
        "Demande de remise à décider",
        f"Le dossier complet est reçu : sans réponse le {last_day_to_decide(recue_le):%d/%m/%Y} au "
        "plus tard, la proposition de l’ASP est acceptée.",
        page_of(remise),
        on,
    )
    return remise


@transaction.atomic
def return_remission(
    acting: Membership, remise: DemandeRemise, *, manque: str, on: date | None = None
) -> DemandeRemise:
    """The département says what is missing: the clock stops until the file is complete."""
    on = on or today()
    remise = lock_remise(remise)
    can_return(acting, remise.ordre.financeur).enforce()
    state = reached(remise, "completer")
    check_in_time(remise.recue_le, on)
    remise.manque = needed(manque, "Indiquez la pièce ou l’élément qui manque.")
    remise.recue_le, remise.recue_reference, remise.incomplete_le = None, "", on
    _save(remise, state, "manque", "recue_le", "recue_reference", "incomplete_le")
    record(acting, "remise.incomplete", remise, motif=remise.manque)
    tell_asp(
        "Dossier de remise incomplet",
        f"Le département demande un complément sur la remise de l’ordre n° {remise.ordre.numero}.",
        page_of(remise),
        (Role.GESTIONNAIRE, Role.COMPTABLE),
        on,
    )
    return remise


@transaction.atomic
def decide_remission(
    acting: Membership,
    remise: DemandeRemise,
    *,
    montant: Decimal,
    motif: str,
    on: date | None = None,
) -> DemandeRemise:
    """Grant `montant` euros, or refuse (0): the département's décideur, or the ordonnateur."""
    on = on or today()
    remise = lock_remise(remise)
    ordre = remise.ordre
    can_decide(acting, ordre.financeur, on).enforce()
    state = reached(remise, "accorder" if montant else "rejeter")
    if not ordre.financeur.is_etat:
        if remise.etat != Etat.A_DECIDER:
            raise Refus("Accusez d’abord réception du dossier complet.")
        check_in_time(remise.recue_le, on)
    if acting.user_id == remise.proposee_par_id:
        raise Refus("La décision revient à une autre personne que celle qui a proposé.")
    if not ZERO <= montant <= ordre.reste:
        raise Refus(f"La remise va de 0 (refus) à {euros(ordre.reste)}.")
    remise.decision = needed(motif, "Motivez la décision : le débiteur la lit.")
    remise.decidee_par, remise.decidee_le = acting.user, on
    _conclude(acting, remise, state, montant, on)
    return remise


@transaction.atomic
def accept_remission_silently(pk: int, on: date) -> DemandeRemise | None:
    """Tacit acceptance of the proposal, once the four months are over; None when it is too soon
    or done already."""
    remise = lock_remise(DemandeRemise.objects.get(pk=pk))
    if remise.etat != Etat.A_DECIDER or not remise.recue_le or on < accepted_on(remise.recue_le):
        return None
    # What was paid meanwhile is not remitted.
    open_order = remise.ordre.etat in OrdreDeRecouvrer.OUVERTS
    montant = min(remise.montant_propose or ZERO, remise.ordre.reste) if open_order else ZERO
    remise.decision, remise.tacite = SILENCE, True
    remise.decidee_le = accepted_on(remise.recue_le)
    _conclude(None, remise, reached(remise, "accorder" if montant else "rejeter"), montant, on)
    return remise


def check_receipt(
    acting: Membership, recue_le: date, sent_on: date | None, reference: str, on: date
) -> None:
    """A receipt is neither before the sending nor in the future; the ASP's has its proof."""
    not_later(recue_le, on, "La date de réception")
    if sent_on and recue_le < sent_on:
        raise Refus(f"Le dossier n’a été transmis que le {sent_on:%d/%m/%Y}.")
    if acting.is_asp:
        needed(reference, "Indiquez la référence de l’accusé de réception du département.")


def check_completed(recue_le: date, incomplete_le: date | None) -> None:
    """A file said incomplete is complete later: no silence accepts what was not received."""
    if incomplete_le and recue_le < incomplete_le:
        raise Refus(
            f"Le département a dit le dossier incomplet le {incomplete_le:%d/%m/%Y} : le dossier "
            "complet n’a pas été reçu avant."
        )


def check_in_time(recue_le: date | None, on: date) -> None:
    """Past the four months the silence has decided: the nightly work only records it."""
    if recue_le and on > last_day_to_decide(recue_le):
        raise Refus(
            f"Le délai de quatre mois s’est achevé le {last_day_to_decide(recue_le):%d/%m/%Y} : "
            "l’absence de réponse vaut acceptation."
        )


def lock_remise(remise: DemandeRemise) -> DemandeRemise:
    """The order first, then its request: the same order of locks for every act."""
    ordre = lock(remise.ordre_id)
    found = DemandeRemise.objects.select_for_update(of=("self",)).get(pk=remise.pk)
    found.ordre = ordre
    return found


def page_of(remise: DemandeRemise) -> str:
    return reverse("apurement:remise", args=[remise.pk])


def _conclude(
    acting: Membership | None, remise: DemandeRemise, state: str, montant: Decimal, on: date
) -> None:
    if montant:
        give_up(acting, remise.ordre, Evenement.REMISE, montant, "remettre", on)
    remise.montant_accorde = montant
    _save(
        remise,
        state,
        "montant_accorde",
        "decision",
        "decidee_par",
        "decidee_le",
        "tacite",
    )
    record(
        acting,
        "remise.tacite" if remise.tacite else "remise.decidee",
        remise,
        motif=remise.decision,
        apres={"etat": state, "montant_accorde": montant},
    )
    ordre = remise.ordre
    texte = (
        f"Une remise de {euros(montant)} est accordée sur l’ordre n° {ordre.numero} : il reste "
        f"{euros(ordre.reste)} à payer."
        if montant
        else f"La remise de l’ordre n° {ordre.numero} n’est pas accordée : il reste à payer."
    )
    tell_debtor(ordre, "Demande de remise décidée", texte, page_of(remise), on)
    tell_funder(
        ordre.financeur,
        "Remise acceptée tacitement" if remise.tacite else "Demande de remise décidée",
        f"{texte} La somme remise est à la charge du département." if montant else texte,
        page_of(remise),
        on,
    )
    tell_asp(
        "Décision de remise à notifier",
        f"Adressez au débiteur de l’ordre n° {ordre.numero} la décision sur sa demande de remise.",
        page_of(remise),
        (Role.GESTIONNAIRE, Role.COMPTABLE),
        on,
    )


def _save(remise: DemandeRemise, state: str, *fields: str) -> None:
    remise.etat = state
    remise.save(update_fields=["etat", *fields])
