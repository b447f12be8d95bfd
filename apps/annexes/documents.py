"""Notification letter of a validated annex, with its schedule (cahier des charges §2.2, end).

It recalls how the aid is financed and carries the planned payments of each month. Drawn once
per version, then archived. Called by the view of the letter and by the job that follows a
validation.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings

from apps.accounts.models import Organisation
from apps.annexes.conditions import conditions_by_annexe, conditions_of
from apps.annexes.models import VersionAnnexe
from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.pdf import Drawn, archive_once, render_pdf
from apps.rules.conditions import Conditions
from apps.rules.lignes import Cumul, Ligne
from apps.rules.money import HUNDRED, ZERO, total
from apps.rules.periods import range_label
from apps.rules.rappel import back_pay
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
    paid = _paid_before(version)
    rappel = _back_pay(version, conditions, paid) if schedule else None
    rappel_due = rappel.montant if rappel else ZERO
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
        "verse": paid,
        "verse_etat": paid.net - paid.cd_net,
        "rappel": rappel,
        "mois_rappel": _months_gone(conditions) if rappel else "",
        "total_forfait": planned,
        "ecart_arrondi": _rounding_gap(conditions, planned, len(schedule)),
        "total_etat": total(row.part_etat for row in schedule),
        "total_cd": total(row.part_cd for row in schedule),
        "cumul": paid.net + rappel_due + planned,
        "cumul_etat": paid.net
        - paid.cd_net
        + rappel_due
        + total(row.part_etat for row in schedule),
        "cumul_cd": paid.cd_net + total(row.part_cd for row in schedule),
        "reste": version.montant_total - paid.net - rappel_due - planned,
        "copies": _copies(version),
        "application": conditions.a_partir_de.label,
        "application_de": conditions.a_partir_de.label_with_de,
    }


def _paid_before(version: VersionAnnexe) -> Cumul:
    """What the annex had been paid when the amendment was validated; nothing for a first letter."""
    cumul = Cumul()
    if version.modification:
        cumul.add(
            version.annexe.versements.filter(
                statut="EXECUTE", execute_le__lte=version.validee_le
            ).exclude(nature="modulation")
        )
    return cumul


def _back_pay(version: VersionAnnexe, conditions: Conditions, paid: Cumul) -> Ligne | None:
    """The back-pay that comes with the first instalment of an amendment, by the rule that pays it.

    As the payments known at its validation make it; what they leave due bounds it.
    """
    first = conditions.a_partir_de
    before = [
        known
        for other, known in conditions_by_annexe([version.annexe_id]).get(version.annexe_id, [])
        if other.modification < version.modification and known.a_partir_de < first
    ]
    return back_pay(conditions, before[-1], first, paid) if before else None


def _months_gone(conditions: Conditions) -> str:
    """« de janvier à août 2023 »."""
    return range_label(conditions.months[0], conditions.a_partir_de - 1)


def _copies(version: VersionAnnexe) -> list[str]:
    """The DDETS of the structure, and the département when it pays a share."""
    departement = version.annexe.siae.structure.departement
    ddets = Organisation.objects.filter(type=Organisation.Type.DDETS, departement=departement)
    names = [str(found) for found in ddets.order_by("nom")]
    if version.montant_cd and version.financeur_cd is not None:
        names.append(str(version.financeur_cd))
    return names


def _rounding_gap(conditions: Conditions, planned: Decimal, months: int) -> Decimal:
    """What rounding each instalment of a whole period to the cent leaves of the total."""
    gap = conditions.total - planned
    is_rounding = months == conditions.n and 0 < gap * HUNDRED <= months
    return gap if is_rounding else ZERO


def _unit_amounts(conditions: Conditions) -> list[dict[str, Any]]:
    """Unit amounts that serve at least one month of the period: first and last day, in euros."""
    rows: list[dict[str, Any]] = []
    for month in conditions.months:
        unitaire = conditions.unitaire(month)
        if not rows or rows[-1]["montant"] != unitaire:
            rows.append({"debut": month.first_day, "montant": unitaire})
        rows[-1]["fin"] = month.last_day
    return rows
