"""Modulated part of the aid: what the State adds once to the socle realised of an annex.

Text: arrêtés des aides au poste and model convention, art. 4 (« compris entre 0 et 10 % du montant
socle », « réduit à due proportion de l’occupation des postes », « versé en une fois »); the rate is
decided by the préfet on three criteria. Called by the notification and by nothing that pays the
socle: the modulated part stands beside the total of the annex.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from apps.rules.conditions import Conditions
from apps.rules.etats import Etats
from apps.rules.explanation import REF_MODULATION, REF_PLAFOND, Etape, euros, pourcent
from apps.rules.money import EXACT, HUNDRED, ZERO, cents, rate

TAUX_MAX = Decimal("10.00")


@dataclass(frozen=True, slots=True)
class Modulation:
    """The socle realised and the modulated part, in euros, with their steps."""

    base: Decimal
    montant: Decimal
    etapes: tuple[Etape, ...]


def modulated_part(version: Conditions, etats: Etats, taux: Decimal) -> Modulation:
    """round(min(T, D(n)) × rate): `taux` in per cent, 0 to 10, two decimals.

    `version` is the last one of the annex, `etats` its statements 1..n, all validated. ValueError
    for a rate outside the bounds or with more than two decimals, or when a statement is missing.
    """
    if not ZERO <= taux <= TAUX_MAX or rate(taux) != taux:
        raise ValueError(f"rate of a modulated part: {taux}")
    with localcontext(EXACT):
        earned = etats.earned(version, version.n)
        base = min(version.total, earned)
        montant = cents(base * taux / HUNDRED)
        etapes = list(etats.explain_earned(version, version.n, earned))
    if base != earned:
        etapes.append(
            Etape(
                "Montant socle réalisé, limité au montant total de l’annexe",
                f"le plus petit de {euros(earned)} et {euros(version.total)}",
                euros(base),
                REF_PLAFOND,
            )
        )
    etapes.append(
        Etape(
            "Part modulée : montant socle réalisé × taux notifié",
            f"{euros(base)} × {pourcent(taux)}",
            euros(montant),
            REF_MODULATION,
        )
    )
    return Modulation(base, montant, tuple(etapes))
