"""Funds of the départements: calls, notifications, receipts, sums paid back, closing of a mandate.

Convention de mandat art. 3.1 (advance, exceptional call), 11 (recoveries after the last payment,
closing); cahier des charges of the Haut-Rhin, II (quarterly calls). Money itself is in the ledger
(accounts 515 and 4671), under the references « RF-n » and « RV-n ».
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.conventions.models import ConventionMandat
from apps.core.models import Fichier
from apps.payments.models.campagne import Campagne
from apps.payments.querysets_fonds import (
    AppelQuerySet,
    FondsQuerySet,
    NotificationFondsQuerySet,
    RecetteQuerySet,
)


class AppelDeFonds(models.Model):
    """A sum asked of a département: proposed by one person or by the clock, issued by another."""

    class Nature(models.TextChoices):
        AVANCE = "AVANCE", "Avance"
        TRIMESTRIEL = "TRIMESTRIEL", "Appel trimestriel"
        EXCEPTIONNEL = "EXCEPTIONNEL", "Appel exceptionnel"
        SOLDE_NEGATIF = "SOLDE_NEGATIF", "Solde négatif des recouvrements"

    class Etat(models.TextChoices):
        PROPOSE = "PROPOSE", "Proposé"
        EMIS = "EMIS", "Émis"
        PARTIEL = "PARTIEL", "Encaissé en partie"
        ENCAISSE = "ENCAISSE", "Encaissé"
        ANNULE = "ANNULE", "Annulé"

    EMIS = (Etat.EMIS, Etat.PARTIEL, Etat.ENCAISSE)

    numero = models.PositiveIntegerField("numéro", unique=True)
    mandat = models.ForeignKey(ConventionMandat, models.PROTECT, related_name="appels")
    nature = models.CharField(max_length=14, choices=Nature.choices)
    # First day of what is funded: the quarter, or the year of an advance or of a balance.
    periode = models.DateField("période à partir du")
    # The run that was short of funds, for an exceptional call.
    campagne = models.ForeignKey(
        Campagne, models.PROTECT, null=True, blank=True, related_name="appels"
    )
    montant = models.DecimalField(max_digits=14, decimal_places=2)
    encaisse = models.DecimalField("encaissé", max_digits=14, decimal_places=2, default=0)
    # The lines as computed (twelve for a quarter), then the parts that wait, both frozen.
    lignes = models.JSONField(default=list)
    attentes = models.JSONField("parts en attente", default=list)
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.PROPOSE)
    # NULL when the clock proposed it.
    propose_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    propose_le = models.DateField("proposé le")
    motif = models.CharField("motif", max_length=400, blank=True)
    emis_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    emis_le = models.DateField("émis le", null=True, blank=True)
    echeance = models.DateField("à verser avant le", null=True, blank=True)
    annule_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    annule_le = models.DateField("annulé le", null=True, blank=True)
    motif_annulation = models.CharField("motif de l’annulation", max_length=400, blank=True)
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = AppelQuerySet.as_manager()

    class Meta:
        verbose_name = "appel de fonds"
        verbose_name_plural = "appels de fonds"
        ordering = ["-numero"]
        constraints = [
            # Proposed twice, by the clock or by people, it is one and the same call.
            models.UniqueConstraint(
                fields=["mandat", "nature", "periode"],
                condition=~Q(etat="ANNULE") & ~Q(nature="EXCEPTIONNEL"),
                name="payments_call_once",
            ),
            models.UniqueConstraint(
                fields=["mandat", "campagne"],
                condition=~Q(etat="ANNULE") & Q(campagne__isnull=False),
                name="payments_call_once_per_run",
            ),
            models.CheckConstraint(
                condition=Q(emis_par__isnull=True)
                | Q(propose_par__isnull=True)
                | ~Q(emis_par=F("propose_par")),
                name="payments_call_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(montant__gte=0, encaisse__gte=0), name="payments_call_amounts"
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["EMIS", "PARTIEL", "ENCAISSE"])
                | Q(emis_par__isnull=False, emis_le__isnull=False, echeance__isnull=False),
                name="payments_call_issued_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(etat__in=["PROPOSE", "EMIS", "ANNULE"], encaisse=0)
                | Q(etat="PARTIEL", encaisse__gt=0, encaisse__lt=F("montant"))
                | Q(etat="ENCAISSE", encaisse__gte=F("montant")),
                name="payments_call_state_says_what_came",
            ),
            models.CheckConstraint(
                condition=~Q(etat="ANNULE") | Q(annule_le__isnull=False) & ~Q(motif_annulation=""),
                name="payments_call_cancelled_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Appel de fonds n° {self.numero}"

    @property
    def reference(self) -> str:
        return f"AF-{self.numero}"

    @property
    def reste(self) -> Decimal:
        """What the département still has to pay, in euros."""
        return max(self.montant - self.encaisse, Decimal("0.00"))


class NotificationDeFonds(models.Model):
    """Funds that the département has ordered for the ASP, announced by its décideur."""

    mandat = models.ForeignKey(ConventionMandat, models.PROTECT, related_name="notifications_fonds")
    appel = models.ForeignKey(
        AppelDeFonds, models.PROTECT, null=True, blank=True, related_name="notifications"
    )
    montant = models.DecimalField(max_digits=14, decimal_places=2)
    ordonnance_le = models.DateField("ordonnancés le")
    reference = models.CharField("numéro du mandat de paiement", max_length=60)
    notifie_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    notifie_le = models.DateField("notifié le")
    annulee_le = models.DateField("retirée le", null=True, blank=True)
    motif_annulation = models.CharField("motif du retrait", max_length=400, blank=True)

    objects = NotificationFondsQuerySet.as_manager()

    class Meta:
        verbose_name = "notification de fonds"
        verbose_name_plural = "notifications de fonds"
        ordering = ["-ordonnance_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mandat", "reference"],
                condition=Q(annulee_le__isnull=True),
                name="payments_funds_notice_once",
            ),
            models.CheckConstraint(
                condition=Q(montant__gt=0), name="payments_funds_notice_positive"
            ),
            models.CheckConstraint(
                condition=Q(annulee_le__isnull=True) | ~Q(motif_annulation=""),
                name="payments_funds_notice_withdrawn_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Notification de fonds {self.reference}"


class RecetteDeFonds(models.Model):
    """Funds received on the Treasury account for a mandate, as the agent comptable recorded them.

    One per line of the account statement: the bank reference is unique as long as it stands.
    """

    numero = models.PositiveIntegerField("numéro", unique=True)
    mandat = models.ForeignKey(ConventionMandat, models.PROTECT, related_name="recettes")
    appel = models.ForeignKey(
        AppelDeFonds, models.PROTECT, null=True, blank=True, related_name="recettes"
    )
    notification = models.ForeignKey(
        NotificationDeFonds, models.PROTECT, null=True, blank=True, related_name="recettes"
    )
    montant = models.DecimalField(max_digits=14, decimal_places=2)
    recu_le = models.DateField("reçus le")
    reference_bancaire = models.CharField("référence bancaire", max_length=60)
    enregistre_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    enregistre_le = models.DateField("enregistrés le")
    annulee_le = models.DateField("annulée le", null=True, blank=True)
    motif_annulation = models.CharField("motif de l’annulation", max_length=400, blank=True)

    objects = RecetteQuerySet.as_manager()

    class Meta:
        verbose_name = "fonds reçus"
        verbose_name_plural = "fonds reçus"
        ordering = ["-recu_le", "-numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["reference_bancaire"],
                condition=Q(annulee_le__isnull=True),
                name="payments_receipt_once",
            ),
            models.CheckConstraint(condition=Q(montant__gt=0), name="payments_receipt_positive"),
            models.CheckConstraint(
                condition=Q(annulee_le__isnull=True) | ~Q(motif_annulation=""),
                name="payments_receipt_reversed_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Recette de fonds n° {self.numero}"

    @property
    def reference(self) -> str:
        """Names the receipt in the ledger."""
        return f"RF-{self.numero}"


class ReversementDeFonds(models.Model):
    """Funds paid back to the département once everything is paid (art. 11): two people."""

    class Nature(models.TextChoices):
        RECOUVREMENTS = "RECOUVREMENTS", "Sommes recouvrées au cours de l’exercice"
        NON_EMPLOYES = "NON_EMPLOYES", "Fonds non employés"

    class Etat(models.TextChoices):
        PROPOSE = "PROPOSE", "Ordonnancé"
        EXECUTE = "EXECUTE", "Reversé"
        ANNULE = "ANNULE", "Annulé"

    numero = models.PositiveIntegerField("numéro", unique=True)
    mandat = models.ForeignKey(ConventionMandat, models.PROTECT, related_name="reversements")
    nature = models.CharField(max_length=13, choices=Nature.choices)
    annee = models.PositiveSmallIntegerField("exercice")
    montant = models.DecimalField(max_digits=14, decimal_places=2)
    lignes = models.JSONField(default=list)
    etat = models.CharField("état", max_length=7, choices=Etat.choices, default=Etat.PROPOSE)
    ordonnance_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ordonnance_le = models.DateField("ordonnancé le")
    paye_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    paye_le = models.DateField("reversé le", null=True, blank=True)
    motif_annulation = models.CharField("motif de l’annulation", max_length=400, blank=True)
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = FondsQuerySet.as_manager()

    class Meta:
        verbose_name = "reversement de fonds"
        verbose_name_plural = "reversements de fonds"
        ordering = ["-numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["mandat", "annee"],
                condition=~Q(etat="ANNULE") & Q(nature="RECOUVREMENTS"),
                name="payments_pay_back_once",
            ),
            # Unused funds go back whenever some are left, one order at a time.
            models.UniqueConstraint(
                fields=["mandat"],
                condition=Q(etat="PROPOSE"),
                name="payments_one_pay_back_at_a_time",
            ),
            models.CheckConstraint(condition=Q(montant__gt=0), name="payments_pay_back_positive"),
            models.CheckConstraint(
                condition=Q(paye_par__isnull=True) | ~Q(paye_par=F("ordonnance_par")),
                name="payments_pay_back_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(etat="EXECUTE", paye_par__isnull=False, paye_le__isnull=False)
                | ~Q(etat="EXECUTE") & Q(paye_par__isnull=True, paye_le__isnull=True),
                name="payments_pay_back_executed_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(etat="ANNULE") | ~Q(motif_annulation=""),
                name="payments_pay_back_cancelled_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Reversement de fonds n° {self.numero}"

    @property
    def reference(self) -> str:
        """Names the sum paid back in the ledger."""
        return f"RV-{self.numero}"


class ClotureMandat(models.Model):
    """The end of a mandate: everything paid, recovered or cleared, nothing left in its treasury."""

    mandat = models.OneToOneField(ConventionMandat, models.PROTECT, related_name="cloture")
    cloture_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    cloture_le = models.DateField("clôturée le")

    objects = FondsQuerySet.as_manager()

    class Meta:
        verbose_name = "clôture de la convention de mandat"
        ordering = ["-cloture_le"]

    def __str__(self) -> str:
        return f"Clôture – {self.mandat}"
