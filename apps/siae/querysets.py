"""Who sees which structure, SIAE, salarié and contract.

The département sees the SIAE (ASP id, measure) that have a validated annex it co-finances, for
those annexes' periods, and nothing else (cahier des charges §3.1). The lookups name relations of
apps above this one (`annexes`): they are strings, so that no import looks upwards.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

if TYPE_CHECKING:
    from apps.accounts.models import Membership

# States of a version that make it known to the département that co-finances it.
ETATS_VUS_DU_CD = ("VALIDE", "CLOTURE")


class StructureQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> StructureQuerySet:
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(departement=acting.organisation.departement)
        if acting.is_siae:
            return self.filter(organisation_id=acting.organisation_id)
        if acting.is_cd:
            from apps.siae.models import Siae

            seen = Siae.objects.visible_to(acting).filter(structure=OuterRef("pk"))
            return self.filter(Exists(seen))
        return self.none()


class SiaeQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> SiaeQuerySet:
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(structure__departement=acting.organisation.departement)
        if acting.is_siae:
            return self.filter(structure__organisation_id=acting.organisation_id)
        if acting.is_cd:
            cofinanced = _cofinanced_versions(self.model, acting)
            return self.filter(Exists(cofinanced.filter(annexe__siae=OuterRef("pk"))))
        return self.none()


class ContratQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> ContratQuerySet:
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(siae__structure__departement=acting.organisation.departement)
        if acting.is_siae:
            return self.filter(siae__structure__organisation_id=acting.organisation_id)
        if acting.is_cd:
            during = _cofinanced_versions(self.model, acting).filter(
                annexe__siae=OuterRef("siae"),
                debut__lte=_last_day(OuterRef("date_sortie"), OuterRef("fin")),
                fin__gte=OuterRef("debut"),
            )
            return self.filter(Exists(during))
        return self.none()

    def open_between(self, first: date, last: date) -> ContratQuerySet:
        """Contracts with at least one day in [first, last], their exit taken into account."""
        return self.filter(debut__lte=last).filter(
            Q(date_sortie__isnull=True, fin__gte=first) | Q(date_sortie__gte=first)
        )

    def with_last_day(self) -> ContratQuerySet:
        return self.annotate(dernier=_last_day(F("date_sortie"), F("fin")))


class SalarieQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> SalarieQuerySet:
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(structure__departement=acting.organisation.departement)
        if acting.is_siae:
            return self.filter(structure__organisation_id=acting.organisation_id)
        if acting.is_cd:
            from apps.siae.models import Contrat

            seen = Contrat.objects.visible_to(acting).filter(salarie=OuterRef("pk"))
            return self.filter(Exists(seen))
        return self.none()


def _cofinanced_versions(model: type[models.Model], acting: Membership) -> models.QuerySet:  # type: ignore[type-arg]
    """Annex versions in force or closed that the département (or one it succeeds) co-finances."""
    versions = model._meta.apps.get_model("annexes", "VersionAnnexe")
    return versions.objects.filter(
        Q(financeur_cd__organisation_id=acting.organisation_id)
        | Q(financeur_cd__successeur__organisation_id=acting.organisation_id),
        etat__in=ETATS_VUS_DU_CD,
        montant_cd__gt=0,
    )


def _last_day(exit_date: models.F, planned: models.F) -> models.Func:
    return models.functions.Coalesce(exit_date, planned, output_field=models.DateField())
