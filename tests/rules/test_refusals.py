"""Bad requests: each kind is refused, the field named, in a French sentence, on one line."""

import json
from copy import deepcopy

import pytest

from apps.rules.simulation import DemandeRefusee, parse, simulate

SOUND = {
    "mesure": "ACI_DC",
    "debut": "2018-01-01",
    "fin": "2018-12-31",
    "etp": "6.00",
    "montant_unitaire_annuel": "19655.00",
    "heures_annuelles_etp": "1820",
    "montant_cd": "23040.96",
    "jour_paiement": 20,
    "montants_mensuels_cd": {"2017-09-01": "480.02"},
    "mois": [
        {"mois": "2018-01", "heures": "910.00", "brsa": 4, "valide_le": "2018-02-10"},
        {"mois": "2018-02", "heures": "910.00", "brsa": 4, "valide_le": "2018-03-10"},
    ],
    "avenants": [{"a_partir_de": "2018-07", "etp": "5.25", "montant_cd": "20161.00"}],
}
ABSENT = object()


def changed(path: tuple, value: object) -> dict:
    """The sound request with one value replaced, or removed."""
    request = deepcopy(SOUND)
    target = request
    for step in path[:-1]:
        target = target[step]
    if value is ABSENT:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return request


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(DemandeRefusee) as refusal:
        parse(text)
    return refusal.value.faults


def assert_refused(request: dict, field: str) -> None:
    lines = faults(json.dumps(request))
    assert [line.split(" : ")[0] for line in lines] == [field]
    assert all("\n" not in line and line.endswith(".") for line in lines)


def test_the_sound_request_is_accepted():
    """Each refusal below comes from the one thing that was changed."""
    assert simulate(json.dumps(SOUND))["en_attente"][-1] == "solde"


REQUIRED = (
    "mesure",
    "debut",
    "fin",
    "etp",
    "montant_unitaire_annuel",
    "heures_annuelles_etp",
    "mois",
)


@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_field(field):
    """Every required field is asked for by its name."""
    assert_refused(changed((field,), ABSENT), field)


@pytest.mark.parametrize("field", ["mois", "heures"])
def test_a_missing_field_of_a_statement(field):
    """A statement has a month and hours."""
    assert_refused(changed(("mois", 1, field), ABSENT), f"mois[1].{field}")


def test_a_missing_start_of_an_amendment():
    """An amendment says from when."""
    assert_refused(changed(("avenants", 0, "a_partir_de"), ABSENT), "avenants[0].a_partir_de")


NUMBERS = [
    (("etp",), "etp"),
    (("montant_unitaire_annuel",), "montant_unitaire_annuel"),
    (("heures_annuelles_etp",), "heures_annuelles_etp"),
    (("montant_cd",), "montant_cd"),
    (("montants_mensuels_cd", "2017-09-01"), "montants_mensuels_cd.2017-09-01"),
    (("mois", 0, "heures"), "mois[0].heures"),
    (("avenants", 0, "etp"), "avenants[0].etp"),
    (("avenants", 0, "montant_cd"), "avenants[0].montant_cd"),
]
NOT_PLAIN = [
    *("", " ", "6,00", "6.000", "6.", ".5", "+6", "-6", " 6", "6 ", "6\n", "1 000", "1_000"),
    *("6e2", "0x10", "NaN", "Infinity", "six", "\u0666", "6.00.00", "1234567890123"),
    *("12345678901.23", None, True, False, [], ["6"], -6, 6.125),
]


@pytest.mark.parametrize(("path", "field"), NUMBERS)
@pytest.mark.parametrize("value", NOT_PLAIN, ids=repr)
def test_a_number_not_written_plainly(path, field, value):
    """No exponent, sign, space, comma, third decimal, thirteenth digit, nor another type."""
    assert_refused(changed(path, value), field)


@pytest.mark.parametrize("literal", ["1e2", "NaN", "Infinity", "-Infinity", "6.125", "9" * 5000])
def test_a_json_number_not_written_plainly(literal):
    """The number is judged as it is written in the file, before any conversion."""
    text = json.dumps(changed(("etp",), "@")).replace('"@"', literal)
    assert [line.split(" : ")[0] for line in faults(text)] == ["etp"]


@pytest.mark.parametrize("literal", ["6", "6.00", '"6"', '"6.0"', '"6.00"'])
def test_a_plain_number_may_be_text_or_not(literal):
    """`6` and `6.00`, with or without quotes, are the same posts."""
    text = json.dumps(changed(("etp",), "@")).replace('"@"', literal)
    assert simulate(text) == simulate(json.dumps(SOUND))


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (("etp",), "etp"),
        (("heures_annuelles_etp",), "heures_annuelles_etp"),
        (("montant_unitaire_annuel",), "montant_unitaire_annuel"),
        (("avenants", 0, "etp"), "avenants[0].etp"),
    ],
)
@pytest.mark.parametrize("value", ["0", "0.00"])
def test_a_number_that_must_be_above_zero(path, field, value):
    """Posts, hours per post and unit amounts are above 0."""
    assert_refused(changed(path, value), field)


@pytest.mark.parametrize("value", ["ACI", "aci_dc", "", None, 3, ["ACI_DC"], "ACI_DC "])
def test_an_unknown_measure(value):
    """Only the seven measures are known."""
    assert_refused(changed(("mesure",), value), "mesure")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("debut", "2018-01-02"),
        ("debut", "2018-02-30"),
        ("debut", "01/01/2018"),
        ("debut", "20180101"),
        ("debut", "2018-W01-1"),
        ("debut", None),
        ("debut", "9999-01-01"),
        ("fin", "2018-12-30"),
        ("fin", "2018-12"),
        ("fin", "2017-12-31"),
        ("fin", "2019-01-31"),
        ("fin", 20181231),
    ],
)
def test_a_period_that_is_not_whole_months(field, value):
    """The period goes from a 1st to a last day, over 1 to 12 months."""
    assert_refused(changed((field,), value), field)


@pytest.mark.parametrize("value", ["2018-11-29", "2019-01-31", "2017-12-31", "", None])
def test_a_period_of_an_amendment_that_is_not_whole_months(value):
    """An amendment may end the annex earlier or later, still on 1 to 12 whole months."""
    assert_refused(changed(("avenants", 0, "fin"), value), "avenants[0].fin")


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("montant_cd",), "117930.01", "montant_cd"),
        (("avenants", 0, "montant_cd"), "103188.76", "avenants[0].montant_cd"),
        # the amount is inherited: fewer posts make it too high
        (("avenants", 0), {"a_partir_de": "2018-07", "etp": "1.00"}, "avenants[0].montant_cd"),
    ],
)
def test_a_departement_above_the_total(path, value, field):
    """The département's amount is inside the total of each version."""
    assert_refused(changed(path, value), field)


def test_a_departement_may_bear_the_whole():
    """Exactly the total is accepted."""
    assert simulate(json.dumps(changed(("montant_cd",), "117930.00")))["taux_cd"]


@pytest.mark.parametrize("value", [0, 29, -1, 20.0, "20", True, None, 10**30])
def test_a_payment_day_outside_1_28(value):
    """The payment day exists in every month."""
    assert_refused(changed(("jour_paiement",), value), "jour_paiement")


@pytest.mark.parametrize("value", ["2017-12", "2019-01", "2018-13", "2018-1", "janvier", None, 1])
def test_a_month_outside_the_period_or_malformed(value):
    """A statement belongs to a month of the annex."""
    assert_refused(changed(("mois", 1, "mois"), value), "mois[1].mois")


def test_a_month_given_twice():
    """Two statements of one month cannot both be true."""
    assert_refused(changed(("mois", 1, "mois"), "2018-01"), "mois[1].mois")


def test_a_month_of_a_longer_former_version_is_accepted():
    """An annex shortened to April may still hold the statement of May."""
    request = deepcopy(SOUND)
    request["mois"] = [{"mois": "2018-05", "heures": "0"}]
    request["avenants"] = [{"a_partir_de": "2018-06", "fin": "2018-04-30", "montant_cd": "0"}]
    assert simulate(json.dumps(request))["en_attente"] == ["2018-02", "2018-03", "2018-04", "solde"]


@pytest.mark.parametrize("value", [-1, 4.0, 4.5, "4", True, None, [], 911])
def test_beneficiaries_not_a_whole_number_or_above_the_hours(value):
    """A whole number, at most one per hour done (910,00 h here)."""
    assert_refused(changed(("mois", 1, "brsa"), value), "mois[1].brsa")


def test_as_many_beneficiaries_as_hours_are_accepted():
    """One hour each is enough."""
    assert simulate(json.dumps(changed(("mois", 1, "brsa"), 910)))


@pytest.mark.parametrize(
    "value", [None, "", "2018-02-30", "10/03/2018", "2018-01-31", "20180310", 20180310, True]
)
def test_a_validation_that_is_no_date_or_before_its_month(value):
    """A statement is validated on a day of its month or later; null is no date."""
    assert_refused(changed(("mois", 1, "valide_le"), value), "mois[1].valide_le")


@pytest.mark.parametrize("value", ["2017-12", "2019-02", "2018-07-01", "juillet", None, 7])
def test_an_amendment_that_starts_outside_the_annex(value):
    """From the first month to the month after the last one."""
    assert_refused(changed(("avenants", 0, "a_partir_de"), value), "avenants[0].a_partir_de")


def test_an_amendment_before_the_preceding_one():
    """Amendments are given in order; several may share a month."""
    request = deepcopy(SOUND)
    request["avenants"] += [{"a_partir_de": "2018-07"}, {"a_partir_de": "2018-06"}]
    assert_refused(request, "avenants[2].a_partir_de")


def test_an_amendment_may_follow_a_shortening_at_its_own_month():
    """Shortened to April in June, the annex may be amended in June again, but not in July."""
    request = deepcopy(SOUND)
    request["avenants"] = [
        {"a_partir_de": "2018-06", "fin": "2018-04-30", "montant_cd": "7680.00"},
        {"a_partir_de": "2018-06", "montant_cd": "7000.00"},
    ]
    assert simulate(json.dumps(request))
    request["avenants"][1]["a_partir_de"] = "2018-07"
    assert_refused(request, "avenants[1].a_partir_de")


@pytest.mark.parametrize("value", [{}, {"2018-02-01": "19655.00"}, {"2018-01-02": "19655.00"}])
def test_unit_amounts_that_do_not_cover_the_first_month(value):
    """One of the dated amounts is in force on the first day of the annex."""
    assert_refused(changed(("montant_unitaire_annuel",), value), "montant_unitaire_annuel")
    assert_refused(
        changed(("avenants", 0, "montant_unitaire_annuel"), value),
        "avenants[0].montant_unitaire_annuel",
    )


def test_dated_amounts_need_dates():
    """The keys of dated amounts are days."""
    assert_refused(
        changed(("montant_unitaire_annuel",), {"2018": "19655.00"}), "montant_unitaire_annuel.2018"
    )
    assert_refused(
        changed(("montants_mensuels_cd",), {"2017-09": "480.02"}), "montants_mensuels_cd.2017-09"
    )


@pytest.mark.parametrize("value", [{}, {"2018-02-01": "480.02"}, {"2018-01-02": "480.02"}])
def test_no_monthly_amount_for_a_month_with_beneficiaries(value):
    """The département's cost of a month cannot be guessed."""
    lines = faults(json.dumps(changed(("montants_mensuels_cd",), value)))
    assert {line.split(" : ")[0] for line in lines} == {"montants_mensuels_cd"}


def test_no_monthly_amount_is_needed_without_departement_or_beneficiary():
    """Nothing to bear, or nobody: the amounts may be absent."""
    request = deepcopy(SOUND)
    del request["montants_mensuels_cd"], request["montant_cd"], request["avenants"]
    assert simulate(json.dumps(request))["verse_cd"] == "0.00"
    request = deepcopy(SOUND)
    del request["montants_mensuels_cd"]
    for statement in request["mois"]:
        del statement["brsa"]
    assert simulate(json.dumps(request))


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("mois",), {}, "mois"),
        (("mois",), None, "mois"),
        (("mois", 0), "2018-01", "mois[0]"),
        (("avenants",), {}, "avenants"),
        (("avenants",), None, "avenants"),
        (("avenants", 0), None, "avenants[0]"),
        (("montants_mensuels_cd",), [], "montants_mensuels_cd"),
        (("montants_mensuels_cd",), "480.02", "montants_mensuels_cd"),
    ],
)
def test_a_list_or_an_object_of_another_type(path, value, field):
    """Lists are lists and objects are objects."""
    assert_refused(changed(path, value), field)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "{",
        "{'etp': 6}",
        "[]",
        "null",
        "6",
        '"texte"',
        "NaN",
        '{"etp": 06}',
        "[" * 100_000,
    ],
    ids=lambda text: text[:12],
)
def test_what_is_not_a_json_object(text):
    """Anything else than an object is refused in one sentence."""
    lines = faults(text)
    assert len(lines) == 1
    assert lines[0].startswith("fichier : ")


def test_objects_nested_too_deep():
    """A tower of objects is refused, it does not bring the reader down."""
    text = '{"mois":' * 100_000 + "1" + "}" * 100_000
    assert faults(text)[-1].startswith("fichier : ")


def test_a_key_given_twice():
    """Which of the two would count? Neither: the request is refused."""
    text = json.dumps(SOUND).replace('"etp": "6.00"', '"etp": "6.00", "etp": "7.00"')
    assert [line.split(" : ")[0] for line in faults(text)] == ["etp"]


def test_a_key_that_would_break_the_line():
    """A fault stays on one line, whatever the key holds."""
    text = '{"a\\nb\\ud800": 1, "a\\nb\\ud800": 2}'
    lines = faults(text)
    assert all("\n" not in line and line.isprintable() for line in lines)


def test_every_fault_is_told_at_once():
    """The whole request is read before it is refused."""
    request = deepcopy(SOUND)
    request |= {"mesure": "X", "etp": "-1", "jour_paiement": 31}
    request["mois"][0]["heures"] = "beaucoup"
    request["mois"][1]["mois"] = "2020-01"
    request["avenants"][0]["a_partir_de"] = "2021-01"
    assert {line.split(" : ")[0] for line in faults(json.dumps(request))} == {
        "mesure",
        "etp",
        "jour_paiement",
        "mois[0].heures",
        "mois[1].mois",
        "avenants[0].a_partir_de",
    }


def test_the_largest_numbers_are_computed_exactly():
    """Twelve digits everywhere: no overflow, no digit lost."""
    request = {
        "mesure": "ACI_DC",
        "debut": "2018-01-01",
        "fin": "2018-12-31",
        "etp": "9999999999.99",
        "montant_unitaire_annuel": "9999999999.99",
        "heures_annuelles_etp": "0.01",
        "mois": [
            {"mois": f"2018-{k:02d}", "heures": "9999999999.99", "valide_le": "9998-12-31"}
            for k in range(1, 13)
        ],
    }
    result = simulate(json.dumps(request))
    assert result["montant_total"] == "99999999999800000000.00"
    assert result["verse"] == result["montant_total"]
    assert result["versements"][-1]["campagne"] == "9999-01"
