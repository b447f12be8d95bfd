"""Succession of a département by another: its conventions and its money (spec 05 §6).

The Haut-Rhin becomes the Collectivité européenne d'Alsace on 1 January 2021. Proposed by one
person of the ASP, granted by another; the balances then pass to the successor in the ledger, and
what is posted afterwards is posted to it (`ledger.payers_on`).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.conventions.models import Financeur
from apps.payments.querysets_comptabilite import SuccessionQuerySet


class Succession(models.Model):
    class Etat(models.TextChoices):
        PROPOSEE = "PROPOSEE", "Proposée"
        ACCORDEE = "ACCORDEE", "Accordée"
        REFUSEE = "REFUSEE", "Refusée"

    numero = models.PositiveIntegerField("numéro", unique=True)
    financeur = models.ForeignKey(Financeur, models.PROTECT, related_name="successions")
    successeur = models.ForeignKey(Financeur, models.PROTECT, related_name="reprises")
    effet = models.DateField("prend effet le")
    # What founds it: law, decree, deliberation.
    texte = models.CharField("texte qui la fonde", max_length=300)
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.PROPOSEE)
    proposee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposee_le = models.DateField("proposée le")
    decidee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Accounting day of the entries of a succession that is granted.
    decidee_le = models.DateField("décidée le", null=True, blank=True)
    motif_refus = models.CharField("motif du refus", max_length=500, blank=True)

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        verbose_name = "succession d’un département"
        verbose_name_plural = "successions de départements"
        ordering = ["-numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["financeur"],
                condition=~Q(etat="REFUSEE"),
                name="payments_succeeded_once",
            ),
            models.CheckConstraint(
                condition=~Q(financeur=F("successeur")), name="payments_succeeded_by_another"
            ),
            models.CheckConstraint(
                condition=Q(decidee_par__isnull=True) | ~Q(decidee_par=F("proposee_par")),
                name="payments_succession_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(etat="PROPOSEE", decidee_par__isnull=True, decidee_le__isnull=True)
                | Q(~Q(etat="PROPOSEE"), decidee_par__isnull=False, decidee_le__isnull=False),
                name="payments_succession_decided",
            ),
            models.CheckConstraint(
                condition=~Q(etat="ACCORDEE") | Q(decidee_le__gte=F("effet")),
                name="payments_succession_granted_from_its_day",
            ),
            models.CheckConstraint(
                condition=~Q(etat="REFUSEE") | ~Q(motif_refus=""),
                name="payments_succession_refusal_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Succession n° {self.numero}"

    @property
    def reference(self) -> str:
        """Names it in the ledger."""
        return f"SU-{self.numero}"
