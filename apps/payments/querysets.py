"""Who sees which run, line, hold and notice.

A run belongs to the ASP; the others see only the executed lines of annexes they see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

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
        """A département: lines paid under a version with its money, and those that move its own
        share after an amendment has removed it (re-imputation, order)."""
        if acting.is_asp:
            return self
        lines = self.executed().filter(annexe__in=_seen(self.model, "annexe", acting))
        if acting.is_cd:
            lines = lines.exclude(nature="modulation")  # the State's alone
            with_its_money = Q(version__in=_seen(self.model, "version", acting))
            return lines.filter(with_its_money | ~Q(part_cd=0, recouvre_cd=0))
        return lines

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
        """A département whose money was removed reads no amount of the version without it."""
        if acting.is_asp:
            return self
        holds = self.filter(
            annexe__in=_seen(self.model, "annexe", acting),
            campagne__etat__in=("EXECUTEE", "DENOUEE"),
        )
        if acting.is_cd:
            annexes = self.model._meta.get_field("annexe").related_model
            seen = holds.filter(annexe__courante__in=_seen(annexes, "courante", acting))
            return seen.exclude(nature="modulation")
        return holds

    def with_display(self) -> RetenueQuerySet:
        return self.select_related("annexe__siae__structure").order_by("annexe", "mois", "pk")


class BlocageQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> BlocageQuerySet:
        """Of the ASP; what a hold stops is told to the others as a held instalment."""
        return self if acting.is_asp else self.none()

    def open(self) -> BlocageQuerySet:
        return self.filter(leve_le__isnull=True)


class AvisQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> AvisQuerySet:
        """Of the structure it is sent to, and of the ASP: a notice names the account credited."""
        if acting.is_asp:
            return self
        if acting.is_siae:
            return self.filter(annexe__in=_seen(self.model, "annexe", acting))
        return self.none()


def _seen(model: type[models.Model], field: str, acting: Membership) -> models.QuerySet:  # type: ignore[type-arg]
    """Keys of the annexes or versions, whatever `field` points to, that this person sees."""
    related = model._meta.get_field(field).related_model
    return related.objects.visible_to(acting).values("pk")
