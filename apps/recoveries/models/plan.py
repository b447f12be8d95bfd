"""Payment plans: delays that the ASP grants to a debtor who asks for them (convention, art. 5).

Instalments are frozen when the plan is granted; what cash covers of them is computed, the oldest
first. A broken plan may be replaced by another version over the dates that remain.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import Fichier
from apps.recoveries.models.ordre import OrdreDeRecouvrer
from apps.recoveries.querysets import OfOrderQuerySet


class PlanDePaiement(models.Model):
    class Etat(models.TextChoices):
        DEMANDE = "DEMANDE", "Demandé"
        ACCORDE = "ACCORDE", "Accordé"
        REFUSE = "REFUSE", "Refusé"
        ROMPU = "ROMPU", "Rompu"
        TERMINE = "TERMINE", "Terminé"

    ordre = models.ForeignKey(OrdreDeRecouvrer, models.PROTECT, related_name="plans")
    version = models.PositiveSmallIntegerField()
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.DEMANDE)
    nombre = models.PositiveSmallIntegerField("nombre d’échéances")
    premiere = models.DateField("première échéance le")
    motif = models.CharField("motif de la demande", max_length=600)
    demande_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    demande_le = models.DateField("demandé le")
    # Asked by the structure, or proposed by the ASP for it.
    par_la_structure = models.BooleanField(default=True)
    # What was owed when it was granted: the sum of its instalments.
    montant = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    decide_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decide_le = models.DateField("décidé le", null=True, blank=True)
    motif_decision = models.CharField("motif de la décision", max_length=600, blank=True)
    fin_le = models.DateField("rompu ou terminé le", null=True, blank=True)
    # The broken plan that this one spreads again over the dates that remained.
    remplace = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="remplacant"
    )
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfOrderQuerySet.as_manager()

    class Meta:
        verbose_name = "plan de paiement"
        verbose_name_plural = "plans de paiement"
        ordering = ["ordre", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["ordre", "version"], name="recoveries_plan_version"),
            models.UniqueConstraint(
                fields=["ordre"],
                condition=Q(etat__in=["DEMANDE", "ACCORDE"]),
                name="recoveries_one_plan_in_force",
            ),
            models.CheckConstraint(condition=Q(nombre__gte=1), name="recoveries_plan_spreads"),
            models.CheckConstraint(
                condition=Q(etat="DEMANDE", decide_par__isnull=True)
                | ~Q(etat="DEMANDE") & Q(decide_le__isnull=False),
                name="recoveries_plan_is_decided",
            ),
            models.CheckConstraint(
                condition=Q(decide_par__isnull=True) | ~Q(decide_par=F("demande_par")),
                name="recoveries_plan_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(etat__in=["DEMANDE", "REFUSE"]) | Q(montant__gt=0),
                name="recoveries_plan_has_its_amount",
            ),
            models.CheckConstraint(
                condition=~Q(etat="REFUSE") | ~Q(motif_decision=""),
                name="recoveries_plan_refused_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Plan de paiement n° {self.version} – {self.ordre}"


class EcheancePlan(models.Model):
    """One instalment of a plan granted."""

    plan = models.ForeignKey(PlanDePaiement, models.PROTECT, related_name="echeances")
    rang = models.PositiveSmallIntegerField()
    le = models.DateField("à payer le")
    montant = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = "échéance d’un plan"
        ordering = ["plan", "rang"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "rang"], name="recoveries_instalment_once"),
            models.CheckConstraint(
                condition=Q(montant__gt=0), name="recoveries_instalment_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"Échéance {self.rang} – {self.plan}"
