"""An amendment removes the département's money: nothing of the new version reaches its pages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.restitutions.restitution import Criteres
from tests.factories import make_caom, make_financeur, make_membership, make_version

ON = date(2023, 7, 3)
# 8 posts at 22 289 € a year: figures of the version without its money, and of no other.
NEW_TOTAL, NEW_MONTH = "178 312,00", "14 859,33"
OF_THE_ANNEX = (
    "annexes:detail",
    "annexes:documents",
    "annexes:historique",
    "payments:echeancier",
    "dashboards:postes",
    "dashboards:bilans",
    "dashboards:bilan_final",
    "dashboards:bilan_objectifs",
    "dashboards:realisations",
)
LISTS = (
    "annexes:liste",
    "payments:liste",
    "payments:retenues",
    "dashboards:accueil",
    "dashboards:suivi_postes",
    "dashboards:donnees_annexes",
    "dashboards:alertes",
    "dashboards:suivi_caom",
)


@pytest.fixture
def removed(db, settings):
    settings.TODAY = ON
    first = make_version(etp=Decimal("6.00"))
    make_caom(first.financeur_cd, 2023)
    make_version(annexe=first.annexe, etp=Decimal("8.00"), montant_cd=Decimal(0))
    return first.annexe


def read(acting, address: str) -> str:
    client = Client()
    client.force_login(acting.user)
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode().replace("\xa0", " ").replace("\u202f", " ")


def figures_in(text: str) -> set[str]:
    return {figure for figure in (NEW_TOTAL, NEW_MONTH) if figure in text}


def pages(annexe) -> list[str]:
    own = [reverse(name, args=[annexe.pk]) for name in OF_THE_ANNEX]
    return own + [reverse(name) for name in LISTS]


def test_no_page_shows_a_figure_of_the_version_without_its_money(removed):
    cd = make_membership("LECTEUR", make_financeur("062").organisation)
    for address in pages(removed):
        assert not figures_in(read(cd, address)), address
    client = Client()
    client.force_login(cd.user)
    simulator = reverse("payments:simulateur", args=[removed.pk])
    assert client.get(simulator).status_code == 404


def test_the_asp_reads_these_figures_there(removed):
    """Else the test above would prove nothing."""
    asp = make_membership("GESTIONNAIRE")
    shown = [address for address in pages(removed) if figures_in(read(asp, address))]
    assert reverse("annexes:liste") in shown
    assert reverse("annexes:detail", args=[removed.pk]) in shown
    assert reverse("payments:echeancier", args=[removed.pk]) in shown
    assert reverse("dashboards:donnees_annexes") in shown


@pytest.mark.parametrize("key", sorted(RESTITUTIONS))
def test_no_file_holds_a_figure_of_it(removed, key):
    """8 posts, 178 312 €: neither is in any row."""
    cd = make_membership("LECTEUR", make_financeur("062").organisation)
    rows = list(RESTITUTIONS[key].rows(cd, Criteres(annexe=removed)))
    values = [value for row in rows for value in row.values()]
    assert Decimal("178312.00") not in values
    assert not [row for row in rows if row.get("etp") == Decimal("8.00")]
