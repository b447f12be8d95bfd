"""Base of the product's tables and its columns: amounts, hours, months, states, links.

Rendered by `components/table.html`: a caption, a header cell per row, sort announced with
`aria-sort`. `Meta.caption` names the table; `Meta.row_header` the column that names the row
(the first one by default). `kind` is the type of a column in the Excel file of the list; a table
that writes its own `render_x` gives `value_x` as well when the file must keep the figure.
"""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.db.models.query import ModelIterable
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.exports import Kind
from apps.core.paging import BoundedPaginator
from apps.core.templatetags.extranet import etat_badge, euros, heures, mois

FIGURE = {"td": {"class": "fr-cell--right ex-nombre"}, "th": {"class": "fr-cell--right"}}

# Names and sentences wrap rather than push the other columns out of the screen.
WRAPPED = {"td": {"class": "fr-cell--multiline"}}

PER_PAGE, PER_PAGE_MAX = 25, 100


class Table(tables.Table):  # type: ignore[misc]
    """A table of the product. Give `Meta.caption`."""

    @property
    def caption(self) -> str:
        return str(getattr(getattr(self, "Meta", None), "caption", ""))

    @property
    def order_by(self) -> Any:
        return super().order_by

    @order_by.setter
    def order_by(self, value: Any) -> None:
        """Ties are settled by the key: a row is on one page, and on one only."""
        tables.Table.order_by.fset(self, value)
        rows = self.data.data
        if isinstance(rows, QuerySet) and issubclass(rows._iterable_class, ModelIterable):
            ordering = rows.query.order_by or rows.model._meta.ordering
            self.data.data = rows.order_by(*ordering, "pk")

    def paginate(self, *args: Any, per_page: int | None = None, **kwargs: Any) -> Any:
        """The size of a page may be asked in the address: within what a screen can hold."""
        size = PER_PAGE if per_page is None else min(max(per_page, 1), PER_PAGE_MAX)
        kwargs.setdefault("paginator_class", BoundedPaginator)
        return super().paginate(*args, per_page=size, **kwargs)

    @property
    def choosable(self) -> list[Any]:
        """Columns that may be left out: neither the row's name nor the acts on it."""
        return [
            column
            for column in self.columns.iterall()
            if column.name not in self.withheld
            and column.name != self.row_header
            and not column.column.exclude_from_export
        ]

    @property
    def withheld(self) -> set[str]:
        """Columns that this reader is not shown, whatever is chosen."""
        return getattr(self, "_withheld", set())

    def choose(self, request: Any) -> None:
        """Show the columns asked in the address (`colonnes=a,b`); when none is, those of
        `Meta.at_first`, all of them without it."""
        self.before_render(request)
        visible = {column.name for column in self.columns}
        self._withheld = {column.name for column in self.columns.iterall()} - visible
        asked = ",".join(request.GET.getlist("colonnes")).split(",")
        offered = {column.name for column in self.choosable}
        at_first = getattr(getattr(self, "Meta", None), "at_first", ())
        if chosen := offered.intersection(asked) or offered.intersection(at_first):
            for name in offered - chosen:
                self.columns.hide(name)

    @property
    def row_header(self) -> str:
        named = getattr(getattr(self, "Meta", None), "row_header", "")
        return str(named or next(iter(self.columns)).name)


class NombreColumn(tables.Column):  # type: ignore[misc]
    """A whole number, right-aligned."""

    attrs = FIGURE
    kind = Kind.INT

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", FIGURE)
        super().__init__(*args, **kwargs)


class EurosColumn(NombreColumn):
    kind = Kind.EUROS

    def render(self, value: Any) -> str:
        return euros(value)

    def value(self, value: Any) -> Any:
        """The figure itself, for exports."""
        return value


class HeuresColumn(NombreColumn):
    kind = Kind.HOURS

    def render(self, value: Any) -> str:
        return heures(value)

    def value(self, value: Any) -> Any:
        return value


class MoisColumn(tables.Column):  # type: ignore[misc]
    kind = Kind.MONTH

    def render(self, value: Any) -> str:
        return mois(value)


class EtatColumn(tables.Column):  # type: ignore[misc]
    """The state of the row's object as a badge; sorted on the stored code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("verbose_name", "État")
        super().__init__(*args, **kwargs)

    def render(self, value: Any, record: Any) -> SafeString:
        """The badge of the object that bears the state (« courante.etat »: the version)."""
        bearer = record
        for step in str(self.accessor or "etat").replace("__", ".").split(".")[:-1]:
            bearer = getattr(bearer, step)
        return etat_badge(bearer)

    def value(self, value: Any) -> Any:
        return value


class LienColumn(tables.Column):  # type: ignore[misc]
    """A value that links to its page: `LienColumn("annexes:detail", args=[A("pk")])`."""

    def __init__(self, viewname: str, *, args: list[Any] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"a": {"class": "fr-link"}})
        pk = [tables.A("pk")] if args is None else args
        super().__init__(linkify={"viewname": viewname, "args": pk}, **kwargs)


class ActionColumn(tables.Column):  # type: ignore[misc]
    """A link whose text is an act; `objet` names the row for screen readers."""

    def __init__(self, texte: str, viewname: str, **kwargs: Any) -> None:
        self.texte = texte
        kwargs.setdefault("verbose_name", "Action")
        kwargs.setdefault("orderable", False)
        kwargs.setdefault("empty_values", ())
        kwargs.setdefault("exclude_from_export", True)
        kwargs.setdefault("attrs", {"a": {"class": "fr-link fr-link--sm"}})
        super().__init__(
            linkify={"viewname": viewname, "args": kwargs.pop("args", [tables.A("pk")])}, **kwargs
        )
        link: Any = self.link  # type: ignore[has-type]
        # A table may give no text on the rows where the act is no longer possible: no link then.
        self.link = lambda content, **row: link(content, **row) if content else ""

    def render(self, record: Any) -> SafeString:
        return format_html('{} <span class="fr-sr-only">{}</span>', self.texte, record)
