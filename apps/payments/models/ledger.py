"""The ledger: double entry, append-only, the funder as a dimension (spec 05 §2).

`Ecriture` is an entry, `Mouvement` one of its debit or credit lines. The database checks that
every entry balances per funder (deferred constraint trigger, migration 0002) and refuses
UPDATE, DELETE and TRUNCATE. A correction is a reversal linked to its origin, once.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.annexes.models import AnnexeFinanciere
from apps.conventions.models import ConventionMandat, Financeur
from apps.payments.models.campagne import Campagne, Versement
from apps.payments.models.reglement import Virement
from apps.payments.querysets_comptabilite import EcritureQuerySet, MouvementQuerySet
from apps.siae.models import Structure


class Compte(models.Model):
    """The account plan; rows are created by migration, see docs/accounting.md."""

    code = models.CharField(max_length=6, primary_key=True)
    libelle = models.CharField("libellé", max_length=120)

    class Meta:
        verbose_name = "compte"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.libelle}"


class Ecriture(models.Model):
    class Evenement(models.TextChoices):
        LIQUIDATION = "LIQUIDATION", "Liquidation de l’aide"
        PAIEMENT = "PAIEMENT", "Paiement à la structure"
        REIMPUTATION = "REIMPUTATION", "Réimputation entre financeurs"
        ORDRE = "ORDRE", "Ordre de recouvrer émis"
        REDUCTION_ORDRE = "REDUCTION_ORDRE", "Réduction d’un ordre de recouvrer"
        EXTOURNE = "EXTOURNE", "Extourne"
        # Bank and set-off
        REJET_VIREMENT = "REJET_VIREMENT", "Virement rejeté par la banque"
        REEMISSION = "REEMISSION", "Virement rejeté émis de nouveau"
        COMPENSATION = "COMPENSATION", "Compensation d’un ordre de recouvrer"
        # Funds of the départements
        FONDS_RECUS = "FONDS_RECUS", "Fonds reçus du département"
        FONDS_REVERSES = "FONDS_REVERSES", "Fonds reversés au département"
        # Life of the recovery orders
        ENCAISSEMENT = "ENCAISSEMENT", "Encaissement sur un ordre de recouvrer"
        EXCEDENT = "EXCEDENT", "Excédent de versement conservé"
        EXCEDENT_REDUCTION = "EXCEDENT_REDUCTION", "Excédent né de la réduction d’un ordre"
        EXCEDENT_IMPUTE = "EXCEDENT_IMPUTE", "Excédent imputé sur un ordre de recouvrer"
        EXCEDENT_REMBOURSE = "EXCEDENT_REMBOURSE", "Excédent remboursé à la structure"
        REMISE = "REMISE", "Remise gracieuse"
        NON_VALEUR = "NON_VALEUR", "Admission en non-valeur ou abandon"
        EXTINCTION = "EXTINCTION", "Créance éteinte"
        APUREMENT = "APUREMENT", "Apurement automatique"
        PERTE_ANNULEE = "PERTE_ANNULEE", "Perte annulée par la réduction d’un ordre"
        # Management fees
        FRAIS_FACTURES = "FRAIS_FACTURES", "Frais de gestion facturés"
        FRAIS_AVOIR = "FRAIS_AVOIR", "Avoir sur frais de gestion"
        FRAIS_ENCAISSES = "FRAIS_ENCAISSES", "Frais de gestion encaissés"
        # Succession of a département
        REPRISE = "REPRISE", "Reprise par le département successeur"

    # What lowers a debt without being paid, and what takes it back: borne by the funder.
    ABANDONS = (
        Evenement.REMISE,
        Evenement.NON_VALEUR,
        Evenement.EXTINCTION,
        Evenement.APUREMENT,
        Evenement.PERTE_ANNULEE,
    )

    numero = models.PositiveBigIntegerField("numéro", unique=True)
    jour = models.DateField("date comptable")
    evenement = models.CharField(max_length=20, choices=Evenement.choices)
    libelle = models.CharField("libellé", max_length=200)
    # What the entry rests on, in the numbering of its object: « OR-12 », « AF-3 »; empty for a line
    # of a run, which is in `versement`.
    reference = models.CharField("pièce", max_length=40, blank=True)
    campagne = models.ForeignKey(
        Campagne, models.PROTECT, null=True, blank=True, related_name="ecritures"
    )
    versement = models.ForeignKey(
        Versement, models.PROTECT, null=True, blank=True, related_name="ecritures"
    )
    virement = models.ForeignKey(
        Virement, models.PROTECT, null=True, blank=True, related_name="ecritures"
    )
    extourne = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="extournee_par"
    )
    cree_le = models.DateTimeField(auto_now_add=True)

    objects = EcritureQuerySet.as_manager()

    class Meta:
        verbose_name = "écriture"
        ordering = ["numero"]
        indexes = [
            models.Index(fields=["jour"], name="payments_entry_day"),
            models.Index(
                fields=["reference"],
                name="payments_entry_reference",
                condition=~Q(reference=""),
            ),
        ]

    def __str__(self) -> str:
        return f"Écriture n° {self.numero}"


class Mouvement(models.Model):
    ecriture = models.ForeignKey(Ecriture, models.PROTECT, related_name="mouvements")
    compte = models.ForeignKey(Compte, models.PROTECT, related_name="mouvements")
    financeur = models.ForeignKey(Financeur, models.PROTECT, related_name="mouvements")
    # Mandate whose money moves; always given for a département, never for the State.
    mandat = models.ForeignKey(
        ConventionMandat, models.PROTECT, null=True, blank=True, related_name="mouvements"
    )
    annexe = models.ForeignKey(
        AnnexeFinanciere, models.PROTECT, null=True, blank=True, related_name="mouvements"
    )
    structure = models.ForeignKey(
        Structure, models.PROTECT, null=True, blank=True, related_name="mouvements"
    )
    debit = models.DecimalField("débit", max_digits=14, decimal_places=2, default=0)
    credit = models.DecimalField("crédit", max_digits=14, decimal_places=2, default=0)

    objects = MouvementQuerySet.as_manager()

    class Meta:
        verbose_name = "mouvement"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(debit__gt=0, credit=0) | Q(debit=0, credit__gt=0),
                name="payments_movement_one_side",
            ),
        ]
        indexes = [
            models.Index(fields=["compte", "financeur"], name="payments_movement_account"),
            models.Index(fields=["annexe", "compte"], name="payments_movement_annex"),
            models.Index(fields=["mandat", "compte"], name="payments_movement_mandate"),
        ]

    def __str__(self) -> str:
        return f"{self.compte_id} {self.debit or self.credit}"
