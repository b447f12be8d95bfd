"""Who may do what to a recovery order (spec 05 §5), said in sentences.

The agent comptable pursues, cashes, grants delays and decides set-offs (décret 2012-1246, art. 18);
money that leaves is ordered by the ordonnateur and paid by the comptable.
"""

from __future__ import annotations

from datetime import date

from apps.accounts.models import Membership, Role
from apps.core.errors import Refus
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.recoveries.models import (
    Compensation,
    Encaissement,
    Excedent,
    OrdreDeRecouvrer,
    PlanDePaiement,
    Remboursement,
)
from apps.recoveries.poursuites import suspensions_of
from apps.recoveries.transitions import next_state_of

# Acts made by the night job as well.
AUTOMATIQUES = ("notifier", "relancer")


def can_read_history(acting: Membership) -> Verdict:
    if acting.is_asp or acting.is_ddets or acting.is_cd:
        return ALLOWED
    return refused("L’historique des ordres est réservé à l’ASP et aux financeurs.")


def can_see_surpluses(acting: Membership) -> Verdict:
    """The late orders and the surpluses are worked on by the ASP."""
    if acting.is_asp:
        return ALLOWED
    return refused("Cette liste est réservée à l’ASP.")


def can_pursue(event: str, acting: Membership | None, ordre: OrdreDeRecouvrer, on: date) -> Verdict:
    """Whether an act may be made on a day; `acting` None is the night job."""
    if not (acting is None and event in AUTOMATIQUES) and not _is_comptable(acting):
        return refused("Seul l’agent comptable peut faire cet acte de recouvrement.")
    try:
        next_state_of(ordre, event)
    except Refus as refus:
        return refused(str(refus))
    if not ordre.reste:
        return refused("Plus rien n’est à payer sur cet ordre.")
    if event != "notifier" and not (ordre.echeance and ordre.echeance < on):
        until = f"jusqu’au {ordre.echeance:%d/%m/%Y}" if ordre.echeance else "un délai"
        return refused(f"La structure a {until} pour payer : attendez cette échéance.")
    if suspended := suspensions_of(ordre, on):
        return refused(f"Le recouvrement est suspendu : {suspended[0].texte}.")
    return ALLOWED


def can_cash(acting: Membership, ordre: OrdreDeRecouvrer) -> Verdict:
    if not _is_comptable(acting):
        return refused("Seul l’agent comptable peut enregistrer un encaissement.")
    return ALLOWED


def can_cancel_cash(acting: Membership, encaissement: Encaissement) -> Verdict:
    if not _is_comptable(acting):
        return refused("Seul l’agent comptable peut annuler un encaissement.")
    if encaissement.annule_le:
        return refused("Cet encaissement est déjà annulé.")
    if encaissement.mode not in Encaissement.BANQUE:
        return refused(
            "Seul un encaissement bancaire s’annule : une compensation ou une imputation résulte "
            "d’une autre décision."
        )
    if encaissement.montant > encaissement.ordre.recouvre:
        return refused(
            "L’ordre a été réduit après ce paiement, qui est devenu un excédent : imputez-le ou "
            "remboursez-le, l’encaissement ne s’annule plus."
        )
    surplus = encaissement.excedent_ne
    if surplus is not None and not surplus.annule_le:
        return can_cancel_surplus(acting, surplus)
    return ALLOWED


def can_cancel_surplus(acting: Membership, excedent: Excedent) -> Verdict:
    if not _is_comptable(acting):
        return refused("Seul l’agent comptable peut annuler un excédent.")
    if excedent.annule_le:
        return refused("Cet excédent est déjà annulé.")
    if excedent.impute or excedent.rembourse or _refund_ordered(excedent):
        return refused(
            "L’excédent né de cet encaissement a été imputé ou fait l’objet d’un remboursement : "
            "il ne peut plus être annulé."
        )
    return ALLOWED


def can_use_surplus(acting: Membership, excedent: Excedent) -> Verdict:
    """Impute a surplus on another order: no money leaves."""
    if not _is_comptable(acting):
        return refused("Seul l’agent comptable peut imputer un excédent.")
    return _available(excedent)


def can_choose_what_to_pay(acting: Membership, excedent: Excedent) -> Verdict:
    """Open the page of an imputation: there is an order that the surplus may pay."""
    verdict = can_use_surplus(acting, excedent)
    if verdict and not OrdreDeRecouvrer.objects.payable_with(excedent).exists():
        return refused(
            "La structure n’a pas d’autre ordre à payer à ce financeur : un ordonnateur peut "
            "ordonner le remboursement de l’excédent."
        )
    return verdict


def can_order_refund(acting: Membership, excedent: Excedent) -> Verdict:
    if not acting.has_role(Role.ORDONNATEUR):
        return refused("Seul un ordonnateur de l’ASP peut ordonner un remboursement.")
    return _available(excedent)


def can_pay_refund(acting: Membership, remboursement: Remboursement) -> Verdict:
    if not _is_comptable(acting):
        return refused("Seul l’agent comptable peut payer un remboursement.")
    if remboursement.etat != Remboursement.Etat.ORDONNE:
        return refused("Ce remboursement n’est plus à payer.")
    if remboursement.ordonne_par_id == acting.user_id:
        return refused("Vous avez ordonné ce remboursement : une autre personne doit le payer.")
    return ALLOWED


def can_give_up_refund(acting: Membership, remboursement: Remboursement) -> Verdict:
    if not acting.has_role(Role.ORDONNATEUR, Role.COMPTABLE):
        return refused("Seul un ordonnateur ou l’agent comptable peut abandonner ce remboursement.")
    if remboursement.etat != Remboursement.Etat.ORDONNE:
        return refused("Ce remboursement n’est plus à payer.")
    return ALLOWED


def can_ask_plan(acting: Membership, ordre: OrdreDeRecouvrer) -> Verdict:
    """The debtor asks; the ASP may propose a plan to a debtor who has asked by another way."""
    of_debtor = acting.is_siae and acting.organisation_id == ordre.structure.organisation_id
    if not (of_debtor and acting.has_role(Role.RESPONSABLE)) and not acting.has_role(
        Role.GESTIONNAIRE
    ):
        return refused(
            "Seul le responsable de la structure, ou un gestionnaire de l’ASP pour elle, peut "
            "demander un plan de paiement."
        )
    if ordre.etat not in OrdreDeRecouvrer.OUVERTS:
        return refused("Plus rien n’est à payer sur cet ordre.")
    if ordre.etat == OrdreDeRecouvrer.Etat.EMIS:
        return refused(
            "Cet ordre n’est pas encore notifié : demandez le plan après sa notification."
        )
    busy = (PlanDePaiement.Etat.DEMANDE, PlanDePaiement.Etat.ACCORDE)
    if ordre.plans.filter(etat__in=busy).exists():
        return refused("Un plan de paiement est déjà demandé ou en cours pour cet ordre.")
    return ALLOWED


def can_decide_plan(acting: Membership, plan: PlanDePaiement) -> Verdict:
    if not _is_comptable(acting):
        return refused("Seul l’agent comptable peut accorder ou refuser un plan de paiement.")
    if plan.etat != PlanDePaiement.Etat.DEMANDE:
        return refused("Cette demande de plan a déjà reçu sa décision.")
    if plan.demande_par_id == acting.user_id:
        return refused("Vous avez demandé ce plan : une autre personne doit en décider.")
    return ALLOWED


def can_rebuild_plan(acting: Membership, plan: PlanDePaiement) -> Verdict:
    if not _is_comptable(acting):
        return refused("Seul l’agent comptable peut rééchelonner un plan rompu.")
    if plan.etat != PlanDePaiement.Etat.ROMPU or plan.ordre.etat not in OrdreDeRecouvrer.OUVERTS:
        return refused("Seul un plan rompu, sur un ordre encore dû, peut être rééchelonné.")
    if PlanDePaiement.objects.filter(ordre=plan.ordre_id, version__gt=plan.version).exists():
        return refused("Un plan plus récent a été demandé ou accordé pour cet ordre.")
    if plan.demande_par_id == acting.user_id:
        return refused("Vous avez demandé ce plan : une autre personne doit en décider.")
    return ALLOWED


def can_set_off(acting: Membership, ordre: OrdreDeRecouvrer, on: date) -> Verdict:
    if not _is_comptable(acting):
        return refused("Seul l’agent comptable peut décider une compensation.")
    if ordre.etat not in OrdreDeRecouvrer.OUVERTS or ordre.etat == OrdreDeRecouvrer.Etat.EMIS:
        return refused("La compensation porte sur un ordre notifié et encore dû.")
    if ordre.compensations.filter(etat=Compensation.Etat.DECIDEE).exists():
        return refused("Une compensation est déjà décidée pour cet ordre.")
    if suspended := suspensions_of(ordre, on):
        return refused(f"Le recouvrement est suspendu : {suspended[0].texte}.")
    return ALLOWED


def can_lift_set_off(acting: Membership, compensation: Compensation) -> Verdict:
    if not _is_comptable(acting):
        return refused("Seul l’agent comptable peut lever une compensation.")
    if compensation.etat != Compensation.Etat.DECIDEE:
        return refused("Cette compensation n’est plus en vigueur.")
    return ALLOWED


def _available(excedent: Excedent) -> Verdict:
    if not excedent.reste:
        return refused("Il ne reste rien de cet excédent.")
    if _refund_ordered(excedent):
        return refused(
            "Le remboursement de cet excédent est ordonné : payez-le, ou abandonnez-le d’abord."
        )
    return ALLOWED


def _refund_ordered(excedent: Excedent) -> bool:
    return excedent.remboursements.filter(etat=Remboursement.Etat.ORDONNE).exists()


def _is_comptable(acting: Membership | None) -> bool:
    return acting is not None and acting.has_role(Role.COMPTABLE)
