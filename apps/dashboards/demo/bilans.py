"""Bilans of the demonstration: issued by its runs, one of each nature copied with the documents."""

from __future__ import annotations

from apps.core.models import Fichier
from apps.dashboards.bilans.document import bilan_file
from apps.dashboards.demo.frame import acting
from apps.dashboards.demo.runs import wait_for
from apps.dashboards.emission import bilans_due, queue_bilans
from apps.dashboards.models import BilanEmis
from apps.payments.models import Campagne


def bilan_files() -> list[Fichier]:
    """The first bilan of each nature. A demonstration loaded before the bilans were issued gets
    those it has not."""
    last = Campagne.objects.executed().latest("numero")
    if bilans_due(last):
        wait_for(queue_bilans(last, acting("asp.comptable"), last.jour_paiement))
    firsts = BilanEmis.objects.order_by("nature", "numero").distinct("nature")
    return [bilan_file(pk) for pk in firsts.values_list("pk", flat=True)]
