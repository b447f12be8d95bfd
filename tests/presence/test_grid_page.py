"""The page of the grid: what it holds, and as many queries for 500 employees as for 50."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.presence.models import EtatMensuel
from apps.siae.models import Contrat, Salarie
from tests.presence.world import JANVIER, World


@pytest.fixture(autouse=True)
def third_of_february(settings):
    settings.TODAY = date(2023, 2, 3)


def hire(world: World, first: int, last: int) -> None:
    """Contracts of the year for so many people, in two statements."""
    people = Salarie.objects.bulk_create(
        Salarie(
            structure=world.siae.structure,
            numero=number,
            civilite="MME",
            nom=f"Personne{number:04}",
            prenom="Camille",
            date_naissance=date(1990, 5, 1),
            pass_iae=f"{number:012}",
            pass_debut=date(2022, 1, 1),
            pass_fin=date(2024, 12, 31),
        )
        for number in range(10_000 + first, 10_000 + last)
    )
    Contrat.objects.bulk_create(
        Contrat(
            salarie=person,
            siae=world.siae,
            forme="CDDI",
            debut=JANVIER,
            fin=date(2023, 12, 31),
            heures_hebdo=Decimal("26.00"),
            salaire_brut=Decimal("1200.00"),
            rsa="NON",
        )
        for person in people
    )


def queries(client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_as_many_queries_for_five_hundred_employees_as_for_fifty(client, world):
    client.force_login(world.saisie.user)
    url = reverse("presence:saisie", args=[world.annexe.pk, JANVIER])
    hire(world, 0, 50)
    world.typed()
    fifty = queries(client, url)
    hire(world, 50, 500)
    world.typed()
    assert EtatMensuel.objects.get().lignes.count() == 500
    assert queries(client, url) == fifty <= 15


def test_the_grid_offers_the_other_ways_in(client, world):
    """The Excel model and its import, the forecast by its address, the exit on its own page."""
    contrat = world.contrat()
    client.force_login(world.saisie.user)
    page = client.get(reverse("presence:saisie", args=[world.annexe.pk, JANVIER]))
    for name, arguments in (
        ("presence:modele", [world.annexe.pk, JANVIER]),
        ("presence:importer", [world.annexe.pk, JANVIER]),
        ("payments:previsions_saisie", [world.annexe.pk, JANVIER]),
        ("siae:contrat_sortie", [contrat.pk]),
    ):
        assert f'href="{reverse(name, args=arguments)}"' in page.content.decode()


def test_the_limit_of_each_row_is_in_whole_hundredths(client, world):
    """48 × 15 / 7 = 102,857… → 102,86 h for a contract that ends on the 15th."""
    world.contrat(fin=date(2023, 1, 15))
    client.force_login(world.saisie.user)
    page = client.get(reverse("presence:saisie", args=[world.annexe.pk, JANVIER]))
    (row,) = page.context["form"].lignes()
    assert row.plafond == 10_286
    assert 'data-plafond="10286"' in page.content.decode()


def test_the_page_leads_to_the_annex_and_to_the_months_around(client, world):
    """Within the period of the annex and up to today."""
    world.contrat()
    client.force_login(world.saisie.user)
    page = client.get(reverse("presence:saisie", args=[world.annexe.pk, JANVIER])).text
    assert f'href="{reverse("annexes:detail", args=[world.annexe.pk])}"' in page
    assert f'href="{reverse("presence:saisie", args=[world.annexe.pk, date(2023, 2, 1)])}"' in page
    assert "mars 2023" not in page
    assert "décembre 2022" not in page


@pytest.mark.parametrize(("state", "said"), [("PROVISOIRE", True), ("VALIDE", False)])
def test_what_is_typed_on_an_annex_not_validated_yet_announces_no_payment(
    client, world, state, said
):
    world.contrat()
    type(world.annexe.courante).objects.filter(pk=world.annexe.courante_id).update(etat=state)
    client.force_login(world.saisie.user)
    page = client.get(reverse("presence:saisie", args=[world.annexe.pk, JANVIER])).text
    assert ("rien n’est versé avant sa validation" in page) is said
