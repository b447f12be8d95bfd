"""Call for funds to a département: the twelve lines of the « demande d’avance », its calendar.

Text: convention de mandat of the Haut-Rhin (2020), cahier des charges, II and annex 1; the layout
serves every mandate. Pure: the figures come from the ledger and from the forecasts of the annexes
(`apps.payments.appels`), here they are only added up and explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from apps.rules.explanation import NBSP, euros, terme
from apps.rules.money import HUNDRED, ZERO, cents, divide
from apps.rules.periods import Month, range_label

# Share of the expenses of the quarter before that is kept in hand (line 11), in percent.
FONDS_DE_ROULEMENT = Decimal(60)
JOUR_DE_LA_DEMANDE = 10  # of the second month of the quarter, at the latest
JOUR_DE_LA_PROPOSITION = 5  # the same month: five days to check and to issue
# A line before it is numbered: what it is, its amount, why.
Rangee = tuple[str, Decimal, str]
REFERENCE = f"Demande d’avance, annexe{NBSP}1 du cahier des charges, ligne{NBSP}"


@dataclass(frozen=True, slots=True, order=True)
class Trimestre:
    """A civil quarter; `Trimestre(2023, 4) + 1` is the first of 2024."""

    annee: int
    rang: int

    def __post_init__(self) -> None:
        if not 1 <= self.rang <= 4:
            raise ValueError(f"not a quarter: {self.annee}-{self.rang}")

    @classmethod
    def of(cls, day: date) -> Trimestre:
        return cls(day.year, (day.month + 2) // 3)

    def __add__(self, quarters: int) -> Trimestre:
        years, rest = divmod(self.rang - 1 + quarters, 4)
        return Trimestre(self.annee + years, rest + 1)

    def __sub__(self, quarters: int) -> Trimestre:
        return self + -quarters

    def __str__(self) -> str:
        return f"{ORDINAUX[self.rang - 1]} trimestre {self.annee}"

    @property
    def debut(self) -> Month:
        return Month(self.annee, 3 * self.rang - 2)

    @property
    def fin(self) -> Month:
        return self.debut + 2

    @property
    def proposition(self) -> date:
        """Day on which the call for the next quarter is proposed."""
        return (self.debut + 1).day(JOUR_DE_LA_PROPOSITION)

    @property
    def demande(self) -> date:
        """Last day to send the call for the next quarter."""
        return (self.debut + 1).day(JOUR_DE_LA_DEMANDE)

    @property
    def dernier_jour_ouvre(self) -> date:
        """Last working day: the sums called for the next quarter are due then."""
        day = self.fin.last_day
        while day.weekday() > 4 or day == easter_monday(day.year):
            day -= timedelta(days=1)
        return day


ORDINAUX = ("1er", "2e", "3e", "4e")


@dataclass(frozen=True, slots=True)
class Situation:
    """What the call rests on, in euros. `arrete`: last day of the quarter t−1.

    The first four are facts of the ledger from 1 January to `arrete`; `ordonnances`: notified by
    the département and not received on that day; `paye`: expenses of t−1; `prevu`, `prevu_suivant`:
    expenses of t and t+1, paid or expected.
    """

    arrete: date
    report: Decimal
    encaisse: Decimal
    mandate: Decimal
    recouvre: Decimal
    ordonnances: Decimal
    paye: Decimal
    prevu: Decimal
    prevu_suivant: Decimal
    # How the forecasts were made, in sentences shown beside lines 9 and 10.
    detail_prevu: str = ""
    detail_prevu_suivant: str = ""


@dataclass(frozen=True, slots=True)
class LigneAppel:
    """One line: its number, what it is, its amount in euros, why this amount."""

    numero: int
    libelle: str
    montant: Decimal
    calcul: str

    def as_dict(self) -> dict[str, str | int]:
        """Ready to be frozen as JSON with the call; amounts as exact text."""
        return {
            "numero": self.numero,
            "libelle": self.libelle,
            "montant": str(self.montant),
            "calcul": self.calcul,
            "reference": f"{REFERENCE}{self.numero}",
        }


def funds_call(trimestre: Trimestre, facts: Situation) -> tuple[LigneAppel, ...]:
    """The twelve lines of the call for a quarter; the last one is the sum to pay, never below 0.

    5 = 1 + 2 − 3 + 4; 7 = 5 + 6; 11 = 60 % of 8; 12 = 9 + 10 + 11 − 7.
    """
    tresorerie = facts.report + facts.encaisse - facts.mandate + facts.recouvre
    theorique = tresorerie + facts.ordonnances
    roulement = cents(divide(facts.paye * FONDS_DE_ROULEMENT, HUNDRED))
    besoin = facts.prevu + facts.prevu_suivant + roulement - theorique
    rows = (
        *_situation_rows(facts, tresorerie, theorique),
        *_forecast_rows(trimestre, facts, roulement, theorique, besoin),
    )
    return tuple(LigneAppel(rank, *row) for rank, row in enumerate(rows, start=1))


def _situation_rows(
    facts: Situation, tresorerie: Decimal, theorique: Decimal
) -> tuple[Rangee, ...]:
    """Lines 1 to 7: what the mandate holds, and what is on its way."""
    year, day = facts.arrete.year, f"{facts.arrete:%d/%m/%Y}"
    period = f"du 01/01/{year} au {day}"
    return (
        (
            f"Report : trésorerie disponible au 1er janvier {year}",
            facts.report,
            "Solde du compte de dépôt au Trésor du mandat avant toute opération de l’année.",
        ),
        (
            "Crédits encaissés par l’ASP sur la période",
            facts.encaisse,
            f"Fonds reçus du département {period}.",
        ),
        (
            "Crédits mandatés par l’ASP sur la période",
            facts.mandate,
            f"Aide payée {period}, virements rejetés déduits, réimputations comprises, et fonds "
            "reversés au département.",
        ),
        (
            "Reversements et remboursements d’indus sur la période",
            facts.recouvre,
            f"Sommes encaissées ou compensées sur les ordres de recouvrer {period}, excédents "
            "remboursés déduits.",
        ),
        (
            f"Trésorerie disponible au {day} (1 + 2 − 3 + 4)",
            tresorerie,
            f"{terme(facts.report)} + {terme(facts.encaisse)} − {terme(facts.mandate)} + "
            f"{terme(facts.recouvre)}",
        ),
        (
            "Crédits ordonnancés au profit de l’ASP, non encaissés sur la période",
            facts.ordonnances,
            f"Fonds notifiés par le département et non reçus au {day}, et fonds reçus depuis.",
        ),
        (
            "Solde théorique (5 + 6)",
            theorique,
            f"{terme(tresorerie)} + {terme(facts.ordonnances)}",
        ),
    )


def _forecast_rows(
    trimestre: Trimestre,
    facts: Situation,
    roulement: Decimal,
    theorique: Decimal,
    besoin: Decimal,
) -> tuple[Rangee, ...]:
    """Lines 8 to 12: what was paid, what is expected, what is called."""
    courant, passe = trimestre - 1, trimestre - 2
    called = (
        f"{terme(facts.prevu)} + {terme(facts.prevu_suivant)} + {terme(roulement)} − "
        f"{terme(theorique)}"
    )
    if besoin < 0:
        called += f" = {euros(besoin)} : aucune somme n’est appelée."
    return (
        (
            f"Dépenses payées au cours du {passe}",
            facts.paye,
            f"Aide payée {range_label(passe.debut, passe.fin)}, virements rejetés déduits, "
            "réimputations comprises.",
        ),
        (
            f"Prévision actualisée de dépenses pour le {courant}",
            facts.prevu,
            facts.detail_prevu or "Dépenses payées ou attendues du trimestre.",
        ),
        (
            f"Prévision de dépenses pour le {trimestre}",
            facts.prevu_suivant,
            facts.detail_prevu_suivant or "Échéances attendues du trimestre.",
        ),
        (
            f"Fonds de roulement (60{NBSP}% de 8)",
            roulement,
            f"{euros(facts.paye)} × 60{NBSP}%",
        ),
        (
            f"Avance à verser pour le {trimestre} (9 + 10 + 11 − 7)",
            max(ZERO, besoin),
            called,
        ),
    )


def easter_monday(year: int) -> date:
    """The only public holiday that may end a quarter (31 March); Meeus' reckoning."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1) + timedelta(days=1)
