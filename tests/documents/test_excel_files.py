"""The Excel writer: what is a number stays one, what is a text stays one."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from apps.core.errors import Refus
from apps.core.exports import A3, A4, Column, Definition, Kind, paper
from tests.documents.conftest import excel, sheet

DEFINITION = Definition(
    key="essai",
    title="Essai de restitution",
    sheet="Essai",
    columns=(
        Column("nom", "Nom", width=30, definition="Nom d’usage."),
        Column("rang", "Rang", Kind.INT),
        Column("montant", "Montant", Kind.EUROS, total=True),
        Column("heures", "Heures", Kind.HOURS, total=True),
        Column("taux", "Taux", Kind.PERCENT),
        Column("jour", "Jour", Kind.DATE),
        Column("mois", "Mois", Kind.MONTH),
        Column("le", "Le", Kind.DATETIME),
        Column("oui", "Oui", Kind.BOOL),
    ),
)


def row(**values):
    return {
        "nom": "Martin",
        "rang": 1,
        "montant": Decimal("0.10"),
        "heures": Decimal("151.67"),
        "taux": Decimal("19.54"),
        "jour": date(2023, 1, 31),
        "mois": date(2023, 3, 1),
        "le": datetime(2023, 3, 1, 11, 30, tzinfo=UTC),
        "oui": True,
    } | values


def written(rows, criteres=()):
    contents, totals = excel(DEFINITION, rows, list(criteres))
    return load_workbook(io.BytesIO(contents)), totals, contents


def test_each_value_keeps_its_type_and_format():
    """Amounts, hours, rates and dates are cells one can compute with, in French formats."""
    book, _totals, _contents = written([row()])
    cells = book["Essai"][2]
    assert [cell.value for cell in cells] == [
        "Martin",
        1,
        0.1,
        151.67,
        19.54,
        datetime(2023, 1, 31),  # noqa: DTZ001 - as read back from the file
        datetime(2023, 3, 1),  # noqa: DTZ001
        datetime(2023, 3, 1, 12, 30),  # noqa: DTZ001
        "Oui",
    ]
    assert [cell.data_type for cell in cells] == ["s", "n", "n", "n", "n", "d", "d", "d", "s"]
    assert [cell.number_format for cell in cells][2:8] == [
        '#,##0.00\\ "€"',
        '#,##0.00\\ "h"',
        '0.00\\ "%"',
        "dd/mm/yyyy",
        "mm/yyyy",
        "dd/mm/yyyy\\ hh:mm",
    ]


@pytest.mark.parametrize("name", ["=1+1", "+33 3", "-cmd", "@SUM(A1)", '=HYPERLINK("x")'])
def test_a_text_never_becomes_a_formula(name):
    """A name typed as a formula is shown as it was typed and is not evaluated."""
    book, _totals, _contents = written([row(nom=name)], [("Filtre", name)])
    assert (book["Essai"]["A2"].value, book["Essai"]["A2"].data_type) == (name, "s")
    criterion = next(r for r in book["Critères"].iter_rows() if r[0].value == "Filtre")
    assert (criterion[1].value, criterion[1].data_type) == (name, "s")


def test_control_characters_and_empty_values_are_harmless():
    """What XML cannot hold is dropped from a name; nothing typed is an empty cell."""
    book, _totals, _contents = written([row(nom="Ma\x00r\x07t\ufffein", jour=None, montant=None)])
    assert [cell.value for cell in book["Essai"][2]][:6] == ["Martin", 1, None, 151.67, 19.54, None]


def test_header_is_frozen_filtered_and_totals_stand_outside_the_filter():
    """Reading aids: frozen header, automatic filter on the rows only, exact totals below."""
    book, totals, _contents = written([row(), row(montant=Decimal("0.20")), row(montant=None)])
    page = book["Essai"]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref == "A1:I4"
    assert page.column_dimensions["A"].width == 30
    assert (page.print_title_rows, page.print_title_cols) == ("$1:$1", "$A:$A")
    assert [cell.value for cell in page[5]] == [
        "Total",
        None,
        0.3,
        455.01,
        None,
        None,
        None,
        None,
        None,
    ]
    assert totals.sums == {"montant": Decimal("0.30"), "heures": Decimal("455.01")}
    assert page.max_row == 5


def test_an_empty_file_has_its_headings_and_no_total():
    """No row: the headings alone, so that nobody takes 0 for a figure."""
    _book, totals, contents = written([])
    assert sheet(contents) == [[column.heading for column in DEFINITION.columns]]
    assert totals.count == 0


def test_texts_keep_their_marks_and_their_spaces():
    """Markup, quotes, line breaks, long texts: what was typed, up to what a cell holds."""
    names = ["<b>&amp;</b>", " deux\nlignes ", '« l’été » ‘"', "Ω" * 40_000]
    book, _totals, _contents = written([row(nom=name) for name in names])
    read = [cell.value for cell in book["Essai"]["A"][1:5]]
    assert read == [*names[:3], "Ω" * 32_767]


@pytest.mark.parametrize(("name", "kept"), [("Martin", False), (" Martin", True), ("M\nB", True)])
def test_spaces_are_asked_for_only_where_a_reader_would_lose_them(name, kept):
    """As openpyxl does, line ends besides: the attribute is a fifth of a long sheet."""
    book, _totals, contents = written([row(nom=name)])
    assert book["Essai"]["A2"].value == name
    with ZipFile(io.BytesIO(contents)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    [cell] = re.findall(r'<c r="A2".*?</c>', xml, re.DOTALL)
    assert ('xml:space="preserve"' in cell) is kept


def test_a_second_row_of_codes_and_the_properties_of_the_document():
    """Codes of the exchange format stand under the headings, frozen and filtered with them."""
    columns = (Column("nom", "Nom", code="s_nom"), Column("n", "Nombre", Kind.INT, total=True))
    definition = Definition("codes", "Essai à codes", "Codes", columns)
    contents, _totals = excel(definition, [{"nom": "A", "n": 2}, {"nom": "B", "n": 3}])
    book = load_workbook(io.BytesIO(contents))
    page = book["Codes"]
    assert [[cell.value for cell in line] for line in page.iter_rows()] == [
        ["Nom", "Nombre"],
        ["s_nom", None],
        ["A", 2],
        ["B", 3],
        ["Total", 5],
    ]
    assert (page.freeze_panes, page.auto_filter.ref) == ("B3", "A2:B4")
    assert page["B5"].font.bold
    assert (book.properties.title, book.properties.language) == ("Essai à codes", "fr-FR")
    assert load_workbook(io.BytesIO(contents), read_only=True)["Codes"].max_row == 5


def test_a_file_longer_than_a_sheet_is_refused(monkeypatch):
    """Beyond the last row of a sheet, the reader is asked for a shorter period."""
    monkeypatch.setattr("apps.core.xlsx.MAX_ROWS", 4)
    assert written([row()] * 2)[1].count == 2
    with pytest.raises(Refus, match="restreignez"):
        written([row()] * 3)


def test_second_sheet_gives_criteria_then_definitions():
    """The criteria come with the title first; only defined columns are explained."""
    _book, _totals, contents = written([row()], [("Premier mois", "janvier 2023")])
    assert [r[:2] for r in sheet(contents, "Critères")] == [
        ["Critère", "Valeur"],
        ["Restitution", "Essai de restitution"],
        ["Premier mois", "janvier 2023"],
        [None, None],
        ["Colonne", "Définition"],
        ["Nom", "Nom d’usage."],
    ]


def test_a_number_given_as_text_is_a_fault():
    """A source that gives text where a number is declared is refused, not written as text."""
    with pytest.raises(TypeError):
        written([row(montant="12,50")])


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity"])
def test_what_is_no_quantity_never_spoils_a_file(value):
    """Written, it would make the spreadsheet refuse the whole file."""
    with pytest.raises((TypeError, ArithmeticError, ValueError)):
        written([row(montant=Decimal(value))])


def test_a_column_is_hidden_from_those_it_is_not_for():
    """A column with an audience is absent from the file of the others, heading included."""
    definition = Definition(
        "x", "X", "X", (Column("nom", "Nom"), Column("z", "Z", audience=lambda who: who == "ASP"))
    )
    assert [c.key for c in definition.for_reader("ASP").columns] == ["nom", "z"]
    assert [c.key for c in definition.for_reader("CD").columns] == ["nom"]


@pytest.mark.parametrize(
    ("width", "kept", "expected"),
    [(230, 30, (A4, 1)), (231, 30, (A3, 1)), (330, 60, (A3, 1)), (331, 60, (A3, 2))],
)
def test_a_wide_sheet_is_printed_on_more_paper_not_smaller(width, kept, expected):
    """Beyond what stays readable on A4, A3; beyond that, pages side by side, names repeated."""
    assert paper(width, kept) == expected
    columns = [Column("nom", "Nom", width=kept), Column("n", "N", Kind.INT, width - kept)]
    contents, _totals = excel(Definition("w", "W", "W", tuple(columns)), [{"nom": "A", "n": 1}])
    setup = load_workbook(io.BytesIO(contents))["W"].page_setup
    assert (setup.paperSize, setup.fitToWidth, setup.fitToHeight) == (*expected, 0)


def test_free_texts_wrap_and_stand_off_the_figures():
    """A sentence is never cut by its neighbour, nor a text glued to the number before it."""
    page = written([row()])[0]["Essai"]
    assert [page[name].alignment.wrap_text for name in ("A2", "C2", "I2")] == [True, None, None]
    assert {page[name].alignment.indent for name in ("A1", "A2", "I1", "I2")} == {1}
    assert {cell.alignment.vertical for cell in page[2]} == {"top"}
    assert [page[name].alignment.horizontal for name in ("A1", "C1")] == ["left", "right"]
    tall = written([row(nom="mot " * 20), row()])[0]["Essai"].row_dimensions
    assert (tall[2].height, tall[3].height) == (45, None)
