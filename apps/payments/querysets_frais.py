"""Who sees the invoices of the management fees and the letters of prices; what is left to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Sum
from django.db.models.functions import Coalesce

from apps.conventions.querysets import of_departement

if TYPE_CHECKING:
    from apps.accounts.models import Membership

ZERO = models.Value(0, output_field=models.DecimalField(max_digits=12, decimal_places=2))


class FactureQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> FactureQuerySet:
        """The ASP all; a département the invoices issued to it or to those it succeeds."""
        if acting.is_asp:
            return self
        if acting.is_cd:
            return self.filter(of_departement(acting), numero__isnull=False)
        return self.none()

    def living(self) -> FactureQuerySet:
        """Neither abandoned nor cancelled."""
        return self.filter(etat__in=("PREPAREE", "EMISE", "PAYEE"))

    def with_display(self) -> FactureQuerySet:
        return self.select_related("mandat__financeur", "financeur")

    def with_reste(self) -> FactureQuerySet:
        """`encaisse`, `impute` and `reste`, in euros, of each invoice; one sub-query each."""
        receipts = self.model._meta.get_field("encaissements").related_model.objects
        received = receipts.filter(facture=models.OuterRef("pk"), extourne_le__isnull=True)
        deducted = self.model._default_manager.filter(impute_sur=models.OuterRef("pk"))
        return self.annotate(
            encaisse=Coalesce(_sum(received, "facture"), ZERO),
            impute=Coalesce(_sum(deducted, "impute_sur"), ZERO),
        ).annotate(reste=models.F("montant") + models.F("impute") - models.F("encaisse"))


class AvisTarifQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> AvisTarifQuerySet:
        """The ASP all; a département the letters it was sent."""
        if acting.is_asp:
            return self
        if acting.is_cd:
            return self.filter(of_departement(acting, "mandat__financeur"), etat="NOTIFIE")
        return self.none()


def _sum(rows, key: str) -> models.Subquery:  # type: ignore[no-untyped-def]
    return models.Subquery(rows.order_by().values(key).annotate(s=Sum("montant")).values("s")[:1])
