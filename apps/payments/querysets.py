"""Who sees which run, line, hold and notice.

A run belongs to the ASP; the others see only the executed lines of annexes they see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from apps.accounts.models import Membership


class CampagneQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> CampagneQuerySet:
        return self if acting.is_asp else self.none()

    def in_progress(self) -> CampagneQuerySet:
        return self.filter(etat__in=("PREPAREE", "CONTROLEE", "APPROUVEE", "VISEE"))

    def executed(self) -> CampagneQuerySet:
        return self.filter(etat__in=("EXECUTEE", "DENOUEE"))


class VersementQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> VersementQuerySet:
        if acting.is_asp:
            return self
        return self.executed().filter(annexe__in=_annexes(self.model, acting))

    def executed(self) -> VersementQuerySet:
        return self.filter(statut="EXECUTE")

    def proposed(self) -> VersementQuerySet:
        """Lines of a run in progress that would be paid if it were executed now."""
        return self.filter(statut="PROPOSE")

    def with_display(self) -> VersementQuerySet:
        """Everything a list shows of a line, without the detail of its calculation."""
        return self.select_related("annexe", "structure").defer("calcul").order_by("annexe", "pk")


class RetenueQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> RetenueQuerySet:
        if acting.is_asp:
            return self
        return self.filter(
            annexe__in=_annexes(self.model, acting), campagne__etat__in=("EXECUTEE", "DENOUEE")
        )

    def with_display(self) -> RetenueQuerySet:
        return self.select_related("annexe__siae__structure").order_by("annexe", "mois", "pk")


class AvisQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> AvisQuerySet:
        """Of the structure it is sent to, and of the ASP: a notice names the account credited."""
        if acting.is_asp:
            return self
        if acting.is_siae:
            return self.filter(annexe__in=_annexes(self.model, acting))
        return self.none()


def _annexes(model: type[models.Model], acting: Membership) -> models.QuerySet:  # type: ignore[type-arg]
    annexes = model._meta.get_field("annexe").related_model
    return annexes.objects.visible_to(acting).values("pk")
