"""The first annex of a structure brings it the access to the extranet by e-mail (spec 01 §3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

from apps.accounts.models import Membership, Role
from apps.core.models import CourrielEnvoye
from apps.siae.models import Structure
from tests.annexes.conftest import validated


def test_the_correspondent_is_invited_when_the_first_annex_is_validated(
    cadre: SimpleNamespace,
) -> None:
    Structure.objects.filter(pk=cadre.siae.structure_id).update(
        correspondant="Zoé Martin", courriel="zoe@exemple.fr"
    )
    validated(cadre)
    membership = Membership.objects.get(organisation=cadre.siae.structure.organisation)
    assert (membership.role, membership.user.username) == (Role.RESPONSABLE, "zoe@exemple.fr")
    invitation = CourrielEnvoye.objects.get(modele="invitation")
    assert (invitation.destinataire, invitation.objet_id) == (
        "zoe@exemple.fr",
        membership.user_id,
    )


def test_a_later_annex_invites_nobody(cadre: SimpleNamespace) -> None:
    """A responsable who has left is replaced by the administrator, not by an annex."""
    alone = {"montant_cd": Decimal(0), "brsa_vises": 0, "financeur_cd": None}
    validated(cadre, fin=date(2023, 6, 30), **alone)
    Structure.objects.filter(pk=cadre.siae.structure_id).update(
        correspondant="Zoé Martin", courriel="zoe@exemple.fr"
    )
    validated(cadre, debut=date(2023, 7, 1), **alone)
    assert not Membership.objects.filter(user__username="zoe@exemple.fr").exists()
