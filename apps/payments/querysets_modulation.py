"""Who sees the modulated part of an annex, and those that are left to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from apps.accounts.models import Membership


class PartModuleeQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> PartModuleeQuerySet:
        """The State's money: the ASP all, a DDETS its territory, a structure what was validated
        for it; no département."""
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(annexe__siae__structure__departement=acting.organisation.departement)
        if acting.is_siae:
            return self.filter(
                annexe__siae__structure__organisation_id=acting.organisation_id, etat="VALIDEE"
            )
        return self.none()

    def to_pay(self) -> PartModuleeQuerySet:
        """Validated, above 0 and paid by no executed run."""
        annexes = self.model._meta.get_field("annexe").related_model
        versements = annexes._meta.get_field("versements").related_model
        paid = versements.objects.filter(
            annexe=models.OuterRef("annexe"), nature="modulation", statut="EXECUTE"
        )
        return self.filter(etat="VALIDEE", montant__gt=0).exclude(models.Exists(paid))

    def with_display(self) -> PartModuleeQuerySet:
        return self.select_related("annexe__siae__structure", "version")
