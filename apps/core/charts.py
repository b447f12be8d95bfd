"""Charts drawn on the server: an SVG and the table of its figures (RGAA 1.6, 4.1).

No script: the same drawing serves the screen, the printed page and the PDF documents. A series
is told by its form as well as its colour. Drawn by `components/chart.html`, given `chart`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property
from typing import Literal

from django.utils.text import slugify

from apps.rules.explanation import euros, heures, nombre, pourcent

Genre = Literal["barres", "ligne", "palier"]
Unite = Literal["€", "h", "%", ""]

# The drawing's own units; its width on the page follows the page.
WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 78, 12, 12, 44
GRADUATIONS = 5
CHARACTER, GAP = 7, 8  # mean width of a character, space between two words
COLOURS = 4  # classes ex-serie-1 to ex-serie-4 of the style sheet
# The same, written in the drawing itself: a PDF applies no style sheet inside an SVG.
ENCRES = ("#000091", "#c08c65", "#18753c", "#a558a0")
TIRETS = {"ligne": ("", "2 3", "10 3 2 3", ""), "palier": ("8 4",) * COLOURS}

_FORMATS: dict[str, Callable[[Decimal], str]] = {
    "€": euros,
    "h": heures,
    "%": pourcent,
    "": nombre,
}


@dataclass(frozen=True, slots=True)
class Serie:
    """A series: one value per abscissa, None where there is none."""

    libelle: str
    valeurs: Sequence[Decimal | int | None]
    genre: Genre = "barres"


@dataclass(frozen=True, slots=True)
class Seuil:
    """A level drawn across the chart, for instance what an annex provides for."""

    libelle: str
    valeur: Decimal


@dataclass(frozen=True, slots=True)
class Trace:
    """What the template draws of a series: rectangles, or segments and points."""

    libelle: str
    rang: int
    genre: Genre
    barres: tuple[tuple[str, str, str, str], ...] = ()
    chemin: str = ""
    points: tuple[tuple[str, str], ...] = ()

    @property
    def classe(self) -> str:
        return f"ex-serie-{self.rang + 1}"

    @property
    def encre(self) -> str:
        return ENCRES[self.rang]

    @property
    def tirets(self) -> str:
        """Dashes of its line, empty for a solid one."""
        return TIRETS[self.genre][self.rang] if self.genre in TIRETS else ""


@dataclass(frozen=True)
class Graphique:
    """A chart. `description` says in a sentence what it shows; `unite` is that of every value,
    `axe` names the abscissas.

    ValueError when a series has not one value per abscissa.
    """

    titre: str
    description: str
    abscisses: Sequence[str]
    series: Sequence[Serie]
    unite: Unite = ""
    seuils: Sequence[Seuil] = ()
    axe: str = "Période"

    def __post_init__(self) -> None:
        for serie in self.series:
            if len(serie.valeurs) != len(self.abscisses):
                raise ValueError(f"{serie.libelle}: one value per abscissa is needed.")

    largeur = WIDTH
    hauteur = HEIGHT
    gauche, droite, bas = LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM

    @property
    def cle(self) -> str:
        """Beginning of the identifiers of the drawing: two charts of a page differ by title."""
        return f"graphique-{slugify(self.titre)}"

    @property
    def is_empty(self) -> bool:
        return not any(True for _ in self._values())

    @cached_property
    def pas(self) -> Decimal:
        """Distance between two graduations, a round figure."""
        low, high = self._extremes()
        return _round_step((high - low) / GRADUATIONS)

    @cached_property
    def bornes(self) -> tuple[Decimal, Decimal]:
        """Lowest and highest levels of the axis, zero included, on graduations."""
        low, high = self._extremes()
        floor = (low / self.pas).to_integral_value(ROUND_FLOOR) * self.pas
        ceiling = (high / self.pas).to_integral_value(ROUND_CEILING) * self.pas
        return floor, ceiling if ceiling > floor else floor + self.pas

    @property
    def graduations(self) -> list[tuple[str, str]]:
        """(height, words) of each level of the vertical axis."""
        low, high = self.bornes
        levels = [low + self.pas * index for index in range(int((high - low) / self.pas) + 1)]
        return [(self._y(level), _short(level, self.unite)) for level in levels]

    @property
    def reperes(self) -> list[tuple[str, str]]:
        """(position, words) of the abscissas, thinned out so that the words do not touch."""
        longest = max(map(len, self.abscisses), default=0)
        every = -(-(longest * CHARACTER + GAP) // max(int(self._slot), 1))
        return [
            (_text(self._x(index)), label)
            for index, label in enumerate(self.abscisses)
            if index % every == 0
        ]

    @property
    def zero(self) -> str:
        return self._y(Decimal(0))

    @property
    def niveaux(self) -> list[tuple[str, str]]:
        """(height, words) of each threshold."""
        return [
            (self._y(s.valeur), f"{s.libelle} : {_FORMATS[self.unite](s.valeur)}")
            for s in self.seuils
        ]

    @property
    def traces(self) -> list[Trace]:
        bars = [serie for serie in self.series if serie.genre == "barres"]
        traces = []
        for index, serie in enumerate(self.series):
            rank = index % COLOURS
            if serie.genre == "barres":
                shapes = self._bars(serie, bars.index(serie), len(bars))
                traces.append(Trace(serie.libelle, rank, serie.genre, barres=shapes))
            else:
                path, points = self._line(serie)
                traces.append(Trace(serie.libelle, rank, serie.genre, chemin=path, points=points))
        return traces

    @property
    def tableau(self) -> list[tuple[str, list[str]]]:
        """The data table: the words of each abscissa, then one cell per series."""
        words = _FORMATS[self.unite]
        return [
            (
                label,
                [
                    "–" if (value := serie.valeurs[index]) is None else words(Decimal(value))
                    for serie in self.series
                ],
            )
            for index, label in enumerate(self.abscisses)
        ]

    def _extremes(self) -> tuple[Decimal, Decimal]:
        values = [*self._values(), *(seuil.valeur for seuil in self.seuils), Decimal(0)]
        return min(values), max(values)

    def _values(self) -> Iterator[Decimal]:
        for serie in self.series:
            yield from (Decimal(value) for value in serie.valeurs if value is not None)

    @property
    def _slot(self) -> Decimal:
        """Width given to an abscissa."""
        return Decimal(WIDTH - LEFT - RIGHT) / max(len(self.abscisses), 1)

    def _x(self, index: int) -> Decimal:
        return LEFT + self._slot * index + self._slot / 2

    def _y(self, value: Decimal) -> str:
        low, high = self.bornes
        return _text(TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM))

    def _bars(self, serie: Serie, rank: int, many: int) -> tuple[tuple[str, str, str, str], ...]:
        """(x, y, width, height) of the rectangles; bars of one abscissa stand side by side."""
        width = self._slot * Decimal("0.7") / many
        shapes = []
        for index, value in enumerate(serie.valeurs):
            if value is None:
                continue
            x = self._x(index) + width * (rank - Decimal(many) / 2)
            ends = sorted((Decimal(self._y(Decimal(value))), Decimal(self.zero)))
            shapes.append((_text(x), _text(ends[0]), _text(width), _text(ends[1] - ends[0])))
        return tuple(shapes)

    def _line(self, serie: Serie) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Path of a line (broken where a value is missing) and its points."""
        path, points, pen = [], [], "M"
        for index, value in enumerate(serie.valeurs):
            if value is None:
                pen = "M"
                continue
            y = self._y(Decimal(value))
            if serie.genre == "palier":
                half = self._slot / 2
                start, end = _text(self._x(index) - half), _text(self._x(index) + half)
                path.append(f"{pen}{start} {y}H{end}")
            else:
                path.append(f"{pen}{_text(self._x(index))} {y}")
                points.append((_text(self._x(index)), y))
            pen = "L"
        return "".join(path), tuple(points)


def _round_step(size: Decimal) -> Decimal:
    """The round step (1, 2 or 5 times a power of ten) just above a size; 1 for a flat chart."""
    if size <= 0:
        return Decimal(1)
    power = Decimal(1).scaleb(size.adjusted())
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= size)


def _short(level: Decimal, unite: str) -> str:
    """A graduation: the level without useless decimals."""
    text = nombre(level.normalize() if level else Decimal(0))
    text = text.removesuffix(",00")
    return f"{text}\u00a0{unite}" if unite else text


def _text(value: Decimal) -> str:
    """A length of the drawing, written as SVG wants it."""
    return f"{value:.1f}"
