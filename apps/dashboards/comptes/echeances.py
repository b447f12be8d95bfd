"""Which comptes d’emploi are expected, what exists of each, what is late (convention, art. 3.1).

One account for each year of a mandate, until the mandate is closed: provisional within fifteen days
of the end of the year, then certified. Three queries, whatever the number of mandates. Read by the
page of the accounts, the home page and the clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Min, QuerySet

from apps.conventions.models import ConventionMandat
from apps.dashboards.models import CompteEmploi
from apps.payments.models import ClotureMandat, Mouvement

DELAI = timedelta(days=15)
Etat = CompteEmploi.Etat
Nature = CompteEmploi.Nature


@dataclass(frozen=True, slots=True)
class Attendu:
    """The accounts of a year of a mandate; of each nature, the last one not set aside."""

    mandat: ConventionMandat
    annee: int
    provisoire: CompteEmploi | None
    certifie: CompteEmploi | None
    on: date

    @property
    def arrete_au(self) -> date:
        return date(self.annee, 12, 31)

    @property
    def echeance(self) -> date:
        """Last day to send the provisional one."""
        return self.arrete_au + DELAI

    @property
    def est_rendu(self) -> bool:
        """The département has had an account of the year."""
        return any(
            compte is not None and compte.etat == Etat.SIGNE
            for compte in (self.provisoire, self.certifie)
        )

    @property
    def en_retard(self) -> bool:
        return not self.est_rendu and self.on > self.echeance

    @property
    def est_certifie(self) -> bool:
        return self.certifie is not None and self.certifie.etat == Etat.SIGNE


def expected_accounts(mandats: QuerySet[ConventionMandat], on: date) -> list[Attendu]:
    """Of every year that is over, from the first with money to that of the closing; last first."""
    found = list(mandats.select_related("financeur").order_by("financeur__code", "reference"))
    ids = [mandat.pk for mandat in found]
    first_days = dict(
        Mouvement.objects.filter(mandat__in=ids)
        .order_by()
        .values_list("mandat")
        .annotate(premier=Min("ecriture__jour"))
    )
    closed = dict(ClotureMandat.objects.filter(mandat__in=ids).values_list("mandat", "cloture_le"))
    accounts = _last(CompteEmploi.objects.filter(mandat__in=ids, arrete_au__month=12).in_order())
    return [
        Attendu(
            mandat,
            annee,
            accounts.get((mandat.pk, annee, Nature.PROVISOIRE)),
            accounts.get((mandat.pk, annee, Nature.CERTIFIE)),
            on,
        )
        for mandat in found
        if mandat.pk in first_days
        for annee in _years(mandat, first_days[mandat.pk], closed.get(mandat.pk), on)
    ]


def _years(mandat: ConventionMandat, first: date, closed: date | None, on: date) -> range:
    start = max(mandat.debut.year, first.year)
    end = on.year if closed is None else min(on.year, closed.year + 1)
    return range(end - 1, start - 1, -1)


def _last(accounts: Iterable[CompteEmploi]) -> dict[tuple[int, int, str], CompteEmploi]:
    kept: dict[tuple[int, int, str], CompteEmploi] = {}
    for compte in sorted(accounts, key=lambda compte: compte.edition):
        if compte.etat != Etat.ECARTE:
            kept[compte.mandat_id, compte.annee, compte.nature] = compte
    return kept
