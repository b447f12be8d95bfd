"""Who may do what to the funds of a mandate (spec 01 §1, 05 §3): four eyes said in sentences.

The database holds the same separation as constraints (models/fonds.py). Enforced by the services,
shown by the screens.
"""

from __future__ import annotations

from datetime import date

from apps.accounts.models import Membership, Role
from apps.accounts.permissions import can_sign
from apps.conventions.models import ConventionMandat
from apps.core.errors import Refus
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.payments.models import AppelDeFonds, NotificationDeFonds, ReversementDeFonds
from apps.payments.querysets_fonds import funded_mandats
from apps.payments.transitions_fonds import next_state_of, next_state_of_reversement


def can_propose(acting: Membership | None) -> Verdict:
    """`acting` None is the product's own schedule."""
    if acting is None or acting.has_role(Role.GESTIONNAIRE, Role.ORDONNATEUR):
        return ALLOWED
    return refused("Seul un gestionnaire ou un ordonnateur de l’ASP propose un appel de fonds.")


def can_amend(acting: Membership, appel: AppelDeFonds) -> Verdict:
    """The lines of a quarterly call are its amount: it is proposed again, never typed over."""
    verdict = can_propose(acting)
    if not verdict:
        return verdict
    if appel.nature == AppelDeFonds.Nature.TRIMESTRIEL:
        return refused(
            "Le montant d’un appel trimestriel est celui de ses douze lignes : annulez cet appel "
            "et proposez-le de nouveau."
        )
    return _at_this_stage(appel, "modifier")


def can_issue(acting: Membership, appel: AppelDeFonds) -> Verdict:
    if not acting.has_role(Role.ORDONNATEUR, Role.COMPTABLE):
        return refused("Seul un ordonnateur ou l’agent comptable émet un appel de fonds.")
    if appel.propose_par_id == acting.user_id:
        return refused("Vous avez proposé cet appel de fonds : une autre personne doit l’émettre.")
    return _at_this_stage(appel, "emettre")


def can_cancel(acting: Membership, appel: AppelDeFonds) -> Verdict:
    if not acting.is_asp:
        return refused("Seule l’ASP annule un appel de fonds.")
    issued = appel.etat != AppelDeFonds.Etat.PROPOSE
    if issued and not acting.has_role(Role.ORDONNATEUR, Role.COMPTABLE):
        return refused("Seul un ordonnateur ou l’agent comptable annule un appel de fonds émis.")
    return _at_this_stage(appel, "annuler")


def can_record_receipt(acting: Membership) -> Verdict:
    if acting.has_role(Role.COMPTABLE):
        return ALLOWED
    return refused("Seul l’agent comptable enregistre les fonds reçus.")


def can_notify_funds(acting: Membership, mandat: ConventionMandat, on: date) -> Verdict:
    """The département's décideur, with a delegation of signature valid that day."""
    if not acting.has_role(Role.DECIDEUR):
        return refused("Seul un décideur du département notifie des fonds à l’ASP.")
    mandats = ConventionMandat.objects.filter(pk=mandat.pk)
    if not funded_mandats(mandats, acting).exists():
        return refused("Cette convention de mandat n’est pas celle de votre département.")
    return can_sign(acting, on)


def can_withdraw_notice(acting: Membership, notification: NotificationDeFonds, on: date) -> Verdict:
    verdict = can_notify_funds(acting, notification.mandat, on)
    if not verdict:
        return verdict
    if notification.annulee_le:
        return refused("Cette notification est déjà retirée.")
    if notification.recettes.standing().exists():
        return refused("Des fonds ont été reçus pour cette notification : elle ne se retire plus.")
    return ALLOWED


def can_order_pay_back(acting: Membership) -> Verdict:
    if acting.has_role(Role.ORDONNATEUR):
        return ALLOWED
    return refused("Seul un ordonnateur de l’ASP arrête un solde annuel ou ordonne un reversement.")


def can_pay_back(acting: Membership, reversement: ReversementDeFonds) -> Verdict:
    if not acting.has_role(Role.COMPTABLE):
        return refused("Seul l’agent comptable paie un reversement de fonds.")
    if reversement.ordonnance_par_id == acting.user_id:
        return refused("Vous avez ordonnancé ce reversement : une autre personne doit le payer.")
    return _pay_back_stage(reversement, "payer")


def can_cancel_pay_back(acting: Membership, reversement: ReversementDeFonds) -> Verdict:
    if not acting.has_role(Role.ORDONNATEUR, Role.COMPTABLE):
        return refused("Seul un ordonnateur ou l’agent comptable annule un reversement de fonds.")
    return _pay_back_stage(reversement, "annuler")


def can_close(acting: Membership) -> Verdict:
    if acting.has_role(Role.COMPTABLE):
        return ALLOWED
    return refused("Seul l’agent comptable clôt une convention de mandat.")


def _at_this_stage(appel: AppelDeFonds, event: str) -> Verdict:
    try:
        next_state_of(appel, event)
    except Refus as refus:
        return refused(str(refus))
    return ALLOWED


def _pay_back_stage(reversement: ReversementDeFonds, event: str) -> Verdict:
    try:
        next_state_of_reversement(reversement, event)
    except Refus as refus:
        return refused(str(refus))
    return ALLOWED
