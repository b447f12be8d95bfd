"""Who sees the funds of which mandate: the ASP all, a département those of its own mandates.

The mandates themselves are also shown to the DDETS (`conventions`); their money is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from apps.conventions.querysets import of_departement

if TYPE_CHECKING:
    from apps.accounts.models import Membership


class FondsQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Rows that belong to a mandate by their field `mandat`."""

    def visible_to(self, acting: Membership) -> FondsQuerySet:
        if acting.is_asp:
            return self
        if acting.is_cd:
            return self.filter(of_departement(acting, "mandat__financeur"))
        return self.none()


class AppelQuerySet(FondsQuerySet):
    def visible_to(self, acting: Membership) -> AppelQuerySet:
        """A département reads the calls once issued: what is proposed may still change."""
        rows: Any = super().visible_to(acting)
        return rows if acting.is_asp else rows.filter(emis_par__isnull=False)  # type: ignore[no-any-return]

    def awaited(self) -> AppelQuerySet:
        """Issued, and not received in full."""
        return self.filter(etat__in=("EMIS", "PARTIEL"))

    def proposed(self) -> AppelQuerySet:
        return self.filter(etat="PROPOSE")


class NotificationFondsQuerySet(FondsQuerySet):
    def standing(self) -> NotificationFondsQuerySet:
        return self.filter(annulee_le__isnull=True)


class RecetteQuerySet(FondsQuerySet):
    def standing(self) -> RecetteQuerySet:
        """Those that were not reversed."""
        return self.filter(annulee_le__isnull=True)


def funded_mandats(mandats: models.QuerySet, acting: Membership) -> models.QuerySet:  # type: ignore[type-arg]
    """Of these mandates, those whose funds this person reads."""
    if acting.is_asp:
        return mandats
    if acting.is_cd:
        return mandats.filter(of_departement(acting))
    return mandats.none()
