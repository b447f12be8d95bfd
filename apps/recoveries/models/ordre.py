"""Ordres de recouvrer (spec 05 §5, cahier des charges §2.4).

An order is born of the final regularisation of an annex, one per funder. Its amount is what the
executed line says (`recouvre_etat`, `recouvre_cd`); a second regularisation completes or reduces
it. `recouvre` and `abandonne` follow the ledger (account 463 of its `reference`); what it went
through is in the other tables of this package.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.annexes.models import AnnexeFinanciere
from apps.conventions.models import ConventionMandat, Financeur
from apps.core.models import Fichier
from apps.payments.models import Versement
from apps.recoveries.querysets import OrdreQuerySet
from apps.siae.models import Structure


class OrdreDeRecouvrer(models.Model):
    class Etat(models.TextChoices):
        EMIS = "EMIS", "Émis"
        NOTIFIE = "NOTIFIE", "Notifié"
        RELANCE = "RELANCE", "Relancé"
        MIS_EN_DEMEURE = "MIS_EN_DEMEURE", "Mis en demeure"
        FORCE = "FORCE", "En recouvrement forcé"
        SOLDE = "SOLDE", "Soldé"
        ANNULE = "ANNULE", "Annulé"
        APURE = "APURE", "Apuré (30 € ou moins)"
        NON_VALEUR = "NON_VALEUR", "Admis en non-valeur"
        ETEINT = "ETEINT", "Éteint"
        REMIS = "REMIS", "Remis"

    # Something is still owed and claimed.
    OUVERTS = (Etat.EMIS, Etat.NOTIFIE, Etat.RELANCE, Etat.MIS_EN_DEMEURE, Etat.FORCE)

    numero = models.PositiveIntegerField("numéro", unique=True)
    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="ordres")
    structure = models.ForeignKey(Structure, models.PROTECT, related_name="ordres")
    financeur = models.ForeignKey(Financeur, models.PROTECT, related_name="ordres")
    # Mandate whose funds bore what is claimed; none for the State.
    mandat = models.ForeignKey(
        ConventionMandat, models.PROTECT, null=True, blank=True, related_name="ordres"
    )
    versement = models.ForeignKey(Versement, models.PROTECT, related_name="ordres")
    montant_initial = models.DecimalField(max_digits=12, decimal_places=2)
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    recouvre = models.DecimalField("recouvré", max_digits=12, decimal_places=2, default=0)
    # Remitted, written off or cleared: borne by the funder.
    abandonne = models.DecimalField("abandonné", max_digits=12, decimal_places=2, default=0)
    etat = models.CharField("état", max_length=14, choices=Etat.choices, default=Etat.EMIS)
    # Bases of calculation line by line (GBCP art. 24), frozen at issue.
    bases = models.JSONField(default=list)
    emis_le = models.DateField("émis le")
    notifie_le = models.DateField("notifié le", null=True, blank=True)
    # Last day to pay, of the last act that set one (notification, reminder, formal notice).
    echeance = models.DateField("à payer avant le", null=True, blank=True)
    propose_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    emis_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OrdreQuerySet.as_manager()

    class Meta:
        verbose_name = "ordre de recouvrer"
        verbose_name_plural = "ordres de recouvrer"
        ordering = ["-numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["versement", "financeur"], name="recoveries_one_per_line_and_funder"
            ),
            models.CheckConstraint(
                condition=Q(montant_initial__gt=0, montant__gte=0), name="recoveries_amounts"
            ),
            models.CheckConstraint(
                condition=Q(recouvre__gte=0, abandonne__gte=0)
                & Q(montant__gte=models.F("recouvre") + models.F("abandonne")),
                name="recoveries_never_more_than_owed",
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["SOLDE", "ANNULE", "APURE", "NON_VALEUR", "ETEINT", "REMIS"])
                | Q(montant=models.F("recouvre") + models.F("abandonne")),
                name="recoveries_ended_owes_nothing",
            ),
            models.CheckConstraint(
                condition=Q(propose_par__isnull=True) | ~Q(propose_par=models.F("emis_par")),
                name="recoveries_order_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"Ordre de recouvrer n° {self.numero}"

    @property
    def reference(self) -> str:
        """Names the order in the ledger."""
        return f"OR-{self.numero}"

    @property
    def reste(self) -> Decimal:
        """What the structure still owes, in euros."""
        return self.montant - self.recouvre - self.abandonne
