"""The consumer price index among the referentials: proposed by one, approved by another."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from apps.accounts.models import Role
from apps.conventions.models import ValeurReferentiel
from apps.conventions.services import approve_valeur, propose_valeur
from apps.core.errors import Refus
from apps.rules.parameter import ParametreInconnu, indice_prix
from tests.factories import make_membership, make_organisation

pytestmark = pytest.mark.django_db
PAGE = "/conventions/referentiels/ipc/hors_tabac/"
INDEX = {
    "fichier": "ipc",
    "serie": "hors_tabac",
    "effet": date(2022, 8, 1),
    "connu_le": date(2022, 9, 15),
    "montant": Decimal("112.60"),
    "reference": "INSEE, août 2022",
    "on": date(2023, 1, 5),
}


@pytest.fixture
def asp():
    organisation = make_organisation("ASP")
    return [make_membership(Role.GESTIONNAIRE, organisation) for _person in range(2)]


def test_an_index_serves_once_approved(asp):
    """August 2022 is a gap until two people of the ASP have filled it."""
    proposed = propose_valeur(asp[0], **INDEX)
    with pytest.raises(ParametreInconnu):
        indice_prix(2022)
    with pytest.raises(Refus, match="une autre personne"):
        approve_valeur(asp[0], proposed)
    approve_valeur(asp[1], proposed)
    assert indice_prix(2022) == Decimal("112.60")


@pytest.mark.parametrize("effet", [date(2022, 8, 2), date(2022, 9, 1), date(2023, 1, 1)])
def test_the_index_is_that_of_august(asp, effet):
    """Another month is a slip: refused, nothing proposed."""
    with pytest.raises(Refus, match="un 1er août"):
        propose_valeur(asp[0], **INDEX | {"effet": effet})
    assert not ValeurReferentiel.objects.exists()


def test_an_index_is_no_amount(asp):
    """Shown without the euro, with its gap to fill; its effect touches no annex."""
    client = Client()
    client.force_login(asp[1].user)
    page = client.get(PAGE).text
    assert "118,00</td>" in page
    assert "118,00\u00a0€" not in page
    assert "À compléter" in page
    form = client.get(f"{PAGE}proposer/").context["form"]
    assert form.fields["montant"].label == "Indice"
    proposed = propose_valeur(asp[0], **INDEX)
    effect = client.get(
        f"/annexes/referentiels/valeurs/{proposed.pk}/effet/", headers={"HX-Request": "true"}
    )
    assert "Aucune annexe n’est concernée" in effect.text
