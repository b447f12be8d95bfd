"""Who may do what with the bank: files and returns are the agent comptable's, the ASP reads.

Called by the services, which enforce, and by the screens, which show or explain.
"""

from __future__ import annotations

from apps.accounts.models import Membership, Role
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.payments.models import Campagne, LigneRetour, RetourBancaire


def can_download_transfers(acting: Membership) -> Verdict:
    """A file names the accounts of all the structures, and is what makes the bank pay."""
    return _comptable(acting, "Seul l’agent comptable peut télécharger un fichier de virements.")


def can_import_return(acting: Membership) -> Verdict:
    return _comptable(acting, "Seul l’agent comptable peut importer un retour bancaire.")


def can_handle_return(acting: Membership, retour: RetourBancaire) -> Verdict:
    """Apply it or set it aside."""
    return _comptable(
        acting, "Seul l’agent comptable peut appliquer ou écarter un retour bancaire."
    )


def can_decide_line(acting: Membership, ligne: LigneRetour) -> Verdict:
    return _comptable(acting, "Seul l’agent comptable peut décider d’une ligne inconnue.")


def can_settle(acting: Membership, campagne: Campagne) -> Verdict:
    return _comptable(acting, "Seul l’agent comptable peut dénouer une campagne de paiement.")


def _comptable(acting: Membership, sentence: str) -> Verdict:
    return ALLOWED if acting.has_role(Role.COMPTABLE) else refused(sentence)
