"""Who sees which structure, SIAE, salarié and contract.

The département sees the SIAE (ASP id, measure) that have a validated annex it co-finances, for
those annexes' periods, and nothing else (cahier des charges §3.1). The lookups name relations of
apps above this one (`annexes`): they are strings, so that no import looks upwards.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.db.models.functions import Coalesce

from apps.core.sorting import without_accents

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
            siaes = self.model._meta.get_field("siaes").related_model
            return self.filter(
                Exists(siaes.objects.visible_to(acting).filter(structure=OuterRef("pk")))
            )
        return self.none()

    def with_siaes_seen_by(self, acting: Membership) -> StructureQuerySet:
        """`siaes_vues`: the measures this reader may know of, in one more query."""
        siaes = self.model._meta.get_field("siaes").related_model
        seen = siaes.objects.visible_to(acting).order_by("mesure")
        return self.prefetch_related(Prefetch("siaes", seen, to_attr="siaes_vues"))

    def search(self, text: str) -> StructureQuerySet:
        """By name, town, SIRET (former ones too) or ASP id."""
        words = Q(cle_tri__contains=without_accents(text)) | Q(commune__icontains=text)
        number = "".join(text.split())
        if number.isascii() and number.isdigit():
            words |= Q(siret__startswith=number) | Q(siret_signature__startswith=number)
            if len(number) <= 9:
                words |= Q(asp_id=int(number))
            if len(number) == 14:
                changes = self.model._meta.get_field("changements_siret").related_model
                former = changes.objects.filter(structure=OuterRef("pk"), ancien=number)
                words |= Q(Exists(former))
        return self.filter(words)


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


class CoordonneesQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def used_elsewhere(self, coordonnees: models.Model) -> CoordonneesQuerySet:
        """The same account at another structure, in use or proposed: to be looked at."""
        return (
            self.filter(iban=coordonnees.iban, etat__in=("ACTIVE", "PROPOSEE"))  # type: ignore[attr-defined]
            .exclude(structure=coordonnees.structure_id)  # type: ignore[attr-defined]
            .select_related("structure")
        )


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

    def in_progress(self, on: date) -> ContratQuerySet:
        """Begun, and neither ended nor left on that day."""
        return self.open_between(on, on)

    def ending_between(self, first: date, last: date) -> ContratQuerySet:
        """Planned end in [first, last], no exit recorded and no renewal yet: to be decided."""
        undecided = self.with_renewed().filter(renouvele=False, date_sortie__isnull=True)
        return undecided.filter(fin__gte=first, fin__lte=last)

    def with_pass_ending_between(self, first: date, last: date) -> ContratQuerySet:
        """In progress on `first`, with a PASS IAE that ends in [first, last]."""
        return self.in_progress(first).filter(
            salarie__pass_fin__gte=first, salarie__pass_fin__lte=last
        )

    def of_series(self, contrat: models.Model) -> ContratQuerySet:
        """The contract's whole series: the first one and its renewals, in order."""
        root = contrat.serie_id  # type: ignore[attr-defined]
        return self.filter(Q(pk=root) | Q(parent=root)).order_by("numero_renouvellement")

    def with_renewed(self) -> ContratQuerySet:
        """`renouvele`: a later contract of the same series exists."""
        later = self.model._default_manager.filter(
            parent=Coalesce(OuterRef("parent_id"), OuterRef("pk")),
            numero_renouvellement__gt=OuterRef("numero_renouvellement"),
        )
        return self.annotate(renouvele=Exists(later))


class ImportQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> ImportQuerySet:
        """One's own: the file of a colleague is confirmed by the colleague."""
        if not acting.is_siae:
            return self.none()
        return self.filter(
            structure__organisation_id=acting.organisation_id, demande_par=acting.user_id
        )


class SalarieQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> SalarieQuerySet:
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(structure__departement=acting.organisation.departement)
        if acting.is_siae:
            return self.filter(structure__organisation_id=acting.organisation_id)
        if acting.is_cd:
            contrats = self.model._meta.get_field("contrats").related_model
            return self.filter(
                Exists(contrats.objects.visible_to(acting).filter(salarie=OuterRef("pk")))
            )
        return self.none()

    def with_contrats_seen_by(self, acting: Membership) -> SalarieQuerySet:
        """`contrats_vus`: the contracts this reader may know of, the latest first."""
        contrats = self.model._meta.get_field("contrats").related_model
        seen = contrats.objects.visible_to(acting).select_related("siae").order_by("-debut", "-pk")
        return self.prefetch_related(Prefetch("contrats", seen, to_attr="contrats_vus"))

    def search(self, text: str) -> SalarieQuerySet:
        """Every word is in a name; or the whole is the employee's number or PASS IAE."""
        names = Q()
        for word in text.split():
            names &= Q(cle_tri__contains=without_accents(word)) | Q(nom_naissance__icontains=word)
        number = "".join(text.split())
        if number.isascii() and number.isdigit() and len(number) <= 12:
            exact = Q(pass_iae=number)
            if len(number) <= 9:
                exact |= Q(numero=int(number))
            return self.filter(names | exact)
        return self.filter(names)

    def homonyms_of(self, salarie: models.Model) -> SalarieQuerySet:
        """Other fiches of the structure with the same names and date of birth.

        Names are compared as they are sorted: « Léa » and « LEA » are the same person.
        """
        return self.filter(
            structure=salarie.structure_id,  # type: ignore[attr-defined]
            cle_tri=without_accents(f"{salarie.nom} {salarie.prenom}"),  # type: ignore[attr-defined]
            date_naissance=salarie.date_naissance,  # type: ignore[attr-defined]
        ).exclude(pk=salarie.pk)


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
