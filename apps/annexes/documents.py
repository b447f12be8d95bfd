"""Notification letter of a validated annex, with its schedule (cahier des charges §2.2, end).

It recalls how the aid is financed and carries the planned payments of each month. Drawn once
per version, then archived. Called by the view of the letter and by the job that follows a
validation.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings

from apps.annexes.conditions import conditions_of
from apps.annexes.models import VersionAnnexe
from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.pdf import Drawn, archive_once, render_pdf
from apps.rules.conditions import Conditions
from apps.rules.money import HUNDRED, ZERO, total
from apps.rules.schedule import planned_schedule

TEMPLATE = "annexes/notification_pdf.html"


def notification_file(version_id: int) -> Fichier:
    """The letter of a version that was validated; drawn and archived the first time.

    Raises `Refus` for a version that was never validated.
    """
    versions = VersionAnnexe.objects.select_related(
        "annexe__siae__structure",
        "annexe__convention",
        "financeur_cd",
        "signataire",
    )
    return archive_once(versions, version_id, "notification", draw_notification)


def draw_notification(version: VersionAnnexe) -> Drawn:
    """Draw the PDF of a letter."""
    if version.etat not in VersionAnnexe.ETATS_PAYES:
        raise Refus("Le courrier de notification existe une fois l’annexe validée par l’ASP.")
    return Drawn(
        nom=f"notification-{version.annexe.numero}-A{version.annexe.renouvellement}"
        f"-M{version.modification}.pdf",
        titre=f"Notification de l’annexe {version}",
        contents=render_pdf(TEMPLATE, notification_context(version)),
    )


def notification_context(version: VersionAnnexe) -> dict[str, Any]:
    """Everything the letter says: the parties, the financing, the planned payments."""
    conditions = conditions_of(version)
    schedule = [row for row in planned_schedule(conditions) if row.mois >= conditions.a_partir_de]
    planned = total(row.forfait for row in schedule)
    return {
        "version": version,
        "annexe": version.annexe,
        "structure": version.annexe.siae.structure,
        "conditions": conditions,
        "unitaires": _unit_amounts(conditions),
        "montant_etat": version.montant_total - version.montant_cd,
        "echeances": [
            {"prevue": row, "le": row.mois.day(settings.JOUR_PAIEMENT)} for row in schedule
        ],
        "total_forfait": planned,
        "ecart_arrondi": _rounding_gap(conditions, planned, len(schedule)),
        "total_etat": total(row.part_etat for row in schedule),
        "total_cd": total(row.part_cd for row in schedule),
        "application": conditions.a_partir_de.label,
        "application_de": conditions.a_partir_de.label_with_de,
    }


def _rounding_gap(conditions: Conditions, planned: Decimal, months: int) -> Decimal:
    """What rounding each instalment of a whole period to the cent leaves of the total."""
    gap = conditions.total - planned
    is_rounding = months == conditions.n and 0 < gap * HUNDRED <= months
    return gap if is_rounding else ZERO


def _unit_amounts(conditions: Conditions) -> list[tuple[date, Any]]:
    """Unit amounts that serve at least one month of the period, from when they do."""
    rows: list[tuple[date, Any]] = []
    for month in conditions.months:
        unitaire = conditions.unitaire(month)
        if not rows or rows[-1][1] != unitaire:
            rows.append((month.first_day, unitaire))
    return rows
