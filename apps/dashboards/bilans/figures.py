"""The figures of a bilan: plain values, the same on screen, in the PDF and in the database.

No row of the database is held here: what was issued is read from `BilanEmis.contenu` into these
very classes (`contenu`), what is read today is computed into them (`calculs`). A figure added later
has a default, that of the bilans issued without it; any other change of their shape needs another
number in `contenu`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.core.charts import Graphique
from apps.dashboards.bilans.compte import Compte, Creance, Montants, Part, account
from apps.dashboards.bilans.trimestres import rank_label
from apps.dashboards.postes import LignePoste, chart_of_cumulative_hours
from apps.dashboards.profils import SITUATION, Profil
from apps.rules.consommation import Consommation
from apps.rules.explanation import NBSP, Etape, nombre, pourcent
from apps.rules.money import ZERO, total
from apps.rules.periods import Month, range_label
from apps.rules.sorties import Sorties


@dataclass(frozen=True, slots=True)
class Structure:
    """Whom the bilan is sent to, named as the letterhead reads it."""

    denomination: str
    siret: str
    correspondant: str
    adresse_gestion: str
    adresse: str
    code_postal: str
    commune: str


@dataclass(frozen=True, slots=True)
class Identite:
    """The annex in the version the figures were read in; amounts in euros."""

    structure: Structure
    annexe: str
    version: str
    mesure: str
    debut: date
    fin: date
    etp: Decimal
    montant_total: Decimal
    montant_cd: Decimal
    financeur_cd: str

    @property
    def mois(self) -> int:
        return Month.of(self.fin) - Month.of(self.debut) + 1


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
class Point:
    """Cumulative hours at the end of a month; none done once a statement is missing."""

    mois: Month
    theoriques: Decimal
    realisees: Decimal | None


@dataclass(frozen=True, slots=True)
class Regularisation:
    """A line paid by a run, with its reasoning as it was stored; amounts in euros.

    `forfait` is what the month was worth before it, None for the final regularisation, and
    `forfait_cd` the share of the département in it. `a_recouvrer`: orders of both funders.
    """

    versement: int
    nature: str
    mois: Month
    sequence: int
    campagne: int
    paye_le: date
    montant: Decimal
    part_etat: Decimal
    part_cd: Decimal
    forfait: Decimal | None
    etapes: list[Etape]
    forfait_cd: Decimal | None = None
    a_recouvrer: Decimal = ZERO

    @property
    def par_financeur(self) -> list[tuple[str, Decimal, Decimal, Decimal]]:
        """Funder, amount expected of the month, amount paid, effect; empty for the final one."""
        if self.forfait is None or self.forfait_cd is None:
            return []
        rows = (
            ("État", self.forfait - self.forfait_cd, self.part_etat),
            ("Département", self.forfait_cd, self.part_cd),
            ("Total", self.forfait, self.montant),
        )
        return [(label, planned, paid, paid - planned) for label, planned, paid in rows]

    @property
    def reimpute(self) -> Decimal:
        """Moved from one funder to the other."""
        return abs(self.part_cd)

    @property
    def reduction(self) -> Decimal:
        """What a further final regularisation took off the orders."""
        return max(-self.a_recouvrer, ZERO)

    @property
    def is_final(self) -> bool:
        return self.forfait is None

    @property
    def effet(self) -> Decimal:
        """What it changed to the amount expected of its month."""
        return self.montant - (self.forfait or ZERO)


@dataclass(frozen=True, slots=True)
class Ordre:
    """A recovery order of the annex, in euros: `montant` is what it claims after any reduction."""

    ordre: int
    numero: int
    financeur: str
    etat: str
    emis_le: date
    montant: Decimal
    montant_initial: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bilan:
    """Of a quarter, or of the whole period (`trimestre` 0: bilan final)."""

    identite: Identite
    etabli_le: date
    trimestre: int
    lignes: list[LignePoste]
    courbe: list[Point]
    heures: Heures
    cumul: Heures
    salaries: int
    salaries_brsa: int
    entrees: int
    sorties: Sorties
    montants: list[Montants]
    montants_cumules: list[Montants]
    brsa_vises: int
    brsa_mois: int
    cout_cd: Decimal
    consommation: Consommation
    regularisations: list[Regularisation]
    ordres: list[Ordre]
    creances: list[Creance]
    composition: list[Part]
    soldee: bool

    gabarit = "dashboards/bilan_corps.html"

    @property
    def titre(self) -> str:
        if self.is_whole:
            return "Bilan final"
        return f"Bilan intermédiaire, {rank_label(self.trimestre)}"

    @property
    def periode(self) -> str:
        """« de janvier à mars 2023 »."""
        return range_label(self.lignes[0].mois, self.lignes[-1].mois)

    @property
    def is_whole(self) -> bool:
        return self.trimestre == 0

    @property
    def is_complete(self) -> bool:
        """Every month is validated."""
        return self.heures.valides == self.heures.mois

    @property
    def has_figures(self) -> bool:
        return bool(self.heures.valides)

    @property
    def dette(self) -> Decimal:
        """Euros of the recovery orders of both funders: 0, or what the structure owes."""
        return self.montants[-1].ordres

    @property
    def reste_du(self) -> Decimal:
        """What is left of it that day, in the accounts."""
        return total(creance.reste for creance in self.creances)

    @property
    def creances_total(self) -> Creance:
        return Creance(
            "Total",
            total(creance.emis for creance in self.creances),
            total(creance.recouvre for creance in self.creances),
            total(creance.abandonne for creance in self.creances),
        )

    @property
    def composition_total(self) -> Part:
        return Part(
            "Total versé",
            total(part.etat for part in self.composition),
            total(part.cd for part in self.composition),
        )

    @property
    def comptes(self) -> list[Compte]:
        """Account of the months of the bilan; then since the beginning, from the second quarter."""
        if self.is_whole:
            return [account("De l’échéance au versement", self.montants)]
        quarter = account("Mois du trimestre", self.montants)
        if self.trimestre == 1:
            return [quarter]
        return [quarter, account("Depuis le début de l’annexe", self.montants_cumules)]

    @property
    def definitions(self) -> dict[str, str]:
        """What each line of the accounts means, said once for all of them."""
        return {row.libelle: row.definition for each in self.comptes for row in each.lignes}

    @property
    def graphique(self) -> Graphique:
        return chart_of_cumulative_hours(
            [point.mois for point in self.courbe],
            [point.realisees for point in self.courbe],
            [point.theoriques for point in self.courbe],
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

    @property
    def en_mots(self) -> tuple[str, str, str]:
        """Objective, done and gap as they are read; « – » for what is not known."""
        gap = "–" if self.ecart is None else self._word(self.ecart)
        if self.unite == "%" and self.ecart is not None:
            gap = f"{nombre(self.ecart)}{NBSP}points"
        if self.ecart is not None and self.ecart > 0:
            gap = f"+{gap}"
        done = "–" if self.realise is None else self._word(self.realise)
        return self._word(self.vise), done, gap

    def _word(self, value: Decimal) -> str:
        if self.unite == "n":
            return nombre(value).removesuffix(",00")
        return pourcent(value) if self.unite == "%" else nombre(value)


@dataclass(frozen=True, slots=True)
class Encadrant:
    """Supervision done over the period by one kind of person: hours, full-time equivalents."""

    libelle: str
    heures: Decimal
    etp: Decimal


@dataclass(frozen=True, slots=True)
class BilanObjectifs:
    """What was negotiated and what was done. `encadrement` is empty until the structure says it."""

    identite: Identite
    etabli_le: date
    mois: int
    valides: int
    objectifs: list[Objectif]
    sorties: Sorties
    salaries: int
    profils: list[Profil]
    encadrement: list[Encadrant]
    soldee: bool

    gabarit = "dashboards/bilan_objectifs_corps.html"
    titre = "Bilan des objectifs négociés"

    @property
    def groupes(self) -> list[tuple[str, list[Profil], bool]]:
        """Profiles by group, in order; True for a group that counts each person once."""
        found: dict[str, list[Profil]] = {}
        for profil in self.profils:
            found.setdefault(profil.groupe, []).append(profil)
        return [(name, rows, name != SITUATION) for name, rows in found.items()]

    @property
    def encadrement_total(self) -> Encadrant:
        return Encadrant(
            "Total",
            total(row.heures for row in self.encadrement),
            total(row.etp for row in self.encadrement),
        )

    @property
    def has_figures(self) -> bool:
        return bool(self.valides or self.salaries)
