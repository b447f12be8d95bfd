"""Acts of recovery on an order: notification, reminder, formal notice, enforcement (spec 05 §5).

Each is dated, sets the last day to pay, and has its document (décret 2012-1246, art. 28 and 192).
The notification and the reminder are made by the night job, the others by the agent comptable.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import Fichier
from apps.recoveries.models.ordre import OrdreDeRecouvrer
from apps.recoveries.querysets import OfOrderQuerySet


class ActeDeRecouvrement(models.Model):
    class Nature(models.TextChoices):
        NOTIFICATION = "NOTIFICATION", "Notification"
        RELANCE = "RELANCE", "Relance"
        MISE_EN_DEMEURE = "MISE_EN_DEMEURE", "Mise en demeure"
        FORCE = "FORCE", "Engagement du recouvrement forcé"

    class Voie(models.TextChoices):
        COMMISSAIRE = "COMMISSAIRE", "Remise du titre à un commissaire de justice"
        SAISIE = "SAISIE", "Saisie administrative à tiers détenteur"

    ordre = models.ForeignKey(OrdreDeRecouvrer, models.PROTECT, related_name="actes")
    nature = models.CharField(max_length=15, choices=Nature.choices)
    jour = models.DateField("fait le")
    # What is claimed that day, and the last day to pay it.
    reste = models.DecimalField("somme réclamée", max_digits=12, decimal_places=2)
    echeance = models.DateField("à payer avant le", null=True, blank=True)
    # Of the enforcement only: the way chosen and to whom it is given.
    voie = models.CharField(max_length=11, choices=Voie.choices, blank=True)
    detail = models.CharField("détail", max_length=300, blank=True)
    par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfOrderQuerySet.as_manager()

    class Meta:
        verbose_name = "acte de recouvrement"
        verbose_name_plural = "actes de recouvrement"
        ordering = ["jour", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ordre", "nature", "jour"], name="recoveries_act_once_a_day"
            ),
            models.UniqueConstraint(
                fields=["ordre"],
                condition=Q(nature="NOTIFICATION"),
                name="recoveries_notified_once",
            ),
            models.CheckConstraint(condition=Q(reste__gt=0), name="recoveries_act_claims"),
            models.CheckConstraint(
                condition=Q(nature="FORCE", echeance__isnull=True) & ~Q(voie="")
                | ~Q(nature="FORCE") & Q(voie="", echeance__isnull=False, echeance__gt=F("jour")),
                name="recoveries_act_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(nature__in=["NOTIFICATION", "RELANCE"]) | Q(par__isnull=False),
                name="recoveries_act_decided_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} – {self.ordre}"
