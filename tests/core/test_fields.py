"""How hours, amounts and months are read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from apps.core.fields import EuroField, HoursField, MonthField


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("151,67", "151.67"),
        ("151.67", "151.67"),
        ("151", "151"),
        (" 151,67 h ", "151.67"),
        ("7h30", "7.50"),
        ("7 h 30", "7.50"),
        ("7:30", "7.50"),
        ("7h", "7.00"),
        ("7h20", "7.33"),
        ("7h40", "7.67"),
        ("0", "0"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234,5", "1234.5"),
        ("1\u202f234,5", "1234.5"),
        ("1\u2009234,5", "1234.5"),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, hours: str) -> None:
    """Comma or point, hours and minutes, any space between thousands."""
    assert HoursField().clean(typed) == Decimal(hours)


@pytest.mark.parametrize("typed", ["1.234,56", "1,234.56", "12 34", "1.234.567", "1,2,3", "7 30"])
def test_ambiguous_hours_are_refused_with_the_expected_form(typed: str) -> None:
    """What can be read in two ways is refused, and the message gives the form to use."""
    with pytest.raises(ValidationError) as caught:
        HoursField().clean(typed)
    assert caught.value.code == "ambiguous"
    assert caught.value.messages == [
        f"« {typed} » peut se lire de plusieurs façons. Écrivez le nombre avec une seule "
        "virgule, sans point entre les milliers, par exemple 151,67 ou 7h30."
    ]


@pytest.mark.parametrize("typed", ["beaucoup", "1e3", "NaN", "Infinity", "٣", "7h3", "+5", "--5"])
def test_what_is_not_a_number_of_hours_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HoursField().clean(typed)
    assert caught.value.messages == [
        f"« {typed} » n’est pas un nombre. Écrivez par exemple 151,67 ou 7h30."
    ]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("7h60", "Le nombre de minutes doit être compris entre 0 et 59, par exemple 7h30."),
        ("-1", "Le nombre d’heures ne peut pas être négatif."),
        ("1,234", "Assurez-vous qu’il n’y a pas plus de 2 chiffres après la virgule."),
        ("", "Ce champ est obligatoire."),
    ],
)
def test_impossible_hours_are_refused_in_words(typed: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HoursField().clean(typed)
    assert caught.value.messages == [message]


def test_a_stored_figure_is_shown_with_a_comma_and_a_typed_one_as_typed() -> None:
    field = HoursField()
    assert field.prepare_value(Decimal("1234.50")) == "1234,50"
    assert field.prepare_value("7h30") == "7h30"
    assert not field.has_changed(Decimal("7.50"), "7h30")


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1 234,50", "1234.50"),
        ("1234.50 €", "1234.50"),
        ("1\u202f234\u202f567,89\u00a0€", "1234567.89"),
        ("\u221212,00", "-12.00"),
    ],
)
def test_amounts_are_read_with_or_without_their_sign(typed: str, amount: str) -> None:
    assert EuroField().clean(typed) == Decimal(amount)


def test_an_amount_has_at_most_two_decimals() -> None:
    """Nothing is rounded behind the person's back."""
    with pytest.raises(ValidationError):
        EuroField().clean("0,005")


@pytest.mark.parametrize(
    "typed", ["03/2023", "3/2023", "03-2023", "2023-03", "mars 2023", " Mars 2023 "]
)
def test_a_month_is_its_first_day(typed: str) -> None:
    assert MonthField().clean(typed) == date(2023, 3, 1)


@pytest.mark.parametrize("typed", ["1 234,50" * 500, "x" * 5000, "12\n\u202eabc"])
def test_what_was_typed_is_repeated_in_short_and_on_one_line(typed: str) -> None:
    """A message stays a sentence, whatever a cell or a field held."""
    with pytest.raises(ValidationError) as caught:
        EuroField().clean(typed)
    [message] = caught.value.messages
    assert len(message) < 250
    assert message.isprintable()


def test_accents_of_a_month_are_optional() -> None:
    assert MonthField().clean("août 2023") == MonthField().clean("aout 2023") == date(2023, 8, 1)


@pytest.mark.parametrize("typed", ["13/2023", "2023", "brumaire 2023", "00/2023", "mars", "3/23"])
def test_what_is_not_a_month_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ValidationError) as caught:
        MonthField().clean(typed)
    assert caught.value.messages == [
        "Saisissez un mois et une année, par exemple 03/2023 ou mars 2023."
    ]


def test_a_stored_month_is_shown_as_it_is_typed() -> None:
    field = MonthField()
    assert field.prepare_value(date(2023, 3, 1)) == "03/2023"
    assert not field.has_changed(date(2023, 3, 1), "03/2023")
    assert field.has_changed(date(2023, 3, 1), "04/2023")
