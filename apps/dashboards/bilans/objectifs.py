"""The bilan des objectifs négociés: objective, done and gap, who the employees are, supervision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from apps.dashboards.bilans.calculs import hours_of, identity_of
from apps.dashboards.bilans.figures import BilanObjectifs, Objectif
from apps.dashboards.bilans.lecture import Faits
from apps.dashboards.dossier import Dossier
from apps.dashboards.profils import Profil, read_profiles
from apps.rules.postes import mean_of_months
from apps.rules.sorties import Sorties


def objectives_bilans(faits: Sequence[Faits], on: date) -> list[BilanObjectifs]:
    """The bilans of these annexes; two queries for all of them."""
    people = {fait.dossier.annexe.pk: fait.salaries() for fait in faits}
    profiles = read_profiles(people, [fait.dossier.version for fait in faits])
    return [
        _bilan(fait, len(people[fait.dossier.annexe.pk]), profiles[fait.dossier.annexe.pk], on)
        for fait in faits
    ]


def _bilan(faits: Faits, people: int, profiles: list[Profil], on: date) -> BilanObjectifs:
    dossier, exits = faits.dossier, faits.sorties.total
    return BilanObjectifs(
        identite=identity_of(dossier.version),
        etabli_le=on,
        mois=len(dossier.months),
        valides=len(dossier.valides()),
        objectifs=objectives_of(dossier, exits),
        sorties=exits,
        salaries=people,
        profils=profiles,
        encadrement=list(faits.encadrement),
        soldee=dossier.soldee,
    )


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
        Objectif(
            "Sorties : prévues, examinées",
            Decimal(version.sorties_prevues),
            Decimal(sorties.examinees),
            "n",
        ),
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
