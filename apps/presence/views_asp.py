"""Screens of the ASP: queue of statements, validation alone or in a batch, re-opening, carence.

Called by the URLs; each act has a page that restates what will happen.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.core.jobs import dispatch
from apps.core.pages import perform
from apps.core.views import ListPage
from apps.presence import permissions, services
from apps.presence.checks import Constat, check_etat
from apps.presence.filters import ReviewFilter
from apps.presence.forms import LotForm, MotifForm
from apps.presence.models import EtatMensuel
from apps.presence.review import statements_to_review
from apps.presence.sheet import sheet_of
from apps.presence.tables import ReviewTable
from apps.presence.tasks import draw_statement
from apps.presence.views import find_sheet, page_of, require, split
from apps.rules.periods import Month

# Statements restated and validated in one act: a page that a person reads, a form that is accepted.
LOT_MAX = 500


class AValider(ListPage):
    """Certified statements, anomalies first; those without anomaly may be taken together."""

    model = EtatMensuel
    table_class = ReviewTable
    filterset_class = ReviewFilter
    template_name = "presence/a_valider.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        require(permissions.can_validate(request.acting))
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[EtatMensuel]:
        return statements_to_review(self.request.acting)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        counts = self.object_list.aggregate(
            tous=Count("pk"), propres=Count("pk", filter=Q(anomalie=False))
        )
        kept = [
            (name, value)
            for name in self.filterset.filters
            if (value := self.request.GET.get(name))
        ]
        return context | {
            "a_valider": counts["tous"],
            "sans_anomalie": counts["propres"],
            "filtres": kept,
        }


@require_http_methods(["GET", "POST"])
def valider_lot(request: HttpRequest) -> HttpResponse:
    """Restates a batch of statements without anomaly, then validates it: all or none."""
    require(permissions.can_validate(request.acting))
    clean = statements_to_review(request.acting).filter(anomalie=False)
    chosen = _chosen(request, clean)
    form = LotForm(clean, request.POST or None, initial={"etat": chosen})
    if form.is_valid() and perform(
        request,
        lambda: services.validate_etats(request.acting, form.cleaned_data["etat"], on=today()),
        _sentence,
    ):
        for etat in form.cleaned_data["etat"]:
            dispatch(draw_statement, etat.pk)
        return redirect("presence:a_valider")
    context = {
        "etats": chosen,
        "heures": sum(etat.heures for etat in chosen),
        "est_complet": len(chosen) == LOT_MAX,
        "form": form,
    }
    return render(request, "presence/valider_lot.html", context)


@require_http_methods(["GET", "POST"])
def valider(request: HttpRequest, pk: int) -> HttpResponse:
    """One statement with its findings, then its validation."""
    etat = _find(request, pk)
    require(permissions.can_validate(request.acting))
    read = request.POST.get("version", "")
    version = int(read) if read.isascii() and read.isdecimal() and len(read) < 6 else None
    if request.method == "POST" and perform(
        request,
        lambda: services.validate_etat(request.acting, etat, version=version, on=today()),
        f"L’état mensuel {Month.of(etat.mois).label_with_de} est validé.",
    ):
        dispatch(draw_statement, etat.pk)
        return redirect("presence:a_valider")
    sheet = sheet_of(etat.annexe, etat.mois, etat)
    context = page_of(request, sheet) | split(_not_justified(etat))
    return render(request, "presence/valider.html", context)


@require_http_methods(["GET", "POST"])
def rouvrir(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a statement back to the structure, with the reason it will read."""
    etat = _find(request, pk)
    require(permissions.can_reopen(request.acting, etat.annexe))
    form = MotifForm(
        "Motif de la réouverture",
        "La structure lit ce motif sur la page de saisie.",
        request.POST or None,
    )
    if form.is_valid() and perform(
        request,
        lambda: services.reopen_etat(request.acting, etat, on=today(), **form.cleaned_data),
        "L’état mensuel est rouvert : la structure peut le corriger.",
    ):
        return redirect("presence:saisie", etat.annexe_id, etat.mois)
    context = _confirmation(etat.annexe, etat.mois, form, "Rouvrir") | {"etat": etat}
    return render(request, "presence/rouvrir.html", context)


@require_http_methods(["GET", "POST"])
def carence(request: HttpRequest, annexe_id: int, mois: date) -> HttpResponse:
    """Record that a statement will not come, after formal notice."""
    sheet = find_sheet(request, annexe_id, mois)
    require(permissions.can_record_carence(request.acting, sheet.annexe))
    form = MotifForm(
        "Références de la mise en demeure",
        "Date et numéro du courrier recommandé.",
        request.POST or None,
    )
    if form.is_valid() and perform(
        request,
        lambda: services.record_carence(
            request.acting, sheet.annexe, mois, on=today(), **form.cleaned_data
        ),
        f"La carence {sheet.month.label_with_de} est constatée.",
    ):
        return redirect("presence:saisie", annexe_id, mois)
    context = _confirmation(sheet.annexe, mois, form, "Constater la carence")
    return render(request, "presence/carence.html", context)


def _find(request: HttpRequest, pk: int) -> EtatMensuel:
    seen = EtatMensuel.objects.visible_to(request.acting).with_display()
    return get_object_or_404(seen, pk=pk)


def _not_justified(etat: EtatMensuel) -> list[Constat]:
    """Findings of today without those the structure gave its word on, shown with that word."""
    words = etat.justifications.filter(version=etat.version)
    told = set(words.values_list("code", "contrat_id"))
    found = check_etat(etat, on=today())
    return [c for c in found if c.bloquant or (c.code, c.contrat_id) not in told]


def _chosen(request: HttpRequest, clean: QuerySet[EtatMensuel]) -> list[EtatMensuel]:
    """Statements without anomaly that were ticked, or those of the filters of the queue; the oldest
    ones when there are many."""
    asked = request.POST or request.GET
    if "tous" in asked:
        filtered = ReviewFilter(asked, queryset=clean)
        return list(filtered.qs[:LOT_MAX]) if filtered.is_valid() else []
    ticked = [pk for pk in asked.getlist("etat") if pk.isdecimal()]
    return list(clean.filter(pk__in=ticked)[:LOT_MAX])


def _sentence(done: list[EtatMensuel]) -> str:
    if len(done) == 1:
        return "1 état mensuel est validé."
    return f"{len(done)} états mensuels sont validés."


def _confirmation(
    annexe: AnnexeFinanciere, mois: date, form: MotifForm, libelle: str
) -> dict[str, Any]:
    return {
        "annexe": annexe,
        "mois": mois,
        "form": form,
        "libelle": libelle,
        "retour": reverse("presence:saisie", args=[annexe.pk, mois]),
    }
