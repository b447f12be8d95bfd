"""Who may do what to a structure, its bank details, its salariés and contracts (spec 01 §1).

The structure enters its employees and proposes its bank details; another person, at the ASP,
activates them. Identity and SIRET belong to the administrations. Called by services and screens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from apps.accounts.models import Role
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.siae.models import CoordonneesBancaires, Salarie, Structure

if TYPE_CHECKING:
    from apps.accounts.models import Membership


def can_manage_structure(acting: Membership, structure: Structure | None = None) -> Verdict:
    """Create a structure, change its identity or its SIRET: the ASP, or the DDETS of the
    territory."""
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    if not acting.has_role(Role.INSTRUCTEUR):
        return refused("L’identité d’une structure est tenue par la DDETS et par l’ASP.")
    if structure and structure.departement != acting.organisation.departement:
        return refused("Cette structure n’est pas dans le ressort de votre DDETS.")
    return ALLOWED


def can_edit_contacts(acting: Membership, structure: Structure) -> Verdict:
    """Management address and contacts: those who manage the structure, and its responsable."""
    if acting.has_role(Role.RESPONSABLE) and _own(acting, structure):
        return ALLOWED
    if can_manage_structure(acting, structure):
        return ALLOWED
    return refused("Seul le responsable de la structure peut modifier ses contacts.")


def can_propose_bank_details(acting: Membership, structure: Structure) -> Verdict:
    if acting.has_role(Role.RESPONSABLE) and _own(acting, structure):
        return ALLOWED
    return refused("Seul le responsable de la structure peut proposer des coordonnées bancaires.")


def can_control_bank_details(
    acting: Membership, coordonnees: CoordonneesBancaires | None = None
) -> Verdict:
    """Four eyes: an agent of the ASP who is not the person that proposed them."""
    if not acting.has_role(Role.GESTIONNAIRE, Role.COMPTABLE):
        return refused(
            "Les coordonnées bancaires sont contrôlées par un gestionnaire ou par l’agent "
            "comptable de l’ASP."
        )
    if coordonnees is not None and coordonnees.propose_par_id == acting.user_id:
        return refused(
            "Vous avez proposé ces coordonnées bancaires : une autre personne doit les contrôler."
        )
    return ALLOWED


def can_waive_bank_delay(
    acting: Membership, coordonnees: CoordonneesBancaires | None = None
) -> Verdict:
    """Not to let the delay run is a third person's decision: the agent comptable's."""
    if not acting.has_role(Role.COMPTABLE):
        return refused("Seul l’agent comptable peut décider de ne pas attendre le délai.")
    if coordonnees is not None and acting.user_id in (
        coordonnees.propose_par_id,
        coordonnees.controle_par_id,
    ):
        return refused(
            "Vous avez proposé ou contrôlé ces coordonnées bancaires : une autre personne doit "
            "décider de ne pas attendre le délai."
        )
    return ALLOWED


def can_contest_bank_details(acting: Membership, coordonnees: CoordonneesBancaires) -> Verdict:
    """Anyone of the structure, as its responsable's account may be the one taken over; or the
    ASP, for whoever calls it."""
    if acting.is_siae and _own(acting, coordonnees.structure):
        return ALLOWED
    if can_control_bank_details(acting):
        return ALLOWED
    return refused("Seules la structure et l’ASP peuvent contester ces coordonnées bancaires.")


def can_release_bank_details(acting: Membership) -> Verdict:
    if can_control_bank_details(acting):
        return ALLOWED
    return refused("Un compte gelé est rétabli par un gestionnaire ou par l’agent comptable.")


def can_report_bank_refusal(acting: Membership) -> Verdict:
    """What the bank says of an account is entered by the agent comptable, whoever checked it."""
    if acting.has_role(Role.COMPTABLE):
        return ALLOWED
    return refused("Seul l’agent comptable enregistre le refus d’un compte par la banque.")


def sees_bank_details(acting: Membership, structure: Structure) -> bool:
    """A DDETS and a département never see them, not even masked."""
    return acting.is_asp or _own(acting, structure)


def sees_full_iban(acting: Membership, structure: Structure) -> bool:
    return acting.is_asp or (acting.has_role(Role.RESPONSABLE) and _own(acting, structure))


def on_structure(acting: Membership, structure: Structure) -> dict[str, Verdict | bool]:
    """Everything the page of a structure offers or hides."""
    return {
        "voit_banque": sees_bank_details(acting, structure),
        "voit_iban": sees_full_iban(acting, structure),
        "peut_gerer": can_manage_structure(acting, structure),
        "peut_modifier": can_edit_contacts(acting, structure),
        "peut_proposer": can_propose_bank_details(acting, structure),
        "peut_controler": can_control_bank_details(acting),
        "peut_dispenser": can_waive_bank_delay(acting),
        "peut_contester": _own(acting, structure) or bool(can_control_bank_details(acting)),
        "peut_lire_historique": can_read_history(acting),
    }


def can_edit_salaries(acting: Membership, structure: Structure) -> Verdict:
    if acting.is_siae and _own(acting, structure):
        return ALLOWED
    return refused("Les salariés et leurs contrats sont saisis par la structure qui les emploie.")


def can_change_fiche(salarie: Salarie) -> Verdict:
    """A fiche that has been anonymised is nobody's any more."""
    if salarie.anonymise_le:
        return refused(
            f"Cette fiche a été anonymisée le {salarie.anonymise_le:%d/%m/%Y} : elle ne peut plus "
            "être modifiée. Si la personne revient, enregistrez un nouveau salarié."
        )
    return ALLOWED


def sees_nir(acting: Membership, structure: Structure) -> bool:
    """Where it is kept at all, the structure sees the last digits; nobody else sees anything."""
    return bool(settings.NIR_ENABLED) and _own(acting, structure)


def can_read_history(acting: Membership) -> Verdict:
    """The département consults the fiche, not who did what in the structure."""
    if acting.is_cd:
        return refused("L’historique est réservé à la structure, à la DDETS et à l’ASP.")
    return ALLOWED


def _own(acting: Membership, structure: Structure) -> bool:
    return acting.is_siae and structure.organisation_id == acting.organisation_id
