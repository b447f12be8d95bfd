"""Lists of non-valeurs: prepared, submitted to the funder, received, decided line by line.

Convention de mandat, art. 5: the list and a copy of each proof are submitted; the silence of four
months accepts; a refusal gives the elements to take the recovery up again. Two people of the ASP
present and submit; the département's décideur, or the ordonnateur for the State, decides.
"""

from __future__ import annotations

from datetime import date

from django.core.files.base import File
from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.conventions.models import Financeur
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.services import next_number
from apps.journal.services import record
from apps.recoveries.models import LigneNonValeur, ListeNonValeur, OrdreDeRecouvrer
from apps.recoveries.notices import tell_asp, tell_funder
from apps.recoveries.permissions_apurement import (
    can_examine,
    can_receive,
    can_return,
    can_transmit,
)
from apps.recoveries.services.ordres import lock
from apps.recoveries.services.pertes import keep_piece, needed
from apps.recoveries.services.remises import check_completed, check_in_time, check_receipt
from apps.recoveries.transitions_apurement import reached
from apps.rules.delais import is_small, last_day_to_decide
from apps.rules.explanation import euros
from apps.rules.money import total

Etat = ListeNonValeur.Etat
Motif = LigneNonValeur.Motif
Decision = LigneNonValeur.Decision


@transaction.atomic
def prepare_list(
    acting: Membership, financeur: Financeur, *, on: date | None = None
) -> ListeNonValeur:
    """Open a list for one funder, numbered without gaps; one at a time is being prepared."""
    can_examine(acting).enforce()
    Financeur.objects.select_for_update(of=("self",)).get(pk=financeur.pk)
    current = ListeNonValeur.objects.filter(financeur=financeur, etat=Etat.PREPARATION).first()
    if current:
        raise Refus(
            f"La liste n° {current.numero} est déjà en préparation pour ce financeur : "
            "complétez-la, puis soumettez-la."
        )
    liste = ListeNonValeur.objects.create(
        numero=next_number("liste_non_valeur"),
        financeur=financeur,
        preparee_le=on or today(),
        preparee_par=acting.user,
    )
    record(acting, "nonvaleur.liste_ouverte", liste, apres={"numero": liste.numero})
    return liste


@transaction.atomic
def add_line(
    acting: Membership,
    liste: ListeNonValeur,
    ordre: OrdreDeRecouvrer,
    *,
    motif: str,
    piece: File[bytes],
    detail: str = "",
) -> LigneNonValeur:
    """Put an order in a list being prepared, with its reason and its proof."""
    can_examine(acting).enforce()
    ordre = lock(ordre.pk)
    liste = lock_list(liste)
    reached(liste, "soumettre")
    _check_presentable(liste, ordre)
    if motif == Motif.AUTRE:
        detail = needed(detail, "Précisez le motif.")
    ligne = LigneNonValeur.objects.create(
        liste=liste,
        ordre=ordre,
        motif=motif,
        detail=detail.strip(),
        montant=ordre.reste,
        presentee_par=acting.user,
        piece=keep_piece(
            piece,
            f"non-valeur-ordre-{ordre.numero}",
            f"Pièce justificative de non-valeur, ordre n° {ordre.numero}",
        ),
    )
    record(
        acting,
        "nonvaleur.presentee",
        ordre,
        motif=ligne.get_motif_display(),
        apres={"montant": ordre.reste, "sha256": ligne.piece.sha256},
    )
    return ligne


@transaction.atomic
def remove_line(acting: Membership, ligne: LigneNonValeur) -> None:
    """Take an order out of a list that is not submitted yet."""
    can_examine(acting).enforce()
    liste = lock_list(ligne.liste)
    reached(liste, "soumettre")
    record(acting, "nonvaleur.retiree", ligne.ordre, avant={"montant": ligne.montant})
    ligne.delete()


@transaction.atomic
def submit_list(
    acting: Membership, liste: ListeNonValeur, *, on: date | None = None
) -> ListeNonValeur:
    """Send the list with its proofs; by somebody who presented none of its orders."""
    on = on or today()
    liste = lock_list(liste)
    can_transmit(acting).enforce()
    reached(liste, "soumettre")
    lignes = lines_of(liste)
    if not lignes:
        raise Refus("Cette liste est vide : ajoutez-y les créances à présenter.")
    presenters = {liste.preparee_par_id, *(ligne.presentee_par_id for ligne in lignes)}
    if acting.user_id in presenters:
        raise Refus("La liste est soumise par une autre personne que celle qui l’a préparée.")
    for ligne in lignes:
        # What was paid since the preparation is no longer to be written off.
        ligne.montant = ligne.ordre.reste
        ligne.soumise_par = acting.user
        if not is_owed(ligne.ordre):
            raise Refus(
                f"L’ordre n° {ligne.ordre.numero} n’est plus à recouvrer : retirez-le de la liste."
            )
    LigneNonValeur.objects.bulk_update(lignes, ["montant", "soumise_par"])
    liste.soumise_par, liste.soumise_le = acting.user, on
    move_list(liste, "soumettre", "soumise_par", "soumise_le")
    amount = total(ligne.montant for ligne in lignes)
    record(
        acting,
        "nonvaleur.soumise",
        liste,
        apres={"lignes": len(lignes), "montant_total": amount},
    )
    if liste.financeur.is_etat:
        tell_asp(
            "Non-valeurs à décider",
            f"La liste n° {liste.numero} attend votre décision.",
            page_of(liste),
            (Role.ORDONNATEUR,),
            on,
        )
    tell_funder(
        liste.financeur,
        "Liste de non-valeurs soumise",
        f"La liste n° {liste.numero} vous est soumise pour décision. Accusez réception du dossier "
        "complet : le délai de quatre mois court de ce jour.",
        page_of(liste),
        on,
    )
    return liste


@transaction.atomic
def receive_list(
    acting: Membership,
    liste: ListeNonValeur,
    *,
    recue_le: date,
    reference: str = "",
    on: date | None = None,
) -> ListeNonValeur:
    """Record the receipt of the complete file: the four months run from `recue_le`."""
    on = on or today()
    liste = lock_list(liste)
    can_receive(acting, liste.financeur).enforce()
    if liste.financeur.is_etat:
        raise Refus("La part de l’État est décidée par l’ordonnateur, sans délai ni silence.")
    reached(liste, "recevoir")
    check_receipt(acting, recue_le, liste.soumise_le, reference, on)
    check_completed(recue_le, liste.incomplete_le)
    liste.recue_le, liste.recue_reference, liste.manque = recue_le, reference.strip(), ""
    move_list(liste, "recevoir", "recue_le", "recue_reference", "manque")
    record(acting, "nonvaleur.recue", liste, apres={"recue_le": recue_le})
    tell_funder(
        liste.financeur,
        "Non-valeurs à décider",
        f"Le dossier complet de la liste n° {liste.numero} est reçu : sans réponse le "
        f"{last_day_to_decide(recue_le):%d/%m/%Y} au plus tard, ses créances sont admises.",
        page_of(liste),
        on,
    )
    return liste


@transaction.atomic
def return_list(
    acting: Membership, liste: ListeNonValeur, *, manque: str, on: date | None = None
) -> ListeNonValeur:
    """The département says what is missing: the clock stops, and starts again when complete."""
    on = on or today()
    liste = lock_list(liste)
    can_return(acting, liste.financeur).enforce()
    reached(liste, "completer")
    check_in_time(liste.recue_le, on)
    liste.manque = needed(manque, "Indiquez la pièce ou l’élément qui manque.")
    liste.recue_le, liste.recue_reference, liste.incomplete_le = None, "", on
    move_list(liste, "completer", "manque", "recue_le", "recue_reference", "incomplete_le")
    record(acting, "nonvaleur.incomplete", liste, motif=liste.manque)
    tell_asp(
        "Liste de non-valeurs incomplète",
        f"Le département demande un complément sur la liste n° {liste.numero}.",
        page_of(liste),
        (Role.GESTIONNAIRE, Role.COMPTABLE),
        on,
    )
    return liste


@transaction.atomic
def complete_line(acting: Membership, ligne: LigneNonValeur, *, piece: File[bytes]) -> None:
    """Replace the proof of an order, at the request of the département."""
    can_examine(acting).enforce()
    liste = lock_list(ligne.liste)
    if not (liste.etat == Etat.SOUMISE and liste.manque):
        raise Refus("Aucun complément n’est demandé sur cette liste.")
    before = ligne.piece.sha256
    ligne.piece = keep_piece(
        piece,
        f"non-valeur-ordre-{ligne.ordre.numero}-complement",
        f"Pièce justificative complétée, ordre n° {ligne.ordre.numero}",
    )
    ligne.save(update_fields=["piece"])
    record(
        acting,
        "nonvaleur.completee",
        ligne.ordre,
        avant={"sha256": before},
        apres={"sha256": ligne.piece.sha256},
    )


def page_of(liste: ListeNonValeur) -> str:
    return reverse("apurement:liste", args=[liste.pk])


def _check_presentable(liste: ListeNonValeur, ordre: OrdreDeRecouvrer) -> None:
    if ordre.financeur_id != liste.financeur_id:
        raise Refus(f"L’ordre n° {ordre.numero} n’est pas pour ce financeur.")
    if not is_owed(ordre):
        raise Refus(
            f"L’ordre n° {ordre.numero} est « {ordre.get_etat_display()} » : rien n’y est à "
            "admettre en non-valeur."
        )
    if is_small(ordre.reste):
        raise Refus(
            f"Il reste {euros(ordre.reste)} sur l’ordre n° {ordre.numero} : jusqu’à 30,00 € "
            "inclus, l’apurement est automatique, sans passer devant le financeur."
        )
    if ordre.non_valeurs.pending().exists():
        raise Refus(f"L’ordre n° {ordre.numero} est déjà présenté en non-valeur.")


def is_owed(ordre: OrdreDeRecouvrer) -> bool:
    return ordre.etat in OrdreDeRecouvrer.OUVERTS and ordre.reste > 0


def lock_list(liste: ListeNonValeur) -> ListeNonValeur:
    return (
        ListeNonValeur.objects.select_for_update(of=("self",))
        .select_related("financeur__organisation", "financeur__successeur__organisation")
        .get(pk=liste.pk)
    )


def lines_of(liste: ListeNonValeur) -> list[LigneNonValeur]:
    return list(liste.lignes.select_related("ordre").order_by("ordre__numero"))


def move_list(liste: ListeNonValeur, event: str, *fields: str) -> None:
    liste.etat = reached(liste, event)
    liste.save(update_fields=["etat", *fields])
