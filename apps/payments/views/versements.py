"""Screens of the payments made: list, « Pourquoi ce montant ? », schedule of an annex."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.annexes.models import AnnexeFinanciere
from apps.core.views import ListPage
from apps.payments import ledger
from apps.payments.filters import RetenueFilter, VersementFilter
from apps.payments.models import AvisDePaiement, Campagne, Retenue, Versement
from apps.payments.modulation import modulation_of
from apps.payments.reglement_annexe import settlement_of_line
from apps.payments.schedule import schedule_of
from apps.payments.tables import EcheanceRetenueTable, VersementTable
from apps.payments.treasury_charts import paid_by_funder
from apps.siae.permissions import sees_bank_details


class Versements(ListPage):
    model = Versement
    table_class = VersementTable
    filterset_class = VersementFilter
    template_name = "payments/versements.html"

    def get_queryset(self) -> Any:
        executed = super().get_queryset().executed().with_display()
        return executed.order_by("-execute_le", "annexe", "mois", "pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Totals of the whole filtered list, not of the page alone."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["totaux"] = self.object_list.order_by().aggregate(
            montant=Sum("montant"), part_etat=Sum("part_etat"), part_cd=Sum("part_cd")
        )
        months = (
            self.object_list.order_by("campagne__mois")
            .values_list("campagne__mois")
            .annotate(Sum("part_etat"), Sum("part_cd"))
        )
        context["graphique"] = paid_by_funder(list(months))
        return context


class Echeances(ListPage):
    """What the last executed run held, for every role within its scope."""

    model = Retenue
    table_class = EcheanceRetenueTable
    filterset_class = RetenueFilter
    template_name = "payments/echeances_retenues.html"

    def get_queryset(self) -> Any:
        self.campagne = Campagne.objects.executed().order_by("-mois", "-numero").first()
        return super().get_queryset().filter(campagne=self.campagne).with_display()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(campagne=self.campagne, **kwargs)


@require_safe
def versement(request: HttpRequest, pk: int) -> HttpResponse:
    """One line: its amounts, its funders, every step of its calculation."""
    seen = Versement.objects.visible_to(request.acting).select_related(
        "campagne", "annexe", "version__annexe", "structure", "financeur_cd", "coordonnees"
    )
    found = get_object_or_404(seen, pk=pk)
    avis = AvisDePaiement.objects.visible_to(request.acting).filter(
        campagne=found.campagne_id, annexe=found.annexe_id
    )
    context = {
        "ligne": found,
        "avis": avis.select_related("fichier").first(),
        "reglement": settlement_of_line(found, request.acting),
        "voit_compte": sees_bank_details(request.acting, found.structure),
    }
    return render(request, "payments/versement.html", context)


@require_safe
def echeancier(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """Schedule of an annex, as a page or as the fragment its own page includes."""
    seen = AnnexeFinanciere.objects.visible_to(request.acting).with_display()
    annexe = get_object_or_404(seen, pk=annexe_id)
    paid = ledger.paid_by_annexe([annexe.pk], request.acting)
    context = {
        "annexe": annexe,
        "echeances": schedule_of(annexe, request.acting),
        "payes": ledger.by_funder(paid),
        "total_paye": sum(paid.values()),
        **modulation_of(annexe, request.acting),
    }
    fragment = request.headers.get("HX-Request")
    page = "payments/echeancier_tableau.html" if fragment else "payments/echeancier.html"
    return render(request, page, context)
