"""Set-off of an order against later payments of the same structure and funder (spec 05 §5).

Decided by the agent comptable, told by a notice; it applies to the runs paid once the debtor has
had its days to answer, until the order is paid or the decision lifted.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import Fichier
from apps.recoveries.models.ordre import OrdreDeRecouvrer
from apps.recoveries.querysets import OfOrderQuerySet


class Compensation(models.Model):
    class Etat(models.TextChoices):
        DECIDEE = "DECIDEE", "Décidée"
        LEVEE = "LEVEE", "Levée"
        TERMINEE = "TERMINEE", "Terminée"

    ordre = models.ForeignKey(OrdreDeRecouvrer, models.PROTECT, related_name="compensations")
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.DECIDEE)
    motif = models.CharField(max_length=300)
    # What was owed when it was decided, which the notice says.
    reste = models.DecimalField("somme due", max_digits=12, decimal_places=2)
    # At most this much per run; empty: the whole of what is paid.
    plafond = models.DecimalField(
        "plafond par campagne", max_digits=12, decimal_places=2, null=True, blank=True
    )
    decidee_le = models.DateField("décidée le")
    applicable_le = models.DateField("applicable à partir du")
    decidee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    fin_le = models.DateField("levée ou terminée le", null=True, blank=True)
    levee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    motif_levee = models.CharField("motif de la levée", max_length=300, blank=True)
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfOrderQuerySet.as_manager()

    class Meta:
        verbose_name = "compensation"
        ordering = ["-decidee_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ordre"], condition=Q(etat="DECIDEE"), name="recoveries_one_set_off"
            ),
            models.CheckConstraint(
                condition=Q(plafond__isnull=True) | Q(plafond__gt=0),
                name="recoveries_set_off_ceiling",
            ),
            models.CheckConstraint(
                condition=Q(applicable_le__gt=F("decidee_le")),
                name="recoveries_set_off_after_notice",
            ),
            models.CheckConstraint(
                condition=~Q(etat="LEVEE") | Q(levee_par__isnull=False) & ~Q(motif_levee=""),
                name="recoveries_set_off_lifted_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Compensation – {self.ordre}"
