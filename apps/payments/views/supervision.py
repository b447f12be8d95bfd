"""Supervision of the jobs, alerts of the night watch, a failed job started again."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery import current_app
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_tables2 import RequestConfig

from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.core.models import Job
from apps.core.pages import perform
from apps.core.pulse import pulses
from apps.payments import supervision as reads
from apps.payments.models import Campagne
from apps.payments.permissions import can_restart, can_supervise
from apps.payments.services import restart_job
from apps.payments.tables import AlerteTable
from apps.payments.watch import Alerte, Veille, watch

MINUTES = 15


@require_safe
def supervision(request: HttpRequest) -> HttpResponse:
    _require(request)
    context = {
        "traitements": reads.jobs_seen_by(request.acting),
        "comptes": reads.counts(),
        "courriels": reads.mail_counts(),
        "signes": pulses(),
    }
    return render(request, "payments/supervision.html", context)


@require_safe
def alertes(request: HttpRequest) -> HttpResponse:
    """What did not happen and should have: a page, or its counts alone for the supervision."""
    if not request.acting.is_asp:
        raise Http404
    found = _watch()
    if request.headers.get("HX-Request"):
        return render(request, "payments/alertes_resume.html", {"veille": found})
    kinds = (
        ("o-", found.oubliees, "Échéances dues dans aucune campagne"),
        ("r-", found.retenues, "Échéances retenues depuis plus de 45 jours"),
        ("s-", found.sans_suite, "États validés sans versement ni raison"),
        ("v-", found.non_renvoyes, "Virements rejetés depuis plus de 30 jours, non renvoyés"),
    )
    tables = [
        AlerteTable(_with_annexes(rows), prefix=prefix, legende=title)
        for prefix, rows, title in kinds
    ]
    for table in tables:
        RequestConfig(request, paginate={"per_page": 25}).configure(table)
    return render(request, "payments/alertes.html", {"veille": found, "tables": tables})


@require_http_methods(["GET", "POST"])
def relancer(request: HttpRequest, uuid: str) -> HttpResponse:
    """Confirmation page of a job to start again."""
    _require(request)
    job = get_object_or_404(Job.objects.all(), uuid=uuid)
    verdict = can_restart(request.acting, job)
    if not verdict:
        messages.error(request, verdict.reason)
        return redirect("payments:supervision")
    retour = reverse("payments:supervision")
    if request.method == "POST":
        task = current_app.tasks[job.nature]
        act = partial(restart_job, request.acting, job, task)
        perform(request, act, "Le traitement est relancé.")
        return redirect(retour)
    context = {"job": job, "libelle": "Relancer le traitement", "retour": retour}
    return render(request, "payments/job_relancer.html", context)


def _with_annexes(alerts: list[Alerte]) -> list[dict[str, Any]]:
    """Each alert with its annex, named and linked to; one query.

    The alerts may be of some minutes ago: one whose annex is no longer there is left out.
    """
    annexes = AnnexeFinanciere.objects.select_related("siae__structure")
    found = annexes.in_bulk({alert.annexe_id for alert in alerts})
    return [
        {"alerte": alert, "annexe": found[alert.annexe_id]}
        for alert in alerts
        if alert.annexe_id in found
    ]


def _watch() -> Veille:
    """The alerts of the day, computed at most every fifteen minutes for all, and at each step of a
    run: they liquidate every annex, which no act of a working day must start again."""
    last = Campagne.objects.order_by("-numero").values_list("numero", "etat").first()
    numero, etat = last or (0, "")
    key = f"payments.veille:{today()}:{numero}:{etat}"
    found: Veille | None = cache.get(key)
    if found is None:
        found = watch(today())
        cache.set(key, found, MINUTES * 60)
    return found


def _require(request: HttpRequest) -> None:
    verdict = can_supervise(request.acting)
    if not verdict:
        raise PermissionDenied(verdict.reason)
