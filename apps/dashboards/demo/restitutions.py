"""What the département of the demonstration has set: its thresholds, a file every month.

The file is made by the product's own functions after the run of each month played, so that every
archived file holds what was known that day. Played again, nothing is made twice.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from apps.dashboards.demo.frame import acting
from apps.dashboards.models import EnvoiProgramme, SeuilsAlertes
from apps.dashboards.services_envois import create_schedule, produce_files
from apps.dashboards.services_seuils import set_thresholds
from apps.rules.periods import Month

RESTITUTION = "suivi-annexes"
JOUR = 21  # after the run of the month, and no later than the day the demonstration is served


def deliver_files(month: Month) -> None:
    """The file of a month, once its run is over; the first time, what is set up before it."""
    decideur = acting("cd.decideur")
    if not SeuilsAlertes.objects.filter(organisation=decideur.organisation_id).exists():
        set_thresholds(
            decideur,
            {"realisation_basse": Decimal(92), "jours_de_retard": 5, "mois_avant_la_fin": 3},
            on=month.day(JOUR),
        )
    lecteur = acting("cd.lecteur")
    programme = EnvoiProgramme.objects.visible_to(lecteur).filter(restitution=RESTITUTION).first()
    if programme is None:
        programme = create_schedule(
            lecteur,
            RESTITUTION,
            {},
            rythme=EnvoiProgramme.Rythme.MENSUEL,
            jour=JOUR,
            courriel=False,
            on=month.day(JOUR) - timedelta(days=1),
        )
    produce_files(programme.pk, month.day(JOUR))
