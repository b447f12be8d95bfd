"""Yearly revision of the management fees on consumer prices.

Text: convention de mandat, art. 3.2 (« actualisés chaque année au 1er janvier en fonction de
l’évolution de l’indice INSEE des prix à la consommation, tous ménages hors tabac, mois de
référence : août »). Called by the notice of the new prices and by the form of the yearly credits.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from apps.rules.explanation import REF_FRAIS_INDEXATION, Etape, euros, nombre
from apps.rules.money import EXACT, cents
from apps.rules.parameter import indice_prix


@dataclass(frozen=True, slots=True)
class Tarif:
    """Prices of the management fees of a year, in euros."""

    prix_annexe: Decimal
    forfait_annuel: Decimal


@dataclass(frozen=True, slots=True)
class Revision:
    """New prices, from which index to which, with their explained steps."""

    tarif: Tarif
    indice_ancien: Decimal
    indice_nouveau: Decimal
    etapes: tuple[Etape, ...]


def revise(ancien: Tarif, annee: int, connu_le: date | None = None) -> Revision:
    """Prices of `annee` from those of the year before: price × CPI Aug(N−1) / CPI Aug(N−2).

    Rounded half-up to the cent. ParametreInconnu when one of the two indices is not recorded on
    `connu_le`.
    """
    before = indice_prix(annee - 2, connu_le)
    after = indice_prix(annee - 1, connu_le)
    tarif = Tarif(
        indexed(ancien.prix_annexe, before, after), indexed(ancien.forfait_annuel, before, after)
    )
    ratio = f"{nombre(after)} / {nombre(before)}"
    etapes = (
        _step_of_index(annee - 2, before),
        _step_of_index(annee - 1, after),
        Etape(
            f"Prix par annexe ou avenant au 1er janvier {annee}",
            f"{euros(ancien.prix_annexe)} × {ratio}",
            euros(tarif.prix_annexe),
            REF_FRAIS_INDEXATION,
        ),
        Etape(
            f"Forfait annuel au 1er janvier {annee}",
            f"{euros(ancien.forfait_annuel)} × {ratio}",
            euros(tarif.forfait_annuel),
            REF_FRAIS_INDEXATION,
        ),
    )
    return Revision(tarif, before, after, etapes)


def indexed(montant: Decimal, ancien: Decimal, nouveau: Decimal) -> Decimal:
    """An amount in euros moved from one index to another, to the cent."""
    with localcontext(EXACT):
        return cents(montant * nouveau / ancien)


def _step_of_index(annee: int, indice: Decimal) -> Etape:
    return Etape(
        f"Indice des prix à la consommation, tous ménages hors tabac, août {annee}",
        "publié par l’INSEE",
        nombre(indice),
        REF_FRAIS_INDEXATION,
    )
