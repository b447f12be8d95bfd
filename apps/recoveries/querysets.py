"""Who sees which recovery order: the ASP all, a structure its own, a département its share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from apps.accounts.models import Membership


class OrdreQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> OrdreQuerySet:
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(structure__departement=acting.organisation.departement)
        if acting.is_siae:
            return self.filter(structure__organisation_id=acting.organisation_id)
        if acting.is_cd:
            return self.filter(
                Q(financeur__organisation_id=acting.organisation_id)
                | Q(financeur__successeur__organisation_id=acting.organisation_id)
            )
        return self.none()
