"""Who worked on an annex: the profiles of the bilan des objectifs négociés, and the entries.

Counts only, never a name: persons with at least one declared hour on a statement the reader sees.
Situation at entry comes from the fiche salarié, the RSA from the contract.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import Membership
from apps.annexes.models import VersionAnnexe
from apps.dashboards.dossier import Dossier
from apps.presence.models import EtatMensuel, LignePresence
from apps.rules.money import HUNDRED, divide, rate
from apps.siae.codes import NiveauFormation
from apps.siae.models import Contrat, Salarie

JEUNE, SENIOR = 26, 50
DUREES = dict(Salarie._meta.get_field("sans_emploi_depuis").choices or [])


@dataclass(frozen=True, slots=True)
class Profil:
    """How many persons share a trait, and their share of all, in per cent."""

    groupe: str
    libelle: str
    nombre: int
    part: Decimal


def entries_between(acting: Membership, version: VersionAnnexe, first: date, last: date) -> int:
    """Hirings of these days in the SIAE of the annex: first contracts, not renewals."""
    return int(
        Contrat.objects.visible_to(acting)
        .filter(siae=version.siae_id, parent__isnull=True, debut__range=(first, last))
        .count()
    )


def people_of(acting: Membership, dossier: Dossier) -> QuerySet[Salarie]:
    """Persons with at least one declared hour on the annex, drafts left out."""
    seen = (
        EtatMensuel.objects.visible_to(acting)
        .filter(annexe=dossier.annexe)
        .exclude(etat=EtatMensuel.Etat.BROUILLON)
    )
    lines = LignePresence.objects.current().filter(
        etat_mensuel__in=seen, salarie=OuterRef("pk"), heures_declarees__gt=0
    )
    hired = Contrat.objects.filter(salarie=OuterRef("pk"), siae=dossier.version.siae_id)
    on_rsa = hired.exclude(rsa=Contrat.Rsa.NON)
    return Salarie.objects.filter(Exists(lines)).annotate(est_brsa=Exists(on_rsa)).order_by()


def profiles_of(acting: Membership, dossier: Dossier) -> tuple[int, list[Profil]]:
    """How many persons worked on the annex, and their traits (one query)."""
    people = list(people_of(acting, dossier))
    start = dossier.version.debut
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
    add("Situation à l’entrée", "Bénéficiaires du RSA", (p.est_brsa for p in people))
    for field, label in TRAITS:
        add("Situation à l’entrée", label, (getattr(p, field) for p in people))
    for code, label in DUREES.items():
        add("Sans emploi depuis", label, (p.sans_emploi_depuis == code for p in people))
    for code, label in NiveauFormation.choices:
        add("Niveau de formation", label, (p.niveau_formation == code for p in people))
    return len(people), found


TRAITS = (
    ("ass", "Bénéficiaires de l’ASS"),
    ("aah", "Bénéficiaires de l’AAH"),
    ("rqth", "Travailleurs handicapés (RQTH)"),
    ("qpv", "Résidents d’un quartier prioritaire (QPV)"),
    ("zrr", "Résidents d’une zone de revitalisation rurale (ZRR)"),
)


def age_on(birth: date, day: date) -> int:
    """Whole years on a day."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
