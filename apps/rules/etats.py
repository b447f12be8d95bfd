"""The statements of an annex as they stand on a payment day, with the sums the rules need.

Text: cahier des charges §2.3 (hours done since the beginning of the annex, RSA beneficiaries).
Called by `dossier.py`; a statement validated after the payment day does not exist yet.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from apps.rules.conditions import Conditions
from apps.rules.explanation import (
    NBSP,
    REF_BRSA,
    REF_REGULARISATION,
    Etape,
    euros,
    heures,
    heures_etp,
)
from apps.rules.lignes import MoisValide
from apps.rules.money import ZERO, cents, divide, total
from apps.rules.periods import Month, range_label


class Etats:
    """Statements validated on `jour`, addressed by the rank of their month in the annex (1..n)."""

    __slots__ = ("_etats", "_months", "complets")

    def __init__(
        self, months: Sequence[Month], valides: Mapping[Month, MoisValide], jour: date
    ) -> None:
        self._months = months
        self._etats = [
            etat if (etat := valides.get(month)) and etat.valide_le <= jour else None
            for month in months
        ]
        # Number of leading months without a gap: what opens the following instalment.
        self.complets = next(
            (rank for rank, etat in enumerate(self._etats) if etat is None), len(months)
        )

    def missing(self, count: int) -> tuple[Month, ...]:
        """Which of the first `count` months have no validated statement."""
        if count <= self.complets:
            return ()
        pairs = zip(self._months[:count], self._etats[:count], strict=True)
        return tuple(month for month, etat in pairs if etat is None)

    def first(self, count: int) -> list[MoisValide]:
        """The first `count` statements; ValueError if one is missing, as no rule may guess."""
        found = [etat for etat in self._etats[:count] if etat is not None]
        if len(found) != count:
            raise ValueError(f"statements of months 1..{count} are not all validated")
        return found

    def hours(self, count: int) -> Decimal:
        """H: eligible hours of the first `count` months."""
        return sum((etat.heures for etat in self.first(count)), ZERO)

    def cost_brsa(self, count: int) -> Decimal:
        """R: 88 % RSA amounts, in euros, of the beneficiaries of the first `count` months."""
        return total(etat.cout_brsa for etat in self.first(count))

    def earned(self, version: Conditions, count: int) -> Decimal:
        """D: value in euros of the hours done, round(Σ H × U / h), at each month's unit amount."""
        pairs = zip(self.first(count), version.unitaires, strict=False)
        value = sum((etat.heures * unitaire for etat, unitaire in pairs), ZERO)
        return cents(value / version.heures_annuelles_etp)

    def explain_earned(self, version: Conditions, count: int, due: Decimal) -> tuple[Etape, ...]:
        """Two steps: the hours, and what they are worth."""
        label = range_label(self._months[0], self._months[count - 1])
        terms = " + ".join(
            f"{heures(done)} × {euros(unitaire)}"
            for unitaire, done in self._by_unit(version, count)
        )
        grouped = f"({terms})" if " + " in terms else terms
        done = " + ".join(heures(etat.heures) for etat in self.first(count))
        return (
            Etape(
                f"Heures éligibles, {label}",
                done,
                heures(self.hours(count)),
                REF_REGULARISATION,
            ),
            Etape(
                f"Montant dû au titre des heures réalisées, {label}",
                f"{grouped} / {heures_etp(version.heures_annuelles_etp)}",
                euros(due),
                REF_REGULARISATION,
            ),
        )

    def explain_brsa(self, count: int, cost: Decimal) -> Etape:
        """One step: what the RSA beneficiaries of the first `count` months cost the département."""
        label = range_label(self._months[0], self._months[count - 1])
        terms = [
            f"{persons} × {euros(montant)}" for montant, persons in self._by_monthly_amount(count)
        ]
        persons = sum(etat.brsa for etat in self.first(count))
        detail = f"({persons}{NBSP}mois de présence de bénéficiaires)"
        return Etape(
            f"Dépense du département pour les bénéficiaires du RSA, {label}",
            f"{' + '.join(terms)} {detail}" if terms else "aucun mois de présence de bénéficiaires",
            euros(cost),
            REF_BRSA,
        )

    def _by_monthly_amount(self, count: int) -> list[tuple[Decimal, int]]:
        """Beneficiaries grouped by what one costs in a month, in order: [(88 % RSA, persons)].

        The cost of a month is a whole number of times that amount, which has two decimals.
        """
        groups: dict[Decimal, int] = {}
        for etat in self.first(count):
            if etat.brsa:
                montant = cents(divide(etat.cout_brsa, Decimal(etat.brsa)))
                groups[montant] = groups.get(montant, 0) + etat.brsa
        return list(groups.items())

    def _by_unit(self, version: Conditions, count: int) -> list[tuple[Decimal, Decimal]]:
        """Hours grouped by unit amount, in order: [(unit amount, hours)]."""
        groups: dict[Decimal, Decimal] = {}
        for etat, unitaire in zip(self.first(count), version.unitaires, strict=False):
            groups[unitaire] = groups.get(unitaire, ZERO) + etat.heures
        return list(groups.items())
