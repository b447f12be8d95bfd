"""Who may do what with a monthly statement (spec 01 §1).

The structure enters (saisie, responsable) and certifies (responsable); a gestionnaire of the ASP
validates, re-opens and records the carence. Screens and services ask the same functions.
"""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.presence.models import Controle, EtatMensuel

V = VersionAnnexe.Etat
# A structure may declare while its annex is provisional or still examined by the ASP.
ETATS_SAISISSABLES = (V.PROVISOIRE, V.SAISI, V.REJETE, V.VALIDE)


def can_enter(acting: Membership, annexe: AnnexeFinanciere) -> Verdict:
    """Open a statement of this annex and type its hours."""
    if not acting.has_role(Role.SAISIE, Role.RESPONSABLE):
        return refused("La saisie des heures est réservée à la structure.")
    if annexe.siae.structure.organisation_id != acting.organisation_id:
        return refused("Cette annexe financière n’est pas celle de votre structure.")
    courante = annexe.courante
    if courante is None or courante.etat == V.BROUILLON:
        return refused("L’annexe financière n’a pas encore été transmise à l’ASP.")
    if courante.etat not in ETATS_SAISISSABLES:
        return refused(
            f"L’annexe financière {annexe} est {courante.get_etat_display().lower()} : "
            "aucune heure ne peut plus y être déclarée."
        )
    return ALLOWED


def can_certify(acting: Membership, annexe: AnnexeFinanciere) -> Verdict:
    """Certify a statement of this annex on behalf of the structure."""
    if acting.has_role(Role.SAISIE):
        return refused("La certification est réservée au responsable de la structure.")
    return can_enter(acting, annexe)


def can_sign(acting: Membership, etat: EtatMensuel) -> Verdict:
    """Attach the signed statement, once it is certified."""
    if not acting.has_role(Role.RESPONSABLE):
        return refused("Le dépôt de l’état signé est réservé au responsable de la structure.")
    if etat.annexe.siae.structure.organisation_id != acting.organisation_id:
        return refused("Cette annexe financière n’est pas celle de votre structure.")
    if etat.etat not in (EtatMensuel.Etat.SAISI, EtatMensuel.Etat.VALIDE):
        return refused("Certifiez l’état mensuel avant de déposer l’état signé.")
    return ALLOWED


def is_gestionnaire(acting: Membership, act: str) -> Verdict:
    """`act` begins the sentence of refusal: « La validation des états mensuels »."""
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused(f"{act} est réservée aux gestionnaires de l’ASP.")


def can_validate(acting: Membership) -> Verdict:
    return is_gestionnaire(acting, "La validation des états mensuels")


def can_reopen(acting: Membership, annexe: AnnexeFinanciere) -> Verdict:
    """Re-opening stays possible until the accounts of the annex are closed (spec 02 §5)."""
    verdict = is_gestionnaire(acting, "La réouverture d’un état mensuel")
    if verdict and annexe.courante.etat in (V.CLOTURE, V.ANNULE):
        return refused(
            f"L’annexe financière {annexe} est "
            f"{annexe.courante.get_etat_display().lower()} : ses états mensuels ne peuvent plus "
            "être rouverts."
        )
    return verdict


def can_record_carence(acting: Membership, annexe: AnnexeFinanciere) -> Verdict:
    verdict = is_gestionnaire(acting, "La constatation de la carence")
    if verdict and (annexe.courante is None or annexe.courante.etat != V.VALIDE):
        return refused(f"L’annexe financière {annexe} n’est pas en vigueur.")
    return verdict


def can_control(acting: Membership) -> Verdict:
    """Draw controls, ask for documents, conclude."""
    return is_gestionnaire(acting, "La conduite des contrôles sur pièces")


def can_read_controls(acting: Membership) -> Verdict:
    """The list of controls: the ASP's, and a structure's own."""
    if acting.is_asp or acting.is_siae:
        return ALLOWED
    return refused("Les contrôles sur pièces se suivent entre l’ASP et les structures.")


def can_answer(acting: Membership, controle: Controle) -> Verdict:
    """Send the documents asked for."""
    if not acting.has_role(Role.SAISIE, Role.RESPONSABLE):
        return refused("Les pièces justificatives sont déposées par la structure.")
    structure = controle.etat_mensuel.annexe.siae.structure
    if structure.organisation_id != acting.organisation_id:
        return refused("Ce contrôle n’est pas celui de votre structure.")
    return ALLOWED
