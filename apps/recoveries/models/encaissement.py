"""Cash received on an order, what exceeds it, and what is given back (spec 05 §5).

An over-payment is refused or, by a decision, kept (`Excedent`, account 466): imputed later on
another order of the same structure and funder, or refunded by two people (`Remboursement`).
A wrong entry is cancelled by its reversal, never changed.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.conventions.models import ConventionMandat, Financeur
from apps.payments.models import Ecriture, Versement
from apps.recoveries.models.ordre import OrdreDeRecouvrer
from apps.recoveries.querysets import OfOrderQuerySet, OfSurplusQuerySet, SurplusQuerySet
from apps.siae.models import CoordonneesBancaires, Structure


class Excedent(models.Model):
    """What a structure has paid beyond its debt: owed back to it until used or refunded."""

    class Origine(models.TextChoices):
        ENCAISSEMENT = "ENCAISSEMENT", "Paiement supérieur à la somme due"
        REDUCTION = "REDUCTION", "Réduction d’un ordre déjà payé"
        COMPENSATION = "COMPENSATION", "Compensation d’un ordre payé entre-temps"

    ordre = models.ForeignKey(OrdreDeRecouvrer, models.PROTECT, related_name="excedents")
    structure = models.ForeignKey(Structure, models.PROTECT, related_name="excedents")
    financeur = models.ForeignKey(Financeur, models.PROTECT, related_name="+")
    mandat = models.ForeignKey(
        ConventionMandat, models.PROTECT, null=True, blank=True, related_name="+"
    )
    origine = models.CharField(max_length=12, choices=Origine.choices)
    motif = models.CharField(max_length=300, blank=True)
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    impute = models.DecimalField("imputé", max_digits=12, decimal_places=2, default=0)
    rembourse = models.DecimalField("remboursé", max_digits=12, decimal_places=2, default=0)
    ne_le = models.DateField("constaté le")
    decide_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ecriture = models.OneToOneField(
        Ecriture, models.PROTECT, null=True, blank=True, related_name="excedent"
    )
    annule_le = models.DateField("annulé le", null=True, blank=True)

    objects = SurplusQuerySet.as_manager()

    class Meta:
        verbose_name = "excédent de versement"
        verbose_name_plural = "excédents de versement"
        ordering = ["-ne_le", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(montant__gt=0, impute__gte=0, rembourse__gte=0)
                & Q(montant__gte=F("impute") + F("rembourse")),
                name="recoveries_surplus_used_once",
            ),
            models.CheckConstraint(
                condition=Q(annule_le__isnull=True) | Q(impute=0, rembourse=0),
                name="recoveries_surplus_cancelled_unused",
            ),
            models.CheckConstraint(
                condition=~Q(origine="ENCAISSEMENT") | ~Q(motif="") & Q(decide_par__isnull=False),
                name="recoveries_surplus_is_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"Excédent sur l’ordre n° {self.ordre.numero}"

    @property
    def reste(self) -> Decimal:
        """What may still be imputed or refunded, in euros; 0 once cancelled."""
        return Decimal("0.00") if self.annule_le else self.montant - self.impute - self.rembourse


class Encaissement(models.Model):
    class Mode(models.TextChoices):
        VIREMENT = "VIREMENT", "Virement"
        CHEQUE = "CHEQUE", "Chèque"
        SAISIE = "SAISIE", "Recouvrement forcé"
        DIVIDENDE = "DIVIDENDE", "Dividende d’une procédure collective"
        COMPENSATION = "COMPENSATION", "Compensation sur un versement"
        EXCEDENT = "EXCEDENT", "Imputation d’un excédent"

    # Modes by which money enters the bank, under a reference of the bank.
    BANQUE = (Mode.VIREMENT, Mode.CHEQUE, Mode.SAISIE, Mode.DIVIDENDE)

    ordre = models.ForeignKey(OrdreDeRecouvrer, models.PROTECT, related_name="encaissements")
    mode = models.CharField(max_length=12, choices=Mode.choices)
    # What it pays of the order; a surplus kept is in `excedent_ne`.
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    recu_le = models.DateField("reçu le")
    reference = models.CharField("référence", max_length=60)
    # Line of the run it was withheld from, or surplus it comes from.
    versement = models.ForeignKey(
        Versement, models.PROTECT, null=True, blank=True, related_name="encaissements"
    )
    excedent = models.ForeignKey(
        Excedent, models.PROTECT, null=True, blank=True, related_name="imputations"
    )
    excedent_ne = models.OneToOneField(
        Excedent, models.PROTECT, null=True, blank=True, related_name="encaissement"
    )
    saisi_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saisi_le = models.DateField("enregistré le")
    ecriture = models.OneToOneField(
        Ecriture, models.PROTECT, null=True, blank=True, related_name="encaissement"
    )
    annule_le = models.DateField("annulé le", null=True, blank=True)
    annule_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    motif_annulation = models.CharField("motif de l’annulation", max_length=300, blank=True)

    objects = OfOrderQuerySet.as_manager()

    class Meta:
        verbose_name = "encaissement"
        ordering = ["recu_le", "pk"]
        constraints = [
            # The accounts of two funders are two: a line of the bank pays one order.
            models.UniqueConstraint(
                fields=["reference"],
                condition=Q(
                    mode__in=["VIREMENT", "CHEQUE", "SAISIE", "DIVIDENDE"], annule_le__isnull=True
                ),
                name="recoveries_bank_line_once",
            ),
            models.UniqueConstraint(
                fields=["ordre", "versement"], name="recoveries_set_off_once_per_line"
            ),
            models.CheckConstraint(
                condition=Q(montant__gt=0) | Q(montant=0, excedent_ne__isnull=False),
                name="recoveries_cash_positive",
            ),
            models.CheckConstraint(
                condition=Q(mode="COMPENSATION", versement__isnull=False)
                | ~Q(mode="COMPENSATION") & Q(versement__isnull=True),
                name="recoveries_set_off_has_its_line",
            ),
            models.CheckConstraint(
                condition=Q(mode="EXCEDENT", excedent__isnull=False)
                | ~Q(mode="EXCEDENT") & Q(excedent__isnull=True),
                name="recoveries_imputation_has_its_surplus",
            ),
            models.CheckConstraint(
                condition=Q(annule_le__isnull=True)
                | Q(annule_par__isnull=False) & ~Q(motif_annulation=""),
                name="recoveries_cash_cancelled_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_mode_display()} – {self.ordre}"


class Remboursement(models.Model):
    """A surplus given back: ordered by the ordonnateur, paid by the agent comptable."""

    class Etat(models.TextChoices):
        ORDONNE = "ORDONNE", "Ordonné"
        PAYE = "PAYE", "Payé"
        ABANDONNE = "ABANDONNE", "Abandonné"

    excedent = models.ForeignKey(Excedent, models.PROTECT, related_name="remboursements")
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    etat = models.CharField("état", max_length=9, choices=Etat.choices, default=Etat.ORDONNE)
    motif = models.CharField(max_length=300)
    ordonne_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ordonne_le = models.DateField("ordonné le")
    # Account credited, frozen at the payment; reference of the bank.
    coordonnees = models.ForeignKey(
        CoordonneesBancaires, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reference = models.CharField("référence bancaire", max_length=60, blank=True)
    clos_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    clos_le = models.DateField("payé ou abandonné le", null=True, blank=True)
    motif_abandon = models.CharField("motif de l’abandon", max_length=300, blank=True)

    objects = OfSurplusQuerySet.as_manager()

    class Meta:
        verbose_name = "remboursement d’excédent"
        verbose_name_plural = "remboursements d’excédents"
        ordering = ["-ordonne_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["excedent"],
                condition=Q(etat="ORDONNE"),
                name="recoveries_one_refund_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["reference"], condition=~Q(reference=""), name="recoveries_refund_once"
            ),
            models.CheckConstraint(condition=Q(montant__gt=0), name="recoveries_refund_positive"),
            models.CheckConstraint(
                condition=~Q(etat="PAYE")
                | Q(coordonnees__isnull=False, clos_par__isnull=False, clos_le__isnull=False)
                & ~Q(reference="")
                & ~Q(clos_par=F("ordonne_par")),
                name="recoveries_refund_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(etat="ABANDONNE") | ~Q(motif_abandon=""),
                name="recoveries_refund_given_up_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Remboursement – {self.excedent}"
