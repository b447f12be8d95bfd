"""Lists of the disputes, remissions, non-valeurs, extinctions, clearings, procedures; what awaits
a decision. Each is restricted to what one sees; a list one cannot see anything of is empty."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.models import Role
from apps.core.clock import today
from apps.core.views import ListPage
from apps.recoveries import filters_apurement as filters
from apps.recoveries import tables_apurement as tables
from apps.recoveries.models import (
    Apurement,
    Contestation,
    DemandeRemise,
    Extinction,
    LigneNonValeur,
    ListeNonValeur,
    OrdreDeRecouvrer,
    ProcedureCollective,
)
from apps.recoveries.permissions_apurement import can_examine, can_see_lists
from apps.rules.money import ZERO


class _ParOrdre(ListPage):
    """What hangs on an order, with its parties in the same query."""

    def get_queryset(self) -> Any:
        return super().get_queryset().with_order()

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"on": today()}


class Contestations(_ParOrdre):
    model = Contestation
    table_class = tables.ContestationTable
    filterset_class = filters.ContestationFilter
    template_name = "apurement/contestations.html"


class Remises(_ParOrdre):
    model = DemandeRemise
    table_class = tables.RemiseTable
    filterset_class = filters.RemiseFilter
    template_name = "apurement/remises.html"


class Extinctions(_ParOrdre):
    model = Extinction
    table_class = tables.ExtinctionTable
    filterset_class = filters.ExtinctionFilter
    template_name = "apurement/extinctions.html"


class Apurements(_ParOrdre):
    model = Apurement
    table_class = tables.ApurementTable
    filterset_class = filters.ParOrdreFilter
    template_name = "apurement/apurements.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Total of the whole filtered list: what the funders bear."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["total"] = self.object_list.order_by().aggregate(total=Sum("montant"))["total"]
        return context


class Listes(ListPage):
    model = ListeNonValeur
    table_class = tables.ListeTable
    filterset_class = filters.ListeFilter
    template_name = "apurement/listes.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        verdict = can_see_lists(request.acting)
        if not verdict:
            raise PermissionDenied(verdict.reason)
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        admitted = Q(lignes__decision=LigneNonValeur.Decision.ADMISE)
        return (
            super()
            .get_queryset()
            .select_related("financeur")
            .annotate(
                creances=Count("lignes"),
                a_decider=Count("lignes", filter=Q(lignes__decision="")),
                admis=Coalesce(Sum("lignes__montant", filter=admitted), ZERO),
            )
        )

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"on": today()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["peut_preparer"] = bool(can_examine(self.request.acting))
        return context


class Procedures(ListPage):
    model = ProcedureCollective
    table_class = tables.ProcedureTable
    filterset_class = filters.ProcedureFilter
    template_name = "apurement/procedures.html"

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("structure").annotate(a_declarer=_undeclared())

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"on": today()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["peut_enregistrer"] = bool(can_examine(self.request.acting))
        return context


@require_safe
def a_decider(request: HttpRequest) -> HttpResponse:
    """What awaits the decision of a département, or of the ordonnateur, with the days left."""
    acting, on = request.acting, today()
    if not (acting.is_cd or acting.has_role(Role.ORDONNATEUR)):
        raise PermissionDenied(
            "Les créances à décider sont celles des départements et de l’ordonnateur."
        )
    lignes = (
        LigneNonValeur.objects.visible_to(acting)
        .pending()
        .filter(liste__etat__in=(ListeNonValeur.Etat.SOUMISE, ListeNonValeur.Etat.RECUE))
    )
    remises = DemandeRemise.objects.visible_to(acting).with_order()
    if acting.is_cd:
        remises = remises.filter(
            etat__in=(DemandeRemise.Etat.TRANSMISE, DemandeRemise.Etat.A_DECIDER)
        )
    else:
        lignes = lignes.filter(liste__financeur__type="ETAT")
        remises = remises.filter(etat=DemandeRemise.Etat.PROPOSEE, ordre__financeur__type="ETAT")
    seen = lignes.select_related("liste__financeur", "ordre__structure", "piece")
    rows = sorted(seen, key=lambda ligne: (ligne.liste.echeance or on.max, ligne.ordre.numero))
    waiting = sorted(remises, key=lambda remise: (remise.echeance or on.max, remise.pk))
    context = {
        "lignes": [(ligne, tables.clock(ligne.liste.echeance, on)) for ligne in rows],
        "remises": [(remise, tables.clock(remise.echeance, on)) for remise in waiting],
        "total": sum((ligne.montant for ligne in rows), ZERO),
        "decide": acting.has_role(Role.DECIDEUR, Role.ORDONNATEUR),
    }
    return render(request, "apurement/a_decider.html", context)


def _undeclared() -> Any:
    """Orders still owed and not declared, for each open procedure."""
    owed = (
        OrdreDeRecouvrer.objects.filter(
            structure=OuterRef("structure"), etat__in=OrdreDeRecouvrer.OUVERTS
        )
        .exclude(declarations__procedure=OuterRef("pk"))
        .filter(montant__gt=F("recouvre") + F("abandonne"))
        .order_by()
        .values("structure")
        .annotate(nombre=Count("pk"))
        .values("nombre")
    )
    return Coalesce(Subquery(owed), 0)
