"""Screens of the locks: months and years, locking one, asking to open one again, deciding."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.clock import today
from apps.core.forms import DERNIER_JOUR, PREMIER_JOUR
from apps.core.pages import perform
from apps.core.verdicts import Verdict
from apps.journal.history import events_of
from apps.payments.calendrier_comptable import calendar_of, opened_with
from apps.payments.clotures import lock_before
from apps.payments.empreinte import ledger_hash
from apps.payments.forms_comptabilite import RaisonForm
from apps.payments.models import Cloture, Ecriture, Mouvement, Reouverture
from apps.payments.permissions_comptabilite import (
    can_ask_reopening,
    can_decide_reopening,
    can_lock,
    can_read_locks,
)
from apps.payments.services import periodes
from apps.rules.money import ZERO
from apps.rules.periods import Month

PAGE = "comptabilite:clotures"


@require_safe
def clotures(request: HttpRequest) -> HttpResponse:
    """Every month of the ledger with its state, and the request that waits for a decision."""
    _require_reader(request)
    demande = (
        Reouverture.objects.filter(etat=Reouverture.Etat.DEMANDEE)
        .select_related("cloture", "demandee_par")
        .first()
    )
    context = {
        "annees": calendar_of(today()),
        "demande": demande,
        "peut_verrouiller": can_lock(request.acting),
        "peut_demander": can_ask_reopening(request.acting),
        "peut_decider": can_decide_reopening(request.acting, demande) if demande else None,
    }
    return render(request, "comptabilite/clotures.html", context)


@require_safe
def cloture(request: HttpRequest, pk: int) -> HttpResponse:
    """A lock: its fingerprint, computed again, and its history.

    From the month before; from the first entry of the ledger when `depuis=origine` is asked.
    """
    _require_reader(request)
    found = _find(request, pk)
    since = None if request.GET.get("depuis") == "origine" else lock_before(found)
    context = {
        "cloture": found,
        "relue": ledger_hash(found.fin, since=since),
        "depuis": since,
        "demandes": found.demandes.select_related("demandee_par", "decidee_par"),
        "entrees": events_of(found, request.acting),
    }
    return render(request, "comptabilite/cloture.html", context)


@require_http_methods(["GET", "POST"])
def verrouiller(request: HttpRequest, mois: date) -> HttpResponse:
    act = partial(periodes.lock_month, request.acting, mois)
    name = Month.of(mois).label_with_de
    return _lock(request, act, f"Verrouiller les comptes {name}", Month.of(mois).last_day)


@require_http_methods(["GET", "POST"])
def verrouiller_annee(request: HttpRequest, annee: int) -> HttpResponse:
    if not PREMIER_JOUR.year <= annee < DERNIER_JOUR.year:
        raise Http404
    act = partial(periodes.lock_year, request.acting, annee)
    titre = f"Verrouiller les comptes de l’année {annee}"
    return _lock(request, act, titre, date(annee, 12, 31))


def _lock(request: HttpRequest, act: Callable[[], Cloture], titre: str, fin: date) -> HttpResponse:
    _require_reader(request)
    if refusal := _turned_back(request, can_lock(request.acting)):
        return refusal
    if request.method == "POST":
        perform(request, act, lambda found: f"Les comptes {found.periode} sont verrouillés.")
        return redirect(PAGE)
    context = {
        "titre": titre,
        "fin": fin,
        "ecritures": Ecriture.objects.filter(jour__lte=fin).count(),
        "total": Mouvement.objects.filter(ecriture__jour__lte=fin).aggregate(
            total=Coalesce(Sum("debit"), ZERO)
        )["total"],
        "libelle": "Verrouiller",
        "retour": reverse(PAGE),
    }
    return render(request, "comptabilite/verrouiller.html", context)


@require_http_methods(["GET", "POST"])
def rouvrir(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that a month be opened again."""
    _require_reader(request)
    found = _find(request, pk)
    if refusal := _turned_back(request, can_ask_reopening(request.acting)):
        return refusal
    form = RaisonForm(request.POST or None)
    if form.is_valid():
        act = partial(periodes.request_reopening, request.acting, found, **form.cleaned_data)
        if perform(request, act, "La réouverture est demandée à un ordonnateur."):
            return redirect(PAGE)
    context = {
        "cloture": found,
        "rouvertes": opened_with(found),
        "form": form,
        "libelle": "Demander la réouverture",
        "retour": reverse(PAGE),
    }
    return render(request, "comptabilite/rouvrir.html", context)


@require_http_methods(["GET", "POST"])
def accorder(request: HttpRequest, pk: int) -> HttpResponse:
    act = partial(periodes.grant_reopening, request.acting)
    words = ("Accorder la réouverture", "La réouverture est accordée : les mois sont ouverts.")
    return _decide(request, pk, act, words, None)


@require_http_methods(["GET", "POST"])
def refuser(request: HttpRequest, pk: int) -> HttpResponse:
    act = partial(periodes.refuse_reopening, request.acting)
    words = ("Refuser la réouverture", "La réouverture est refusée.")
    return _decide(request, pk, act, words, RaisonForm(request.POST or None))


def _decide(
    request: HttpRequest,
    pk: int,
    act: Callable[..., Any],
    words: tuple[str, str],
    form: RaisonForm | None,
) -> HttpResponse:
    _require_reader(request)
    demande = get_object_or_404(
        Reouverture.objects.visible_to(request.acting).select_related("cloture", "demandee_par"),
        pk=pk,
    )
    if refusal := _turned_back(request, can_decide_reopening(request.acting, demande)):
        return refusal
    libelle, done = words
    if request.method == "POST" and (form is None or form.is_valid()):
        perform(request, partial(act, demande, **(form.cleaned_data if form else {})), done)
        return redirect(PAGE)
    context = {
        "demande": demande,
        "rouvertes": opened_with(demande.cloture),
        "form": form,
        "libelle": libelle,
        "retour": reverse(PAGE),
    }
    return render(request, "comptabilite/decider_reouverture.html", context)


def _find(request: HttpRequest, pk: int) -> Cloture:
    seen = Cloture.objects.visible_to(request.acting).select_related(
        "verrouille_par", "reouverture"
    )
    return get_object_or_404(seen, pk=pk)


def _require_reader(request: HttpRequest) -> None:
    verdict = can_read_locks(request.acting)
    if not verdict:
        raise PermissionDenied(verdict.reason)


def _turned_back(request: HttpRequest, verdict: Verdict) -> HttpResponse | None:
    """Back to the locks with the sentence, for who reads them but may not do this."""
    if verdict:
        return None
    messages.error(request, verdict.reason)
    return redirect(PAGE)
