"""Reads of CAOM and mandates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from apps.accounts.models import Membership


class CaomQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> CaomQuerySet:
        return _of_financeur(self, acting)


class VoletCaomQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> VoletCaomQuerySet:
        """Editions of the CAOM this reader sees."""
        caoms = self.model._meta.get_field("caom").related_model.objects.visible_to(acting)
        return self.filter(caom__in=caoms)


class ConventionMandatQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> ConventionMandatQuerySet:
        return _of_financeur(self, acting)


def _of_financeur(queryset, acting):  # type: ignore[no-untyped-def]
    """The ASP sees all, a DDETS its territory, a département its own and those it succeeds."""
    if acting.is_asp:
        return queryset
    if acting.is_ddets:
        return queryset.filter(financeur__code=acting.organisation.departement)
    if acting.is_cd:
        return queryset.filter(of_departement(acting))
    return queryset.none()


# Of an organisation: its funder and all those it has succeeded, one after the other. UNION keeps
# each once, so that a loop in the successions ends.
CARRIED = """
    WITH RECURSIVE carried(id) AS (
        SELECT id FROM conventions_financeur WHERE organisation_id = %s
        UNION
        SELECT former.id FROM conventions_financeur former
          JOIN carried ON former.successeur_id = carried.id
    )
    SELECT id FROM carried
"""


def of_departement(acting: Membership, path: str = "financeur") -> Q:
    """Rows whose funder is the département one acts for, or one it has succeeded, however far."""
    carried = RawSQL(CARRIED, (acting.organisation_id,))  # noqa: S611 - the value is a parameter
    return Q(**{f"{path}__in": carried})
