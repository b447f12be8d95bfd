"""Screens of the modulated part: list, notification by the DDETS, decision by the ASP."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.core.pages import perform
from apps.core.verdicts import Verdict
from apps.core.views import ListPage
from apps.journal.history import events_of
from apps.payments import permissions_modulation as permissions
from apps.payments.filters_frais import PartModuleeFilter
from apps.payments.forms_frais import DecisionModulationForm, ModulationForm
from apps.payments.models import PartModulee, Versement
from apps.payments.services import modulation as services
from apps.payments.tables_frais import PartModuleeTable


class Parts(ListPage):
    model = PartModulee
    table_class = PartModuleeTable
    filterset_class = PartModuleeFilter
    template_name = "modulation/liste.html"

    def get_queryset(self) -> QuerySet[Any]:
        _require(permissions.can_read_modulation(self.request.acting))
        return super().get_queryset().with_display()


@require_http_methods(["GET", "POST"])
def notifier(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """Record the decision of the préfet for an annex."""
    _require(permissions.can_read_modulation(request.acting))
    seen = AnnexeFinanciere.objects.visible_to(request.acting).with_display()
    annexe = get_object_or_404(seen, pk=annexe_id)
    _require(permissions.can_notify_modulation(request.acting, annexe))
    form = ModulationForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        done = perform(
            request,
            lambda: services.notify_modulation(
                request.acting, annexe, on=today(), **form.cleaned_data
            ),
            "La part modulée est notifiée : l’ASP doit la valider.",
        )
        if done:
            return redirect("modulation:part", done.pk)
    context = {
        "annexe": annexe,
        "form": form,
        "libelle": "Notifier la part modulée",
        "retour": reverse("annexes:detail", args=[annexe.pk]),
    }
    return render(request, "modulation/notifier.html", context)


@require_http_methods(["GET", "POST"])
def part(request: HttpRequest, pk: int) -> HttpResponse:
    """« Pourquoi ce montant ? », the payment, and the decision of the ASP while it is awaited."""
    found = _find(request, pk)
    verdict = permissions.can_decide_modulation(request.acting, found)
    awaited = found.etat == PartModulee.Etat.NOTIFIEE
    if request.method == "POST" and not verdict:
        raise PermissionDenied(verdict.reason)
    form = DecisionModulationForm(request.POST or None)
    if form.is_valid() and _decide(request, found, form.cleaned_data):
        return redirect("modulation:part", pk)
    paid = Versement.objects.executed().filter(annexe=found.annexe_id, nature="modulation")
    context = {
        "part": found,
        "form": form if awaited and verdict else None,
        "versement": paid.visible_to(request.acting).select_related("campagne").first(),
        "entrees": events_of(found, request.acting),
    }
    return render(request, "modulation/part.html", context)


def _decide(request: HttpRequest, found: PartModulee, data: dict[str, Any]) -> Any:
    if data["decision"] == "VALIDER":
        return perform(
            request,
            lambda: services.validate_modulation(request.acting, found, on=today()),
            "La part modulée est validée : la prochaine campagne la verse.",
        )
    return perform(
        request,
        lambda: services.refuse_modulation(request.acting, found, motif=data["motif"], on=today()),
        "La part modulée est refusée, avec son motif.",
    )


@require_safe
def piece(request: HttpRequest, pk: int) -> FileResponse:
    """The notification signed by the préfet, when it was attached."""
    found = _find(request, pk)
    if not found.piece or not found.piece.storage.exists(str(found.piece.name)):
        raise Http404("No document.")
    return FileResponse(
        found.piece.open("rb"),
        as_attachment=True,
        filename=f"notification-{found.annexe.numero}.pdf",
        content_type="application/pdf",
    )


def _require(verdict: Verdict) -> None:
    if not verdict:
        raise PermissionDenied(verdict.reason)


def _find(request: HttpRequest, pk: int) -> PartModulee:
    seen = PartModulee.objects.visible_to(request.acting)
    rows = seen.select_related("annexe__siae__structure", "version", "proposee_par", "decidee_par")
    return get_object_or_404(rows, pk=pk)
