"""Who disputes, examines, decides (spec 05 §5; convention de mandat, art. 5 and 6).

The département's décideur signs with a delegation valid that day; the State's share is the
ordonnateur's. The sentences are those that the screens and the refusals show.
"""

from __future__ import annotations

from datetime import date

from apps.accounts.models import Membership, Role
from apps.accounts.permissions import can_sign
from apps.conventions.models import Financeur
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.recoveries.ecritures import carrier
from apps.recoveries.models import OrdreDeRecouvrer
from apps.siae.codes import PERSONNES_PHYSIQUES
from apps.siae.models import Structure

PERSONNES_MORALES = (
    "Les demandes de remise gracieuse des personnes morales ne sont pas admises par l’ASP, ces "
    "dernières pouvant bénéficier des dispositions relatives aux procédures collectives."
)


def can_file(acting: Membership, ordre: OrdreDeRecouvrer) -> Verdict:
    """Dispute an order or ask for a remission: the debtor, or the ASP for a letter received."""
    if acting.is_siae and acting.organisation_id == ordre.structure.organisation_id:
        if acting.has_role(Role.RESPONSABLE):
            return ALLOWED
        return refused("Seul un responsable de la structure peut présenter cette demande.")
    if acting.has_role(Role.GESTIONNAIRE, Role.COMPTABLE):
        return ALLOWED
    return refused(
        "Cette demande est présentée par la structure, ou enregistrée par un gestionnaire ou "
        "l’agent comptable de l’ASP."
    )


def can_examine(acting: Membership) -> Verdict:
    """Give an opinion, propose, prepare a list, follow a procedure."""
    if acting.has_role(Role.GESTIONNAIRE, Role.COMPTABLE):
        return ALLOWED
    return refused("L’instruction revient à un gestionnaire ou à l’agent comptable de l’ASP.")


def can_transmit(acting: Membership) -> Verdict:
    """Send a file to the département."""
    if acting.has_role(Role.ORDONNATEUR, Role.COMPTABLE):
        return ALLOWED
    return refused("La transmission revient à l’ordonnateur ou à l’agent comptable de l’ASP.")


def can_order(acting: Membership) -> Verdict:
    """Suspend the pursuit, decide a dispute, pronounce an extinction."""
    if acting.has_role(Role.ORDONNATEUR):
        return ALLOWED
    return refused("Cette décision revient à l’ordonnateur de l’ASP.")


def can_propose_extinction(acting: Membership) -> Verdict:
    if acting.has_role(Role.COMPTABLE):
        return ALLOWED
    return refused("L’extinction d’une créance est proposée par l’agent comptable de l’ASP.")


def can_receive(acting: Membership, financeur: Financeur) -> Verdict:
    """Record the receipt of the complete file: the département, or the ASP from its receipt."""
    if acting.has_role(Role.GESTIONNAIRE, Role.COMPTABLE, Role.ORDONNATEUR):
        return ALLOWED
    if acting.has_role(Role.DECIDEUR) and is_of(acting, financeur):
        return ALLOWED
    return refused("La réception est enregistrée par le décideur du département ou par l’ASP.")


def can_return(acting: Membership, financeur: Financeur) -> Verdict:
    """Say that a file is not complete."""
    if acting.has_role(Role.DECIDEUR) and is_of(acting, financeur):
        return ALLOWED
    return refused("Seul le décideur du département peut demander une pièce manquante.")


def can_decide(acting: Membership, financeur: Financeur, on: date) -> Verdict:
    """Decide for a funder: its décideur with a delegation valid that day, or the ordonnateur."""
    if financeur.is_etat:
        return can_order(acting)
    if not (acting.has_role(Role.DECIDEUR) and is_of(acting, financeur)):
        return refused(f"Cette décision revient au décideur du financeur : {financeur}.")
    return can_sign(acting, on)


def can_see_lists(acting: Membership) -> Verdict:
    if acting.is_asp or acting.is_cd:
        return ALLOWED
    return refused("Les listes de non-valeurs sont suivies par l’ASP et les départements.")


def is_of(acting: Membership, financeur: Financeur) -> bool:
    """Whether one acts for whoever bears the debt: the funder until its balances have passed to
    its successor, then the successor alone. Nobody decides with the money of another."""
    return acting.organisation_id == carrier(financeur).organisation_id


def is_legal_person(structure: Structure) -> bool:
    return structure.forme_juridique not in PERSONNES_PHYSIQUES
