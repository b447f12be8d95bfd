"""The account of a bilan: from what was planned at each instalment to what was paid and borne.

Every executed line goes to one place, so that planned + gaps = paid for each funder, and the
quarters + final regularisations + instalments out of the period = paid over the whole annex.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Montants:
    """Account of one funder (or of both) over some months, in euros.

    Planned at each instalment by the version then in force; what parts the paid from it, each for
    what it is. `du`: worth of the hours done, of both funders only, None while one is unknown.
    """

    libelle: str
    prevu: Decimal
    regularise: Decimal
    rappels: Decimal
    limites: Decimal
    non_payes: Decimal
    hors_periode: Decimal
    soldes: Decimal
    verse: Decimal
    ordres: Decimal
    du: Decimal | None = None

    @property
    def ecart(self) -> Decimal:
        """Paid beyond the planned; the sum of what parts them."""
        return self.verse - self.prevu

    @property
    def net(self) -> Decimal:
        """What the funder has borne once the orders are taken off."""
        return self.verse - self.ordres

    @property
    def trop_verse(self) -> Decimal | None:
        """Borne beyond the worth of the hours done; negative when less was paid."""
        return None if self.du is None else self.net - self.du


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what was paid over the whole annex, in euros."""

    libelle: str
    etat: Decimal
    cd: Decimal

    @property
    def total(self) -> Decimal:
        return self.etat + self.cd


@dataclass(frozen=True, slots=True)
class Creance:
    """Orders to one funder as the accounts have them that day, in euros."""

    financeur: str
    emis: Decimal
    recouvre: Decimal
    abandonne: Decimal

    @property
    def reste(self) -> Decimal:
        return self.emis - self.recouvre - self.abandonne


@dataclass(frozen=True, slots=True)
class LigneCompte:
    """One line of the account: amounts of the State, the département, both; what it means."""

    libelle: str
    montants: list[Decimal | None]
    definition: str
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Compte:
    """An account as it is read: its title, its funders, its lines."""

    titre: str
    financeurs: list[str]
    lignes: list[LigneCompte]


# Field, label, definition, whether it is a sum; a gap that is 0 for everybody is left out.
LIGNES = (
    (
        "prevu",
        "Prévu",
        "montants forfaitaires des échéances de ces mois, à la version de l’annexe alors en "
        "vigueur",
        True,
    ),
    (
        "regularise",
        "Effet des régularisations",
        "ce que les régularisations payées avec ces échéances ont changé à leur forfait",
        False,
    ),
    ("rappels", "Rappels", "versements dus à un avenant qui s’applique à des mois passés", False),
    (
        "limites",
        "Limites et arrondis",
        "forfaits réduits au montant de l’annexe ou à ce qui restait de la part du département",
        False,
    ),
    ("non_payes", "Échéances non payées", "échéances prévues qu’aucune campagne n’a payées", False),
    (
        "hors_periode",
        "Échéances hors période",
        "échéances payées de mois qu’un avenant a ensuite sortis de l’annexe",
        False,
    ),
    (
        "soldes",
        "Régularisation finale",
        "ce qu’elle a versé, ou réimputé d’un financeur à l’autre (part négative)",
        False,
    ),
    ("verse", "Versé", "somme des lignes qui précèdent, payée par les campagnes exécutées", True),
    ("ecart", "Écart entre le versé et le prévu", "versé moins prévu", False),
    ("ordres", "Ordres de recouvrer", "créances constatées par la régularisation finale", False),
    ("net", "Versé net des ordres", "versé moins ordres de recouvrer", True),
    (
        "du",
        "Dû au titre des heures réalisées",
        "valeur des heures éligibles, dans la limite du montant de l’annexe, sans répartition "
        "entre financeurs",
        True,
    ),
    (
        "trop_verse",
        "Versé en trop (+) ou en moins (−)",
        "versé, net des ordres de recouvrer, moins dû",
        False,
    ),
)
ALWAYS = ("prevu", "verse", "ecart", "du", "trop_verse")


def account(titre: str, montants: list[Montants]) -> Compte:
    """The lines of an account that say something; called with the amounts of each funder."""
    lines = []
    owed = any(line.ordres for line in montants)
    for field, label, definition, is_sum in LIGNES:
        values = [getattr(line, field) for line in montants]
        kept = field in ALWAYS or (owed if field == "net" else any(values))
        if kept and any(value is not None for value in values):
            lines.append(LigneCompte(label, values, definition, is_sum))
    return Compte(titre, [line.libelle for line in montants], lines)


def both(etat: Montants, cd: Montants, du: Decimal | None) -> Montants:
    """The account of the two funders together."""
    fields = ("prevu", "regularise", "rappels", "limites", "non_payes", "hors_periode", "soldes")
    sums = {name: getattr(etat, name) + getattr(cd, name) for name in (*fields, "verse", "ordres")}
    return Montants("Total", **sums, du=du)
