"""Management fees by the clock: invoices in July and January, new prices in January (art. 3.2).

People issue and notify. Run twice, it prepares once: what exists already is left as it is.
"""

from __future__ import annotations

import logging
from datetime import date

from celery import shared_task
from django.urls import reverse

from apps.accounts.models import Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.payments.documents_frais import invoice_file
from apps.payments.models import AvisTarif, FactureFrais
from apps.payments.services.frais import prepare_facture
from apps.payments.services.tarifs import prepare_tarif

logger = logging.getLogger(__name__)
Periode = FactureFrais.Periode


@shared_task(name="payments.prepare_fees")
def prepare_fees(on: str | None = None) -> dict[str, int]:
    """Prepare what the semester that has just ended calls for, for every signed mandate."""
    day = date.fromisoformat(on) if on else today()
    annee, periode = _ended(day)
    done = {"factures": 0, "tarifs": 0}
    for mandat in ConventionMandat.objects.filter(signee_le__lte=day).order_by("pk"):
        done["factures"] += _invoice(mandat, annee, periode, day)
        if day.month == 1:
            done["tarifs"] += _prices(mandat, day)
    if any(done.values()):
        notify(
            Organisation.objects.filter(type=Organisation.Type.ASP),
            "Frais de gestion préparés, à émettre",
            f"Factures préparées : {done['factures']}. Avis de prix préparés : {done['tarifs']}.",
            reverse("frais:liste"),
            nature=Nature.CONVENTION,
            roles=(Role.GESTIONNAIRE, Role.ORDONNATEUR),
            on=day,
        )
    return done


@shared_task(name="payments.archive_invoice")
def archive_invoice(facture_id: int) -> None:
    """Draw an invoice as soon as it is issued; it would be drawn when first asked for otherwise."""
    invoice_file(facture_id)


def _ended(day: date) -> tuple[int, str]:
    """Year and period of the last semester that is over."""
    if day.month > 6:
        return day.year, Periode.SEMESTRE_1
    return day.year - 1, Periode.SEMESTRE_2


def _invoice(mandat: ConventionMandat, annee: int, periode: str, day: date) -> int:
    known = FactureFrais.objects.living().filter(mandat=mandat, annee=annee, periode=periode)
    if known.exists():
        return 0
    try:
        prepare_facture(None, mandat, annee, periode, on=day)
    except Refus as refus:
        logger.info("Fees of mandate %s, %s %s: %s", mandat.pk, periode, annee, refus)
        return 0
    return 1


def _prices(mandat: ConventionMandat, day: date) -> int:
    if AvisTarif.objects.filter(mandat=mandat, annee=day.year).exists():
        return 0
    try:
        prepare_tarif(None, mandat, day.year, on=day)
    except Refus as refus:
        logger.info("Prices of mandate %s, %s: %s", mandat.pk, day.year, refus)
        return 0
    return 1
