"""The ASP's screens: queue, validation with the PDF beside, rejection, suspension, end, arrêtés."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.annexes import permissions, services
from apps.annexes.checks import blocking, check_version
from apps.annexes.consumption import caom_of
from apps.annexes.differences import differences
from apps.annexes.filters import VersionFilter
from apps.annexes.forms import MotifForm, RejetForm, RevalorisationForm
from apps.annexes.models import AnnexeFinanciere, Suspension, VersionAnnexe
from apps.annexes.services import revaluation
from apps.annexes.tables import AValiderTable
from apps.annexes.tasks import draw_notification
from apps.annexes.views.access import (
    current_of,
    find_annexe,
    find_version,
    require,
    summary,
    turned_back,
)
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.jobs import dispatch
from apps.core.pages import perform
from apps.core.views import ListPage


class AValider(ListPage):
    """Transmitted versions, the oldest first."""

    model = VersionAnnexe
    table_class = AValiderTable
    filterset_class = VersionFilter
    template_name = "annexes/a_valider.html"

    def get_queryset(self) -> QuerySet[Any]:
        require(permissions.can_control(self.request.acting))
        return super().get_queryset().to_validate().to_check()


@require_http_methods(["GET", "POST"])
def valider(request: HttpRequest, pk: int) -> HttpResponse:
    version = find_version(request, pk)
    require(permissions.can_control(request.acting))
    if request.method == "POST" and perform(
        request,
        lambda: services.validate_annexe(request.acting, version, on=today()),
        f"L’annexe {version} est validée.",
    ):
        dispatch(draw_notification, version.pk)
        return redirect("annexes:a_valider")
    constats, before = check_version(version, on=today()), current_of(version)
    context = (
        summary(version)
        | _place(request, version)
        | {
            "caom": caom_of(version) if version.montant_cd else None,
            "constats": constats,
            "bloquee": bool(blocking(constats)),
            "verdict": permissions.can_validate(request.acting, version),
            "differences": differences(before, version) if before else [],
        }
    )
    return render(request, "annexes/valider.html", context)


def _place(request: HttpRequest, version: VersionAnnexe) -> dict[str, Any]:
    """Where a version stands in the queue, with the one before and the one after."""
    queue = VersionAnnexe.objects.visible_to(request.acting).to_validate()
    waiting = list(queue.values_list("pk", flat=True))
    if version.pk not in waiting:
        return {}
    rank = waiting.index(version.pk)
    return {
        "rang": rank + 1,
        "nombre": len(waiting),
        "precedente": waiting[rank - 1] if rank else None,
        "suivante": waiting[rank + 1] if rank + 1 < len(waiting) else None,
    }


@require_http_methods(["GET", "POST"])
def rejeter(request: HttpRequest, pk: int) -> HttpResponse:
    version = find_version(request, pk)
    require(permissions.can_control(request.acting))
    verdict = permissions.can_reject(request.acting, version)
    if refusal := turned_back(request, verdict, version.annexe_id):
        return refusal
    form = RejetForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.reject_annexe(request.acting, version, motif=form.sentence(), on=today()),
        f"L’annexe {version} est rejetée et revient à la DDETS.",
    ):
        return redirect("annexes:a_valider")
    context = {"form": form, "version": version}
    return _confirm(request, "annexes/rejeter.html", version.annexe_id, "Rejeter l’annexe", context)


@require_http_methods(["GET", "POST"])
def suspendre(request: HttpRequest, pk: int) -> HttpResponse:
    annexe = find_annexe(request, pk)
    require(permissions.can_control(request.acting))
    verdict = permissions.can_suspend(request.acting, annexe)
    if refusal := turned_back(request, verdict, pk):
        return refusal
    form = MotifForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.suspend_annexe(
            request.acting, annexe, detail=form.cleaned_data["motif"], on=today()
        ),
        "Les paiements de l’annexe sont suspendus.",
    ):
        return redirect("annexes:detail", pk)
    context = {"form": form, "annexe": annexe}
    return _confirm(request, "annexes/suspendre.html", pk, "Suspendre les paiements", context)


@require_http_methods(["GET", "POST"])
def suspension_lever(request: HttpRequest, pk: int) -> HttpResponse:
    annexes = AnnexeFinanciere.objects.visible_to(request.acting)
    suspensions = Suspension.objects.open().filter(annexe__in=annexes)
    suspension = get_object_or_404(suspensions.select_related("annexe"), pk=pk)
    require(permissions.can_control(request.acting))
    verdict = permissions.can_lift(request.acting, suspension)
    if refusal := turned_back(request, verdict, suspension.annexe_id):
        return refusal
    if request.method == "POST" and perform(
        request,
        lambda: services.lift_suspension(request.acting, suspension, on=today()),
        "La suspension est levée : les échéances retenues seront payées par la prochaine campagne.",
    ):
        return redirect("annexes:detail", suspension.annexe_id)
    context = {"suspension": suspension}
    return _confirm(
        request, "annexes/lever.html", suspension.annexe_id, "Lever la suspension", context
    )


@require_http_methods(["GET", "POST"])
def annuler(request: HttpRequest, pk: int) -> HttpResponse:
    annexe = find_annexe(request, pk)
    require(permissions.can_control(request.acting))
    verdict = permissions.can_cancel(request.acting, annexe)
    if refusal := turned_back(request, verdict, pk):
        return refusal
    form = MotifForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.cancel_annexe(
            request.acting, annexe, motif=form.cleaned_data["motif"], on=today()
        ),
        "L’annexe est annulée.",
    ):
        return redirect("annexes:detail", pk)
    context = {"form": form, "annexe": annexe, "libelle_retour": "Revenir à l’annexe"}
    return _confirm(request, "annexes/annuler.html", pk, "Annuler l’annexe", context)


@require_http_methods(["GET", "POST"])
def cloturer(request: HttpRequest, pk: int) -> HttpResponse:
    annexe = find_annexe(request, pk)
    require(permissions.can_control(request.acting))
    verdict = permissions.can_close(request.acting, annexe)
    if refusal := turned_back(request, verdict, pk):
        return refusal
    context: dict[str, Any] = {"annexe": annexe, "creances": [], "motifs": ()}
    try:
        context["creances"] = services.surviving_debts(annexe)
    except Refus as refus:
        context["motifs"] = refus.motifs
    if request.method == "POST" and perform(
        request,
        lambda: services.close_annexe(request.acting, annexe, on=today()),
        " ".join(["L’annexe est clôturée.", *(f"{debt}." for debt in context["creances"])]),
    ):
        return redirect("annexes:detail", pk)
    return _confirm(request, "annexes/cloturer.html", pk, "Clôturer l’annexe", context)


@require_http_methods(["GET", "POST"])
def revalorisation(request: HttpRequest) -> HttpResponse:
    """GET with a measure: preview. POST: the same measure, applied."""
    require(permissions.can_revalue(request.acting))
    form = RevalorisationForm(request.POST or request.GET or None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        mesure, on = form.cleaned_data["mesure"], today()
        if request.method == "POST" and perform(
            request,
            lambda: services.revaluation.apply(request.acting, mesure, on=on),
            lambda versions: f"Annexes revalorisées : {len(versions)}.",
        ):
            return redirect("annexes:liste")
        context["apercu"] = revaluation.preview(mesure, on)
    return render(request, "annexes/revalorisation.html", context)


def _confirm(
    request: HttpRequest, template: str, annexe_id: int, libelle: str, context: dict[str, Any]
) -> HttpResponse:
    retour = reverse("annexes:detail", args=[annexe_id])
    return render(request, template, {**context, "libelle": libelle, "retour": retour})
