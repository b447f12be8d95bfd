"""États mensuels de présence: one statement per annex and month, one line per contract.

Re-opening a statement (DEBLOQUE) adds 1 to its version and copies the lines: what was certified
and validated before stays readable, unchanged. `heures_eligibles`, `brsa` and the reason of
ineligibility are frozen on the lines when the ASP validates (spec 01 §2).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.annexes.models import AnnexeFinanciere
from apps.core.models import Fichier
from apps.presence.querysets import EtatMensuelQuerySet, LigneQuerySet
from apps.siae.models import Contrat, Salarie


class EtatMensuel(models.Model):
    class Etat(models.TextChoices):
        BROUILLON = "BROUILLON", "En cours de saisie"
        SAISI = "SAISI", "Certifié, à valider"
        VALIDE = "VALIDE", "Validé"
        DEBLOQUE = "DEBLOQUE", "Rouvert"
        CARENCE = "CARENCE", "Carence constatée"

    ETATS_OUVERTS = (Etat.BROUILLON, Etat.DEBLOQUE)
    # What the payments count: validated by the ASP, or recorded as carence (0 hour).
    ETATS_VALIDES = (Etat.VALIDE, Etat.CARENCE)

    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="etats_mensuels")
    mois = models.DateField("mois")  # first day of the month
    version = models.PositiveSmallIntegerField(default=1)
    etat = models.CharField("état", max_length=9, choices=Etat.choices, default=Etat.BROUILLON)
    certifie_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    certifie_le = models.DateField("certifié le", null=True, blank=True)
    # Day of the first certification: lateness is judged on it, not on a later correction.
    premiere_saisie_le = models.DateField("saisi la première fois le", null=True, blank=True)
    valide_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    valide_le = models.DateField("validé le", null=True, blank=True)
    motif_deblocage = models.CharField("motif de la réouverture", max_length=300, blank=True)
    justification = models.CharField("justification des écarts", max_length=500, blank=True)
    document = models.ForeignKey(Fichier, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = EtatMensuelQuerySet.as_manager()

    class Meta:
        verbose_name = "état mensuel de présence"
        verbose_name_plural = "états mensuels de présence"
        ordering = ["mois", "annexe"]
        constraints = [
            models.UniqueConstraint(fields=["annexe", "mois"], name="presence_one_per_month"),
            models.CheckConstraint(condition=Q(mois__day=1), name="presence_month_first_day"),
            models.CheckConstraint(
                condition=~Q(etat__in=["VALIDE", "CARENCE"]) | Q(valide_le__isnull=False),
                name="presence_validated_is_dated",
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["SAISI", "VALIDE"]) | Q(certifie_par__isnull=False),
                name="presence_certified_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["etat", "mois"], name="presence_by_state")]

    def __str__(self) -> str:
        return f"EMP {self.mois:%m/%Y} de {self.annexe} (version {self.version})"


class LignePresence(models.Model):
    """Hours of one contract in one version of a statement."""

    etat_mensuel = models.ForeignKey(EtatMensuel, models.PROTECT, related_name="lignes")
    version = models.PositiveSmallIntegerField(default=1)
    contrat = models.ForeignKey(Contrat, models.PROTECT, related_name="lignes_presence")
    salarie = models.ForeignKey(Salarie, models.PROTECT, related_name="+")
    # NULL: not typed yet. 0 is typed, never assumed.
    heures_declarees = models.DecimalField(
        "heures déclarées", max_digits=6, decimal_places=2, null=True, blank=True
    )
    heures_eligibles = models.DecimalField(
        "heures éligibles", max_digits=6, decimal_places=2, null=True, blank=True
    )
    motif_ineligibilite = models.CharField(max_length=200, blank=True)
    # RSA before hiring, borne by the département of the annex: frozen at validation.
    brsa = models.BooleanField("bénéficiaire du RSA à la charge du département", default=False)
    salaire_brut = models.DecimalField(
        "salaire brut", max_digits=8, decimal_places=2, null=True, blank=True
    )
    commentaire = models.CharField(max_length=300, blank=True)
    revision = models.PositiveIntegerField(default=1)
    modifie_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    modifie_le = models.DateTimeField(auto_now=True)

    objects = LigneQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne de présence"
        verbose_name_plural = "lignes de présence"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["etat_mensuel", "version", "contrat"], name="presence_line_once"
            ),
            models.CheckConstraint(
                condition=Q(heures_declarees__isnull=True)
                | Q(heures_declarees__gte=0, heures_declarees__lte=213),
                name="presence_hours_in_month",
            ),
            models.CheckConstraint(
                condition=Q(heures_eligibles__isnull=True)
                | Q(heures_eligibles__gte=0, heures_eligibles__lte=F("heures_declarees")),
                name="presence_eligible_within_declared",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.salarie} : {self.heures_declarees} h"
