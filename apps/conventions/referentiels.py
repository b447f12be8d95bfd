"""The dated tables of the law as the screens show them: names, values in force, gaps.

`apps.rules.parameter` holds the values of the texts known when the product was delivered; this
application keeps those approved since and gives them to it (`approved_values`). Read by the
screens of the referentials and by the services that add a value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from apps.conventions.models import ValeurReferentiel
from apps.rules.parameter import FICHIERS, MESURES, Valeur, valeurs
from apps.siae.codes import TypeMesure

BAREMES = {
    "montants_unitaires": "Montant unitaire annuel par ETP",
    "rsa": "88 % du RSA, montant mensuel",
    "heures_etp": "Heures annuelles par ETP",
    "ipc": "Indice des prix à la consommation",
}
# Tables common to every measure.
COMMUNES = ("rsa", "ipc")
OUTRE_MER = "_MAYOTTE"


@dataclass(frozen=True, slots=True)
class Serie:
    """A series of a table: one measure and territory."""

    fichier: str
    serie: str

    @property
    def bareme(self) -> str:
        return BAREMES[self.fichier]

    @property
    def en_heures(self) -> bool:
        return self.fichier == "heures_etp"

    @property
    def en_indice(self) -> bool:
        return self.fichier == "ipc"

    @property
    def mesure(self) -> str:
        """Code of its measure; empty for a table common to all."""
        return "" if self.fichier in COMMUNES else self.serie.removesuffix(OUTRE_MER)

    @property
    def libelle(self) -> str:
        overseas = self.serie.endswith(OUTRE_MER)
        if self.en_indice:
            return "Tous ménages hors tabac, mois d’août"
        if not self.mesure:
            return "Mayotte" if overseas else "Hors Mayotte"
        label = str(TypeMesure(self.mesure).label)
        return f"{label} à Mayotte" if overseas else label

    def __str__(self) -> str:
        return f"{self.bareme} – {self.libelle}"

    def valeurs(self) -> tuple[Valeur, ...]:
        return valeurs(self.fichier, self.serie)


def _series() -> dict[tuple[str, str], Serie]:
    keys = [(FICHIERS[0], mesure + end) for end in ("", OUTRE_MER) for mesure in MESURES]
    keys += [("rsa", "montants" + end) for end in ("", OUTRE_MER)]
    keys += [("heures_etp", mesure) for mesure in MESURES]
    keys.append(("ipc", "hors_tabac"))
    return {key: Serie(*key) for key in keys}


SERIES = _series()


def approved_values() -> Mapping[tuple[str, str], Sequence[Valeur]]:
    """Every value approved by the ASP, by file and series, in one query."""
    added: dict[tuple[str, str], list[Valeur]] = defaultdict(list)
    approved = ValeurReferentiel.objects.filter(etat=ValeurReferentiel.Etat.APPROUVEE)
    for row in approved.order_by("pk"):
        added[row.fichier, row.serie].append(as_valeur(row))
    return added


def as_valeur(row: ValeurReferentiel) -> Valeur:
    return Valeur(row.effet, row.connu_le, row.montant, row.reference)


def in_force(serie: Serie, on: date) -> Valeur | None:
    """The value in effect on a day as known on it; its amount is None in a gap of the texts."""
    known = [v for v in serie.valeurs() if v.effet <= on and v.connu_le <= on]
    return known[-1] if known else None


def gaps(serie: Serie) -> list[Valeur]:
    """Effects whose amount was found in no text and that nobody has completed since."""
    last = {valeur.effet: valeur for valeur in serie.valeurs()}
    return [valeur for valeur in last.values() if valeur.montant is None]
