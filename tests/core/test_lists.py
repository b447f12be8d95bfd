"""Every list of the site, found by its class: as many queries for thirty rows as for three.

A new `ListPage` is read here as soon as it has an address. Its rows come from `more`: when the
test says that a list did not grow, add there what it shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from apps.accounts.models import Notification, Role
from apps.core.views import ListPage
from apps.dashboards.models import BilanEmis
from apps.payments.models import Campagne, Retenue, Versement
from apps.presence.models import Controle
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.periods import Month
from tests.core.lists_apurement import more_clearing
from tests.core.lists_banque import more_bank
from tests.core.lists_comptabilite import more_accounts
from tests.core.lists_fonds import more_funds
from tests.core.lists_frais import more_fees
from tests.core.lists_payments import more_settlements
from tests.core.lists_recoveries import more_debts
from tests.core.lists_reddition import more_accounts as more_rendered_accounts
from tests.core.lists_rgpd import more_rights
from tests.factories import (
    make_caom,
    make_contrat,
    make_etat,
    make_financeur,
    make_membership,
    make_organisation,
    make_siae,
    make_user,
    make_version,
)
from tests.security.test_access_matrix import address, expected
from tests.security.world import MONTANTS, World, make_world

FEW, MANY = 3, 30
# Queries made once for a list, whatever its length: session, person, memberships, count, rows…
QUERIES_MAX = 20
# Those who see the most rows first.
READERS = ("gestionnaire", "administrateur", "responsable")


def lists(patterns: Any = None, namespace: str = "") -> Iterator[str]:
    """Names of the addresses served by a `ListPage`."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            yield from lists(pattern.url_patterns, pattern.namespace or namespace)
        elif issubclass(getattr(pattern.callback, "view_class", object), ListPage):
            yield f"{namespace}:{pattern.name}"


LISTS = sorted(lists())


def more(world: World, first: int, last: int) -> None:
    """Rows number `first` to `last` of every list, each of a structure of its own."""
    organisation = world.actors["gestionnaire"].organisation
    for number in range(first, last):
        siae = make_siae(departement="062")
        version = make_version(siae=siae)
        make_version("SAISI", siae=siae, debut=date(2025, 1, 1), fin=date(2025, 12, 31))
        contrat = make_contrat(siae, rsa="OUI-M")
        heures = [(contrat, Decimal("100.00"))]
        make_etat(version.annexe, date(2023, 1, 1), heures)
        make_etat(version.annexe, date(2023, 2, 1), heures, "SAISI")
        _money(world, version, number)
        more_clearing(world, number)
        more_debts(number)
        more_fees(world, version, number)
        more_funds(world, number)
        BilanEmis.objects.create(
            numero=100 + number,
            annexe=version.annexe,
            version=version,
            campagne=world.executee,
            nature="FINAL",
            emis_le=date(2023, 1, 20),
            contenu={},
        )
        make_caom(make_financeur("062"), 2024 + number)
        more_accounts(number)
        more_rendered_accounts(world, number)
        more_rights(world, siae.structure, number)
        more_bank(world, version, number)
        make_membership(Role.GESTIONNAIRE, make_organisation("ASP"))
        Controle.objects.create(
            tirage=world.controle.tirage,
            etat_mensuel=make_etat(version.annexe, date(2023, 3, 1), heures),
            version=1,
            echeance=date(2023, 6, 30),
        )
        Notification.objects.create(
            organisation=organisation, nature="ANNEXE", titre=f"Avis {number}", le=date(2023, 1, 1)
        )


def _money(world: World, version: Any, number: int) -> None:
    """A payment made and one proposed, a hold of each run, an order; a run."""
    shared = {
        "annexe": version.annexe,
        "version": version,
        "structure": version.siae.structure,
        "financeur_cd": make_financeur("062"),
        "nature": "forfait",
        **MONTANTS,
    }
    mois = version.debut
    paid = Versement.objects.create(
        campagne=world.executee, mois=mois, statut="EXECUTE", execute_le=date(2023, 1, 20), **shared
    )
    more_settlements(world, version.annexe, paid, number)
    after = (Month.of(mois) + 1).first_day
    Versement.objects.create(campagne=world.campagne, mois=after, **shared)
    for run in (world.executee, world.campagne):
        Retenue.objects.create(
            campagne=run,
            annexe=version.annexe,
            mois=after,
            nature="forfait",
            motif="EMP_MANQUANT",
            detail="Janvier 2023",
            montant_prevu=Decimal("11144.50"),
        )
    OrdreDeRecouvrer.objects.create(
        numero=100 + number,
        annexe=version.annexe,
        structure=version.siae.structure,
        financeur=make_financeur("062"),
        versement=paid,
        montant_initial=Decimal("10.00"),
        montant=Decimal("10.00"),
        emis_le=date(2023, 4, 1),
        emis_par=make_user(),
    )
    Campagne.objects.create(
        numero=100 + number,
        mois=date(2030, 1, 1),
        jour_paiement=date(2030, 1, 20),
        etat="ABANDONNEE",
    )


def read(world: World, page: str, **query: Any) -> tuple[int, int]:
    """Rows and queries of a list, as the actor who does most with it."""
    allowed = expected(page)
    actor = next(actor for actor in READERS if allowed[actor] == 200)
    client = Client()
    client.force_login(world.actors[actor].user)
    url = address(page, world)
    client.get(url, query)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url, query)
    assert answer.status_code == 200, page
    counted = answer.context["table"].paginator.count if answer.context else 0
    return counted, len(queries)


def test_the_lists_are_found() -> None:
    assert {"annexes:liste", "siae:salaries", "payments:liste", "accounts:habilitations"} <= set(
        LISTS
    )


@pytest.mark.usefixtures("db")
def test_queries_of_every_list_do_not_depend_on_its_rows() -> None:
    world = make_world()
    more(world, 0, FEW)
    few = {page: read(world, page, per_page=100) for page in LISTS}
    more(world, FEW, MANY)
    many = {page: read(world, page, per_page=100) for page in LISTS}
    grown = {page: many[page][0] - few[page][0] for page in LISTS}
    assert {page: count for page, count in grown.items() if count < MANY - FEW} == {}
    queries = {page: (few[page][1], many[page][1]) for page in LISTS}
    assert {page: pair for page, pair in queries.items() if pair[0] != pair[1]} == {}
    assert {page: pair[1] for page, pair in queries.items() if pair[1] > QUERIES_MAX} == {}


@pytest.mark.usefixtures("db")
def test_every_list_can_be_taken_away() -> None:
    """The same constancy for the file of every list."""
    world = make_world()
    more(world, 0, FEW)
    few = {page: read(world, page, _export="xlsx")[1] for page in LISTS}
    more(world, FEW, FEW * 3)
    assert {page: read(world, page, _export="xlsx")[1] for page in LISTS} == few
