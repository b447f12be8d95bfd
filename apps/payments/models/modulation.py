"""Modulated part of the aid of an annex: notified by the DDETS, validated by the ASP, paid once.

0 to 10 % of the socle realised, borne by the State alone (arrêtés des aides au poste; model
convention, art. 4). The run pays it as a line of nature « modulation » (`modulated_lines`).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.payments.querysets_modulation import PartModuleeQuerySet


class PartModulee(models.Model):
    class Etat(models.TextChoices):
        NOTIFIEE = "NOTIFIEE", "Notifiée, à valider"
        VALIDEE = "VALIDEE", "Validée"
        REFUSEE = "REFUSEE", "Refusée"

    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="parts_modulees")
    # The version whose socle was realised: the last one in force.
    version = models.ForeignKey(VersionAnnexe, models.PROTECT, related_name="+")
    taux = models.DecimalField(max_digits=4, decimal_places=2)
    # Socle realised, and the part itself, frozen with their steps when the DDETS notifies.
    base = models.DecimalField("socle réalisé", max_digits=12, decimal_places=2)
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    calcul = models.JSONField(default=list)
    reference = models.CharField("référence de la notification", max_length=80)
    notifiee_le = models.DateField("décision du")
    piece = models.FileField("notification (PDF)", upload_to="modulation/%Y/", blank=True)
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.NOTIFIEE)
    proposee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposee_le = models.DateField("notifiée le")
    decidee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decidee_le = models.DateField("validée ou refusée le", null=True, blank=True)
    motif_refus = models.CharField("motif du refus", max_length=300, blank=True)

    objects = PartModuleeQuerySet.as_manager()

    class Meta:
        verbose_name = "part modulée"
        verbose_name_plural = "parts modulées"
        ordering = ["-notifiee_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["annexe"],
                condition=~Q(etat="REFUSEE"),
                name="payments_modulation_once",
            ),
            models.CheckConstraint(
                condition=Q(taux__gte=0, taux__lte=10), name="payments_modulation_rate"
            ),
            models.CheckConstraint(
                condition=Q(montant__gte=0, montant__lte=F("base")),
                name="payments_modulation_amount",
            ),
            models.CheckConstraint(
                condition=Q(decidee_par__isnull=True) | ~Q(decidee_par=F("proposee_par")),
                name="payments_modulation_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(etat="NOTIFIEE", decidee_par__isnull=True, decidee_le__isnull=True)
                | Q(~Q(etat="NOTIFIEE"), decidee_par__isnull=False, decidee_le__isnull=False),
                name="payments_modulation_decision",
            ),
            models.CheckConstraint(
                condition=~Q(etat="REFUSEE") | ~Q(motif_refus=""),
                name="payments_modulation_refusal_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Part modulée – {self.annexe}"
