"""Delegations of the départements: recorded by the ASP, without overlap, ended and never erased."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from apps.accounts.models import Delegation, Role
from apps.accounts.services.delegations import end_delegation, record_delegation
from apps.core.errors import Refus
from apps.journal.models import Entree
from tests.factories import make_membership

DEBUT, FIN = date(2023, 1, 1), date(2023, 6, 30)


def recorded(acting, decideur, debut=DEBUT, fin=FIN) -> Delegation:
    return record_delegation(acting, decideur, fonction="Directrice", debut=debut, fin=fin)


@pytest.mark.parametrize("role", sorted(set(Role.values) - {"GESTIONNAIRE", "COMPTABLE"}))
def test_the_others_record_nothing(db, role) -> None:
    with pytest.raises(Refus, match="tenues par les gestionnaires"):
        recorded(make_membership(role), make_membership(Role.DECIDEUR))
    assert not Delegation.objects.exists()


def test_a_delegation_is_recorded_for_a_decideur_only(db) -> None:
    acting = make_membership(Role.GESTIONNAIRE)
    decideur = make_membership(Role.DECIDEUR)
    found = recorded(acting, decideur)
    assert (found.user, found.organisation) == (decideur.user, decideur.organisation)
    assert Entree.objects.filter(action="delegation.enregistree").count() == 1
    with pytest.raises(Refus, match="Seul un décideur"):
        recorded(acting, make_membership(Role.LECTEUR))


@pytest.mark.parametrize(
    ("debut", "fin", "accepted"),
    [
        (date(2023, 6, 30), None, False),
        (date(2023, 7, 1), None, True),
        (date(2022, 1, 1), date(2022, 12, 31), True),
        (date(2022, 1, 1), date(2023, 1, 1), False),
        (date(2022, 1, 1), None, False),
        (date(2024, 1, 2), date(2024, 1, 1), False),
    ],
)
def test_two_delegations_do_not_overlap(db, debut, fin, accepted) -> None:
    acting, decideur = make_membership(Role.COMPTABLE), make_membership(Role.DECIDEUR)
    recorded(acting, decideur)
    if accepted:
        recorded(acting, decideur, debut, fin)
    else:
        with pytest.raises(Refus), transaction.atomic():
            recorded(acting, decideur, debut, fin)
    assert Delegation.objects.count() == 1 + accepted


def test_a_delegation_is_ended(db) -> None:
    acting = make_membership(Role.GESTIONNAIRE)
    found = recorded(acting, make_membership(Role.DECIDEUR), fin=None)
    end_delegation(acting, found, fin=FIN, on=date(2023, 6, 1))
    found.refresh_from_db()
    assert (found.covers(FIN), found.covers(date(2023, 7, 1))) == (True, False)
    with pytest.raises(Refus, match="s’est achevée le 30/06/2023"):
        end_delegation(acting, found, fin=date(2024, 1, 1), on=date(2023, 7, 1))
