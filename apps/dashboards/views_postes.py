"""Posts of insertion: of one annex with their chart, of all; and the data of the annexes.

The two lists show the very definitions that the Excel files are written from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.annexes.models import VersionAnnexe
from apps.core.exports import Column, Definition, Row
from apps.dashboards.access import find_dossier
from apps.dashboards.bilans import quarters
from apps.dashboards.forms import ExportForm
from apps.dashboards.permissions import can_export
from apps.dashboards.postes import chart_of_posts, monthly_lines
from apps.dashboards.restitutions import donnees_annexes, postes
from apps.dashboards.restitutions.donnees_annexes import DONNEES_ANNEXES
from apps.dashboards.restitutions.postes import SUIVI_POSTES
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.dashboards.tables import Link, table_of
from apps.siae.codes import TypeMesure

LINES_PER_PAGE = 50
# Totals are those of all the rows: beyond, a page would take seconds, and the file is the answer.
COUNTED_ON_SCREEN = 2_000
FIGURES = ("etp_conventionnes", "montant", "etp_declares", "etp_plafonnes", "ecart")


def _narrowed(*keys: str) -> Definition:
    """The same columns, fewer of them: what a screen can hold without scrolling."""
    definition = postes.DEFINITION
    return replace(definition, columns=tuple(definition.column(key) for key in keys))


OF_ONE_ANNEX = _narrowed("financeur", "annee", *FIGURES)
ON_SCREEN = _narrowed(
    "annexe", "structure", "annee", "financeur", *FIGURES, "mois_valides", "taux", "qualification"
)


@require_safe
def postes_annexe(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """« Postes d’insertion » of an annex: month by month, by funder, with the chart."""
    dossier = find_dossier(request, annexe_id)
    rows = list(postes.rows_of(dossier))
    table = table_of(OF_ONE_ANNEX, rows, row_header="financeur")
    context = {
        "annexe": dossier.annexe,
        "dossier": dossier,
        "lignes": monthly_lines(dossier),
        "graphique": chart_of_posts(dossier),
        "financeurs": table,
        "trimestres": quarters(dossier),
        "qualification": rows[-1]["qualification"],
        "moyenne": rows[-1]["moyenne"],
    }
    return render(request, "dashboards/postes.html", context)


@require_safe
def suivi_postes(request: HttpRequest) -> HttpResponse:
    """The posts of all one's annexes; the file has the columns of identity besides."""
    links = {"annexe": ("dashboards:postes", "annexe_id")}
    return _screen(request, SUIVI_POSTES, "dashboards/suivi_postes.html", ON_SCREEN, links)


@require_safe
def donnees(request: HttpRequest) -> HttpResponse:
    """Every field of the versions one sees."""
    links = {"numero": ("annexes:detail", "annexe_id")}
    definition = replace(donnees_annexes.DEFINITION, columns=_number_first())
    page = "dashboards/donnees_annexes.html"
    return _screen(request, DONNEES_ANNEXES, page, definition, links, in_words=_in_words)


def _in_words(row: Row) -> Row:
    """The file holds the codes of the exchange format; the screen is read by people."""
    return {
        **row,
        "mesure": TypeMesure(row["mesure"]).label,
        "etat": VersionAnnexe.Etat(row["etat"]).label,
    }


def _number_first() -> tuple[Column, ...]:
    columns = donnees_annexes.DEFINITION.columns
    number = donnees_annexes.DEFINITION.column("numero")
    return number, *(column for column in columns if column is not number)


def _screen(
    request: HttpRequest,
    restitution: Restitution,
    template: str,
    definition: Definition,
    links: Mapping[str, Link],
    *,
    in_words: Callable[[Row], Row] = dict,
) -> HttpResponse:
    """A restitution on screen, with its filters and the totals of all its rows; when there are too
    many, a filter is asked for. The column that leads somewhere names the row."""
    if not can_export(request.acting, restitution):
        raise Http404("No such restitution for this organisation.")
    form = ExportForm(request.GET or None, acting=request.acting, restitution=restitution)
    criteres = Criteres(**form.cleaned_data) if form.is_valid() else Criteres()
    too_many = restitution.count(request.acting, criteres) > COUNTED_ON_SCREEN
    rows = [] if too_many else [in_words(row) for row in restitution.rows(request.acting, criteres)]
    table = table_of(definition, rows, row_header=next(iter(links)), links=links)
    RequestConfig(request, paginate={"per_page": LINES_PER_PAGE}).configure(table)
    context = {
        "form": form,
        "filtree": bool(request.GET),
        "nombre": len(rows),
        "trop": COUNTED_ON_SCREEN if too_many else 0,
        "restitution": restitution,
        "table": table,
    }
    return render(request, template, context)
