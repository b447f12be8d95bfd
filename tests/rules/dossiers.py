"""Builders shared by the tests of the rules: an annex, its statements, what was executed.

By default the annex of the cahier des charges §2.2: six posts at 19 655,00 €, 12 months of 2018,
23 040,96 € borne by the département.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, settings

from apps.rules.conditions import Conditions
from apps.rules.due import Executee, Ligne, MoisValide, due_lines
from apps.rules.periods import Month

# The same cases on every machine and every run: a failure is never a matter of luck.
deterministic = settings(
    derandomize=True,
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

JANVIER = Month(2018, 1)
JOUR = 20


def annexe(
    *,
    debut: str = "2018-01",
    mois: int = 12,
    etp: str = "6.00",
    unitaires: dict[str, str] | str = "19655.00",
    heures: str = "1820",
    cd: str = "23040.96",
    a_partir_de: str | None = None,
    reference: str = "A0 M0",
) -> Conditions:
    first = Month.parse(debut)
    dated = {str(first.first_day): unitaires} if isinstance(unitaires, str) else unitaires
    return Conditions(
        debut=first,
        fin=first + (mois - 1),
        etp=Decimal(etp),
        montants_unitaires=tuple(
            (date.fromisoformat(day), Decimal(amount)) for day, amount in dated.items()
        ),
        heures_annuelles_etp=Decimal(heures),
        montant_cd=Decimal(cd),
        a_partir_de=Month.parse(a_partir_de) if a_partir_de else first,
        reference=reference,
    )


def etat(
    mois: str, heures: str, brsa: int = 4, valide_le: str | None = None, cout: str = "480.02"
) -> MoisValide:
    """A statement, validated by default on the 10th of the following month."""
    month = Month.parse(mois)
    day = date.fromisoformat(valide_le) if valide_le else (month + 1).day(10)
    return MoisValide(month, Decimal(heures), brsa, brsa * Decimal(cout), day)


def etats(
    heures: Sequence[str], brsa: int = 4, debut: str = "2018-01", **changes: MoisValide
) -> dict[Month, MoisValide]:
    """Statements of consecutive months, each validated in time."""
    first = Month.parse(debut)
    found = {
        first + rank: etat(str(first + rank), hours, brsa) for rank, hours in enumerate(heures)
    }
    found.update({change.mois: change for change in changes.values()})
    return found


def executee(mois: str, nature: str, montant: str, part_cd: str, **orders: str) -> Executee:
    paid, cd = Decimal(montant), Decimal(part_cd)
    month = Month.parse(mois)
    recovered = {name: Decimal(amount) for name, amount in orders.items()}
    return Executee(month, nature, 1, paid, paid - cd, cd, **recovered)


def run(versions, valides, campagne: str, history=(), jour: int = JOUR):
    """One run: its new lines and what waits."""
    month = Month.parse(campagne)
    return due_lines(versions, valides, list(history), month, month.day(jour))


def runs(versions, valides, first: str, last: str, history=(), jour: int = JOUR) -> list[Ligne]:
    """Every run from one month to another, each executed before the next; the new lines."""
    lignes: list[Ligne] = []
    month = Month.parse(first)
    while month <= Month.parse(last):
        lignes += run(versions, valides, str(month), [*history, *lignes], jour)[0]
        month = month + 1
    return lignes


def shown(ligne: Ligne) -> tuple[str, str, str, str]:
    """A line as a row of a table: month, nature, amount, département's share."""
    return (str(ligne.mois), ligne.nature, str(ligne.montant), str(ligne.part_cd))


def waiting(attentes) -> list[tuple[str | None, str, list[str]]]:
    return [
        (
            str(attente.mois) if attente.mois else None,
            attente.nature,
            [str(mois) for mois in attente.mois_manquants],
        )
        for attente in attentes
    ]
