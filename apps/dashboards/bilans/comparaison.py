"""What has changed since a bilan was issued: its figures beside those of the day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.dashboards.bilans.figures import Bilan, BilanObjectifs
from apps.rules.explanation import euros, heures, nombre


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is no longer what was issued, in words."""

    libelle: str
    emis: str
    a_ce_jour: str


def differences(issued: Bilan | BilanObjectifs, live: Bilan | BilanObjectifs) -> list[Difference]:
    """Figures that differ, in the order of the bilan; empty when nothing has changed."""
    then, now = dict(_figures(issued)), dict(_figures(live))
    return [
        Difference(label, then.get(label, "–"), now.get(label, "–"))
        for label in [*then, *(label for label in now if label not in then)]
        if then.get(label) != now.get(label)
    ]


def _figures(bilan: Bilan | BilanObjectifs) -> Iterator[tuple[str, str]]:
    identite = bilan.identite
    yield "Version de l’annexe", identite.version
    yield "Postes de l’annexe", nombre(identite.etp)
    yield "Montant de l’annexe", euros(identite.montant_total)
    yield from _of_period(bilan) if isinstance(bilan, Bilan) else _of_objectives(bilan)
    sorties = bilan.sorties
    yield "Sorties examinées", str(sorties.examinees)
    yield "Emploi durable", str(sorties.durables)
    yield "Emploi de transition", str(sorties.transition)
    yield "Sorties positives", str(sorties.positives)
    yield "Salariés présents", str(bilan.salaries)


def _of_period(bilan: Bilan) -> Iterator[tuple[str, str]]:
    yield "Mois validés", f"{bilan.heures.valides} sur {bilan.heures.mois}"
    yield "Heures théoriques", heures(bilan.heures.theoriques)
    yield "Heures réalisées", heures(bilan.heures.realisees)
    yield "Heures réalisées depuis le début", heures(bilan.cumul.realisees)
    yield "Bénéficiaires du RSA présents", str(bilan.salaries_brsa)
    yield "Entrées", str(bilan.entrees)
    # By rank, not by name: the State, the département, then both.
    for funder, line in zip(("État", "département", "total"), bilan.montants, strict=True):
        yield f"Prévu, {funder}", euros(line.prevu)
        yield f"Versé, {funder}", euros(line.verse)
        yield f"Effet des régularisations, {funder}", euros(line.regularise)
        yield f"Rappels, {funder}", euros(line.rappels)
        yield f"Ordres de recouvrer, {funder}", euros(line.ordres)
    due = bilan.montants[-1].du
    yield "Dû au titre des heures réalisées", "–" if due is None else euros(due)
    for claim in bilan.creances:
        yield f"Reste dû, {claim.financeur}", euros(claim.reste)
    yield "Consommé par les bénéficiaires du RSA", euros(bilan.consommation.consomme)
    for line in bilan.regularisations:
        yield f"{line.nature} payée avec {line.mois.label}", euros(line.montant)


def _of_objectives(bilan: BilanObjectifs) -> Iterator[tuple[str, str]]:
    for objectif in bilan.objectifs:
        aimed, done, _gap = objectif.en_mots
        yield f"{objectif.libelle}, prévu", aimed
        yield f"{objectif.libelle}, réalisé", done
    for row in bilan.encadrement:
        yield row.libelle, f"{heures(row.heures)}, {nombre(row.etp)} ETP"
