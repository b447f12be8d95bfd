"""Who sees the disputes, remissions, write-offs, clearings and procedures (closed by default).

What hangs on an order is seen by those who see the order; a list submitted, by the ASP and its
funder; a procedure, by the structure and by the funders it owes something to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from apps.conventions.querysets import of_departement

if TYPE_CHECKING:
    from apps.accounts.models import Membership


class ParOrdreQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> ParOrdreQuerySet:
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(ordre__structure__departement=acting.organisation.departement)
        if acting.is_siae:
            return self.filter(ordre__structure__organisation_id=acting.organisation_id)
        if acting.is_cd:
            return self.filter(of_departement(acting, "ordre__financeur"))
        return self.none()

    def with_order(self) -> ParOrdreQuerySet:
        """What the lists and the pages show beside the row, in the same query."""
        return self.select_related(
            "ordre__structure__organisation", "ordre__financeur__organisation", "ordre__annexe"
        )


class OuvertesQuerySet(ParOrdreQuerySet):
    """Of a model that says which of its states are open (`OUVERTES`)."""

    def open(self) -> OuvertesQuerySet:
        return self.filter(etat__in=self.model.OUVERTES)


class RemiseQuerySet(OuvertesQuerySet):
    """A request tells of the means of a person: the debtor, the ASP and the funder read it."""

    def visible_to(self, acting: Membership) -> ParOrdreQuerySet:
        return self.none() if acting.is_ddets else super().visible_to(acting)


class ListeQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> ListeQuerySet:
        if acting.is_asp:
            return self
        if acting.is_cd:
            # A list being prepared is not submitted yet: the département does not see it.
            return self.exclude(etat="PREPARATION").filter(of_departement(acting))
        return self.none()


class LigneQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> LigneQuerySet:
        if acting.is_asp:
            return self
        if acting.is_cd:
            submitted = self.exclude(liste__etat="PREPARATION")
            return submitted.filter(of_departement(acting, "liste__financeur"))
        return self.none()

    def pending(self) -> LigneQuerySet:
        """Neither admitted, refused nor withdrawn."""
        return self.filter(decision="")


class ProcedureQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> ProcedureQuerySet:
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(structure__departement=acting.organisation.departement)
        if acting.is_siae:
            return self.filter(structure__organisation_id=acting.organisation_id)
        if acting.is_cd:
            seen = self.filter(of_departement(acting, "structure__ordres__financeur"))
            return self.filter(pk__in=seen.values("pk"))
        return self.none()

    def open(self) -> ProcedureQuerySet:
        return self.filter(etat="OUVERTE")
