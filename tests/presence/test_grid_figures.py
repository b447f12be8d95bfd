"""The live grid reads figures as the server does, and counts as it does.

One table of cases is tried on both sides: the parser of `static/js/grille/nombres.js` in the
browser, the fields of `apps/core/fields.py` here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from apps.core.fields import EuroField, HoursField
from apps.rules.conditions import etp_mensuels
from apps.rules.presence import taux_realisation

READ = """async ([name, texts]) => {
    const figures = await import("/static/js/grille/nombres.js");
    return texts.map((text) => figures[name](text));
}"""

TYPED = [
    *("151,67", "151.67", "151", " 151,67 h ", "7h30", "7 h 30", "7:30", "7h", "7H", "7h20"),
    *("7h40", "7h05", "7h5", "7h60", "7h3", "0", "0,00", "-0", "1 234,5", "1\u00a0234,5"),
    *("1\u202f234,5", "1\u2009234,5", "12 34", "1.234,56", "1,234.56", "1.234.567", "1,2,3"),
    *("7 30", "beaucoup", "1e3", "NaN", "+5", "--5", "-1", "\u22121", "1,234", "1,230", "1,"),
    *(",5", "", "  ", "9999,99", "10000", "00012", "99999999", "1 200,50 €", "1200 €", "12 h"),
]


def verdict(field: Any, text: str) -> int | str | None:
    """Hundredths, None when nothing is typed, « refused » otherwise."""
    try:
        value = field.clean(text.strip())
    except ValidationError:
        return "refused"
    return None if value is None else int(value * 100)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("readHours", HoursField(required=False)),
        ("readEuros", EuroField(required=False, max_digits=8, min_value=Decimal(0))),
    ],
)
def test_the_browser_and_the_server_give_the_same_verdict(page: Any, name: str, field: Any) -> None:
    page.goto("/connexion/")
    answers = page.evaluate(READ, [name, TYPED])
    in_browser = ["refused" if "fault" in answer else answer["value"] for answer in answers]
    assert dict(zip(TYPED, in_browser, strict=True)) == {
        text: verdict(field, text) for text in TYPED
    }


@pytest.mark.browser
def test_the_browser_refuses_in_the_words_of_the_server(page: Any) -> None:
    typed = ["1.234,56", "12 34", "beaucoup", "7h60", "-1"]
    page.goto("/connexion/")
    words = [answer["fault"] for answer in page.evaluate(READ, ["readHours", typed])]
    for text, said in zip(typed, words, strict=True):
        with pytest.raises(ValidationError) as caught:
            HoursField().clean(text)
        assert caught.value.messages == [said]


def divide(numerator: int, denominator: int) -> int:
    """The half-up quotient of `nombres.js`, on whole numbers."""
    return (2 * numerator + denominator) // (2 * denominator)


@given(
    hours=st.integers(0, 500 * 21_257),
    annual=st.sampled_from([150_500, 160_700, 182_000]),
    posts=st.integers(1, 100_000),
)
def test_whole_hundredths_give_the_figures_of_the_rules(
    hours: int, annual: int, posts: int
) -> None:
    """ETP and rate as `static/js/grille/totaux.js` computes them, without a decimal point."""
    etp = divide(hours * 1200, annual)
    exact = etp_mensuels(Decimal(hours) / 100, Decimal(annual) / 100)
    assert etp == exact * 100
    rate = divide(etp * 10_000, posts)
    assert rate == taux_realisation(exact, Decimal(posts) / 100) * 100
