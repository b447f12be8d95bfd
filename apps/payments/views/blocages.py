"""Screens of the holds put before a payment: list, lifting by a person with a reason."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.core.pages import perform
from apps.core.views import ListPage
from apps.payments import services
from apps.payments.filters import BlocageFilter
from apps.payments.forms import MotifForm
from apps.payments.models import BlocagePaiement
from apps.payments.permissions import can_lift
from apps.payments.tables_reglements import BlocageTable


class Blocages(ListPage):
    model = BlocagePaiement
    table_class = BlocageTable
    filterset_class = BlocageFilter
    template_name = "payments/blocages.html"

    def get_queryset(self) -> Any:
        if not self.request.acting.is_asp:
            raise Http404
        return super().get_queryset().select_related("structure", "annexe", "leve_par")


@require_http_methods(["GET", "POST"])
def lever(request: HttpRequest, pk: int) -> HttpResponse:
    """Restates what is held and why, then lifts it with a reason."""
    seen = BlocagePaiement.objects.visible_to(request.acting)
    blocage = get_object_or_404(seen.select_related("structure", "annexe"), pk=pk)
    verdict = can_lift(request.acting, blocage)
    if not verdict:
        messages.error(request, verdict.reason)
        return redirect("payments:blocages")
    form = MotifForm(request.POST or None)
    if form.is_valid():
        act = partial(services.lift_block, request.acting, blocage, **form.cleaned_data)
        if perform(request, act, "Le blocage est levé : la prochaine campagne paiera."):
            return redirect("payments:blocages")
    context = {"blocage": blocage, "form": form, "retour": reverse("payments:blocages")}
    return render(request, "payments/blocage_lever.html", context)
