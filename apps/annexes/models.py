"""Annexes financières and their versions (spec 01 §2-3, cahier des charges §2.1).

`AnnexeFinanciere` is one annual annex (a number and its A); each amendment M is a
`VersionAnnexe` with its own figures and state. `courante` is the version the screens show:
the one in force, or the first draft. What the payments use is decided by dates
(`a_partir_de`), never by `courante`.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q

from apps.accounts.models import Delegation
from apps.annexes.querysets import AnnexeQuerySet, SuspensionQuerySet, VersionQuerySet
from apps.conventions.models import ConventionIae, Financeur
from apps.core.models import Fichier
from apps.siae.models import Siae


class AnnexeFinanciere(models.Model):
    siae = models.ForeignKey(Siae, models.PROTECT, related_name="annexes")
    convention = models.ForeignKey(ConventionIae, models.PROTECT, related_name="annexes")
    # "ACI062230013": measure, département on 3 characters, year, order number.
    numero = models.CharField("numéro", max_length=13)
    renouvellement = models.PositiveSmallIntegerField("renouvellement (A)", default=0)
    courante = models.OneToOneField(
        "VersionAnnexe", models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = AnnexeQuerySet.as_manager()

    class Meta:
        verbose_name = "annexe financière"
        verbose_name_plural = "annexes financières"
        ordering = ["numero", "renouvellement"]
        constraints = [
            models.UniqueConstraint(
                fields=["numero", "renouvellement"], name="annexes_number_and_renewal"
            ),
            models.CheckConstraint(
                condition=Q(numero__regex=r"^(ACI|EI|AI|ETTI|EITI)\d{2}[A-Z\d]\d{6}$"),
                name="annexes_number_format",
            ),
            models.CheckConstraint(
                condition=Q(renouvellement__lte=9), name="annexes_renewal_one_digit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.numero_affiche} A{self.renouvellement}"

    @property
    def numero_affiche(self) -> str:
        """The number as printed: "ACI 062 23 0013"."""
        kind, rest = self.numero[:-9], self.numero[-9:]
        return f"{kind} {rest[:3]} {rest[3:5]} {rest[5:]}"


class VersionAnnexe(models.Model):
    class Etat(models.TextChoices):
        BROUILLON = "BROUILLON", "Brouillon"
        PROVISOIRE = "PROVISOIRE", "Provisoire"
        SAISI = "SAISI", "Transmise, à valider"
        REJETE = "REJETE", "Rejetée"
        VALIDE = "VALIDE", "Validée"
        HISTORISE = "HISTORISE", "Remplacée"
        CLOTURE = "CLOTURE", "Clôturée"
        ANNULE = "ANNULE", "Annulée"

    ETATS_EN_PREPARATION = (Etat.BROUILLON, Etat.PROVISOIRE, Etat.SAISI, Etat.REJETE)
    # Versions that have been in force: the payments know these and no others.
    ETATS_PAYES = (Etat.VALIDE, Etat.HISTORISE, Etat.CLOTURE)

    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="versions")
    # Copied from the annex: the exclusion constraint needs it in this row.
    siae = models.ForeignKey(Siae, models.PROTECT, related_name="+")
    modification = models.PositiveSmallIntegerField("modification (M)", default=0)
    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.BROUILLON)
    debut = models.DateField("début de la période")
    fin = models.DateField("fin de la période")
    etp = models.DecimalField("postes en ETP", max_digits=8, decimal_places=2)
    heures_annuelles_etp = models.DecimalField(
        "heures annuelles par ETP", max_digits=7, decimal_places=2
    )
    financeur_cd = models.ForeignKey(
        Financeur,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="versions",
        verbose_name="département cofinanceur",
    )
    montant_cd = models.DecimalField(
        "montant du département", max_digits=12, decimal_places=2, default=0
    )
    montant_total = models.DecimalField("montant total", max_digits=12, decimal_places=2)
    taux_cd = models.DecimalField("taux du département", max_digits=5, decimal_places=2)
    brsa_vises = models.PositiveIntegerField("bénéficiaires du RSA visés", default=0)
    sorties_prevues = models.PositiveIntegerField("sorties prévues", default=0)
    taux_sorties_durables = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    taux_sorties_transition = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    taux_sorties_positives = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    signataire = models.ForeignKey(
        Delegation, models.PROTECT, null=True, blank=True, related_name="+"
    )
    signee_le = models.DateField("signée le", null=True, blank=True)
    piece = models.FileField("annexe signée (PDF)", upload_to="annexes/%Y/", blank=True)
    # Letter of notification as sent (cahier des charges §2.2), drawn when it is first asked for.
    notification = models.ForeignKey(
        Fichier, models.PROTECT, null=True, blank=True, related_name="+"
    )
    motif_avenant = models.CharField("objet de l’avenant", max_length=300, blank=True)
    transmise_le = models.DateField("transmise le", null=True, blank=True)
    transmise_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    validee_le = models.DateField("validée le", null=True, blank=True)
    rejetee_le = models.DateField("rejetée le", null=True, blank=True)
    motif_rejet = models.CharField("motif du rejet", max_length=500, blank=True)
    remplacee_le = models.DateField("remplacée le", null=True, blank=True)
    # First instalment the version applies to (spec 02 §6), set when it is validated.
    a_partir_de = models.DateField("appliquée à partir de", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    cree_le = models.DateTimeField(auto_now_add=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = "version d’annexe financière"
        verbose_name_plural = "versions d’annexes financières"
        ordering = ["annexe", "modification"]
        constraints = [
            models.UniqueConstraint(
                fields=["annexe", "modification"], name="annexes_modification_once"
            ),
            models.UniqueConstraint(
                fields=["annexe"],
                condition=Q(etat__in=["VALIDE", "CLOTURE", "ANNULE"]),
                name="annexes_one_version_in_force",
            ),
            models.UniqueConstraint(
                fields=["annexe"],
                condition=Q(etat__in=["BROUILLON", "PROVISOIRE", "SAISI", "REJETE"]),
                name="annexes_one_version_in_preparation",
            ),
            models.CheckConstraint(
                condition=Q(modification__lte=9), name="annexes_modification_one_digit"
            ),
            models.CheckConstraint(condition=Q(etp__gt=0), name="annexes_etp_positive"),
            models.CheckConstraint(
                condition=Q(heures_annuelles_etp__gt=0), name="annexes_hours_positive"
            ),
            models.CheckConstraint(
                condition=Q(montant_cd__gte=0, montant_cd__lte=F("montant_total")),
                name="annexes_cd_within_total",
            ),
            models.CheckConstraint(
                condition=Q(montant_cd=0) | Q(financeur_cd__isnull=False),
                name="annexes_cd_amount_has_funder",
            ),
            models.CheckConstraint(
                condition=Q(debut__day=1, fin__gt=F("debut")), name="annexes_period_starts_month"
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["VALIDE", "HISTORISE", "CLOTURE"])
                | Q(validee_le__isnull=False, a_partir_de__isnull=False),
                name="annexes_validated_is_dated",
            ),
            # No two active annexes of the same SIAE over the same days (spec 01 §4). int8range
            # stands in for btree_gist, an extension the embedded server does not have.
            ExclusionConstraint(
                name="annexes_no_overlap",
                expressions=[
                    (
                        Func(F("siae_id"), F("siae_id"), models.Value("[]"), function="int8range"),
                        "&&",
                    ),
                    (Func(F("debut"), F("fin"), models.Value("[]"), function="daterange"), "&&"),
                ],
                condition=Q(etat__in=["VALIDE", "CLOTURE"]),
            ),
        ]
        indexes = [models.Index(fields=["etat", "debut"], name="annexes_by_state")]

    def __str__(self) -> str:
        return f"{self.annexe} M{self.modification}"


class MontantUnitaire(models.Model):
    """Dated annual amount per ETP of a version: `U_j` is the one in force on the 1st of month j."""

    version = models.ForeignKey(VersionAnnexe, models.CASCADE, related_name="montants_unitaires")
    effet = models.DateField("à compter du")
    montant = models.DecimalField("montant unitaire annuel", max_digits=10, decimal_places=2)

    class Meta:
        verbose_name = "montant unitaire"
        ordering = ["effet"]
        constraints = [
            models.UniqueConstraint(fields=["version", "effet"], name="annexes_unit_amount_dated"),
            models.CheckConstraint(condition=Q(montant__gt=0), name="annexes_unit_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.montant} € à compter du {self.effet:%d/%m/%Y}"


class Suspension(models.Model):
    """Why an annex is not paid: a late statement (automatic) or a decision of the ASP."""

    class Motif(models.TextChoices):
        EMP_NON_SAISI = "EMP_NON_SAISI", "État mensuel non saisi dans le délai"
        DECISION = "DECISION", "Suspension décidée par l’ASP"

    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="suspensions")
    motif = models.CharField(max_length=14, choices=Motif.choices)
    detail = models.CharField(max_length=500)
    depuis = models.DateField("depuis le")
    levee_le = models.DateField("levée le", null=True, blank=True)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = "suspension"
        ordering = ["-depuis", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["annexe", "motif"],
                condition=Q(levee_le__isnull=True),
                name="annexes_one_open_suspension",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_motif_display()} depuis le {self.depuis:%d/%m/%Y}"
