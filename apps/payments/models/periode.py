"""Locks of the accounting months and years, and the requests to open one again (spec 05 §6).

A lock bears the fingerprint of the ledger up to its last day. Nothing is posted on a locked day
(triggers, migration 0009). A lock is opened again by two people and stays as a trace: locking
the month again is another row.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.payments.querysets_comptabilite import ClotureQuerySet, ReouvertureQuerySet
from apps.rules.periods import Month


class Cloture(models.Model):
    """The lock of a month, or of a year whose months are all locked."""

    class Nature(models.TextChoices):
        MOIS = "MOIS", "Mois"
        ANNEE = "ANNEE", "Année"

    class Etat(models.TextChoices):
        VERROUILLEE = "VERROUILLEE", "Verrouillé"
        REOUVERTE = "REOUVERTE", "Rouvert"

    nature = models.CharField(max_length=5, choices=Nature.choices)
    debut = models.DateField("premier jour")
    fin = models.DateField("dernier jour")
    etat = models.CharField("état", max_length=11, choices=Etat.choices, default=Etat.VERROUILLEE)
    # Entries of the ledger up to `fin`, all months together, and their total debit.
    ecritures = models.PositiveBigIntegerField("écritures")
    debit = models.DecimalField("total des débits", max_digits=16, decimal_places=2)
    empreinte = models.CharField("empreinte du grand livre", max_length=64)
    verrouille_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    verrouille_le = models.DateField("verrouillé le")
    # The request, granted, that opened it again.
    reouverture = models.ForeignKey(
        "payments.Reouverture", models.PROTECT, null=True, blank=True, related_name="rouvertes"
    )

    objects = ClotureQuerySet.as_manager()

    class Meta:
        verbose_name = "clôture comptable"
        verbose_name_plural = "clôtures comptables"
        ordering = ["-fin", "nature", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["nature", "debut"],
                condition=Q(etat="VERROUILLEE"),
                name="payments_locked_once",
            ),
            models.CheckConstraint(
                condition=Q(debut__day=1, debut__lt=F("fin")), name="payments_lock_period"
            ),
            models.CheckConstraint(
                condition=Q(etat="VERROUILLEE", reouverture__isnull=True)
                | Q(etat="REOUVERTE", reouverture__isnull=False),
                name="payments_lock_opened_on_request",
            ),
        ]

    def __str__(self) -> str:
        return f"Clôture {self.periode}"

    @property
    def periode(self) -> str:
        """« de mars 2023 », « de l’année 2023 »."""
        if self.nature == self.Nature.ANNEE:
            return f"de l’année {self.debut.year}"
        return Month.of(self.debut).label_with_de


class Reouverture(models.Model):
    """A request to open a locked month again: asked by one person, decided by another."""

    class Etat(models.TextChoices):
        DEMANDEE = "DEMANDEE", "Demandée"
        ACCORDEE = "ACCORDEE", "Accordée"
        REFUSEE = "REFUSEE", "Refusée"

    cloture = models.ForeignKey(Cloture, models.PROTECT, related_name="demandes")
    motif = models.CharField(max_length=500)
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.DEMANDEE)
    demandee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    demandee_le = models.DateField("demandée le")
    decidee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decidee_le = models.DateField("décidée le", null=True, blank=True)
    motif_refus = models.CharField("motif du refus", max_length=500, blank=True)

    objects = ReouvertureQuerySet.as_manager()

    class Meta:
        verbose_name = "réouverture d’un mois comptable"
        verbose_name_plural = "réouvertures de mois comptables"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                "etat", condition=Q(etat="DEMANDEE"), name="payments_one_reopening_asked"
            ),
            models.CheckConstraint(condition=~Q(motif=""), name="payments_reopening_reason"),
            models.CheckConstraint(
                condition=Q(decidee_par__isnull=True) | ~Q(decidee_par=F("demandee_par")),
                name="payments_reopening_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(etat="DEMANDEE", decidee_par__isnull=True, decidee_le__isnull=True)
                | Q(~Q(etat="DEMANDEE"), decidee_par__isnull=False, decidee_le__isnull=False),
                name="payments_reopening_decided",
            ),
            models.CheckConstraint(
                condition=~Q(etat="REFUSEE") | ~Q(motif_refus=""),
                name="payments_reopening_refusal_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Réouverture {self.cloture.periode}"
