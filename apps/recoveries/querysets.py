"""Who sees which recovery order: the ASP all, a structure its own, a département its share.

What happened to an order (acts, cash, plans, set-offs) is seen by those who see the order.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models

from apps.conventions.querysets import of_departement

if TYPE_CHECKING:
    from apps.accounts.models import Membership
    from apps.recoveries.models import Excedent


class OrdreQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> OrdreQuerySet:
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(structure__departement=acting.organisation.departement)
        if acting.is_siae:
            return self.filter(structure__organisation_id=acting.organisation_id)
        if acting.is_cd:
            return self.filter(of_departement(acting))
        return self.none()

    def open(self) -> OrdreQuerySet:
        """Those of which something is still owed and claimed."""
        return self.filter(etat__in=self.model.OUVERTS)

    def with_plan(self) -> OrdreQuerySet:
        """Each with `en_plan`: a plan in force spreads what is owed over later days."""
        rows: OrdreQuerySet = self.annotate(en_plan=self._plan_in_force())
        return rows

    def without_plan(self) -> OrdreQuerySet:
        """Those whose own last day to pay holds, for want of a plan in force."""
        return self.filter(~self._plan_in_force())

    def late(self, on: date) -> OrdreQuerySet:
        """Open ones whose last day to pay is past; a plan in force gives later ones."""
        return self.open().without_plan().filter(echeance__lt=on)

    def payable_with(self, excedent: Excedent) -> OrdreQuerySet:
        """Orders that a surplus may pay: of the same structure, to the same funder."""
        funders = [excedent.financeur_id, excedent.ordre.financeur_id]
        return self.open().filter(structure=excedent.structure_id, financeur__in=funders)

    def _plan_in_force(self) -> models.Exists:
        plans = self.model._meta.get_field("plans").related_model.objects
        return models.Exists(plans.filter(ordre=models.OuterRef("pk"), etat="ACCORDE"))


class OfOrderQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> OfOrderQuerySet:
        orders = self.model._meta.get_field("ordre").related_model.objects
        return self.filter(ordre__in=orders.visible_to(acting).values("pk"))


class SurplusQuerySet(OfOrderQuerySet):
    def available(self) -> SurplusQuerySet:
        """Those of which something is left, whose refund is not ordered."""
        used = models.F("impute") + models.F("rembourse")
        found = self.filter(annule_le__isnull=True, montant__gt=used)
        return found.exclude(remboursements__etat="ORDONNE")


class OfSurplusQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """What is about a surplus is seen by those who see its order."""

    def visible_to(self, acting: Membership) -> OfSurplusQuerySet:
        surpluses = self.model._meta.get_field("excedent").related_model.objects
        return self.filter(excedent__in=surpluses.visible_to(acting).values("pk"))
