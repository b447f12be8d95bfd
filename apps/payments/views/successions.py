"""Screens of the successions: those recorded, proposing one, its preview, its decision."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.pages import perform
from apps.journal.history import events_of
from apps.payments.forms_comptabilite import RaisonForm, SuccessionForm
from apps.payments.models import Ecriture, Succession
from apps.payments.permissions_comptabilite import (
    can_decide_succession,
    can_propose_succession,
)
from apps.payments.reprises import documents_of, totals_of
from apps.payments.services import successions
from apps.payments.views.comptabilite import require_reader


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    require_reader(request)
    context = {
        "successions": Succession.objects.visible_to(request.acting).select_related(
            "financeur", "successeur"
        ),
        "peut_proposer": can_propose_succession(request.acting),
    }
    return render(request, "comptabilite/successions.html", context)


@require_http_methods(["GET", "POST"])
def proposer(request: HttpRequest) -> HttpResponse:
    require_reader(request)
    verdict = can_propose_succession(request.acting)
    if not verdict:
        messages.error(request, verdict.reason)
        return redirect("comptabilite:successions")
    form = SuccessionForm(request.POST or None)
    if form.is_valid():
        act = partial(successions.propose_succession, request.acting, **form.cleaned_data)
        found = perform(request, act, "La succession est proposée à un ordonnateur.")
        if found:
            return redirect("comptabilite:succession", found.pk)
    context = {
        "form": form,
        "libelle": "Proposer la succession",
        "retour": reverse("comptabilite:successions"),
    }
    return render(request, "comptabilite/succession_proposer.html", context)


@require_safe
def succession(request: HttpRequest, pk: int) -> HttpResponse:
    """What is to be moved, or was: amounts and documents, for both départements and the ASP."""
    found = _find(request, pk)
    context = {
        "succession": found,
        **_preview(found),
        "decision": can_decide_succession(request.acting, found),
        "entrees": events_of(found, request.acting) if request.acting.is_asp else None,
    }
    return render(request, "comptabilite/succession.html", context)


@require_http_methods(["GET", "POST"])
def accorder(request: HttpRequest, pk: int) -> HttpResponse:
    act = partial(successions.grant_succession, request.acting)
    done = "La succession est accordée : les soldes sont repris."
    return _decide(request, pk, act, ("Accorder la succession", done), None)


@require_http_methods(["GET", "POST"])
def refuser(request: HttpRequest, pk: int) -> HttpResponse:
    act = partial(successions.refuse_succession, request.acting)
    words = ("Refuser la succession", "La succession est refusée.")
    return _decide(request, pk, act, words, RaisonForm(request.POST or None))


def _decide(
    request: HttpRequest,
    pk: int,
    act: Callable[..., Any],
    words: tuple[str, str],
    form: RaisonForm | None,
) -> HttpResponse:
    found = _find(request, pk)
    page = reverse("comptabilite:succession", args=[pk])
    verdict = can_decide_succession(request.acting, found)
    if not verdict:
        messages.error(request, verdict.reason)
        return redirect(page)
    libelle, done = words
    if request.method == "POST" and (form is None or form.is_valid()):
        perform(request, partial(act, found, **(form.cleaned_data if form else {})), done)
        return redirect(page)
    context = {
        "succession": found,
        **_preview(found),
        "form": form,
        "libelle": libelle,
        "retour": page,
    }
    return render(request, "comptabilite/succession_decider.html", context)


def _preview(found: Succession) -> dict[str, Any]:
    """Amounts still at the former département; the entries once they are posted."""
    if found.etat == Succession.Etat.ACCORDEE:
        entries = Ecriture.objects.filter(evenement="REPRISE", jour=found.decidee_le)
        return {"ecritures": entries.filter(libelle__startswith=f"{found.reference} ").count()}
    return {"soldes": totals_of(found.financeur), "pieces": documents_of(found.financeur)}


def _find(request: HttpRequest, pk: int) -> Succession:
    seen = Succession.objects.visible_to(request.acting).select_related(
        "financeur", "successeur", "proposee_par", "decidee_par"
    )
    return get_object_or_404(seen, pk=pk)
