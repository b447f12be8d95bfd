"""Posts of insertion of one annex, with their chart; those of all are a restitution."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.dashboards.access import find_dossier
from apps.dashboards.bilans import quarters
from apps.dashboards.postes import chart_of_posts, monthly_lines
from apps.dashboards.restitutions import postes
from apps.dashboards.tables import table_of

OF_ONE_ANNEX = replace(
    postes.DEFINITION,
    columns=tuple(
        postes.DEFINITION.column(key)
        for key in (
            "financeur",
            "annee",
            "etp_conventionnes",
            "montant",
            "etp_declares",
            "etp_plafonnes",
            "ecart",
        )
    ),
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
