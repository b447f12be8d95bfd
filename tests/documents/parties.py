"""Several parties of one world, with names and amounts that cannot be taken for one another, and
what would betray each of them in a file. Used by the tests of isolation.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere
from apps.conventions.models import Financeur
from apps.dashboards.permissions import can_export
from apps.dashboards.restitutions.fichier import excel_file
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.restitutions.restitution import Criteres
from apps.siae.models import Salarie, Structure
from tests.payments.dossiers import make_annexe

# Below, a figure is one that anybody may have: a rank, a number of months, a rate.
RECOGNISABLE = Decimal(1000)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}[ ]?[A-Z0-9]{4}[A-Z0-9 ]{7,26}\b")
NIR = re.compile(r"(?<!\d)[12]\d{12}(\d{2})?(?!\d)")


@dataclass(frozen=True)
class Party:
    """Annexes, and the structure of the first; `nom` is in everything that names them."""

    nom: str
    structure: Structure
    annexes: tuple[AnnexeFinanciere, ...]

    def texts(self) -> set[str]:
        """What names it: itself, its number, its annexes, its conventions, its people."""
        found = {self.nom.upper(), self.structure.siret}
        for annexe in self.annexes:
            found |= {annexe.numero, annexe.numero_affiche, annexe.convention.numero.upper()}
        return found

    def amounts(self) -> set[Decimal]:
        """Its amounts and hours, one by one and added up."""
        found: set[Decimal] = set()
        for annexe in self.annexes:
            lines = annexe.versements.filter(statut="EXECUTE")
            paid = [(v.montant, v.part_etat, v.part_cd) for v in lines]
            found |= {amount for line in paid for amount in line}
            found |= {sum(column) for column in zip(*paid, strict=True)}
            for version in annexe.versions.all():
                found |= {version.montant_total, version.montant_cd}
                found |= {version.montant_total - version.montant_cd}
            found |= {ordre.montant for ordre in annexe.ordres.all()}
        return {amount for amount in found if amount > RECOGNISABLE}


def make_party(
    nom: str, requests: list[dict], *, departement: str = "062", cd: Financeur | None = None
) -> Party:
    """Annexes in force, each of a structure of that territory, co-financed by that département."""
    annexes = [make_annexe(request) for request in requests]
    for annexe in annexes:
        numero = annexe.numero.replace("062", departement)
        AnnexeFinanciere.objects.filter(pk=annexe.pk).update(numero=numero)
        type(annexe.convention).objects.filter(pk=annexe.convention_id).update(
            numero=f"{nom}-{annexe.pk}"
        )
        Structure.objects.filter(pk=annexe.siae.structure_id).update(
            denomination=f"Chantier {nom} {annexe.pk}",
            commune=f"{nom}-sur-Mer",
            departement=departement,
        )
        Salarie.objects.filter(structure=annexe.siae.structure_id).update(nom=f"Pers {nom}")
        if cd:
            annexe.versions.filter(montant_cd__gt=0).update(financeur_cd=cd)
    fresh = AnnexeFinanciere.objects.select_related("siae__structure", "convention")
    found = tuple(fresh.filter(pk__in=[annexe.pk for annexe in annexes]).order_by("pk"))
    return Party(nom, found[0].siae.structure, found)


def scaled(request: dict, factor: int) -> dict:
    """The same annex, so many times larger."""
    larger = dict(request)
    for key in ("etp", "montant_cd"):
        if key in larger:
            larger[key] = str(Decimal(larger[key]) * factor)
    for key in ("mois", "avenants"):
        if isinstance(larger.get(key), list):
            larger[key] = [scaled(step, factor) for step in larger[key]]
    if "heures" in larger:
        larger["heures"] = str(Decimal(larger["heures"]) * factor)
    return larger


def files_of(acting: Membership, annexe: AnnexeFinanciere) -> Iterator[tuple[str, bytes]]:
    """Every file this reader may have: all they see and, where one is asked for, this annex."""
    for key, restitution in RESTITUTIONS.items():
        if can_export(acting, restitution):
            criteres = Criteres(annexe=annexe if restitution.required else None)
            with excel_file(acting, restitution, criteres)[0] as handle:
                yield key, handle.read()


def cells(contents: bytes) -> list[list[list[Any]]]:
    """Values of the whole workbook: sheets, rows, cells."""
    book = load_workbook(io.BytesIO(contents))
    return [[[cell.value for cell in row] for row in page.iter_rows()] for page in book]


def texts_of(book: list[list[list[Any]]]) -> str:
    """All that the workbook says in words."""
    values = [value for page in book for row in page for value in row]
    return "\n".join(value for value in values if isinstance(value, str)).upper()


def figures_of(book: list[list[list[Any]]]) -> set[Decimal]:
    """All its numbers, to the cent."""
    values = [value for page in book for row in page for value in row]
    return {
        Decimal(str(value)).quantize(Decimal("0.01"))
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
