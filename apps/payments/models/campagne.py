"""Payment runs, what they pay, what they hold, and the notices they send (spec 05 §1).

A `Versement` is one line: an annex, a month of work, a nature. Once executed it never changes;
corrections are later lines. A `Retenue` is what a run could not pay, with its reason.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.conventions.models import ConventionMandat, Financeur
from apps.core.models import Fichier, Job
from apps.payments.querysets import (
    AvisQuerySet,
    CampagneQuerySet,
    RetenueQuerySet,
    VersementQuerySet,
)
from apps.siae.models import CoordonneesBancaires, Structure


def _not_the_preparer(author: str) -> Q:
    """Nobody yet, or another person than the preparer; the named controller stands for the
    schedule (spec 05 §1)."""
    return (
        Q(**{f"{author}__isnull": True})
        | Q(prepare_par__isnull=False) & ~Q(**{author: F("prepare_par")})
        | Q(prepare_par__isnull=True, controle_par__isnull=False)
        & ~Q(**{author: F("controle_par")})
    )


class Campagne(models.Model):
    class Etat(models.TextChoices):
        PREPAREE = "PREPAREE", "Préparée"
        CONTROLEE = "CONTROLEE", "Contrôlée"
        APPROUVEE = "APPROUVEE", "Approuvée"
        VISEE = "VISEE", "Visée"
        EXECUTEE = "EXECUTEE", "Exécutée"
        DENOUEE = "DENOUEE", "Dénouée"
        ABANDONNEE = "ABANDONNEE", "Abandonnée"

    ETATS_EN_COURS = (Etat.PREPAREE, Etat.CONTROLEE, Etat.APPROUVEE, Etat.VISEE)
    ETATS_EXECUTES = (Etat.EXECUTEE, Etat.DENOUEE)

    numero = models.PositiveIntegerField("numéro", unique=True)
    # One scheme today; the constraint "one run at a time" is per scheme.
    dispositif = models.CharField(max_length=20, default="AIDE_AU_POSTE")
    mois = models.DateField("mois")  # first day
    jour_paiement = models.DateField("jour de paiement")
    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.PREPAREE)
    # NULL when the schedule prepared the run: then `controle_par` stands for the preparer.
    prepare_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    prepare_le = models.DateTimeField(auto_now_add=True)
    controle_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    controle_le = models.DateTimeField(null=True, blank=True)
    approuve_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approuve_le = models.DateTimeField(null=True, blank=True)
    vise_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    vise_le = models.DateTimeField(null=True, blank=True)
    execute_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    execute_le = models.DateTimeField(null=True, blank=True)
    denoue_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    denoue_le = models.DateTimeField(null=True, blank=True)
    motif_abandon = models.CharField("motif de l’abandon", max_length=500, blank=True)
    nombre_versements = models.PositiveIntegerField(default=0)
    nombre_retenues = models.PositiveIntegerField(default=0)
    montant = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    part_etat = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    part_cd = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    # What leaves the bank: the lines, less what waits for funds or is set off against a debt, plus
    # what earlier runs had left waiting and the rejected transfers sent again (reglement.py).
    montant_vire = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    # Version of the rules that computed the lines, frozen at the approval.
    version_regles = models.CharField("version des règles", max_length=40, blank=True)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = CampagneQuerySet.as_manager()

    class Meta:
        verbose_name = "campagne de paiement"
        verbose_name_plural = "campagnes de paiement"
        ordering = ["-numero"]
        constraints = [
            models.UniqueConstraint(
                "dispositif",
                condition=Q(etat__in=["PREPAREE", "CONTROLEE", "APPROUVEE", "VISEE"]),
                name="payments_one_run_at_a_time",
            ),
            models.CheckConstraint(condition=Q(mois__day=1), name="payments_run_month"),
            models.CheckConstraint(
                condition=_not_the_preparer("approuve_par"), name="payments_run_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(vise_par__isnull=True) | ~Q(vise_par=F("approuve_par")),
                name="payments_run_visa_by_another",
            ),
            models.CheckConstraint(
                condition=_not_the_preparer("vise_par"), name="payments_run_visa_not_by_preparer"
            ),
            models.CheckConstraint(
                condition=Q(execute_par__isnull=True) | ~Q(execute_par=F("approuve_par")),
                name="payments_run_executed_by_another",
            ),
            models.CheckConstraint(
                condition=_not_the_preparer("execute_par"),
                name="payments_run_executed_not_by_preparer",
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["APPROUVEE", "VISEE", "EXECUTEE", "DENOUEE"])
                | Q(approuve_par__isnull=False),
                name="payments_run_approved_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["VISEE", "EXECUTEE", "DENOUEE"]) | Q(vise_par__isnull=False),
                name="payments_run_visa_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(montant=F("part_etat") + F("part_cd")), name="payments_run_shares"
            ),
        ]

    def __str__(self) -> str:
        return f"Campagne n° {self.numero} ({self.mois:%m/%Y})"


class Versement(models.Model):
    class Nature(models.TextChoices):
        FORFAIT = "forfait", "Forfait mensuel"
        REGULARISATION = "regularisation", "Régularisation trimestrielle"
        RAPPEL = "rappel", "Rappel de revalorisation"
        SOLDE = "solde", "Régularisation finale (solde)"
        MODULATION = "modulation", "Part modulée"

    class Statut(models.TextChoices):
        PROPOSE = "PROPOSE", "Proposé"
        RETIRE = "RETIRE", "Retiré de la campagne"
        REJETE = "REJETE", "Rejeté par l’agent comptable"
        ABANDONNE = "ABANDONNE", "Campagne abandonnée"
        EXECUTE = "EXECUTE", "Payé"

    campagne = models.ForeignKey(Campagne, models.PROTECT, related_name="versements")
    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="versements")
    version = models.ForeignKey(VersionAnnexe, models.PROTECT, related_name="+")
    structure = models.ForeignKey(Structure, models.PROTECT, related_name="+")
    financeur_cd = models.ForeignKey(
        Financeur, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Mandate that funds the département's share: the one in force when the annex was signed.
    mandat = models.ForeignKey(
        ConventionMandat, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Two clocks: month of work here, month of payment on the run.
    mois = models.DateField("mois de travail")
    nature = models.CharField(max_length=14, choices=Nature.choices)
    sequence = models.PositiveSmallIntegerField(default=1)
    statut = models.CharField(max_length=9, choices=Statut.choices, default=Statut.PROPOSE)
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    part_etat = models.DecimalField("part État", max_digits=12, decimal_places=2)
    part_cd = models.DecimalField("part département", max_digits=12, decimal_places=2)
    # Recovery orders of a final regularisation; a second one may reduce the first (negative).
    recouvre_etat = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    recouvre_cd = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    # Inputs, intermediate figures and references: "pourquoi ce montant ?", years later.
    calcul = models.JSONField(default=list)
    # The account active at the approval, frozen with the payment (spec 01 §2).
    coordonnees = models.ForeignKey(
        CoordonneesBancaires, models.PROTECT, null=True, blank=True, related_name="+"
    )
    execute_le = models.DateField("payé le", null=True, blank=True)
    motif = models.CharField("motif du retrait ou du rejet", max_length=300, blank=True)
    ecarte_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = VersementQuerySet.as_manager()

    class Meta:
        verbose_name = "versement"
        ordering = ["annexe", "mois", "nature", "sequence"]
        constraints = [
            # Idempotency: a month of an annex is proposed or paid once.
            models.UniqueConstraint(
                fields=["annexe", "mois", "nature", "sequence"],
                condition=Q(statut__in=["PROPOSE", "EXECUTE"]),
                name="payments_line_once",
            ),
            models.UniqueConstraint(
                fields=["annexe", "mois"],
                condition=Q(
                    statut__in=["PROPOSE", "EXECUTE"], nature__in=["forfait", "regularisation"]
                ),
                name="payments_instalment_once",
            ),
            # The modulated part is paid once, whatever its month.
            models.UniqueConstraint(
                fields=["annexe"],
                condition=Q(statut__in=["PROPOSE", "EXECUTE"], nature="modulation"),
                name="payments_modulated_part_once",
            ),
            models.CheckConstraint(
                condition=Q(montant=F("part_etat") + F("part_cd")), name="payments_line_shares"
            ),
            models.CheckConstraint(condition=Q(montant__gte=0), name="payments_line_not_negative"),
            models.CheckConstraint(condition=Q(mois__day=1), name="payments_line_month"),
            models.CheckConstraint(
                condition=~Q(statut="EXECUTE") | Q(execute_le__isnull=False),
                name="payments_line_paid_is_dated",
            ),
        ]
        indexes = [models.Index(fields=["campagne", "statut"], name="payments_line_by_run")]

    def __str__(self) -> str:
        return f"{self.annexe} {self.mois:%m/%Y} {self.get_nature_display()}"


class Retenue(models.Model):
    """An instalment that a run found due and could not pay, with the reason all parties see."""

    class Motif(models.TextChoices):
        EMP_MANQUANT = "EMP_MANQUANT", "État mensuel non validé"
        SUSPENSION = "SUSPENSION", "Paiements suspendus"
        BANQUE = "BANQUE", "Coordonnées bancaires absentes ou rejetées"
        CAOM = "CAOM", "CAOM non signée"
        MANDAT = "MANDAT", "Convention de mandat non signée"
        BAREME = "BAREME", "Barème réglementaire à compléter"
        RETRAIT = "RETRAIT", "Ligne retirée de la campagne"
        FONDS = "FONDS", "Fonds du département insuffisants"
        BANQUE_MODIFIEE = "BANQUE_MODIFIEE", "Coordonnées bancaires modifiées, à vérifier"
        REJET_VIREMENT = "REJET_VIREMENT", "Virement rejeté par la banque"
        BAISSE = "BAISSE", "Baisse importante, à vérifier"

    campagne = models.ForeignKey(Campagne, models.PROTECT, related_name="retenues")
    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="retenues")
    mois = models.DateField("mois de travail")
    nature = models.CharField(max_length=14, choices=Versement.Nature.choices)
    motif = models.CharField(max_length=16, choices=Motif.choices)
    detail = models.CharField("détail", max_length=500)
    # Flat amount of the month, what the structure may expect; the real one is computed on release.
    montant_prevu = models.DecimalField("montant prévu", max_digits=12, decimal_places=2)

    objects = RetenueQuerySet.as_manager()

    class Meta:
        verbose_name = "échéance retenue"
        verbose_name_plural = "échéances retenues"
        ordering = ["annexe", "mois"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "annexe", "mois", "nature"], name="payments_hold_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annexe} {self.mois:%m/%Y} : {self.get_motif_display()}"


class AvisDePaiement(models.Model):
    """Notice sent to a structure for one annex in one run (cahier des charges §2.3)."""

    numero = models.PositiveIntegerField("numéro", unique=True)
    campagne = models.ForeignKey(Campagne, models.PROTECT, related_name="avis")
    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="avis")
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    part_etat = models.DecimalField(max_digits=12, decimal_places=2)
    part_cd = models.DecimalField(max_digits=12, decimal_places=2)
    fichier = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = AvisQuerySet.as_manager()

    class Meta:
        verbose_name = "avis de paiement"
        verbose_name_plural = "avis de paiement"
        ordering = ["-numero"]
        constraints = [
            models.UniqueConstraint(fields=["campagne", "annexe"], name="payments_notice_once"),
        ]

    def __str__(self) -> str:
        return f"Avis de paiement n° {self.numero}"
