"""Charts: the drawing says the figures, and the table beside it says them exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from lxml import html

from apps.core.charts import Graphique, Serie, Seuil

D = Decimal


def draw(chart: Graphique) -> html.HtmlElement:
    return html.fromstring(render_to_string("components/chart.html", {"chart": chart}))


def hours(*values: Decimal | None, genre: str = "barres", **more: object) -> Graphique:
    months = [f"mois {index}" for index in range(1, len(values) + 1)]
    serie = Serie("Heures réalisées", values, genre)  # type: ignore[arg-type]
    return Graphique("Heures", "Heures par mois.", months, [serie], "h", **more)  # type: ignore[arg-type]


def test_the_axis_ends_on_round_figures_that_hold_every_value() -> None:
    assert hours(D("151.67"), D("1820")).bornes == (D(0), D(2000))
    assert hours(D("-20"), D("100")).bornes == (D(-50), D(100))
    assert hours(D(0), D(0)).bornes == (D(0), D(1))
    assert hours(D(10), seuils=[Seuil("Prévu", D(90))]).bornes == (D(0), D(100))


def test_the_graduations_go_from_one_end_to_the_other() -> None:
    words = [text for _, text in hours(D(1000)).graduations]
    assert [text.replace("\u202f", " ").replace("\xa0", " ") for text in words] == [
        "0 h",
        "200 h",
        "400 h",
        "600 h",
        "800 h",
        "1 000 h",
    ]


def test_the_graduations_fit_the_ends_below_zero_too() -> None:
    words = [text.replace("\xa0", " ") for _, text in hours(D(-200), D(450)).graduations]
    assert words == ["-200 h".replace("-", "−"), "0 h", "200 h", "400 h", "600 h"]


def test_the_words_under_the_axis_do_not_touch() -> None:
    months = [f"janv. {year}" for year in range(2012, 2024)]
    chart = Graphique("Titre", "Texte.", months, [Serie("Série", [D(1)] * 12)])
    assert [text for _, text in chart.reperes] == months[::2]
    assert len(hours(*[D(1)] * 10).reperes) == 10


def test_a_bar_is_as_high_as_its_value() -> None:
    ((_, y_half, _, half), (_, y_full, _, full)) = hours(D(500), D(1000)).traces[0].barres
    assert D(full) == 2 * D(half) == D("244.0")
    assert D(y_half) + D(half) == D(y_full) + D(full) == D("256.0")


def test_a_negative_bar_hangs_below_zero() -> None:
    chart = hours(D("-50"), D(50))
    below, above = chart.traces[0].barres
    assert below[1] == chart.zero
    assert D(above[1]) + D(above[3]) == D(chart.zero)


def test_a_line_is_broken_where_a_value_is_missing() -> None:
    path = hours(D(1), None, D(2), D(3), genre="ligne").traces[0].chemin
    assert path.count("M") == 2
    assert path.count("L") == 1


def test_the_table_gives_the_exact_figures() -> None:
    page = draw(hours(D("151.67"), None))
    cells = [cell.text_content().replace("\xa0", " ") for cell in page.xpath("//tbody//td")]
    assert cells == ["151,67 h", "–"]
    assert page.xpath("//tbody/tr/th/text()") == ["mois 1", "mois 2"]


def test_the_drawing_is_named_and_described() -> None:
    page = draw(hours(D(1)))
    (svg,) = page.xpath("//svg[@role='img']")
    for name in svg.get("aria-labelledby").split():
        assert page.xpath(f"//*[@id='{name}']")
    assert not page.xpath("//*[@style]")


def test_lengths_are_written_for_svg_whatever_the_language() -> None:
    (svg,) = draw(hours(D("1234.5"), D(2))).xpath("//svg")
    for node in svg.iter():
        for name in ("x", "y", "x1", "y1", "width", "height", "viewBox"):
            assert "," not in (node.get(name) or "")


def test_without_any_value_it_says_so() -> None:
    page = draw(hours(None, None))
    assert not page.xpath("//svg")
    assert "aucune donnée" in page.text_content()


def test_a_series_has_one_value_per_abscissa() -> None:
    with pytest.raises(ValueError, match="one value per abscissa"):
        Graphique("Titre", "Texte.", ["a"], [Serie("Série", [D(1), D(2)])])
