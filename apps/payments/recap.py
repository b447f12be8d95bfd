"""Totals of a run by département, measure and nature, what it holds by reason; its line display.

Summed by PostgreSQL on the recorded lines: the preview calls it before it is rolled back, the
run's page and the confirmation pages call it afterwards, so that they cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Count, DateField, F, Func, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Cast

from apps.conventions.territoires import named
from apps.payments.models import Campagne, Retenue, Versement
from apps.siae.codes import TypeMesure

INSTALMENTS = (Versement.Nature.FORFAIT, Versement.Nature.REGULARISATION)


@dataclass(frozen=True, slots=True)
class Total:
    """One row of a summary: number of lines and amounts in euros."""

    libelle: str
    nombre: int
    montant: Decimal
    part_etat: Decimal
    part_cd: Decimal


@dataclass(frozen=True, slots=True)
class Motif:
    """Instalments held for one reason; `montant` in euros, what may be expected."""

    code: str
    libelle: str
    nombre: int
    montant: Decimal


@dataclass(frozen=True, slots=True)
class Recap:
    """Summary of the lines of a run that are proposed or paid, and of what it holds."""

    departements: list[Total]
    mesures: list[Total]
    natures: list[Total]
    retenues: list[Motif]
    recouvre_etat: Decimal
    recouvre_cd: Decimal


def recap_of(campagne: Campagne) -> Recap:
    """Six queries, whatever the number of lines."""
    lines = campagne.versements.filter(
        statut__in=(Versement.Statut.PROPOSE, Versement.Statut.EXECUTE)
    )
    orders = lines.aggregate(etat=Sum("recouvre_etat"), cd=Sum("recouvre_cd"))
    zero = Decimal("0.00")
    return Recap(
        departements=_by_departement(lines),
        mesures=_totals(lines, "annexe__siae__mesure", dict(TypeMesure.choices)),
        natures=_totals(lines, "nature", dict(Versement.Nature.choices)),
        retenues=[
            Motif(code, str(Retenue.Motif(code).label), nombre, montant)
            for code, nombre, montant in campagne.retenues.order_by("motif")
            .values_list("motif")
            .annotate(nombre=Count("pk"), montant=Sum("montant_prevu"))
        ],
        recouvre_etat=orders["etat"] or zero,
        recouvre_cd=orders["cd"] or zero,
    )


def _by_departement(lines: QuerySet[Versement]) -> list[Total]:
    """In the order of the codes, each with the name of its territory."""
    totals = _totals(lines, "structure__departement", {})
    names = dict(named([total.libelle for total in totals]))
    return [replace(total, libelle=names[total.libelle]) for total in totals]


def _totals(lines: QuerySet[Versement], field: str, labels: dict[str, Any]) -> list[Total]:
    rows = (
        lines.order_by(field)
        .values_list(field)
        .annotate(nombre=Count("pk"), m=Sum("montant"), etat=Sum("part_etat"), cd=Sum("part_cd"))
    )
    return [Total(str(labels.get(key, key)), *figures) for key, *figures in rows]


class _MonthBefore(Func):  # type: ignore[misc]
    template = "(%(expressions)s - interval '1 month')"


def with_previous(lines: QuerySet[Versement]) -> QuerySet[Versement]:
    """Adds to each instalment the amount, nature and amendment of the month before it.

    None for the first month of an annex, for back-pay and final regularisations.
    """
    before = Versement.objects.filter(
        annexe=OuterRef("annexe"),
        mois=Cast(_MonthBefore(OuterRef("mois")), DateField()),
        nature__in=INSTALMENTS,
        statut__in=(Versement.Statut.EXECUTE, Versement.Statut.PROPOSE),
    )
    return lines.annotate(
        precedent=Subquery(before.values("montant")[:1]),
        precedente_nature=Subquery(before.values("nature")[:1]),
        precedente_version=Subquery(before.values("version__modification")[:1]),
        modification=F("version__modification"),
    )


def difference(line: Any) -> Decimal | None:
    """Euros more or less than the month before; None when there is nothing to compare."""
    if line.nature not in INSTALMENTS or line.precedent is None:
        return None
    gap: Decimal = line.montant - line.precedent
    return gap


def cause(line: Any) -> str:
    """Why the amount is not that of the month before, in a few words."""
    if line.nature == Versement.Nature.RAPPEL:
        return "Revalorisation des mois échus"
    if line.nature == Versement.Nature.SOLDE:
        return "Fin de l’annexe"
    if line.nature == Versement.Nature.MODULATION:
        return "Part modulée notifiée par la DDETS"
    if line.precedent is None:
        return "Première échéance payée"
    if not difference(line):
        return ""
    if line.nature == Versement.Nature.REGULARISATION:
        return "Heures réalisées du trimestre"
    if line.modification != line.precedente_version:
        return f"Avenant M{line.modification}"
    if line.precedente_nature == Versement.Nature.REGULARISATION:
        return "Retour au forfait"
    return "Plafond de l’annexe ou montant unitaire"
