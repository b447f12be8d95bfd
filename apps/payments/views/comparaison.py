"""Screens that compare a run with the month before: of a recorded run, and of a preview."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.core.errors import Refus
from apps.payments.comparison import Comparaison, Ecart, compare_campagne
from apps.payments.forms import ComparaisonForm
from apps.payments.models import Campagne
from apps.payments.previews import preview_for
from apps.payments.tables import EcartTable
from apps.payments.views.campagnes import find_campagne, require_preparer

PER_PAGE = 25


@require_safe
def campagne_comparaison(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_campagne(request, pk)
    retour = reverse("payments:campagne", args=[pk])
    return _page(request, found, compare_campagne(found), retour)


@require_safe
def apercu_comparaison(request: HttpRequest, mois: date) -> HttpResponse:
    """The same for a run that is not prepared yet."""
    require_preparer(request)
    try:
        found = preview_for(request.session.session_key or "", request.acting, mois)
    except Refus as refus:
        messages.error(request, str(refus))
        return redirect("payments:preparer")
    retour = reverse("payments:apercu", args=[f"{mois:%Y-%m}"])
    return _page(request, found.campagne, found.comparaison, retour, apercu=True)


def _page(
    request: HttpRequest,
    campagne: Campagne,
    comparaison: Comparaison,
    retour: str,
    *,
    apercu: bool = False,
) -> HttpResponse:
    form = ComparaisonForm(comparaison, request.GET or None)
    chosen = form.keep(comparaison.ecarts)
    table = EcartTable(sorted(chosen, key=_by_size), order_by=request.GET.get("sort") or None)
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context: dict[str, Any] = {
        "campagne": campagne,
        "apercu": apercu,
        "comparaison": comparaison,
        "filter": {"form": form},
        "filtres_actifs": form.active_filters(request.GET),
        "table": table,
        "retour": retour,
    }
    return render(request, "payments/comparaison.html", context)


def _by_size(ecart: Ecart) -> tuple[Any, str]:
    return -ecart.ampleur, str(ecart.annexe)
