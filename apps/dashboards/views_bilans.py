"""The bilans of an annex, to read and to print (cahier des charges §3.1, lines 6 to 8)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.clock import today
from apps.dashboards.access import find_dossier
from apps.dashboards.bilans import bilan_of, objectives_of, quarters
from apps.dashboards.dossier import Dossier
from apps.dashboards.profils import entries_between, profiles_of
from apps.dashboards.sorties import read_exits
from apps.payments.models import Versement
from apps.recoveries.models import OrdreDeRecouvrer


@require_safe
def bilans(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """Which bilans an annex has, and which are still to come."""
    dossier = find_dossier(request, annexe_id)
    context = _common(dossier) | {"trimestres": quarters(dossier)}
    return render(request, "dashboards/bilans.html", context)


@require_safe
def intermediaire(request: HttpRequest, annexe_id: int, trimestre: int) -> HttpResponse:
    dossier = find_dossier(request, annexe_id)
    found = next((t for t in quarters(dossier) if t.rang == trimestre), None)
    if found is None:
        raise Http404("No such quarter in this annex.")
    context = _common(dossier) | {"trimestre": found} | _bilan(request, dossier, found.months)
    return render(request, "dashboards/bilan_intermediaire.html", context)


@require_safe
def final(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """The whole period, the final regularisation line by line, and what is left to recover."""
    dossier = find_dossier(request, annexe_id)
    soldes = (
        Versement.objects.visible_to(request.acting)
        .executed()
        .filter(annexe=dossier.annexe, nature=Versement.Nature.SOLDE)
    )
    ordres = OrdreDeRecouvrer.objects.visible_to(request.acting).filter(annexe=dossier.annexe)
    context = _common(dossier) | _bilan(request, dossier, dossier.months)
    context |= {
        "soldes": soldes.order_by("sequence"),
        "ordres": ordres.select_related("financeur").order_by("numero"),
    }
    return render(request, "dashboards/bilan_final.html", context)


@require_safe
def objectifs(request: HttpRequest, annexe_id: int) -> HttpResponse:
    dossier = find_dossier(request, annexe_id)
    sorties = read_exits(request.acting, [dossier.version])[dossier.annexe.pk].total
    nombre, profils = profiles_of(request.acting, dossier)
    context = _common(dossier) | {
        "objectifs": objectives_of(dossier, sorties),
        "sorties": sorties,
        "salaries": nombre,
        "profils": profils,
    }
    return render(request, "dashboards/bilan_objectifs.html", context)


def _common(dossier: Dossier) -> dict[str, Any]:
    return {"annexe": dossier.annexe, "dossier": dossier, "jour": today()}


def _bilan(request: HttpRequest, dossier: Dossier, months: Any) -> dict[str, Any]:
    exits = read_exits(request.acting, [dossier.version])[dossier.annexe.pk]
    first, last = months[0].first_day, months[-1].last_day
    entries = entries_between(request.acting, dossier.version, first, last)
    return {"bilan": bilan_of(dossier, months, entries, exits)}
