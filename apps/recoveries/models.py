"""Ordres de recouvrer (spec 05 §5, cahier des charges §2.4).

An order is born of the final regularisation of an annex, one per funder. Its amount is what the
executed line says (`recouvre_etat`, `recouvre_cd`); a second regularisation completes or reduces
it. The rest of its life (cash, plans, contest, write-off) stands on the same row.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.annexes.models import AnnexeFinanciere
from apps.conventions.models import Financeur
from apps.core.models import Fichier
from apps.payments.models import Versement
from apps.recoveries.querysets import OrdreQuerySet
from apps.siae.models import Structure


class OrdreDeRecouvrer(models.Model):
    class Etat(models.TextChoices):
        EMIS = "EMIS", "Émis"
        ANNULE = "ANNULE", "Annulé"

    numero = models.PositiveIntegerField("numéro", unique=True)
    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="ordres")
    structure = models.ForeignKey(Structure, models.PROTECT, related_name="ordres")
    financeur = models.ForeignKey(Financeur, models.PROTECT, related_name="ordres")
    versement = models.ForeignKey(Versement, models.PROTECT, related_name="ordres")
    montant_initial = models.DecimalField(max_digits=12, decimal_places=2)
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    etat = models.CharField("état", max_length=6, choices=Etat.choices, default=Etat.EMIS)
    # Bases of calculation line by line (GBCP art. 24), frozen at issue.
    bases = models.JSONField(default=list)
    emis_le = models.DateField("émis le")
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
                condition=Q(propose_par__isnull=True) | ~Q(propose_par=models.F("emis_par")),
                name="recoveries_order_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"Ordre de recouvrer n° {self.numero}"
