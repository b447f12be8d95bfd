"""Who reads the ledger, its locks and the successions.

The ledger is read by the ASP and, for its own movements, by each département; the locks by the
ASP; a succession by the two départements besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef

from apps.conventions.querysets import of_departement

if TYPE_CHECKING:
    from apps.accounts.models import Membership


class MouvementQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> MouvementQuerySet:
        """A département reads what is posted to it and to those it has succeeded."""
        if acting.is_asp:
            return self
        if acting.is_cd:
            return self.filter(of_departement(acting), financeur__type="CD")
        return self.none()


class EcritureQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> EcritureQuerySet:
        """Entries with a movement that this person reads."""
        if acting.is_asp:
            return self
        movements = self.model._meta.get_field("mouvements").related_model
        seen = movements.objects.visible_to(acting).filter(ecriture=OuterRef("pk"))
        return self.filter(Exists(seen))


class ClotureQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> ClotureQuerySet:
        return self if acting.is_asp else self.none()

    def locked(self) -> ClotureQuerySet:
        return self.filter(etat="VERROUILLEE")

    def months(self) -> ClotureQuerySet:
        return self.filter(nature="MOIS")

    def years(self) -> ClotureQuerySet:
        return self.filter(nature="ANNEE")


class ReouvertureQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> ReouvertureQuerySet:
        return self if acting.is_asp else self.none()


class SuccessionQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> SuccessionQuerySet:
        if acting.is_asp:
            return self
        if acting.is_cd:
            return self.filter(of_departement(acting) | of_departement(acting, "successeur"))
        return self.none()
