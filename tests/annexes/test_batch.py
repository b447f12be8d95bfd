"""Validation of several annexes: only those without a finding, each under all its controls."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.annexes import services
from apps.annexes.models import VersionAnnexe
from apps.core.errors import Refus
from tests.annexes.conftest import another_siae, transmitted
from tests.factories import make_membership

LE = date(2023, 1, 6)


def states() -> list[str]:
    return list(VersionAnnexe.objects.order_by("pk").values_list("etat", flat=True))


def test_those_without_a_finding_are_proposed_and_no_other(cadre):
    """The second differs from the CAOM's amount: to be looked at, hence not in the batch."""
    blameless = transmitted(cadre)
    transmitted(another_siae(cadre), montant_cd=Decimal("20000.00"))
    assert services.without_finding(cadre.asp, LE) == [blameless]


def test_one_found_wanting_meanwhile_stays_in_the_queue(cadre):
    first, second = transmitted(cadre), transmitted(another_siae(cadre))
    second.siae.structure.coordonnees_bancaires.update(etat="REMPLACEE")
    done = services.validate_annexes(cadre.asp, [first, second], on=LE)
    assert states() == ["VALIDE", "SAISI"]
    assert [bool(row.refus) for row in done] == [False, True]
    assert "coordonnées bancaires" in done[1].refus[0]


def test_the_second_of_two_that_together_exceed_the_caom_is_refused(cadre):
    """Envelope of 7 beneficiaries, 4 in each: the lock and the checks are those of one by one."""
    cadre.caom.objectifs.update(entrees_brsa=7, montant=7 * Decimal("534.82") * 12)
    both = [transmitted(cadre), transmitted(another_siae(cadre))]
    assert services.without_finding(cadre.asp, LE) == both
    done = services.validate_annexes(cadre.asp, both, on=LE)
    assert states() == ["VALIDE", "SAISI"]
    assert "CAOM 2023" in done[1].refus[0]


def test_every_siae_is_locked_before_any_caom(cadre):
    """As for one annex: whoever validates the second one meanwhile holds its SIAE and waits for
    the CAOM; a batch that held the CAOM and waited for that SIAE would never end."""
    both = [transmitted(cadre), transmitted(another_siae(cadre))]
    with CaptureQueriesContext(connection) as queries:
        services.validate_annexes(cadre.asp, both, on=LE)
    locks = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]]
    first_caom = next(rank for rank, sql in enumerate(locks) if 'FROM "conventions_caom"' in sql)
    siaes = [sql for sql in locks[:first_caom] if 'FROM "siae_siae"' in sql]
    assert len(siaes) == 1
    assert all(f"{version.siae_id}" in siaes[0].partition("IN (")[2] for version in both)
    assert states() == ["VALIDE", "VALIDE"]


def test_nobody_validates_what_she_transmitted(cadre):
    version = transmitted(cadre)
    same = make_membership("GESTIONNAIRE", cadre.asp.organisation, user=cadre.ddets.user)
    assert services.without_finding(same, LE) == []
    (row,) = services.validate_annexes(same, [version], on=LE)
    assert "une autre personne de l’ASP" in row.refus[0]
    assert states() == ["SAISI"]


@pytest.mark.parametrize("role", ["INSTRUCTEUR", "ORDONNATEUR", "COMPTABLE"])
def test_it_is_the_gestionnaires_act(cadre, role):
    version = transmitted(cadre)
    with pytest.raises(Refus):
        services.validate_annexes(make_membership(role), [version], on=LE)
    assert states() == ["SAISI"]


def test_the_screen_asks_for_a_confirmation_then_validates(cadre, settings):
    settings.TODAY = LE
    chosen = [transmitted(cadre).pk, transmitted(another_siae(cadre)).pk]
    client = Client()
    client.force_login(cadre.asp.user)
    address = reverse("annexes:valider_lot")
    assert "2 annexes sans constat" in client.get(address).content.decode()
    refused = client.post(address, {"versions": chosen}).content.decode()
    assert "Confirmez que vous avez comparé les pièces signées." in refused
    assert states() == ["SAISI", "SAISI"]
    said = client.post(address, {"versions": chosen, "confirmation": "on"}, follow=True)
    assert "Annexes validées : 2." in said.content.decode()
    assert states() == ["VALIDE", "VALIDE"]
    assert "Aucune annexe sans constat" in client.get(address).content.decode()
