"""How fast an annex uses the département's amount, and when it will have used it all.

Text: cahier des charges §2.3: each RSA beneficiary with one hour costs 88 % of the RSA, within the
amount of the annex. The months to come are supposed to cost what the last ones did. Called by the
alerts and by the follow-up of the CAOM; no payment depends on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.rules.conditions import Conditions
from apps.rules.money import ZERO, cents, divide, total
from apps.rules.periods import Month

# The pace is that of the last three months known.
MOIS_DE_REFERENCE = 3


@dataclass(frozen=True, slots=True)
class Consommation:
    """Amounts in euros: consumed so far, expected at the end; `epuise_en` when it runs out before
    the last month of the annex."""

    plafond: Decimal
    consomme: Decimal
    prevu: Decimal
    epuise_en: Month | None

    @property
    def reste(self) -> Decimal:
        return self.plafond - self.consomme

    @property
    def prevu_sous_plafond(self) -> Decimal:
        """What the département will bear: never more than its amount."""
        return min(self.plafond, self.prevu)


def consumption(version: Conditions, couts: Mapping[Month, Decimal]) -> Consommation:
    """Consumption of an annex from the real cost of its months known so far."""
    pace = monthly_pace(couts)
    running = ZERO
    runs_out = None
    for mois in version.months:
        running += couts.get(mois, pace)
        if runs_out is None and running > version.montant_cd and mois < version.fin:
            runs_out = mois
    consumed = min(version.montant_cd, total(couts.values()))
    return Consommation(version.montant_cd, consumed, running, runs_out)


def monthly_pace(couts: Mapping[Month, Decimal]) -> Decimal:
    """Mean cost of the last months known, in euros; 0.00 when none is."""
    last = sorted(couts)[-MOIS_DE_REFERENCE:]
    if not last:
        return ZERO
    return cents(divide(total(couts[mois] for mois in last), Decimal(len(last))))
