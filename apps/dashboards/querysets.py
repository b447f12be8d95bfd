"""Who reads which issued bilan, schedule, archived file and account rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Prefetch

if TYPE_CHECKING:
    from datetime import date

    from apps.accounts.models import Membership


class BilanQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> BilanQuerySet:
        """Whoever sees the version the bilan speaks of: a département, those with its money."""
        versions = self.model._meta.get_field("version").related_model
        return self.filter(version__in=versions.objects.visible_to(acting).values("pk"))


class ProgrammeQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> ProgrammeQuerySet:
        """Those of one's organisation, whoever of it set them up."""
        return self.filter(organisation=acting.organisation_id)

    def in_force(self) -> ProgrammeQuerySet:
        return self.filter(arrete_le__isnull=True)

    def with_last_file(self) -> ProgrammeQuerySet:
        """`derniers`: the file of the last date made, or none (one query more)."""
        made = self.model._meta.get_field("envois").related_model.objects
        last = made.order_by("programme_id", "-prevu_le").distinct("programme_id")
        return self.prefetch_related(
            Prefetch("envois", last.select_related("fichier"), to_attr="derniers")
        )

    def due(self, on: date) -> ProgrammeQuerySet:
        """To produce on that day or before."""
        return self.in_force().filter(prochain_le__lte=on).order_by("prochain_le", "pk")


class EnvoiQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> EnvoiQuerySet:
        return self.filter(programme__organisation=acting.organisation_id)


class CompteQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> CompteQuerySet:
        """The ASP, which renders the accounts; a département, those signed of its mandates."""
        if acting.is_asp:
            return self
        if not acting.is_cd:
            return self.none()
        mandats = self.model._meta.get_field("mandat").related_model
        return self.filter(etat="SIGNE", mandat__in=mandats.objects.visible_to(acting).values("pk"))

    def signed(self) -> CompteQuerySet:
        return self.filter(etat="SIGNE")

    def in_order(self) -> CompteQuerySet:
        """Joined to what every page says of them; their figures, which are long, left aside."""
        return self.select_related("mandat__financeur", "prepare_par", "signe_par").defer("contenu")
