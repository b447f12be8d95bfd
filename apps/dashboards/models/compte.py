"""Comptes d’emploi: the accounts of a mandate rendered to its département (convention, art. 11).

`contenu` holds every figure as it was read in the ledger on the day of the preparation, `empreinte`
the SHA-256 of the movements it rests on. Prepared by one person or by the clock, signed by an
accountant who is another person; once signed, the database refuses any change (migration 0006).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.conventions.models import ConventionMandat
from apps.core.models import Fichier
from apps.dashboards.querysets import CompteQuerySet


class CompteEmploi(models.Model):
    class Nature(models.TextChoices):
        PROVISOIRE = "PROVISOIRE", "Compte d’emploi provisoire"
        CERTIFIE = "CERTIFIE", "Compte d’emploi certifié"

    class Etat(models.TextChoices):
        PREPARE = "PREPARE", "À signer"
        SIGNE = "SIGNE", "Signé"
        ECARTE = "ECARTE", "Écarté"

    numero = models.PositiveIntegerField("numéro", unique=True)
    mandat = models.ForeignKey(ConventionMandat, models.PROTECT, related_name="comptes_emploi")
    annee = models.PositiveSmallIntegerField("année")
    # Last day of the period: of a quarter for a provisional one, of the year for a certified one.
    arrete_au = models.DateField("arrêté au")
    nature = models.CharField(max_length=10, choices=Nature.choices)
    edition = models.PositiveSmallIntegerField("édition", default=1)
    etat = models.CharField("état", max_length=7, choices=Etat.choices, default=Etat.PREPARE)
    contenu = models.JSONField()
    # SHA-256 of the movements of the mandate up to `arrete_au`; of the closing of the year for a
    # certified one: it says which ledger the year was locked on.
    empreinte = models.CharField("empreinte des écritures", max_length=64)
    empreinte_cloture = models.CharField("empreinte de la clôture", max_length=64, blank=True)
    prepare_le = models.DateField("préparé le")
    prepare_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    signe_le = models.DateField("signé le", null=True, blank=True)
    signe_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ecarte_le = models.DateField("écarté le", null=True, blank=True)
    ecarte_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    motif = models.CharField("motif de la mise à l’écart", max_length=300, blank=True)
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")
    classeur = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = CompteQuerySet.as_manager()

    class Meta:
        verbose_name = "compte d’emploi"
        verbose_name_plural = "comptes d’emploi"
        ordering = ["-arrete_au", "-numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["mandat", "arrete_au", "nature", "edition"],
                name="dashboards_account_edition",
            ),
            models.UniqueConstraint(
                fields=["mandat", "arrete_au", "nature"],
                condition=Q(etat="PREPARE"),
                name="dashboards_account_prepared_once",
            ),
            models.CheckConstraint(
                condition=Q(prepare_par__isnull=True)
                | Q(signe_par__isnull=True)
                | ~Q(prepare_par=F("signe_par")),
                name="dashboards_account_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(
                    etat="PREPARE",
                    signe_le__isnull=True,
                    signe_par__isnull=True,
                    ecarte_le__isnull=True,
                    motif="",
                )
                | Q(
                    etat="SIGNE",
                    signe_le__gte=F("prepare_le"),
                    signe_par__isnull=False,
                    ecarte_le__isnull=True,
                    motif="",
                )
                | Q(
                    etat="ECARTE",
                    ecarte_le__gte=F("prepare_le"),
                    ecarte_par__isnull=False,
                    signe_le__isnull=True,
                    signe_par__isnull=True,
                )
                & ~Q(motif=""),
                name="dashboards_account_state_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(arrete_au__year=F("annee"))
                & (
                    Q(arrete_au__month=12, arrete_au__day=31)
                    | Q(arrete_au__month=3, arrete_au__day=31, nature="PROVISOIRE")
                    | Q(arrete_au__month__in=(6, 9), arrete_au__day=30, nature="PROVISOIRE")
                ),
                name="dashboards_account_period",
            ),
            models.CheckConstraint(
                condition=Q(prepare_le__gt=F("arrete_au")), name="dashboards_account_period_over"
            ),
            models.CheckConstraint(
                condition=Q(nature="PROVISOIRE", empreinte_cloture="")
                | Q(nature="CERTIFIE") & ~Q(empreinte_cloture=""),
                name="dashboards_account_certified_on_a_closing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} n° {self.numero}"
