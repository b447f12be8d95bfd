"""Who may do what with a monthly statement (spec 01 §1).

The structure enters (saisie, responsable) and certifies (responsable); a gestionnaire of the ASP
validates, re-opens and records the carence. Screens and services ask the same functions.
"""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.verdicts import ALLOWED, Verdict, refused

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
