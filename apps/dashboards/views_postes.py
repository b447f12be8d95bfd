"""Posts of insertion: of one annex with their chart, of all; and the data of the annexes.

The two lists show the very definitions that the Excel files are written from.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.dashboards.access import find_dossier
from apps.dashboards.forms import ExportForm
from apps.dashboards.permissions import can_export
from apps.dashboards.postes import chart_of_posts, monthly_lines
from apps.dashboards.restitutions import postes
from apps.dashboards.restitutions.donnees_annexes import DONNEES_ANNEXES
from apps.dashboards.restitutions.postes import SUIVI_POSTES
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.dashboards.tables import table_of

LINES_PER_PAGE = 50


@require_safe
def postes_annexe(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """« Postes d’insertion » of an annex: month by month, by funder, with the chart."""
    dossier = find_dossier(request, annexe_id)
    rows = list(postes.rows_of(dossier))
    table = table_of(postes.DEFINITION, rows, row_header="financeur")
    context = {
        "annexe": dossier.annexe,
        "dossier": dossier,
        "lignes": monthly_lines(dossier),
        "graphique": chart_of_posts(dossier),
        "financeurs": table,
        "qualification": rows[-1]["qualification"],
        "moyenne": rows[-1]["moyenne"],
    }
    return render(request, "dashboards/postes.html", context)


@require_safe
def suivi_postes(request: HttpRequest) -> HttpResponse:
    return _screen(request, SUIVI_POSTES, "dashboards/suivi_postes.html", row_header="annexe")


@require_safe
def donnees(request: HttpRequest) -> HttpResponse:
    return _screen(request, DONNEES_ANNEXES, "dashboards/donnees_annexes.html", row_header="numero")


def _screen(
    request: HttpRequest, restitution: Restitution, template: str, *, row_header: str
) -> HttpResponse:
    """A restitution on screen, with its filters and the totals of all its rows."""
    if not can_export(request.acting, restitution):
        raise Http404("No such restitution for this organisation.")
    form = ExportForm(request.GET or None, acting=request.acting, restitution=restitution)
    criteres = Criteres(**form.cleaned_data) if form.is_valid() else Criteres()
    rows = list(restitution.rows(request.acting, criteres))
    table = table_of(restitution.definition, rows, row_header=row_header)
    RequestConfig(request, paginate={"per_page": LINES_PER_PAGE}).configure(table)
    context = {
        "form": form,
        "filtree": bool(request.GET),
        "nombre": len(rows),
        "restitution": restitution,
        "table": table,
    }
    return render(request, template, context)
