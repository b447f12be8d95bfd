"""Who is told of what becomes of an order once its département has been succeeded, twice."""

from __future__ import annotations

from datetime import date

import pytest

from apps.accounts.models import Notification, Role
from apps.recoveries.models import OrdreDeRecouvrer
from apps.recoveries.notices import tell_funder
from apps.recoveries.services.apurement import clear_small_debts
from tests.factories import make_financeur, make_financeur_etat, make_membership
from tests.recoveries.creances import ON, make_ordre

# The two successions of the order's département.
FIRST, SECOND = date(2023, 2, 1), date(2023, 3, 1)


@pytest.fixture
def ordre(db):
    made = make_ordre("25.00")
    former, heir, last = (make_financeur(code) for code in ("062", "6AE", "7AE"))
    former.successeur, former.succede_le = heir, FIRST
    former.save()
    heir.successeur, heir.succede_le = last, SECOND
    heir.save()
    return OrdreDeRecouvrer.objects.get(pk=made.pk)


def told() -> set[str]:
    rows = Notification.objects.filter(organisation__type="CD")
    return set(rows.values_list("organisation__financeur__code", flat=True))


@pytest.mark.parametrize(
    ("day", "code"), [(date(2023, 1, 31), "062"), (FIRST, "6AE"), (SECOND, "7AE"), (ON, "7AE")]
)
def test_the_one_that_bears_the_debt_that_day_is_told(ordre, day, code):
    tell_funder(ordre.financeur, "Titre", "Texte", "/", day)
    assert told() == {code}


def test_the_share_of_the_state_is_followed_by_the_asp(db):
    tell_funder(make_financeur_etat(), "Titre", "Texte", "/", ON)
    assert not Notification.objects.exists()


def test_a_clearing_is_told_to_the_last_successor(ordre):
    [cleared] = clear_small_debts(ON)
    assert cleared.ordre == ordre
    assert told() == {"7AE"}


def test_the_last_successor_reads_the_order(ordre):
    for code, seen in (("062", 1), ("6AE", 1), ("7AE", 1), ("059", 0)):
        reader = make_membership(Role.LECTEUR, make_financeur(code).organisation)
        assert OrdreDeRecouvrer.objects.visible_to(reader).count() == seen, code
