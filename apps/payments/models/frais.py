"""Management fees owed by a département under its mandate (convention de mandat, art. 3.2).

A `FactureFrais` is prepared, then issued by another person with its gapless number; its rows are
the flat fee and one row per act (annex, renewal, amendment). A version is billed once for ever: the
rows of an abandoned or cancelled invoice no longer count. An `AvisTarif` is the letter of the new
prices each January.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.annexes.models import VersionAnnexe
from apps.conventions.models import ConventionMandat, Financeur
from apps.core.models import Fichier
from apps.payments.models.ledger import Ecriture
from apps.payments.querysets_frais import AvisTarifQuerySet, FactureQuerySet


class FactureFrais(models.Model):
    """An invoice, or a credit note when its amount is below 0 or when it cancels an invoice."""

    class Periode(models.TextChoices):
        SEMESTRE_1 = "S1", "1er semestre"
        SEMESTRE_2 = "S2", "2d semestre"
        AJUSTEMENT = "AJUSTEMENT", "Ajustement de l’année"
        AVOIR = "AVOIR", "Avoir"

    class Etat(models.TextChoices):
        PREPAREE = "PREPAREE", "Préparée"
        EMISE = "EMISE", "Émise"
        PAYEE = "PAYEE", "Soldée"
        ANNULEE = "ANNULEE", "Annulée"
        ABANDONNEE = "ABANDONNEE", "Abandonnée"

    VIVANTES = (Etat.PREPAREE, Etat.EMISE, Etat.PAYEE)

    numero = models.PositiveIntegerField("numéro", unique=True, null=True, blank=True)
    mandat = models.ForeignKey(ConventionMandat, models.PROTECT, related_name="factures_frais")
    # Who pays: the département of the mandate, or its successor.
    financeur = models.ForeignKey(Financeur, models.PROTECT, related_name="factures_frais")
    annee = models.PositiveSmallIntegerField("année")
    periode = models.CharField("période", max_length=10, choices=Periode.choices)
    # Last day of validation of the acts counted.
    arretee_au = models.DateField("arrêtée au")
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.PREPAREE)
    # The invoice that a credit note cancels as a whole.
    annule = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="avoirs", verbose_name="annule"
    )
    # The invoice from which a credit note of adjustment was deducted.
    impute_sur = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="imputations"
    )
    motif = models.CharField(max_length=300, blank=True)
    # What Chorus Pro asks for (art. 3.2), frozen with the invoice.
    siret = models.CharField("SIRET du destinataire", max_length=14, blank=True)
    engagement = models.CharField("numéro d’engagement", max_length=50, blank=True)
    code_service = models.CharField("code service Chorus Pro", max_length=100, blank=True)
    calcul = models.JSONField(default=list)
    preparee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    preparee_le = models.DateField("préparée le")
    emise_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    emise_le = models.DateField("émise le", null=True, blank=True)
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    # Given by `with_reste`, in euros.
    encaisse: Decimal
    impute: Decimal
    reste: Decimal

    objects = FactureQuerySet.as_manager()

    class Meta:
        verbose_name = "facture de frais de gestion"
        verbose_name_plural = "factures de frais de gestion"
        ordering = ["-annee", "-preparee_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mandat", "annee", "periode"],
                condition=Q(etat__in=["PREPAREE", "EMISE", "PAYEE"], periode__in=["S1", "S2"]),
                name="payments_fee_invoice_once",
            ),
            models.UniqueConstraint(
                fields=["mandat", "annee"],
                condition=Q(etat="PREPAREE", periode="AJUSTEMENT"),
                name="payments_fee_one_adjustment_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["annule"],
                condition=Q(etat__in=["PREPAREE", "EMISE", "PAYEE"]),
                name="payments_fee_cancelled_once",
            ),
            models.CheckConstraint(
                condition=Q(etat__in=["PREPAREE", "ABANDONNEE"], numero__isnull=True)
                | Q(
                    etat__in=["EMISE", "PAYEE", "ANNULEE"],
                    numero__isnull=False,
                    emise_par__isnull=False,
                    emise_le__isnull=False,
                ),
                name="payments_fee_issued_is_numbered",
            ),
            models.CheckConstraint(
                condition=Q(emise_par__isnull=True)
                | Q(preparee_par__isnull=True)
                | ~Q(emise_par=F("preparee_par")),
                name="payments_fee_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(periode="AVOIR", annule__isnull=False, montant__lt=0)
                | ~Q(periode="AVOIR") & Q(annule__isnull=True),
                name="payments_fee_credit_note",
            ),
            models.CheckConstraint(
                condition=Q(impute_sur__isnull=True) | Q(montant__lt=0, etat="PAYEE"),
                name="payments_fee_only_credit_is_deducted",
            ),
        ]

    def __str__(self) -> str:
        kind = "Avoir" if self.is_avoir else "Facture"
        if self.numero:
            return f"{kind} {self.reference}"
        return f"{kind} en préparation, {self.get_periode_display().lower()} {self.annee}"

    @property
    def reference(self) -> str:
        """Names the document in the ledger; empty until it is issued."""
        return f"FF-{self.numero}" if self.numero else ""

    @property
    def is_avoir(self) -> bool:
        return self.montant < 0

    @property
    def libelle_periode(self) -> str:
        """« 1er semestre 2023 »."""
        return f"{self.get_periode_display()} {self.annee}"


class LigneFrais(models.Model):
    """One row of an invoice: the flat fee, an act billed, an act taken back."""

    class Nature(models.TextChoices):
        FORFAIT = "FORFAIT", "Forfait annuel"
        ACTE = "ACTE", "Annexe ou avenant"
        RETRAIT = "RETRAIT", "Annexe annulée, facturée à tort"

    facture = models.ForeignKey(FactureFrais, models.PROTECT, related_name="lignes")
    nature = models.CharField(max_length=8, choices=Nature.choices)
    libelle = models.CharField("libellé", max_length=200)
    version = models.ForeignKey(
        VersionAnnexe, models.PROTECT, null=True, blank=True, related_name="lignes_frais"
    )
    validee_le = models.DateField("validée le", null=True, blank=True)
    montant_cd = models.DecimalField(
        "montant du département", max_digits=12, decimal_places=2, null=True, blank=True
    )
    montant = models.DecimalField(max_digits=10, decimal_places=2)
    # Copied on every row so that the database holds « once for ever »: False when the invoice was
    # abandoned or cancelled by a credit note.
    compte = models.BooleanField(default=True)
    mandat = models.ForeignKey(ConventionMandat, models.PROTECT, related_name="+")
    annee = models.PositiveSmallIntegerField("année")

    class Meta:
        verbose_name = "ligne de frais de gestion"
        verbose_name_plural = "lignes de frais de gestion"
        ordering = ["facture", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "nature"],
                condition=Q(compte=True, version__isnull=False),
                name="payments_fee_act_once",
            ),
            models.UniqueConstraint(
                fields=["mandat", "annee"],
                condition=Q(compte=True, nature="FORFAIT"),
                name="payments_fee_flat_once_a_year",
            ),
            models.CheckConstraint(
                condition=Q(nature="FORFAIT", version__isnull=True)
                | Q(nature__in=["ACTE", "RETRAIT"], version__isnull=False),
                name="payments_fee_act_has_version",
            ),
        ]

    def __str__(self) -> str:
        return self.libelle


class EncaissementFrais(models.Model):
    """Cash received for an invoice; its bank reference is recorded once."""

    facture = models.ForeignKey(FactureFrais, models.PROTECT, related_name="encaissements")
    reference_bancaire = models.CharField("référence bancaire", max_length=60)
    montant = models.DecimalField("montant reçu", max_digits=12, decimal_places=2)
    recu_le = models.DateField("reçu le")
    enregistre_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ecriture = models.OneToOneField(Ecriture, models.PROTECT, related_name="encaissement_frais")
    # The entry was reversed: recorded by mistake.
    extourne_le = models.DateField("extourné le", null=True, blank=True)

    class Meta:
        verbose_name = "encaissement de frais de gestion"
        verbose_name_plural = "encaissements de frais de gestion"
        ordering = ["recu_le", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reference_bancaire"],
                condition=Q(extourne_le__isnull=True),
                name="payments_fee_receipt_once",
            ),
            models.CheckConstraint(condition=Q(montant__gt=0), name="payments_fee_receipt_amount"),
        ]

    def __str__(self) -> str:
        return f"Encaissement {self.reference_bancaire}"


class AvisTarif(models.Model):
    """Letter of the new prices of the fees, from 1 January (art. 3.2: « par courrier simple »)."""

    class Etat(models.TextChoices):
        PREPARE = "PREPARE", "Préparé"
        NOTIFIE = "NOTIFIE", "Notifié"

    mandat = models.ForeignKey(ConventionMandat, models.PROTECT, related_name="avis_tarifs")
    annee = models.PositiveSmallIntegerField("année")
    prix_ancien = models.DecimalField(max_digits=8, decimal_places=2)
    forfait_ancien = models.DecimalField(max_digits=10, decimal_places=2)
    prix_annexe = models.DecimalField("prix par annexe ou avenant", max_digits=8, decimal_places=2)
    forfait_annuel = models.DecimalField(max_digits=10, decimal_places=2)
    calcul = models.JSONField(default=list)
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.PREPARE)
    prepare_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    prepare_le = models.DateField("préparé le")
    notifie_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    notifie_le = models.DateField("notifié le", null=True, blank=True)
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = AvisTarifQuerySet.as_manager()

    class Meta:
        verbose_name = "avis de tarif"
        verbose_name_plural = "avis de tarif"
        ordering = ["-annee", "mandat"]
        constraints = [
            models.UniqueConstraint(fields=["mandat", "annee"], name="payments_fee_notice_yearly"),
            models.CheckConstraint(
                condition=Q(etat="PREPARE", notifie_par__isnull=True, notifie_le__isnull=True)
                | Q(etat="NOTIFIE", notifie_par__isnull=False, notifie_le__isnull=False),
                name="payments_fee_notice_is_dated",
            ),
            models.CheckConstraint(
                condition=Q(notifie_par__isnull=True)
                | Q(prepare_par__isnull=True)
                | ~Q(notifie_par=F("prepare_par")),
                name="payments_fee_notice_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(prix_annexe__gt=Decimal(0), forfait_annuel__gte=Decimal(0)),
                name="payments_fee_notice_prices",
            ),
        ]

    def __str__(self) -> str:
        return f"Tarifs {self.annee} – {self.mandat}"
