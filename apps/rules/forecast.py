"""Run after run: `due_lines` played over the months to come, for forecasts and the simulator.

No rule of its own (see `due.py`). Called by `simulation.py`, by the amendment screen (what would
change) and by the structures' treasury forecast.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.rules.cofinancement import amount_on
from apps.rules.conditions import Conditions
from apps.rules.due import Attente, DejaExecute, Ligne, MoisValide, due_lines
from apps.rules.money import ZERO, cents
from apps.rules.periods import Month, month_range


@dataclass(frozen=True, slots=True)
class LigneDatee:
    """A line and the run (campagne) that releases it."""

    campagne: Month
    ligne: Ligne


@dataclass(frozen=True, slots=True)
class Hypothese:
    """What a statement to come is supposed to hold: eligible hours, beneficiaries of the RSA."""

    heures: Decimal
    brsa: int = 0


@dataclass(frozen=True, slots=True)
class Deroulement:
    """What a series of runs gives: its new lines in order, and what still waits at the end."""

    lignes: tuple[LigneDatee, ...]
    attentes: tuple[Attente, ...]


def play(
    versions: Sequence[Conditions],
    mois_valides: Mapping[Month, MoisValide],
    executees: Sequence[DejaExecute],
    depuis: Month,
    jour_paiement: int,
) -> Deroulement:
    """Play every run from `depuis` until nothing can change any more; payment day 1 to 28.

    Only the runs at which something may happen are played: an instalment falls due, an amendment
    comes into force, a statement begins to count.
    """
    history = list(executees)
    dated: list[LigneDatee] = []
    attentes: list[Attente] = []
    for campagne in _runs(versions, mois_valides, depuis, jour_paiement):
        day = campagne.day(jour_paiement)
        lignes, attentes = due_lines(versions, mois_valides, history, campagne, day)
        history += lignes
        dated += [LigneDatee(campagne, ligne) for ligne in lignes]
    return Deroulement(tuple(dated), tuple(attentes))


def forecast(
    versions: Sequence[Conditions],
    mois_valides: Mapping[Month, MoisValide],
    executees: Sequence[DejaExecute],
    depuis: Month,
    jour_paiement: int,
    *,
    heures: Decimal,
    brsa: int = 0,
    montants_cd: Sequence[tuple[date, Decimal]] = (),
) -> Deroulement:
    """The runs from `depuis` on, if each missing statement held `heures` and `brsa` persons.

    LookupError when there are beneficiaries and `montants_cd` covers none of their months.
    """
    everywhere = dict.fromkeys(versions[-1].months, Hypothese(heures, brsa))
    supposed = suppose(mois_valides, everywhere, depuis, montants_cd)
    return play(versions, supposed, executees, depuis, jour_paiement)


def suppose(
    mois_valides: Mapping[Month, MoisValide],
    hypotheses: Mapping[Month, Hypothese],
    depuis: Month,
    montants_cd: Sequence[tuple[date, Decimal]] = (),
) -> dict[Month, MoisValide]:
    """The validated statements, and for the other months those supposed.

    A supposed statement is validated in time: on the first day of the following month, or of
    `depuis` for a month already late. LookupError as above.
    """
    supposed = dict(mois_valides)
    for mois, guess in hypotheses.items():
        if mois not in supposed:
            cost = cents(guess.brsa * amount_on(montants_cd, mois)) if guess.brsa else ZERO
            day = max(mois + 1, depuis).first_day
            supposed[mois] = MoisValide(mois, guess.heures, guess.brsa, cost, day)
    return supposed


def _runs(
    versions: Sequence[Conditions],
    mois_valides: Mapping[Month, MoisValide],
    depuis: Month,
    jour_paiement: int,
) -> list[Month]:
    last = max(version.fin for version in versions) + 1
    runs = {depuis, *month_range(versions[0].debut, last)}
    runs |= {version.a_partir_de for version in versions}
    for etat in mois_valides.values():
        month = Month.of(etat.valide_le)
        runs.add(month if etat.valide_le.day <= jour_paiement else month + 1)
    return sorted(run for run in runs if run >= depuis)
