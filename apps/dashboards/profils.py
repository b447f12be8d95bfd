"""Who worked on each annex: the profiles of the bilan des objectifs négociés.

Counts only, never a name: persons with at least one declared hour on a certified statement that
the reader sees (`bilans.lecture`). Situation at entry comes from the fiche salarié, the RSA from
the contract.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.annexes.models import VersionAnnexe
from apps.rules.money import HUNDRED, divide, rate
from apps.siae.codes import NiveauFormation
from apps.siae.models import Contrat, Salarie

JEUNE, SENIOR = 26, 50
# The group whose traits add up to no total: a person may have several, or none.
SITUATION = "Situation à l’entrée"
DUREES = dict(Salarie._meta.get_field("sans_emploi_depuis").choices or [])
# From the lowest; the qualification that certifies nothing comes last.
NIVEAUX = (
    NiveauFormation.N01,
    *sorted((n for n in NiveauFormation if n >= "10"), key=lambda n: (-int(n[0]), n)),
    NiveauFormation.N00,
)
TRAITS = (
    ("ass", "Bénéficiaires de l’ASS"),
    ("aah", "Bénéficiaires de l’AAH"),
    ("rqth", "Travailleurs handicapés (RQTH)"),
    ("qpv", "Résidents d’un quartier prioritaire (QPV)"),
    ("zrr", "Résidents d’une zone de revitalisation rurale (ZRR)"),
)


@dataclass(frozen=True, slots=True)
class Profil:
    """How many persons share a trait, and their share of all, in per cent."""

    groupe: str
    libelle: str
    nombre: int
    part: Decimal


def read_profiles(
    people: Mapping[int, Collection[int]], versions: Iterable[VersionAnnexe]
) -> dict[int, list[Profil]]:
    """Profiles per annex, of the persons (`people`: annex → salariés) who worked on it; two
    queries whatever the number of annexes."""
    everybody = {salarie for members in people.values() for salarie in members}
    fields = ("civilite", "date_naissance", "sans_emploi_depuis", "niveau_formation")
    fiches = Salarie.objects.only(*fields, *(name for name, _label in TRAITS)).in_bulk(everybody)
    annexes = list(versions)
    on_rsa = set(
        Contrat.objects.filter(
            siae__in={version.siae_id for version in annexes}, salarie__in=everybody
        )
        .exclude(rsa=Contrat.Rsa.NON)
        .order_by()
        .values_list("siae_id", "salarie_id")
    )
    return {
        version.annexe_id: _profiles(
            [fiches[pk] for pk in sorted(people[version.annexe_id])],
            {pk for siae_id, pk in on_rsa if siae_id == version.siae_id},
            version.debut,
        )
        for version in annexes
    }


def _profiles(people: list[Salarie], on_rsa: Collection[int], start: date) -> list[Profil]:
    found: list[Profil] = []

    def add(group: str, label: str, holds: Iterable[bool]) -> None:
        count = sum(holds)
        share = rate(divide(HUNDRED * count, Decimal(len(people)))) if people else HUNDRED
        found.append(Profil(group, label, count, share))

    add("Sexe", "Femmes", (p.civilite == "MME" for p in people))
    add("Sexe", "Hommes", (p.civilite == "M" for p in people))
    ages = [age_on(p.date_naissance, start) for p in people]
    add("Âge au début de l’annexe", "Moins de 26 ans", (age < JEUNE for age in ages))
    add("Âge au début de l’annexe", "26 à 49 ans", (JEUNE <= age < SENIOR for age in ages))
    add("Âge au début de l’annexe", "50 ans et plus", (age >= SENIOR for age in ages))
    add(SITUATION, "Bénéficiaires du RSA", (p.pk in on_rsa for p in people))
    for field, label in TRAITS:
        add(SITUATION, label, (getattr(p, field) for p in people))
    for code, label in DUREES.items():
        add("Sans emploi depuis", str(label), (p.sans_emploi_depuis == code for p in people))
    add("Sans emploi depuis", "Non renseigné", (not p.sans_emploi_depuis for p in people))
    for level in NIVEAUX:
        add("Niveau de formation", str(level.label), (p.niveau_formation == level for p in people))
    add("Niveau de formation", "Non renseigné", (not p.niveau_formation for p in people))
    return found


def age_on(birth: date, day: date) -> int:
    """Whole years on a day."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
