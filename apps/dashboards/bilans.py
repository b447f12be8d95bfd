"""The bilans of an annex: after each quarter, final, and of the negotiated objectives.

Cahier des charges §3.1. Hours and beneficiaries are those of the validated statements, amounts
those of the executed lines: the same figures as the payments, the posts and the Excel files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.core.charts import Graphique
from apps.dashboards.dossier import Dossier
from apps.dashboards.postes import LignePoste, chart_of_hours, monthly_lines
from apps.dashboards.sorties import SortiesAnnexe
from apps.rules.consommation import Consommation, consumption
from apps.rules.due import Executee
from apps.rules.money import ZERO, total
from apps.rules.periods import Month, range_label
from apps.rules.postes import (
    etp_moyens,
    heures_theoriques,
    mean_of_months,
    montants_conventionnes,
    taux_heures,
)
from apps.rules.sorties import Sorties

MOIS_PAR_TRIMESTRE = 3


@dataclass(frozen=True, slots=True)
class Trimestre:
    """A quarter of the conventioned period: the last one may be shorter."""

    rang: int
    months: tuple[Month, ...]
    valides: int

    @property
    def is_complete(self) -> bool:
        return self.valides == len(self.months)

    @property
    def libelle(self) -> str:
        return range_label(self.months[0], self.months[-1])

    @property
    def titre(self) -> str:
        return f"{'1er' if self.rang == 1 else f'{self.rang}e'} trimestre"


@dataclass(frozen=True, slots=True)
class Heures:
    """Hours of some months: those whose statement is validated, against their theoretical ones."""

    mois: int
    valides: int
    theoriques: Decimal
    realisees: Decimal
    etp: Decimal
    taux: Decimal
    theoriques_periode: Decimal

    @property
    def ecart(self) -> Decimal:
        return self.realisees - self.theoriques


@dataclass(frozen=True, slots=True)
class Montants:
    """Euros of one funder (or of both): planned, paid, effect of the regularisations, orders."""

    libelle: str
    prevu: Decimal
    verse: Decimal
    regularise: Decimal
    ordres: Decimal

    @property
    def net(self) -> Decimal:
        """What the funder has borne once the orders are taken off."""
        return self.verse - self.ordres


@dataclass(frozen=True, slots=True)
class Bilan:
    """One bilan, of a quarter or of the whole period."""

    dossier: Dossier
    months: tuple[Month, ...]
    lignes: list[LignePoste]
    heures: Heures
    cumul: Heures
    montants: list[Montants]
    entrees: int
    sorties: Sorties
    consommation: Consommation
    graphique: Graphique

    @property
    def ordres(self) -> Decimal:
        """Euros of the recovery orders of both funders."""
        return self.montants[-1].ordres

    @property
    def brsa_mois(self) -> int:
        """Beneficiaries counted, month after month."""
        return sum(realise.brsa for realise in self.dossier.valides(self.months))

    @property
    def brsa_vises(self) -> int:
        """Beneficiaries aimed at over the same validated months."""
        return self.dossier.version.brsa_vises * self.heures.valides

    @property
    def cout_cd(self) -> Decimal:
        """What the beneficiaries of these months cost the département, in euros."""
        return total(realise.cout_brsa for realise in self.dossier.valides(self.months))


def quarters(dossier: Dossier) -> list[Trimestre]:
    """The quarters of the annex, counted from its first month (cahier des charges §2.3)."""
    months = dossier.months
    found = []
    for start in range(0, len(months), MOIS_PAR_TRIMESTRE):
        some = months[start : start + MOIS_PAR_TRIMESTRE]
        rank = start // MOIS_PAR_TRIMESTRE + 1
        found.append(Trimestre(rank, some, len(dossier.valides(some))))
    return found


def bilan_of(
    dossier: Dossier, months: Sequence[Month], entrees: int, sorties: SortiesAnnexe
) -> Bilan:
    """The bilan of these months; hours are also added up since the first month."""
    some = tuple(months)
    since = dossier.months[: dossier.months.index(some[-1]) + 1]
    return Bilan(
        dossier=dossier,
        months=some,
        lignes=monthly_lines(dossier, some),
        heures=hours_of(dossier, some),
        cumul=hours_of(dossier, since),
        montants=amounts_of(dossier, some),
        entrees=entrees,
        sorties=sorties.between(some[0].first_day, some[-1].last_day),
        consommation=consumption_to(dossier, since),
        graphique=chart_of_hours(dossier, since),
    )


def consumption_to(dossier: Dossier, months: Sequence[Month]) -> Consommation:
    """How the département's amount was used by the end of these months."""
    costs = dossier.couts_brsa
    return consumption(dossier.conditions, {m: costs[m] for m in months if m in costs})


def hours_of(dossier: Dossier, months: Sequence[Month]) -> Heures:
    conditions, validated = dossier.conditions, len(dossier.valides(months))
    hours = dossier.heures(months)
    return Heures(
        mois=len(months),
        valides=validated,
        theoriques=heures_theoriques(conditions, validated),
        realisees=hours,
        etp=etp_moyens(hours, conditions.heures_annuelles_etp, validated),
        taux=taux_heures(conditions, hours, validated),
        theoriques_periode=heures_theoriques(conditions, len(months)),
    )


def amounts_of(dossier: Dossier, months: Sequence[Month]) -> list[Montants]:
    """The State, the département, then both. The lines are those of these months of work; the
    whole period has them all: the final regularisation, and months that an amendment dropped
    after they were paid."""
    conditions = dossier.conditions
    whole = len(months) == conditions.n
    lines = [line for line in dossier.executees if whole or line.mois in months]
    planned = montants_conventionnes(conditions, months)
    etat = Montants(
        "État",
        planned[0],
        total(line.part_etat for line in lines),
        total(_effect(dossier, line)[0] for line in lines),
        total(line.recouvre_etat for line in lines),
    )
    cd = Montants(
        str(dossier.version.financeur_cd or "Département"),
        planned[1],
        total(line.part_cd for line in lines),
        total(_effect(dossier, line)[1] for line in lines),
        total(line.recouvre_cd for line in lines),
    )
    both = Montants(
        "Total",
        etat.prevu + cd.prevu,
        etat.verse + cd.verse,
        etat.regularise + cd.regularise,
        etat.ordres + cd.ordres,
    )
    return [etat, cd, both]


def _effect(dossier: Dossier, line: Executee) -> tuple[Decimal, Decimal]:
    """(State, département): what a regularisation changed to the flat amount of its month, before
    any later amendment; the final one adds to it, its orders are told apart."""
    if line.nature == "solde":
        return line.part_etat, line.part_cd
    conditions = dossier.in_force_for(line.mois)
    if line.nature != "regularisation" or line.mois not in conditions.months:
        return ZERO, ZERO
    return (
        line.part_etat - conditions.forfait_etat(line.mois),
        line.part_cd - conditions.forfait_cd(line.mois),
    )


@dataclass(frozen=True, slots=True)
class Objectif:
    """One negotiated objective; `unite`: "%" for a rate, "n" for a whole number, "" otherwise."""

    libelle: str
    vise: Decimal
    realise: Decimal | None
    unite: str = ""

    @property
    def ecart(self) -> Decimal | None:
        return None if self.realise is None else self.realise - self.vise


def objectives_of(dossier: Dossier, sorties: Sorties) -> list[Objectif]:
    """Objective, done and gap: posts, beneficiaries, exits (rates over the exits examined)."""
    version, validated = dossier.version, dossier.valides()
    done = hours_of(dossier, dossier.months)
    mean_brsa = None
    if validated:
        persons = sum(realise.brsa for realise in validated)
        mean_brsa = mean_of_months(persons, len(validated))
    durables = version.taux_sorties_durables
    transition = version.taux_sorties_transition
    positives = version.taux_sorties_positives
    return [
        Objectif("Postes en ETP (moyenne mensuelle)", version.etp, done.etp if validated else None),
        Objectif(
            "Bénéficiaires du RSA (moyenne mensuelle)", Decimal(version.brsa_vises), mean_brsa
        ),
        Objectif("Sorties", Decimal(version.sorties_prevues), Decimal(sorties.examinees), "n"),
        Objectif("Emploi durable", durables, sorties.taux(sorties.durables), "%"),
        Objectif("Emploi de transition", transition, sorties.taux(sorties.transition), "%"),
        Objectif("Sorties positives", positives, sorties.taux(sorties.positives), "%"),
        Objectif(
            "Sorties dynamiques (les trois)",
            durables + transition + positives,
            sorties.taux(sorties.dynamiques),
            "%",
        ),
    ]
