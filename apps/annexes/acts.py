"""What a role may do on an annex now, and why not otherwise: the buttons of its page.

Only the acts of the role are listed; one that the state forbids keeps its reason. The verdicts are
those the services enforce.
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.accounts.models import Membership, Role
from apps.annexes import permissions
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Acte:
    libelle: str
    url_name: str
    pk: int
    verdict: Verdict


def acts_of(
    acting: Membership, annexe: AnnexeFinanciere, version: VersionAnnexe | None
) -> list[Acte]:
    """Acts of the role on the annex and on `version`, the one in preparation if there is one."""
    acts: list[Acte] = []
    if acting.has_role(Role.INSTRUCTEUR):
        if version is not None:
            edit = permissions.can_edit(acting, version)
            send = permissions.can_transmit(acting, version)
            acts = [
                Acte("Modifier", "annexes:modifier", version.pk, edit),
                Acte("Joindre l’annexe signée", "annexes:piece", version.pk, edit),
                Acte("Transmettre à l’ASP", "annexes:transmettre", version.pk, send),
            ]
        else:
            amend = permissions.can_open_avenant(acting, annexe)
            acts = [Acte("Ouvrir un avenant", "annexes:avenant", annexe.pk, amend)]
        renew = permissions.can_renew(acting, annexe)
        acts.append(Acte("Renouveler", "annexes:renouveler", annexe.pk, renew))
    elif acting.has_role(Role.GESTIONNAIRE):
        acts = _of_the_asp(acting, annexe, version)
    return acts


def _of_the_asp(
    acting: Membership, annexe: AnnexeFinanciere, version: VersionAnnexe | None
) -> list[Acte]:
    acts = []
    if version is not None:
        check = permissions.can_validate(acting, version)
        reject = permissions.can_reject(acting, version)
        acts = [
            Acte("Contrôler et valider", "annexes:valider", version.pk, check),
            Acte("Rejeter", "annexes:rejeter", version.pk, reject),
        ]
    return [
        *acts,
        Acte(
            "Suspendre les paiements",
            "annexes:suspendre",
            annexe.pk,
            permissions.can_suspend(acting, annexe),
        ),
        Acte("Renouveler", "annexes:renouveler", annexe.pk, permissions.can_renew(acting, annexe)),
        Acte(
            "Annuler l’annexe",
            "annexes:annuler",
            annexe.pk,
            permissions.can_cancel(acting, annexe),
        ),
        Acte(
            "Clôturer l’annexe",
            "annexes:cloturer",
            annexe.pk,
            permissions.can_close(acting, annexe),
        ),
    ]
