"""Reads of monthly statements: scope, totals, and the sums the payments are computed from.

One statement is one SQL row here whatever the number of employees: sums are made by PostgreSQL,
the rules compute on them (spec 07: one implementation).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models import Case, Exists, F, OuterRef, When

from apps.rules.periods import Month

if TYPE_CHECKING:
    from apps.accounts.models import Membership
    from apps.presence.models import LignePresence


@dataclass(frozen=True, slots=True)
class TotalValide:
    """Eligible hours and RSA beneficiaries of one validated statement."""

    annexe_id: int
    mois: date
    valide_le: date
    heures: Decimal
    brsa: int


class EtatMensuelQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, acting: Membership) -> EtatMensuelQuerySet:
        """As its annex; a département sees a statement of a month its versions cover, once
        certified."""
        if acting.is_asp:
            return self
        if acting.is_ddets:
            return self.filter(annexe__siae__structure__departement=acting.organisation.departement)
        if acting.is_siae:
            return self.filter(annexe__siae__structure__organisation_id=acting.organisation_id)
        if acting.is_cd:
            versions = self.model._meta.apps.get_model("annexes", "VersionAnnexe")
            seen = versions.objects.visible_to(acting).filter(
                annexe=OuterRef("annexe"), debut__lte=OuterRef("mois"), fin__gte=OuterRef("mois")
            )
            return self.filter(Exists(seen)).exclude(etat="BROUILLON")
        return self.none()

    def with_display(self) -> EtatMensuelQuerySet:
        """Everything a page shows of a statement besides its lines, in one query."""
        return self.select_related(
            "annexe__siae__structure",
            "annexe__courante__financeur_cd",
            "certifie_par",
            "valide_par",
        )


class LigneQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def current(self) -> LigneQuerySet:
        """Lines of the current version of their statement."""
        return self.filter(version=F("etat_mensuel__version"))

    def previous_lines(self, siae_id: int, mois: date) -> dict[int, LignePresence]:
        """Lines typed for the month before, per series of contracts of this SIAE.

        A renewal goes on from the contract it follows; of two contracts of a series in one
        month, the later one counts.
        """
        rows = (
            self.current()
            .filter(
                etat_mensuel__mois=(Month.of(mois) - 1).first_day,
                contrat__siae=siae_id,
                heures_declarees__isnull=False,
            )
            .select_related("contrat")
            .order_by("contrat__debut", "pk")
        )
        return {row.contrat.serie_id: row for row in rows}

    def visible_to(self, acting: Membership) -> LigneQuerySet:
        """As its statement; a département reads what was certified, not what is being typed."""
        etats = self.model._meta.get_field("etat_mensuel").related_model
        lines = self.filter(etat_mensuel__in=etats.objects.visible_to(acting))
        if acting.is_cd:
            return lines.exclude(etat_mensuel__etat="DEBLOQUE", version=F("etat_mensuel__version"))
        return lines


class PieceQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Files that go with a statement: seen by who sees the statement."""

    def visible_to(self, acting: Membership) -> PieceQuerySet:
        etats = self.model._meta.get_field("etat_mensuel").related_model
        return self.filter(etat_mensuel__in=etats.objects.visible_to(acting))


class ControleQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Controls and their documents are between the ASP and the structure, and nobody else."""

    def visible_to(self, acting: Membership) -> ControleQuerySet:
        if acting.is_asp:
            return self
        if acting.is_siae:
            owner = "etat_mensuel__annexe__siae__structure__organisation_id"
            return self.filter(**{owner: acting.organisation_id})
        return self.none()

    def in_progress_first(self) -> ControleQuerySet:
        """Documents received, then those awaited by deadline, then the concluded ones."""
        rank = Case(When(etat="RECU", then=0), When(etat="DEMANDE", then=1), default=2)
        return self.annotate(rang=rank).order_by("rang", "echeance", "-pk")

    def with_display(self) -> ControleQuerySet:
        return self.select_related(
            "tirage__tire_par",
            "conclu_par",
            "etat_mensuel__annexe__siae__structure",
            "etat_mensuel__annexe__courante",
        )


VALIDATED_TOTALS = """
    SELECT e.annexe_id, e.mois, e.valide_le,
           COALESCE(SUM(p.heures), 0) AS heures,
           COUNT(*) FILTER (WHERE p.brsa AND p.heures >= 1.00) AS brsa
      FROM presence_etatmensuel e
      LEFT JOIN (
            SELECT l.etat_mensuel_id, l.version, l.salarie_id,
                   SUM(l.heures_eligibles) AS heures, BOOL_OR(l.brsa) AS brsa
              FROM presence_lignepresence l
             GROUP BY l.etat_mensuel_id, l.version, l.salarie_id
           ) p ON p.etat_mensuel_id = e.id AND p.version = e.version AND e.etat = 'VALIDE'
     WHERE e.etat IN ('VALIDE', 'CARENCE') AND e.annexe_id = ANY(%s)
     GROUP BY e.id
     ORDER BY e.annexe_id, e.mois
"""


def validated_totals(annexe_ids: Iterable[int]) -> list[TotalValide]:
    """Hours and beneficiaries of every validated statement of these annexes, in one query.

    A beneficiary is a person, not a contract, with at least 1.00 eligible hour in the month
    (cahier des charges l. 708-712).
    """
    with connection.cursor() as cursor:
        cursor.execute(VALIDATED_TOTALS, [list(annexe_ids)])
        return [TotalValide(*row) for row in cursor.fetchall()]
