"""Who may do what on an annex, in which state (spec 01 §1 and §3).

Each function returns a `Verdict`: screens explain with it why an act is not offered, services
enforce it. Whether the annex may be seen at all is `visible_to`, not asked again here.
"""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.annexes.models import AnnexeFinanciere, Suspension, VersionAnnexe
from apps.annexes.transitions import (
    CANCEL,
    CLOSE,
    EDITABLE,
    REJECT,
    SENTENCES,
    TABLE,
    TRANSMIT,
    VALIDATE,
)
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.siae.models import Siae

Etat = VersionAnnexe.Etat


def can_instruct(acting: Membership) -> Verdict:
    """Whether the screens of the DDETS are for this role, whatever the annex."""
    if acting.has_role(Role.INSTRUCTEUR):
        return ALLOWED
    return refused("Seule la DDETS instruit les annexes financières.")


def can_control(acting: Membership) -> Verdict:
    """Whether the screens of the ASP's control are for this role, whatever the annex."""
    return _manages(acting)


def can_create(acting: Membership, siae: Siae) -> Verdict:
    return _instructs(acting, siae)


def can_edit(acting: Membership, version: VersionAnnexe) -> Verdict:
    if not (verdict := _instructs(acting, version.siae)):
        return verdict
    if version.etat not in EDITABLE:
        return refused(
            "Cette version n’est plus modifiable : une annexe transmise se modifie après rejet, "
            "une annexe validée par un avenant."
        )
    return ALLOWED


def can_transmit(acting: Membership, version: VersionAnnexe) -> Verdict:
    return _instructs(acting, version.siae) and _state(TRANSMIT, version)


def can_validate(acting: Membership, version: VersionAnnexe) -> Verdict:
    if not (verdict := _manages(acting) and _state(VALIDATE, version)):
        return verdict
    if version.transmise_par_id == acting.user_id:
        return refused(
            "Vous avez transmis cette annexe : une autre personne de l’ASP doit la valider."
        )
    return ALLOWED


def can_reject(acting: Membership, version: VersionAnnexe) -> Verdict:
    return _manages(acting) and _state(REJECT, version)


def can_open_avenant(acting: Membership, annexe: AnnexeFinanciere) -> Verdict:
    if not (verdict := _instructs(acting, annexe.siae)):
        return verdict
    if annexe.courante is None or annexe.courante.etat != Etat.VALIDE:
        return refused("Un avenant modifie une annexe validée et non clôturée.")
    return ALLOWED


def can_renew(acting: Membership, annexe: AnnexeFinanciere) -> Verdict:
    if not acting.has_role(Role.GESTIONNAIRE) and not (verdict := _instructs(acting, annexe.siae)):
        return verdict
    if annexe.courante is None or annexe.courante.etat not in (Etat.VALIDE, Etat.CLOTURE):
        return refused("Seule une annexe validée ou clôturée peut être renouvelée.")
    return ALLOWED


def can_suspend(acting: Membership, annexe: AnnexeFinanciere) -> Verdict:
    if not (verdict := _manages(acting)):
        return verdict
    if annexe.courante is None or annexe.courante.etat != Etat.VALIDE:
        return refused("Seuls les paiements d’une annexe validée peuvent être suspendus.")
    return ALLOWED


def can_lift(acting: Membership, suspension: Suspension) -> Verdict:
    if not (verdict := _manages(acting)):
        return verdict
    if suspension.motif == Suspension.Motif.EMP_NON_SAISI:
        return refused(
            "Cette suspension est levée d’elle-même dès que les états mensuels manquants "
            "sont validés."
        )
    return ALLOWED


def can_cancel(acting: Membership, annexe: AnnexeFinanciere) -> Verdict:
    return _manages(acting) and _in_force(CANCEL, annexe) and _never_paid(annexe)


def can_close(acting: Membership, annexe: AnnexeFinanciere) -> Verdict:
    return _manages(acting) and _in_force(CLOSE, annexe)


def can_revalue(acting: Membership) -> Verdict:
    return _manages(acting)


def _instructs(acting: Membership, siae: Siae) -> Verdict:
    if not (verdict := can_instruct(acting)):
        return verdict
    if acting.organisation.departement != siae.structure.departement:
        return refused("Cette structure relève d’un autre département que le vôtre.")
    return ALLOWED


def _manages(acting: Membership) -> Verdict:
    if acting.has_role(Role.GESTIONNAIRE):
        return ALLOWED
    return refused("Cet acte revient à un gestionnaire de l’ASP.")


def _state(event: str, version: VersionAnnexe) -> Verdict:
    return ALLOWED if version.etat in TABLE[event][0] else refused(SENTENCES[event])


def _never_paid(annexe: AnnexeFinanciere) -> Verdict:
    """Payments stand above this app: they are read by the name of their relation."""
    statuts = set(annexe.versements.values_list("statut", flat=True))
    if "EXECUTE" in statuts:
        return refused(
            "Des paiements ont été exécutés : une annexe payée ne s’annule pas, elle se raccourcit "
            "par un avenant."
        )
    if "PROPOSE" in statuts:
        return refused(
            "Une campagne de paiement en cours comprend cette annexe : faites retirer ses lignes "
            "avant de l’annuler."
        )
    return ALLOWED


def _in_force(event: str, annexe: AnnexeFinanciere) -> Verdict:
    if annexe.courante is None:
        return refused(SENTENCES[event])
    return _state(event, annexe.courante)
