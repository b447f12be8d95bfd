"""Screens of the recovery orders: list, late ones, surpluses, an order, its history."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, DecimalField, ExpressionWrapper, F, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.core.clock import today
from apps.core.views import ListPage
from apps.journal.history import events_of
from apps.recoveries import fiche
from apps.recoveries.chronologie import facts_of
from apps.recoveries.documents import DELAI_PAIEMENT_JOURS, payment_account
from apps.recoveries.filters import ExcedentFilter, OrdreFilter, RetardFilter
from apps.recoveries.models import Excedent, OrdreDeRecouvrer
from apps.recoveries.permissions import can_read_history, can_see_surpluses
from apps.recoveries.poursuites import suspensions_by_order, suspensions_of
from apps.recoveries.tables import ExcedentTable, OrdreTable, RetardTable
from apps.recoveries.views.actes import offered

RESTE = ExpressionWrapper(
    F("montant") - F("recouvre") - F("abandonne"),
    output_field=DecimalField(max_digits=12, decimal_places=2),
)


class Ordres(ListPage):
    model = OrdreDeRecouvrer
    table_class = OrdreTable
    filterset_class = OrdreFilter
    template_name = "recoveries/ordres.html"

    def get_queryset(self) -> Any:
        rows = super().get_queryset().select_related("annexe", "structure", "financeur")
        return rows.with_plan().annotate(a_payer=RESTE)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Totals of the whole filtered list, not of the page alone."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["totaux"] = self.object_list.order_by().aggregate(
            nombre=Count("pk"), montant=Sum("montant"), reste=Sum("a_payer")
        )
        context["peut_voir_retards"] = bool(can_see_surpluses(self.request.acting))
        return context


class Retards(Ordres):
    """Orders whose last day to pay is past, with what comes next: the work of the comptable."""

    table_class = RetardTable
    filterset_class = RetardFilter
    template_name = "recoveries/retards.html"

    def get_queryset(self) -> QuerySet[OrdreDeRecouvrer]:
        _require(self.request)
        rows: Any = super().get_queryset()
        return rows.late(today()).order_by("echeance", "numero")  # type: ignore[no-any-return]

    def get_table_kwargs(self) -> dict[str, Any]:
        keys = list(self.object_list.order_by().values_list("pk", flat=True))
        return {"suspensions": suspensions_by_order(keys, today()), "on": today()}


class Excedents(ListPage):
    """What structures have paid in excess, to impute or to refund."""

    model = Excedent
    table_class = ExcedentTable
    filterset_class = ExcedentFilter
    template_name = "recoveries/excedents.html"

    def get_queryset(self) -> Any:
        _require(self.request)
        rows = super().get_queryset().filter(annule_le__isnull=True)
        return (
            rows.select_related("ordre", "structure", "financeur")
            .prefetch_related("remboursements")
            .annotate(disponible=F("montant") - F("impute") - F("rembourse"))
        )


def _require(request: HttpRequest) -> None:
    verdict = can_see_surpluses(request.acting)
    if not verdict:
        raise PermissionDenied(verdict.reason)


@require_safe
def ordre(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole life of an order: its account, its calendar, what may be done, what was done."""
    found = _find(request, pk)
    day, acting = today(), request.acting
    suspended = suspensions_of(found, day)
    plan, measure = fiche.plan_of(found), fiche.set_off_of(found)
    calendar = fiche.calendar_of(plan, found)
    opened = found.etat in OrdreDeRecouvrer.OUVERTS
    context = {
        "ordre": found,
        "ouvert": opened,
        "compte": payment_account(found.financeur_id, found.emis_le) if opened else {},
        "montants": fiche.amounts_of(found),
        "suite": fiche.next_step(found, suspended, day),
        "suspensions": suspended,
        "actes": offered(acting, found),
        "plan": plan,
        "calendrier": calendar,
        "prochaine": next((due for due in calendar if due.reste), None),
        "actes_plan": offered(acting, plan) if plan else [],
        "compensation": measure,
        "actes_compensation": offered(acting, measure) if measure else [],
        "encaissements": _with_acts(acting, fiche.cash_of(found)),
        "excedents": _with_acts(acting, fiche.surpluses_of(found)),
        "remboursements": _with_acts(acting, fiche.refunds_of(found)),
        "faits": facts_of(found),
        "peut_lire_historique": can_read_history(acting),
        "delai": DELAI_PAIEMENT_JOURS,
        "autres": OrdreDeRecouvrer.objects.visible_to(acting)
        .filter(annexe=found.annexe_id)
        .exclude(pk=found.pk)
        .select_related("financeur"),
    }
    return render(request, "recoveries/ordre.html", context)


def _with_acts(acting: Any, rows: list[Any]) -> list[dict[str, Any]]:
    return [{"objet": row, "actes": offered(acting, row)} for row in rows]


@require_safe
def historique(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    verdict = can_read_history(request.acting)
    if not verdict:
        raise PermissionDenied(verdict.reason)
    context = {"ordre": found, "entrees": events_of(found, request.acting)}
    return render(request, "recoveries/historique.html", context)


def _find(request: HttpRequest, pk: int) -> OrdreDeRecouvrer:
    seen = OrdreDeRecouvrer.objects.visible_to(request.acting).select_related(
        "annexe", "structure", "financeur", "versement", "propose_par", "emis_par", "document"
    )
    return get_object_or_404(seen, pk=pk)
