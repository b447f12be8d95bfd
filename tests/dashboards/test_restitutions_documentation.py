"""The documentation of the restitutions, made from their definitions."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from apps.dashboards.restitutions.registry import RESTITUTIONS
from tests.factories import make_membership


@pytest.mark.parametrize("cle", RESTITUTIONS)
def test_every_column_has_a_short_heading_and_a_definition(cle):
    """What the « Critères » sheet and the documentation say of it: a sentence, ended."""
    columns = RESTITUTIONS[cle].definition.columns
    assert [c.key for c in columns if not 0 < len(c.heading) <= 60] == []
    assert [c.key for c in columns if not c.definition.endswith(".")] == []


@pytest.mark.parametrize("cle", RESTITUTIONS)
def test_each_one_says_how_its_figures_tie_with_the_others(cle):
    assert RESTITUTIONS[cle].accord.endswith(".")


@pytest.mark.parametrize("cle", RESTITUTIONS)
def test_each_restitution_has_its_page(db, client: Client, cle):
    """Every heading, exchange name and criterion; a command that can be typed."""
    restitution = RESTITUTIONS[cle]
    client.force_login(make_membership("GESTIONNAIRE").user)
    assert restitution.title in client.get(reverse("dashboards:aide_restitutions")).text
    page = client.get(reverse("dashboards:aide_restitution", args=[cle]))
    told = {line["titre"]: line for line in page.context["colonnes"]}
    assert list(told) == [column.heading for column in restitution.definition.columns]
    assert f"bin/manage export {cle} --as" in page.text
    assert len(page.context["criteres"]) == len(restitution.filters)
    for column in restitution.definition.columns:
        assert escape(column.code) in page.text


def test_a_hidden_column_says_to_whom(db, client: Client):
    """A département has no sum of the State's orders: the documentation says so."""
    client.force_login(make_membership("LECTEUR").user)
    page = client.get(reverse("dashboards:aide_restitution", args=["suivi-annexes"]))
    hidden = {line["titre"]: line["masquee"] for line in page.context["colonnes"]}
    assert hidden["Ordres émis État"] == ["Conseil départemental"]
    assert "Colonne absente pour : Conseil départemental." in page.text
    assert hidden["Versé total"] == []


def test_an_unknown_restitution_has_no_page(db, client: Client):
    client.force_login(make_membership("LECTEUR").user)
    assert client.get(reverse("dashboards:aide_restitution", args=["autre"])).status_code == 404


def test_the_menu_of_exports_leads_to_the_three_ways(db, client: Client):
    """Screen, file, definitions of each one offered; the help leads to all of them."""
    acting = make_membership("LECTEUR")
    client.force_login(acting.user)
    page = client.get(reverse("dashboards:restitutions")).text
    for cle, restitution in RESTITUTIONS.items():
        links = [
            reverse(f"dashboards:{name}", args=[cle])
            for name in ("restitution", "export_demander", "aide_restitution")
        ]
        proposed = acting.organisation_type in restitution.audience
        assert [f'href="{link}"' in page for link in links] == [proposed] * 3, cle
    assert reverse("dashboards:aide_restitutions") in client.get(reverse("core:aide")).text
