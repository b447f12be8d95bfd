"""Decisions on the non-valeurs: line by line, or by the silence of the département.

Convention de mandat, art. 5. The département's décideur, or the ordonnateur for the State, admits
or gives the elements to take the recovery up again; four months after the receipt of the complete
file, what is not decided is admitted. A list closes with its last decision.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from apps.accounts.models import Membership, Role
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.payments.schemes import Evenement
from apps.recoveries.models import LigneNonValeur, ListeNonValeur, OrdreDeRecouvrer
from apps.recoveries.notices import tell_asp, tell_funder
from apps.recoveries.permissions_apurement import can_decide
from apps.recoveries.services.abandons import is_owed, lines_of, lock_list, move_list, page_of
from apps.recoveries.services.ordres import lock
from apps.recoveries.services.pertes import give_up, needed
from apps.recoveries.services.remises import check_in_time
from apps.recoveries.transitions_apurement import reached
from apps.rules.delais import accepted_on
from apps.rules.explanation import euros
from apps.rules.money import total

Etat = ListeNonValeur.Etat
Decision = LigneNonValeur.Decision


@transaction.atomic
def decide_line(
    acting: Membership,
    ligne: LigneNonValeur,
    *,
    admise: bool,
    elements: str = "",
    on: date | None = None,
) -> LigneNonValeur:
    """Admit an order, or refuse it with the elements to take its recovery up again."""
    on = on or today()
    # Orders before their list, as for every act.
    ordre = lock(ligne.ordre_id)
    liste = lock_list(ligne.liste)
    ligne = _lock_line(ligne.pk, ordre, liste)
    can_decide(acting, liste.financeur, on).enforce()
    if ligne.decision:
        raise Refus(
            f"L’ordre n° {ordre.numero} est déjà décidé : {ligne.get_decision_display().lower()}."
        )
    reached(liste, "clore")
    if not liste.financeur.is_etat:
        if liste.etat != Etat.RECUE:
            raise Refus("Accusez d’abord réception du dossier complet.")
        check_in_time(liste.recue_le, on)
    if acting.user_id == ligne.presentee_par_id:
        raise Refus("La décision revient à une autre personne que celle qui a présenté la créance.")
    if not is_owed(ordre):
        raise Refus(
            f"L’ordre n° {ordre.numero} est « {ordre.get_etat_display()} » : rien à décider."
        )
    if not admise:
        ligne.elements = needed(
            elements, "Donnez les éléments qui permettent de reprendre le recouvrement."
        )
    ligne.decision = Decision.ADMISE if admise else Decision.REFUSEE
    ligne.decidee_par, ligne.decidee_le = acting.user, on
    _settle(acting, ligne, on)
    _close_if_decided(acting, liste, on)
    return ligne


@transaction.atomic
def accept_list_silently(pk: int, on: date) -> list[LigneNonValeur]:
    """Tacit admission of what is left undecided once the four months are over."""
    keys = list(
        LigneNonValeur.objects.pending()
        .filter(liste=pk)
        .order_by("ordre_id")
        .values_list("pk", "ordre_id")
    )
    orders = {ordre: lock(ordre) for _ligne, ordre in keys}
    liste = lock_list(ListeNonValeur.objects.get(pk=pk))
    if liste.etat != Etat.RECUE or not liste.recue_le or on < accepted_on(liste.recue_le):
        return []
    admitted = []
    for key, ordre in keys:
        ligne = _lock_line(key, orders[ordre], liste)
        if ligne.decision or not is_owed(ligne.ordre):
            continue
        ligne.decision, ligne.tacite = Decision.ADMISE, True
        ligne.decidee_le = accepted_on(liste.recue_le)
        _settle(None, ligne, on)
        admitted.append(ligne)
    _close_if_decided(None, liste, on)
    return admitted


def _settle(acting: Membership | None, ligne: LigneNonValeur, on: date) -> None:
    """Write the decision, its entry, its traces; what was paid meanwhile is not written off."""
    ordre, admitted = ligne.ordre, ligne.decision == Decision.ADMISE
    if admitted:
        ligne.montant = ordre.reste
        give_up(acting, ordre, Evenement.NON_VALEUR, ordre.reste, "admettre", on)
    ligne.save(
        update_fields=["decision", "montant", "elements", "decidee_par", "decidee_le", "tacite"]
    )
    action = "nonvaleur.refusee"
    if admitted:
        action = "nonvaleur.tacite" if ligne.tacite else "nonvaleur.admise"
    record(
        acting,
        action,
        ordre,
        motif=ligne.elements or ligne.get_motif_display(),
        apres={"montant": ligne.montant, "etat": ordre.etat},
    )
    if admitted:
        # A write-off is a matter of accounts: the debt is not forgiven, the debtor is not told.
        return
    tell_asp(
        "Non-valeur refusée",
        f"L’ordre n° {ordre.numero} n’est pas admis en non-valeur : reprenez le recouvrement avec "
        "les éléments donnés.",
        page_of(ligne.liste),
        (Role.GESTIONNAIRE, Role.COMPTABLE),
        on,
    )


def _close_if_decided(acting: Membership | None, liste: ListeNonValeur, on: date) -> None:
    """Close the list after its last decision; an order settled meanwhile asks for none."""
    moot = [ligne for ligne in lines_of(liste) if not ligne.decision and not is_owed(ligne.ordre)]
    for ligne in moot:
        ligne.decision, ligne.decidee_le = Decision.SANS_OBJET, on
    LigneNonValeur.objects.bulk_update(moot, ["decision", "decidee_le"])
    lignes = list(liste.lignes.all())
    if any(not ligne.decision for ligne in lignes):
        return
    move_list(liste, "clore")
    admitted = [ligne for ligne in lignes if ligne.decision == Decision.ADMISE]
    amount = total(ligne.montant for ligne in admitted)
    record(
        acting,
        "nonvaleur.close",
        liste,
        apres={"lignes": len(admitted), "montant_total": amount},
    )
    texte = (
        f"La liste n° {liste.numero} est décidée : {len(admitted)} créance(s) admise(s), "
        f"{euros(amount)} à la charge du financeur."
    )
    tell_asp(
        "Liste de non-valeurs décidée",
        texte,
        page_of(liste),
        (Role.GESTIONNAIRE, Role.COMPTABLE),
        on,
    )
    tell_funder(liste.financeur, "Liste de non-valeurs décidée", texte, page_of(liste), on)


def _lock_line(pk: int, ordre: OrdreDeRecouvrer, liste: ListeNonValeur) -> LigneNonValeur:
    ligne = LigneNonValeur.objects.select_for_update(of=("self",)).get(pk=pk)
    ligne.ordre, ligne.liste = ordre, liste
    return ligne
