"""Who reads which rights request and which destruction of data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from datetime import date

    from apps.accounts.models import Membership


class DemandeQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> DemandeQuerySet:
        """The ASP; a structure, those of its employees; a département, those it was told of."""
        if acting.is_asp:
            return self
        if acting.is_siae:
            return self.filter(structure__organisation_id=acting.organisation_id)
        if acting.is_cd:
            told = self.model.financeurs.through.objects.filter(
                Q(financeur__organisation_id=acting.organisation_id)
                | Q(financeur__successeur__organisation_id=acting.organisation_id),
                demandedroit=OuterRef("pk"),
            )
            return self.filter(Exists(told))
        return self.none()

    def open(self) -> DemandeQuerySet:
        return self.filter(close_le__isnull=True)

    def late(self, on: date) -> DemandeQuerySet:
        return self.open().filter(echeance__lt=on)


class DestructionQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> DestructionQuerySet:
        """The ASP; a département, those signed of its mandates."""
        if acting.is_asp:
            return self
        if not acting.is_cd:
            return self.none()
        mandats = self.model._meta.get_field("mandat").related_model
        return self.filter(
            etat="SIGNEE", mandat__in=mandats.objects.visible_to(acting).values("pk")
        )
