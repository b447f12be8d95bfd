"""Who sees which annex, and the reads the checks and the payments need."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from apps.siae.querysets import ETATS_VUS_DU_CD

if TYPE_CHECKING:
    from apps.accounts.models import Membership

# Figures of a version that a list shows.
FIGURES = ("debut", "fin", "etp", "montant_total", "montant_cd", "etat")


class AnnexeQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> AnnexeQuerySet:
        """The ASP sees all, a DDETS its territory, a structure its own, a département those it
        co-finances once validated."""
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(siae__structure__departement=acting.organisation.departement)
        if acting.is_siae or acting.is_cd:
            versions = self.model._meta.get_field("versions").related_model
            return self.filter(
                Exists(versions.objects.visible_to(acting).filter(annexe=OuterRef("pk")))
            )
        return self.none()

    def with_display(self) -> AnnexeQuerySet:
        """Everything a list or a page shows of an annex, in one query."""
        return self.select_related("siae__structure", "convention", "courante__financeur_cd")

    def to_renew(self, du: date, au: date) -> AnnexeQuerySet:
        """In force or closed, whose last day is from `du` to `au`, and that have no A+1 yet."""
        following = self.model._default_manager.filter(
            numero=OuterRef("numero"), renouvellement=OuterRef("renouvellement") + 1
        )
        return self.filter(
            ~Exists(following),
            courante__etat__in=("VALIDE", "CLOTURE"),
            courante__fin__gte=du,
            courante__fin__lte=au,
        )

    def with_figures_seen_by(self, acting: Membership) -> AnnexeQuerySet:
        """`vue_debut`, `vue_montant_total`…: figures of the current version; for a département,
        those of the last version it co-financed, when its money was removed since."""
        if not acting.is_cd:
            return self.annotate(**{f"vue_{name}": F(f"courante__{name}") for name in FIGURES})
        versions = self.model._meta.get_field("versions").related_model
        seen = versions.objects.visible_to(acting).filter(annexe=OuterRef("pk"))
        last = seen.order_by("-modification")
        return self.annotate(**{f"vue_{name}": Subquery(last.values(name)[:1]) for name in FIGURES})

    def with_signals(self, acting: Membership) -> AnnexeQuerySet:
        """`suspendue`, and `en_preparation`: state of the version under way that `acting` sees."""
        meta = self.model._meta
        suspensions = meta.get_field("suspensions").related_model.objects.open()
        versions = meta.get_field("versions").related_model.objects.visible_to(acting)
        waiting = versions.filter(
            annexe=OuterRef("pk"), etat__in=("BROUILLON", "PROVISOIRE", "SAISI", "REJETE")
        )
        return self.annotate(
            suspendue=Exists(suspensions.filter(annexe=OuterRef("pk"))),
            en_preparation=Subquery(waiting.values("etat")[:1]),
        )


class VersionQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> VersionQuerySet:
        """A structure does not see what the DDETS is still drafting; a département sees only
        what was validated with its money."""
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(siae__structure__departement=acting.organisation.departement)
        if acting.is_siae:
            return self.filter(siae__structure__organisation_id=acting.organisation_id).exclude(
                etat="BROUILLON"
            )
        if acting.is_cd:
            return self.filter(
                Q(financeur_cd__organisation_id=acting.organisation_id)
                | Q(financeur_cd__successeur__organisation_id=acting.organisation_id),
                etat__in=(*ETATS_VUS_DU_CD, "HISTORISE"),
                montant_cd__gt=0,
            )
        return self.none()

    def to_check(self) -> VersionQuerySet:
        """With all that the checks read of each."""
        return self.select_related(
            "annexe__convention",
            "annexe__courante",
            "siae__structure",
            "financeur_cd",
            "signataire__organisation",
            "transmise_par",
        ).prefetch_related("montants_unitaires")

    def to_validate(self) -> VersionQuerySet:
        """The queue of the ASP: transmitted versions, the oldest first."""
        return self.filter(etat="SAISI").order_by("transmise_le", "pk")

    def ever_in_force(self) -> VersionQuerySet:
        return self.filter(etat__in=("VALIDE", "HISTORISE", "CLOTURE"))


class SuspensionQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def open(self) -> SuspensionQuerySet:
        return self.filter(levee_le__isnull=True)
