"""What each restitution holds, told from its definition: no text is written twice."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.models import Membership, Organisation
from apps.core.exports import Column, Kind
from apps.dashboards.permissions import can_export, can_schedule
from apps.dashboards.restitutions.criteres import LABELS
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.restitutions.restitution import Restitution

TYPES: dict[Kind, str] = {
    Kind.TEXT: "texte",
    Kind.INT: "nombre entier",
    Kind.YEAR: "nombre entier, sans séparateur",
    Kind.NUMBER: "nombre à deux décimales",
    Kind.EUROS: "montant en euros, au centime",
    Kind.HOURS: "heures, à deux décimales",
    Kind.PERCENT: "pourcentage, à deux décimales",
    Kind.DATE: "date",
    Kind.DATETIME: "date et heure",
    Kind.MONTH: "mois",
    Kind.BOOL: "oui ou non",
}
# What each criterion keeps, and its option in the command.
CRITERES = {
    "annexe": ("une seule annexe financière, par son numéro ou le nom de sa structure", "--annexe"),
    "departement": (
        "les structures de ce département ; proposé à ceux qui en suivent plusieurs",
        "--departement",
    ),
    "mesure": ("une seule mesure : ACI, EI, AI, ETTI ou EITI", "--mesure"),
    "debut": ("à partir de ce mois, compris", "--from"),
    "fin": ("jusqu’à ce mois, compris", "--to"),
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every restitution of the product, with its page."""
    return render(
        request, "dashboards/aide_restitutions.html", {"restitutions": RESTITUTIONS.values()}
    )


@require_safe
def restitution(request: HttpRequest, cle: str) -> HttpResponse:
    """One restitution: contents, readers, criteria, columns, totals, ways of having it."""
    found = RESTITUTIONS.get(cle)
    if found is None:
        raise Http404("No such restitution.")
    context = {
        "restitution": found,
        "proposee": bool(can_export(request.acting, found)),
        "programmable": bool(can_schedule(request.acting, found)),
        "publics": [Organisation.Type(kind).label for kind in found.audience],
        "criteres": [
            {
                "libelle": LABELS[name],
                "texte": CRITERES[name][0],
                "option": CRITERES[name][1],
                "obligatoire": name in found.required,
            }
            for name in found.filters
        ],
        "colonnes": [_told(column, found) for column in found.definition.columns],
        "totalisee": any(column.total for column in found.definition.columns),
        "ecran": reverse(found.page) if found.page else "",
    }
    return render(request, "dashboards/aide_restitution.html", context)


def _told(column: Column, found: Restitution) -> dict[str, Any]:
    """A column in words; `masquee` names those who do not have it."""
    hidden = [
        Organisation.Type(kind).label
        for kind in found.audience
        if column.audience and not column.audience(Membership(organisation_type=kind))
    ]
    return {
        "titre": column.heading,
        "code": column.code,
        "type": TYPES[column.kind],
        "definition": column.definition,
        "totalisee": bool(column.total),
        "masquee": hidden,
    }
