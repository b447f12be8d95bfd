"""How the lines of a run become cash: what waits for funds, what is set off, the transfers.

A `Versement` says what is due and who bears it. What leaves the bank for it may be less: the share
of a département without funds waits (`PartEnAttente`, spec 05 §3), a debt may be set off
(`Deduction`, §5). A `Virement` is the transfer of one annex in one run; a rejected one is replaced
by another of a later run, never changed (§1).
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.annexes.models import AnnexeFinanciere
from apps.conventions.models import ConventionMandat, Financeur
from apps.core.models import Fichier
from apps.payments.models.campagne import Campagne, Versement
from apps.payments.querysets import BlocageQuerySet
from apps.payments.querysets_banque import FichierQuerySet, VirementQuerySet
from apps.siae.models import CoordonneesBancaires, Structure


class PartEnAttente(models.Model):
    """The département's part of an executed line, waiting for its funds.

    `especes` is cash of the structure; `reimputation` what moves between funders with it (signed:
    above 0 the département takes over). Provisional while the run of its line is in progress.
    """

    versement = models.OneToOneField(Versement, models.PROTECT, related_name="attente")
    financeur = models.ForeignKey(Financeur, models.PROTECT, related_name="+")
    mandat = models.ForeignKey(ConventionMandat, models.PROTECT, related_name="parts_en_attente")
    especes = models.DecimalField("espèces en attente", max_digits=12, decimal_places=2)
    reimputation = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    # Run that pays it; that run may still be in progress while `liberee_le` is empty.
    liberation = models.ForeignKey(
        Campagne, models.PROTECT, null=True, blank=True, related_name="liberations"
    )
    liberee_le = models.DateField("payée le", null=True, blank=True)

    class Meta:
        verbose_name = "part en attente de fonds"
        verbose_name_plural = "parts en attente de fonds"
        ordering = ["versement__mois", "versement__annexe__numero", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(especes__gte=0), name="payments_waiting_cash"),
            models.CheckConstraint(
                condition=Q(liberee_le__isnull=True) | Q(liberation__isnull=False),
                name="payments_waiting_released_by_a_run",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.versement} en attente de fonds"

    @property
    def verse(self) -> tuple[Decimal, Decimal, Decimal]:
        """What is paid on its release: to the structure, by the State, by the département."""
        return self.especes, -self.reimputation, self.especes + self.reimputation

    @property
    def retenu(self) -> tuple[Decimal, Decimal, Decimal]:
        """The same, taken off the payment of its line while it waits."""
        cash, etat, cd = self.verse
        return -cash, -etat, -cd


class Deduction(models.Model):
    """Part of a payment set off against a debt of the same structure to the same funder."""

    versement = models.ForeignKey(Versement, models.PROTECT, related_name="deductions")
    financeur = models.ForeignKey(Financeur, models.PROTECT, related_name="+")
    # Annex and mandate of the debt, which may be other than those of the payment.
    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="+")
    mandat = models.ForeignKey(
        ConventionMandat, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reference = models.CharField("pièce", max_length=40)  # « OR-12 »
    montant = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = "compensation sur un versement"
        ordering = ["versement", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["versement", "reference"], name="payments_deduction_once"
            ),
            models.CheckConstraint(condition=Q(montant__gt=0), name="payments_deduction_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} : {self.montant}"

    @property
    def oppose(self) -> Decimal:
        """What it takes off the transfer."""
        return -self.montant


class FichierVirements(models.Model):
    """A transfer file (ISO 20022 pain.001) of a run, numbered without gaps, read again."""

    numero = models.PositiveIntegerField("numéro", unique=True)
    campagne = models.OneToOneField(Campagne, models.PROTECT, related_name="fichier_virements")
    nom = models.CharField("nom du fichier", max_length=80, unique=True)
    nombre = models.PositiveIntegerField("nombre de virements")
    montant = models.DecimalField(max_digits=14, decimal_places=2)
    fichier = models.ForeignKey(Fichier, models.PROTECT, related_name="+")
    produit_le = models.DateTimeField("produit le", auto_now_add=True)
    produit_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = FichierQuerySet.as_manager()

    class Meta:
        verbose_name = "fichier de virements"
        verbose_name_plural = "fichiers de virements"
        ordering = ["-numero"]

    def __str__(self) -> str:
        return self.nom


class Virement(models.Model):
    """A transfer to a structure: what an annex receives by a run, or a rejected one sent again."""

    class Etat(models.TextChoices):
        PROPOSE = "PROPOSE", "Proposé"
        EMIS = "EMIS", "Émis"
        CONFIRME = "CONFIRME", "Confirmé par la banque"
        REJETE = "REJETE", "Rejeté par la banque"

    campagne = models.ForeignKey(Campagne, models.PROTECT, related_name="virements")
    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="virements")
    structure = models.ForeignKey(Structure, models.PROTECT, related_name="virements")
    # The account active at the approval, frozen then.
    coordonnees = models.ForeignKey(
        CoordonneesBancaires, models.PROTECT, null=True, blank=True, related_name="+"
    )
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    # What the bank sends back (EndToEndId); given at the execution, before the file is written.
    reference = models.CharField("référence", max_length=35, unique=True, null=True, blank=True)
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.PROPOSE)
    # The rejected transfer that this one sends again; each is sent again once.
    remplace = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="remplacant"
    )
    emis_le = models.DateField("émis le", null=True, blank=True)
    denoue_le = models.DateField("dénoué le", null=True, blank=True)
    code_rejet = models.CharField("code du rejet", max_length=4, blank=True)
    motif_rejet = models.CharField("motif du rejet", max_length=200, blank=True)

    objects = VirementQuerySet.as_manager()

    class Meta:
        verbose_name = "virement"
        ordering = ["campagne", "annexe", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "annexe"],
                condition=Q(remplace__isnull=True),
                name="payments_transfer_once",
            ),
            models.CheckConstraint(condition=Q(montant__gt=0), name="payments_transfer_positive"),
            models.CheckConstraint(
                condition=Q(etat="PROPOSE")
                | Q(reference__isnull=False, emis_le__isnull=False, coordonnees__isnull=False),
                name="payments_transfer_sent_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["CONFIRME", "REJETE"]) | Q(denoue_le__gte=F("emis_le")),
                name="payments_transfer_settled_is_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"Virement {self.reference or 'proposé'}"


class BlocagePaiement(models.Model):
    """A hold put on a structure or an annex, by the product or by a person, until it is lifted.

    Judged with the other reasons not to pay by `apps.payments.holds.holds_on`, and by nothing else.
    """

    class Motif(models.TextChoices):
        BANQUE_MODIFIEE = "BANQUE_MODIFIEE", "Coordonnées bancaires modifiées, à vérifier"
        REJET_VIREMENT = "REJET_VIREMENT", "Virement rejeté par la banque"
        BAISSE = "BAISSE", "Baisse importante, à vérifier"

    structure = models.ForeignKey(Structure, models.PROTECT, related_name="blocages")
    # Empty: every annex of the structure.
    annexe = models.ForeignKey(
        AnnexeFinanciere, models.PROTECT, null=True, blank=True, related_name="blocages"
    )
    motif = models.CharField(max_length=16, choices=Motif.choices)
    detail = models.CharField("détail", max_length=400)
    # What it is about, so that the same fact blocks once: « compte 12 », « virement 34 ».
    objet = models.CharField(max_length=60)
    pose_le = models.DateField("depuis le")
    pose_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    leve_le = models.DateField("levé le", null=True, blank=True)
    leve_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    motif_levee = models.CharField("motif de la levée", max_length=400, blank=True)
    # The account whose control lifted the hold of a rejected transfer: a person has seen it.
    compte_verifie = models.ForeignKey(
        CoordonneesBancaires, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = BlocageQuerySet.as_manager()

    class Meta:
        verbose_name = "blocage des paiements"
        verbose_name_plural = "blocages des paiements"
        ordering = ["-pose_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "motif", "objet"], name="payments_block_once"
            ),
            models.CheckConstraint(
                condition=Q(leve_le__isnull=True, motif_levee="")
                | Q(leve_le__isnull=False) & ~Q(motif_levee=""),
                name="payments_block_lifted_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(compte_verifie__isnull=True)
                | Q(motif="REJET_VIREMENT", leve_le__isnull=False, leve_par__isnull=False),
                name="payments_block_account_checked_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_motif_display()} – {self.structure}"

    @staticmethod
    def objet_compte(compte_id: int | None) -> str:
        """`objet` of a hold on a bank account."""
        return f"compte {compte_id}"

    @property
    def compte_id(self) -> int | None:
        """The bank account that is to be checked, None for another reason."""
        kind, _space, number = self.objet.partition(" ")
        return int(number) if kind == "compte" else None
