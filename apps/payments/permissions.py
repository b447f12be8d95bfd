"""Who may do what to a run (spec 01 §1, spec 05 §1): four eyes said in sentences.

The database holds the same separation as constraints (models/campagne.py). Called by the services,
which enforce, and by the screens, which show or explain.
"""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.core.errors import Refus
from apps.core.models import Job
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.payments.models import BlocagePaiement, Campagne
from apps.payments.permissions_banque import can_settle
from apps.payments.transitions import next_state_of
from apps.siae.models import CoordonneesBancaires

Etat = Campagne.Etat


def can_prepare(acting: Membership | None) -> Verdict:
    """`acting` None is the product's own schedule."""
    if acting is None or acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused("Seul un gestionnaire de l’ASP peut préparer une campagne de paiement.")


def can_control(acting: Membership, campagne: Campagne) -> Verdict:
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused("Seul un gestionnaire de l’ASP peut contrôler une campagne de paiement.")


def can_approve(acting: Membership, campagne: Campagne) -> Verdict:
    if not acting.has_role(Role.ORDONNATEUR):
        return refused("Seul un ordonnateur de l’ASP peut approuver une campagne de paiement.")
    return _another_person(acting, campagne, "un autre ordonnateur doit l’approuver")


def can_visa(acting: Membership, campagne: Campagne) -> Verdict:
    if not acting.has_role(Role.COMPTABLE):
        return refused("Seul l’agent comptable peut viser une campagne de paiement.")
    return _another_person(acting, campagne, "une autre personne doit la viser")


def can_execute(acting: Membership, campagne: Campagne) -> Verdict:
    """The visa and the payment are both the agent comptable's, and may be one person's."""
    if not acting.has_role(Role.COMPTABLE):
        return refused("Seul l’agent comptable peut exécuter une campagne de paiement.")
    return _another_person(acting, campagne, "une autre personne doit l’exécuter")


def _another_person(acting: Membership, campagne: Campagne, sentence: str) -> Verdict:
    """Nobody takes two of the three parts (preparation, approval, payment), whatever the
    memberships; the named controller stands for the schedule that prepared."""
    if campagne.prepare_par_id == acting.user_id:
        return refused(f"Vous avez préparé cette campagne : {sentence}.")
    if campagne.prepare_par_id is None and campagne.controle_par_id == acting.user_id:
        return refused(f"Vous avez contrôlé cette campagne, préparée automatiquement : {sentence}.")
    if campagne.approuve_par_id == acting.user_id:
        return refused(f"Vous avez approuvé cette campagne : {sentence}.")
    return ALLOWED


def can_abandon(acting: Membership, campagne: Campagne) -> Verdict:
    """Preparers until approval, the ordonnateur until the visa, the agent comptable to the end."""
    stages = {
        Role.GESTIONNAIRE: (Etat.PREPAREE, Etat.CONTROLEE),
        Role.ORDONNATEUR: (Etat.PREPAREE, Etat.CONTROLEE, Etat.APPROUVEE),
        Role.COMPTABLE: Campagne.ETATS_EN_COURS,
    }
    if campagne.etat not in Campagne.ETATS_EN_COURS:
        return refused("Seule une campagne en cours peut être abandonnée.")
    if campagne.etat in stages.get(acting.role, ()):
        return ALLOWED
    return refused("À ce stade, votre rôle ne permet pas d’abandonner la campagne.")


def can(event: str, acting: Membership, campagne: Campagne) -> Verdict:
    """Whether an event of the state table may be performed now by this person."""
    try:
        next_state_of(campagne, event)
    except Refus as refus:
        return refused(str(refus))
    return VERDICTS[event](acting, campagne)


def can_withdraw(acting: Membership, campagne: Campagne) -> Verdict:
    if not acting.has_role(Role.GESTIONNAIRE, Role.ORDONNATEUR):
        return refused("Seul un gestionnaire ou un ordonnateur de l’ASP peut retirer une ligne.")
    if campagne.etat in (Etat.PREPAREE, Etat.CONTROLEE):
        return ALLOWED
    return refused("Une ligne ne peut être retirée que jusqu’à l’approbation de la campagne.")


def can_reject(acting: Membership, campagne: Campagne) -> Verdict:
    if not acting.has_role(Role.COMPTABLE):
        return refused("Seul l’agent comptable peut rejeter une ligne.")
    if campagne.etat in (Etat.APPROUVEE, Etat.VISEE):
        return ALLOWED
    return refused(
        "L’agent comptable peut rejeter une ligne entre l’approbation et l’exécution "
        "de la campagne."
    )


def can_lift(acting: Membership, blocage: BlocagePaiement) -> Verdict:
    """Four eyes on a new account: whoever checked it does not release the payments."""
    if not acting.has_role(Role.GESTIONNAIRE):
        return refused("Seul un gestionnaire de l’ASP peut lever un blocage des paiements.")
    if blocage.leve_le is not None:
        return refused(f"Ce blocage est levé depuis le {blocage.leve_le:%d/%m/%Y}.")
    if blocage.motif == BlocagePaiement.Motif.BANQUE_MODIFIEE and _checked(acting, blocage):
        return refused(
            "Vous avez contrôlé ces coordonnées bancaires : une autre personne doit lever le "
            "blocage."
        )
    return ALLOWED


def _checked(acting: Membership, blocage: BlocagePaiement) -> bool:
    account = CoordonneesBancaires.objects.filter(pk=blocage.compte_id)
    return acting.user_id in account.values_list("controle_par", flat=True)


# Jobs that find what their first life committed: started twice, they work once.
RESTARTABLE = (
    "payments.prepare",
    "payments.execute",
    "dashboards.produce_export",
    "dashboards.produce_documents",
)


def can_supervise(acting: Membership) -> Verdict:
    if acting.is_asp or acting.is_admin:
        return ALLOWED
    return refused("La supervision est réservée à l’ASP et aux administrateurs.")


def can_restart(acting: Membership, job: Job) -> Verdict:
    """Whoever asked may ask again; a manager of the ASP, for what the clock asked.

    Nobody executes a run in somebody else's name.
    """
    if job.etat != Job.Etat.ECHEC or job.nature not in RESTARTABLE:
        return refused("Seul un traitement en échec peut être relancé.")
    if job.membership_id == acting.pk:
        return ALLOWED
    if job.membership_id is None and acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused("Seule la personne qui a demandé ce traitement peut le relancer.")


VERDICTS = {
    "controler": can_control,
    "approuver": can_approve,
    "viser": can_visa,
    "executer": can_execute,
    "denouer": can_settle,
    "abandonner": can_abandon,
}
