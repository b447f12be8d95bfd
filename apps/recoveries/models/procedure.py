"""Collective procedures of the structures, and the debts declared to them (spec 05 §5).

The opening judgment stops individual pursuit on every order of the structure (code de commerce,
art. L. 622-21); each debt is declared within two months of the publication (R. 622-24).
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import Fichier
from apps.recoveries.models.contestation import TEXTE_MAX
from apps.recoveries.models.ordre import OrdreDeRecouvrer
from apps.recoveries.querysets_apurement import ParOrdreQuerySet, ProcedureQuerySet
from apps.rules.delais import last_day_to_declare
from apps.siae.models import Structure


class ProcedureCollective(models.Model):
    class Nature(models.TextChoices):
        SAUVEGARDE = "SAUVEGARDE", "Sauvegarde"
        REDRESSEMENT = "REDRESSEMENT", "Redressement judiciaire"
        LIQUIDATION = "LIQUIDATION", "Liquidation judiciaire"

    class Etat(models.TextChoices):
        OUVERTE = "OUVERTE", "Ouverte"
        CLOSE = "CLOSE", "Close"

    class Issue(models.TextChoices):
        PLAN = "PLAN", "Plan de sauvegarde ou de redressement"
        PASSIF_ETEINT = "PASSIF_ETEINT", "Extinction du passif"
        INSUFFISANCE_ACTIF = "INSUFFISANCE", "Clôture pour insuffisance d’actif"

    structure = models.ForeignKey(Structure, models.PROTECT, related_name="procedures")
    nature = models.CharField(max_length=12, choices=Nature.choices)
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.OUVERTE)
    jugement_le = models.DateField("jugement d’ouverture du")
    tribunal = models.CharField(max_length=120)
    mandataire = models.CharField("mandataire judiciaire", max_length=160, blank=True)
    bodacc_le = models.DateField("publié au BODACC le", null=True, blank=True)
    piece = models.ForeignKey(Fichier, models.PROTECT, related_name="+")
    enregistree_le = models.DateField("enregistrée le")
    enregistree_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issue = models.CharField(max_length=14, choices=Issue.choices, blank=True)
    close_le = models.DateField("close le", null=True, blank=True)
    piece_cloture = models.ForeignKey(
        Fichier, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ProcedureQuerySet.as_manager()

    class Meta:
        verbose_name = "procédure collective"
        verbose_name_plural = "procédures collectives"
        ordering = ["-jugement_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure"],
                condition=Q(etat="OUVERTE"),
                name="recoveries_one_open_procedure",
            ),
            models.CheckConstraint(
                condition=Q(bodacc_le=None) | Q(bodacc_le__gte=F("jugement_le")),
                name="recoveries_procedure_published_after",
            ),
            models.CheckConstraint(
                condition=Q(etat="OUVERTE", issue="", close_le=None)
                | Q(etat="CLOSE", close_le__isnull=False, piece_cloture__isnull=False)
                & ~Q(issue=""),
                name="recoveries_procedure_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} du {self.jugement_le:%d/%m/%Y}"

    @property
    def limite_declaration(self) -> date | None:
        """Last day to declare a debt; None until the publication is known."""
        return last_day_to_declare(self.bodacc_le) if self.bodacc_le else None


class DeclarationCreance(models.Model):
    """What was declared of one order to a procedure, in euros; nothing is withdrawn."""

    procedure = models.ForeignKey(ProcedureCollective, models.PROTECT, related_name="declarations")
    ordre = models.ForeignKey(OrdreDeRecouvrer, models.PROTECT, related_name="declarations")
    montant = models.DecimalField("montant déclaré", max_digits=12, decimal_places=2)
    declaree_le = models.DateField("déclarée le")
    declaree_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reference = models.CharField("référence de l’envoi", max_length=120)
    # Past the delay: only a relief from foreclosure saves it.
    hors_delai = models.BooleanField(default=False)
    precisions = models.CharField(max_length=TEXTE_MAX, blank=True)

    objects = ParOrdreQuerySet.as_manager()

    class Meta:
        verbose_name = "déclaration de créance"
        verbose_name_plural = "déclarations de créance"
        ordering = ["ordre__numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "ordre"], name="recoveries_debt_declared_once"
            ),
            models.CheckConstraint(condition=Q(montant__gt=0), name="recoveries_declared_amount"),
        ]

    def __str__(self) -> str:
        return f"Déclaration de l’ordre n° {self.ordre.numero}"
