"""Screens of the runs: list, preparation and its preview, a run, its stages, its history."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_tables2 import RequestConfig

from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.pages import perform
from apps.core.views import ListPage
from apps.journal.history import events_of
from apps.payments import services, stages
from apps.payments.equation import equation_of
from apps.payments.filters import CampagneFilter
from apps.payments.forms import MotifForm, PreparationForm
from apps.payments.models import Campagne
from apps.payments.permissions import can, can_prepare
from apps.payments.previews import preview_for
from apps.payments.recap import recap_of
from apps.payments.services.denouement import answers_of, awaited_of
from apps.payments.services.preparation import next_month
from apps.payments.tables import CampagneTable, LigneTable, RetenueTable
from apps.payments.tasks import request_execution, request_preparation

PER_PAGE = 25
ACTS = {
    "controler": services.control_campagne,
    "approuver": services.approve_campagne,
    "viser": services.visa_campagne,
    "denouer": services.settle_campagne,
}


class Campagnes(ListPage):
    model = Campagne
    table_class = CampagneTable
    filterset_class = CampagneFilter
    template_name = "payments/campagnes.html"

    def get_queryset(self) -> Any:
        if not self.request.acting.is_asp:
            raise Http404
        return super().get_queryset()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        allowed = can_prepare(self.request.acting)
        return super().get_context_data(peut_preparer=allowed, **kwargs)


@require_http_methods(["GET", "POST"])
def preparer(request: HttpRequest) -> HttpResponse:
    """Choice of the month; the preview follows."""
    require_preparer(request)
    form = PreparationForm(request.POST or None, initial={"mois": next_month(today())})
    if form.is_valid():
        return redirect("payments:apercu", f"{form.cleaned_data['mois']:%Y-%m}")
    context = {
        "form": form,
        "en_cours": Campagne.objects.in_progress().first(),
        "retour": reverse("payments:campagnes"),
    }
    return render(request, "payments/preparer.html", context)


@require_http_methods(["GET", "POST"])
def apercu(request: HttpRequest, mois: date) -> HttpResponse:
    """What the run would pay and hold; confirming starts the real preparation."""
    require_preparer(request)
    if request.method == "POST":
        act = partial(
            request_preparation, request.acting, mois, retour=reverse("payments:campagnes")
        )
        job = perform(request, act, "La préparation de la campagne est lancée.")
        return redirect("core:job", job.uuid) if job else redirect("payments:preparer")
    try:
        found = preview_for(request.session.session_key or "", request.acting, mois)
    except Refus as refus:
        messages.error(request, str(refus))
        return redirect("payments:preparer")
    return render(request, "payments/apercu.html", _preview_context(request, found))


def _preview_context(request: HttpRequest, found: services.Apercu) -> dict[str, Any]:
    compared = reverse("payments:apercu_comparaison", args=[f"{found.campagne.mois:%Y-%m}"])
    hidden = ("etat", "pourquoi", "retirer", "rejeter")
    lines = LigneTable(found.versements, exclude=hidden, comparaison=compared)
    held = RetenueTable(found.retenues, prefix="r-")
    for table in (lines, held):
        RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    return {
        "apercu": found,
        "campagne": found.campagne,
        "recap": found.recap,
        "equation": found.equation,
        "comparaison": compared,
        "lignes": lines,
        "retenues": held,
    }


@require_safe
def campagne(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_campagne(request, pk)
    context = {
        "campagne": found,
        "recap": recap_of(found),
        "equation": equation_of(found),
        "passages": stages.passages(found),
        "actes": stages.next_acts(request.acting, found),
    }
    return render(request, "payments/campagne.html", context)


@require_http_methods(["GET", "POST"])
def etape(request: HttpRequest, pk: int, evenement: str) -> HttpResponse:
    """Confirmation page of a stage: restates the figures, then performs it."""
    found = find_campagne(request, pk)
    verdict = can(evenement, request.acting, found)
    if not verdict:
        messages.error(request, verdict.reason)
        return redirect("payments:campagne", pk)
    form = MotifForm(request.POST or None) if evenement == "abandonner" else None
    if request.method == "POST" and (form is None or form.is_valid()):
        return _act(request, found, evenement, form)
    context = _stage_context(found, evenement) | {"form": form}
    return render(request, "payments/etape.html", context)


def _stage_context(found: Campagne, evenement: str) -> dict[str, Any]:
    step = stages.ETAPES[evenement]
    return {
        "campagne": found,
        "recap": recap_of(found),
        "equation": equation_of(found),
        "etape": step,
        "libelle": step.libelle,
        "retour": reverse("payments:campagne", args=[found.pk]),
        **(_settlement(found) if evenement == "denouer" else {}),
    }


def _settlement(found: Campagne) -> dict[str, Any]:
    """What the bank has answered, and until when the rest is waited for."""
    return {"reponses": answers_of(found), "attendus": awaited_of(found), "le": today()}


def _act(
    request: HttpRequest, found: Campagne, evenement: str, form: MotifForm | None
) -> HttpResponse:
    page = reverse("payments:campagne", args=[found.pk])
    if evenement == "executer":
        act = partial(request_execution, request.acting, found, retour=page)
        job = perform(request, act, "L’exécution de la campagne est lancée.")
        return redirect("core:job", job.uuid) if job else redirect(page)
    act = partial(ACTS.get(evenement, services.abandon_campagne), request.acting, found)
    if form is not None:
        act = partial(act, motif=form.cleaned_data["motif"])
    perform(request, act, stages.ETAPES[evenement].succes)
    return redirect(page)


@require_safe
def historique(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_campagne(request, pk)
    context = {"campagne": found, "entrees": events_of(found, request.acting)}
    return render(request, "payments/historique.html", context)


def find_campagne(request: HttpRequest, pk: int) -> Campagne:
    acts = ("prepare", "controle", "approuve", "vise", "execute", "denoue")
    seen = Campagne.objects.visible_to(request.acting).select_related(
        "job", *(f"{act}_par" for act in acts)
    )
    return get_object_or_404(seen, pk=pk)


def require_preparer(request: HttpRequest) -> None:
    if not request.acting.is_asp:
        raise Http404
    verdict = can_prepare(request.acting)
    if not verdict:
        raise PermissionDenied(verdict.reason)
