"""What a restitution is, and the criteria a person gives when asking for one.

Used by every module of this package, by the services that ask for a file and by the job that
writes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from apps.accounts.models import Membership, Organisation
from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.exports import Definition, Row, Totals
from apps.dashboards.restitutions.territoires import territories
from apps.rules.periods import Month
from apps.siae.codes import TypeMesure

# Code of a département in the exchange formats: « 062 », « 02A », « 974 ».
TERRITORY = re.compile(r"\d{3}|02[AB]", re.ASCII)
# The administration of the extranet sees no case: it is offered no restitution.
EVERYBODY = tuple(kind for kind in Organisation.Type.values if kind != Organisation.Type.ADMIN)


@dataclass(frozen=True, slots=True)
class Criteres:
    """Filters of a file. Months are first days; None and "" mean "no filter".

    `on`: the day its delays and its alerts are counted on; for a file of the past, its own.
    """

    annexe: AnnexeFinanciere | None = None
    debut: date | None = None
    fin: date | None = None
    mesure: str = ""
    departement: str = ""  # territory of the structures, as "062"
    on: date = field(default_factory=today)

    @classmethod
    def read(cls, acting: Membership, parametres: Mapping[str, Any]) -> Criteres:
        """From a job's parameters, a command's options; `Refus` for an annex or a territory that
        this person does not see, an unknown measure, a period that ends before it begins."""
        annexe = None
        if parametres.get("annexe"):
            annexe = (
                AnnexeFinanciere.objects.visible_to(acting)
                .select_related("siae__structure")
                .filter(pk=parametres["annexe"])
                .first()
            )
            if annexe is None:
                raise Refus("Cette annexe financière n’existe pas ou ne vous est pas accessible.")
        criteres = cls(
            annexe=annexe,
            debut=_month(parametres.get("debut")),
            fin=_month(parametres.get("fin")),
            mesure=parametres.get("mesure") or "",
            departement=parametres.get("departement") or "",
        )
        if criteres.mesure and criteres.mesure not in TypeMesure.values:
            raise Refus(
                f"« {criteres.mesure} » n’est pas une mesure : choisissez parmi "
                f"{', '.join(TypeMesure.labels)}."
            )
        if criteres.departement:
            _enforce_territory(acting, criteres.departement)
        if criteres.debut and criteres.fin and criteres.debut > criteres.fin:
            raise Refus("Le mois de fin précède le mois de début : corrigez la période.")
        return criteres

    def as_parameters(self) -> dict[str, Any]:
        """Plain values for the job's row."""
        return {
            "annexe": self.annexe.pk if self.annexe else None,
            "debut": self.debut.isoformat() if self.debut else None,
            "fin": self.fin.isoformat() if self.fin else None,
            "mesure": self.mesure,
            "departement": self.departement,
        }

    def as_form(self) -> dict[str, Any]:
        """As a person would type them."""
        return {
            **self.as_parameters(),
            "annexe": str(self.annexe) if self.annexe else None,
            "debut": f"{self.debut:%m/%Y}" if self.debut else None,
            "fin": f"{self.fin:%m/%Y}" if self.fin else None,
        }

    def in_words(self) -> list[tuple[str, str]]:
        """(label, text) of each filter, for the second sheet."""
        first = Month.of(self.debut).label if self.debut else "sans limite"
        last = Month.of(self.fin).label if self.fin else "sans limite"
        measure = TypeMesure(self.mesure).label if self.mesure else "toutes"
        annexe = "toutes"
        if self.annexe is not None:
            annexe = f"{self.annexe}, {self.annexe.siae.structure}"
        return [
            ("Annexe financière", annexe),
            ("Mesure", measure),
            ("Département", self.departement or "tous"),
            ("Premier mois", first),
            ("Dernier mois", last),
        ]


class Reading(Protocol):
    """Rows read a page at a time: how many, those of some ranks, the totals of all of them."""

    def __len__(self) -> int: ...
    def rows(self, start: int, stop: int) -> Iterable[Row]: ...
    def totals(self) -> Totals: ...


def _no_note(acting: Membership) -> tuple[tuple[str, str], ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Restitution:
    """One file: what it holds, for whom, and where its rows come from.

    What it is. `usage`: what it is for, on the export page; `description`: what a row is;
    `accord`: which other figures its own agree with, in its documentation.

    Its rows. `rows(acting, criteres)` yields mappings with every key of the definition, in a
    number of queries that does not depend on how many there are; `count` is their exact number.
    `flow`: they are facts of a period, which a scheduled file takes; else the situation of a day.
    `nominative`: they name persons; its scheduled files are deleted after twelve months.

    For whom. `audience`: types of organisation that are offered it; `filters` they may give,
    `required` those they must. `notes`, `notes_for`: lines of the « Critères » sheet, the latter
    depending on the reader.

    On screen. `row_header`: the column that names a row. `links`: for a column, the page its cells
    lead to and the key of the row that is its argument. `page`: the page that shows the same.
    `in_words`: a row as the screen words it. `at_first`: the columns shown until others are asked
    for, where all of them would push the figures out of the screen. `reading(acting, criteres)`: a
    page of rows at a time, when they are too many to be read whole.
    """

    definition: Definition
    usage: str
    description: str
    rows: Callable[[Membership, Criteres], Iterable[Row]]
    count: Callable[[Membership, Criteres], int]
    row_header: str
    audience: tuple[str, ...] = EVERYBODY
    filters: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = field(default=())
    notes_for: Callable[[Membership], Iterable[tuple[str, str]]] = _no_note
    flow: bool = False
    nominative: bool = False
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    reading: Callable[[Membership, Criteres], Reading] | None = None
    in_words: Callable[[Row], Row] = dict
    at_first: tuple[str, ...] = ()
    page: str = ""
    accord: str = ""

    def enforce_required(self, criteres: Criteres) -> None:
        """`Refus` when a filter that the file needs is missing."""
        if "annexe" in self.required and criteres.annexe is None:
            raise Refus("Choisissez l’annexe financière à exporter.")

    @property
    def key(self) -> str:
        return self.definition.key

    @property
    def title(self) -> str:
        return self.definition.title


def _enforce_territory(acting: Membership, code: str) -> None:
    """`Refus` for a code that no département has, then for one this person sees nothing of."""
    if not TERRITORY.fullmatch(code):
        raise Refus(
            f"« {code} » n’est pas un code de département : écrivez-le en trois caractères, par "
            "exemple 062 ou 02A."
        )
    if code not in (seen := territories(acting)):
        choice = f" : choisissez parmi {', '.join(seen)}" if seen else ""
        raise Refus(
            f"Aucune structure de votre périmètre n’est dans le département « {code} »{choice}."
        )


def _month(value: Any) -> date | None:
    if not value:
        return None
    day = value if isinstance(value, date) else date.fromisoformat(str(value))
    return day.replace(day=1)
