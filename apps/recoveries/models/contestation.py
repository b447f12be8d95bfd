"""Disputes of the recovery orders (spec 05 §5; décret 2012-1246, art. 28 and 192).

A dispute stops nothing by itself: the ordonnateur suspends the pursuit by a written order, or
refuses to. The gestionnaire gives an opinion, the ordonnateur decides: four eyes.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import Fichier
from apps.recoveries.models.ordre import OrdreDeRecouvrer
from apps.recoveries.querysets_apurement import OuvertesQuerySet

TEXTE_MAX = 2000


class Contestation(models.Model):
    class Etat(models.TextChoices):
        DEPOSEE = "DEPOSEE", "Déposée"
        SUSPENDUE = "SUSPENDUE", "Poursuites suspendues"
        MAINTENUE = "MAINTENUE", "Poursuites maintenues"
        REJETEE = "REJETEE", "Rejetée"
        ADMISE = "ADMISE", "Admise"
        PARTIELLE = "PARTIELLE", "Admise en partie"

    OUVERTES = (Etat.DEPOSEE, Etat.SUSPENDUE, Etat.MAINTENUE)

    ordre = models.ForeignKey(OrdreDeRecouvrer, models.PROTECT, related_name="contestations")
    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.DEPOSEE)
    motif = models.CharField("motifs", max_length=TEXTE_MAX)
    piece = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")
    deposee_le = models.DateField("reçue le")
    # Recorded by: the structure itself, or the ASP for a letter.
    deposee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # Past the two months of the remedies: examined as a gracious appeal, without any right to it.
    hors_delai = models.BooleanField("hors délai", default=False)

    suspension_motif = models.CharField(max_length=TEXTE_MAX, blank=True)
    suspension_le = models.DateField("suspension décidée le", null=True, blank=True)
    suspension_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The written order of the ordonnateur to the accountant (art. 192).
    ordre_ecrit = models.ForeignKey(
        Fichier, models.PROTECT, null=True, blank=True, related_name="+"
    )

    avis = models.CharField(max_length=TEXTE_MAX, blank=True)
    # What the order should be reduced by, in euros; 0 to reject.
    reduction_proposee = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    instruite_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    instruite_le = models.DateField("instruite le", null=True, blank=True)

    decision = models.CharField("motifs de la décision", max_length=TEXTE_MAX, blank=True)
    reduction = models.DecimalField(
        "réduction", max_digits=12, decimal_places=2, null=True, blank=True
    )
    decidee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decidee_le = models.DateField("décidée le", null=True, blank=True)
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OuvertesQuerySet.as_manager()

    class Meta:
        verbose_name = "contestation"
        ordering = ["-deposee_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ordre"],
                condition=Q(etat__in=["DEPOSEE", "SUSPENDUE", "MAINTENUE"]),
                name="recoveries_one_open_dispute",
            ),
            models.CheckConstraint(
                condition=Q(etat__in=["DEPOSEE", "SUSPENDUE", "MAINTENUE"], decidee_par=None)
                | Q(
                    etat__in=["REJETEE", "ADMISE", "PARTIELLE"],
                    decidee_par__isnull=False,
                    decidee_le__isnull=False,
                    instruite_par__isnull=False,
                    reduction__isnull=False,
                ),
                name="recoveries_dispute_decided",
            ),
            models.CheckConstraint(
                condition=Q(decidee_par=None)
                | ~Q(decidee_par=F("instruite_par")) & ~Q(decidee_par=F("deposee_par")),
                name="recoveries_dispute_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(etat="SUSPENDUE") | Q(suspension_par__isnull=False),
                name="recoveries_dispute_suspended_by_order",
            ),
            models.CheckConstraint(
                condition=Q(reduction=None)
                | Q(etat="REJETEE", reduction=0)
                | Q(etat__in=["ADMISE", "PARTIELLE"], reduction__gt=0),
                name="recoveries_dispute_amount",
            ),
        ]

    def __str__(self) -> str:
        return f"Contestation de l’ordre n° {self.ordre.numero}"
