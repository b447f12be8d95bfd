"""Scheduled work on personal data: the monthly report of what could be purged, nothing more.

A person runs `manage.py purge --execute`: erasure is never the clock's decision.
"""

from __future__ import annotations

from datetime import date

from celery import shared_task
from django.urls import reverse

from apps.accounts.models import Nature, Organisation
from apps.accounts.notifications import notify
from apps.core.clock import today
from apps.dashboards.rgpd.documents import destruction_pdf
from apps.dashboards.rgpd.purge import review


@shared_task(name="dashboards.report_retention")
def report_retention(on: str | None = None) -> dict[str, int]:
    """Tell the administrators how many rows of each kind are past their retention."""
    day = date.fromisoformat(on) if on else today()
    found = {echu.regle.cle: echu.nombre for echu in review(day) if echu.nombre}
    if found:
        told = " ; ".join(f"{cle} {nombre}" for cle, nombre in found.items())
        notify(
            Organisation.objects.filter(type=Organisation.Type.ADMIN),
            "Données au terme de leur conservation",
            f"Au {day:%d/%m/%Y}, des données sont au terme de leur durée de conservation : {told}. "
            "L’exploitant les efface par la commande « purge ».",
            reverse("rgpd:registre"),
            nature=Nature.TRAITEMENT,
            courriel=True,
            on=day,
        )
    return found


@shared_task(name="dashboards.draw_destruction")
def draw_destruction(destruction_id: int) -> None:
    """Archive the attestation of a signed destruction, ahead of the first reader."""
    destruction_pdf(destruction_id)
