"""Who sees the transfers, their files and what the bank answers: the ASP, and nobody else.

What a structure reads of a transfer (sent, confirmed, rejected) is on its notices and its
notifications; a file names the accounts of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from apps.accounts.models import Membership


class _OfTheAsp(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> Self:
        return self if acting.is_asp else self.none()


class FichierQuerySet(_OfTheAsp):
    pass


class RetourQuerySet(_OfTheAsp):
    pass


class LigneRetourQuerySet(_OfTheAsp):
    def unknown(self) -> LigneRetourQuerySet:
        """The queue: lines that match nothing, which nobody has decided upon."""
        return self.filter(issue="INCONNUE", decision="")


class VirementQuerySet(_OfTheAsp):
    def sent(self) -> VirementQuerySet:
        """Transfers the bank was asked to make, whatever became of them."""
        return self.exclude(etat="PROPOSE")

    def awaited(self) -> VirementQuerySet:
        """Sent, and the bank has not answered."""
        return self.filter(etat="EMIS")

    def rejected(self) -> VirementQuerySet:
        """Rejected and not sent again by an executed run: the amount is still due."""
        return self.filter(etat="REJETE").exclude(
            remplacant__etat__in=("EMIS", "CONFIRME", "REJETE")
        )
