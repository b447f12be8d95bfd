"""Figures, months and states as every page shows them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Template
from lxml import html

from apps.core.models import Job
from apps.core.templatetags.extranet import (
    BADGES,
    de_mois,
    etat_badge,
    euros,
    heures,
    mois,
    pourcent,
)
from apps.rules.periods import Month

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1234.5"), f"1{NBSP}234,50{NBSP}€"),
        (Decimal("-12"), f"\u221212,00{NBSP}€"),
        (0, f"0,00{NBSP}€"),
        ("4678605.36", f"4{NBSP}678{NBSP}605,36{NBSP}€"),
        (None, ""),
    ],
)
def test_amounts(value: Any, text: str) -> None:
    assert euros(value) == text


def test_hours_and_rates() -> None:
    assert heures(Decimal("151.67")) == f"151,67{NBSP}h"
    assert pourcent(Decimal("19.54")) == f"19,54{NBSP}%"
    assert heures(None) == pourcent(None) == ""


@pytest.mark.parametrize("value", [date(2023, 3, 15), Month(2023, 3), "2023-03"])
def test_months(value: Any) -> None:
    assert mois(value) == "mars 2023"
    assert de_mois(value) == "de mars 2023"


@pytest.mark.parametrize(
    ("month", "text"),
    [
        ("2023-04", "d’avril 2023"),
        ("2023-08", "d’août 2023"),
        ("2023-10", "d’octobre 2023"),
        ("2023-12", "de décembre 2023"),
        (None, ""),
    ],
)
def test_a_month_after_a_noun(month: Any, text: str) -> None:
    assert de_mois(month) == text


def test_a_badge_says_the_state_in_words() -> None:
    assert etat_badge(Job(etat="ECHEC")) == (
        '<span class="fr-badge fr-badge--sm fr-badge--no-icon fr-badge--error">En échec</span>'
    )


def test_a_badge_reads_statut_when_there_is_no_etat() -> None:
    line = SimpleNamespace(statut="EXECUTE", get_statut_display=lambda: "Payé")
    assert "fr-badge--success" in etat_badge(line)
    assert ">Payé<" in etat_badge(line)


def test_a_badge_escapes_its_text() -> None:
    line = SimpleNamespace(statut="X", get_statut_display=lambda: "<b>")
    assert ">&lt;b&gt;<" in etat_badge(line)


def test_every_kind_of_badge_is_one_of_the_design_system() -> None:
    assert set(BADGES.values()) <= {"new", "info", "success", "warning", "error"}


def test_a_block_kept_can_be_shown_twice() -> None:
    template = Template(
        "{% load extranet %}{% keep as titre %} <b>{{ nom }}</b> {% endkeep %}"
        "{{ titre }}|{{ titre }}"
    )
    assert template.render(Context({"nom": "A & B"})) == "<b>A &amp; B</b>|<b>A &amp; B</b>"


def test_a_table_drawn_by_hand_has_its_caption_and_scrolls_with_the_keyboard() -> None:
    template = Template(
        '{% load extranet %}{% tableau titre %}<tbody><tr><th scope="row">a</th></tr></tbody>'
        "{% endtableau %}"
    )
    page = html.fromstring(template.render(Context({"titre": "Parts & totaux"})))
    (table,) = page.xpath("//table")
    assert table.xpath("caption/text()") == ["Parts & totaux"]
    assert table.xpath("tbody/tr/th/text()") == ["a"]
    (frame,) = page.xpath("//*[@role='region']")
    assert (frame.get("tabindex"), frame.get("aria-label")) == ("0", "Parts & totaux")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 résultat"),
        (1, "1 résultat"),
        (2, "2 résultats"),
        (Decimal("1.5"), "1,5 résultat"),
        (-3, "-3 résultats"),
    ],
)
def test_the_french_plural_begins_at_two(count, said):
    page = Template("{% load l10n %}{{ n }} résultat{{ n|pluralize }}")
    assert page.render(Context({"n": count})) == said


def test_the_plural_of_a_list_and_of_two_words():
    page = Template('{{ n|pluralize:"autre ne l’est pas,autres ne le sont pas" }}')
    assert page.render(Context({"n": []})) == "autre ne l’est pas"
    assert page.render(Context({"n": ["a", "b"]})) == "autres ne le sont pas"
