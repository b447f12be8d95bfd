"""Structures, SIAE, bank details, salariés and contrats (spec 01 §2).

One SIRET has one ASP id (`Structure`) and possibly several measures: the key of a SIAE is
(ASP id, measure). A salarié is a person within a structure; a contract belongs to one measure.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Concat

from apps.accounts.models import Organisation
from apps.core.sorting import SortKey
from apps.siae.codes import (
    Civilite,
    FormeContrat,
    FormeJuridique,
    MotifSortie,
    NiveauFormation,
    Orienteur,
    SituationFamiliale,
    TypeMesure,
)
from apps.siae.querysets import (
    ContratQuerySet,
    CoordonneesQuerySet,
    SalarieQuerySet,
    SiaeQuerySet,
    StructureQuerySet,
)


class Structure(models.Model):
    """An employer known to the ASP by one id, at one current SIRET."""

    asp_id = models.PositiveIntegerField("identifiant ASP", unique=True)
    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="structure")
    siret_signature = models.CharField("SIRET à la signature", max_length=14)
    siret = models.CharField("SIRET actuel", max_length=14, unique=True)
    denomination = models.CharField("dénomination", max_length=200)
    forme_juridique = models.CharField(
        "forme juridique", max_length=12, choices=FormeJuridique.choices
    )
    departement = models.CharField("département", max_length=3)
    adresse = models.CharField("adresse administrative", max_length=200)
    code_postal = models.CharField("code postal", max_length=5)
    commune = models.CharField(max_length=80)
    adresse_gestion = models.CharField("adresse de gestion", max_length=300, blank=True)
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    correspondant = models.CharField("correspondant technique", max_length=160, blank=True)
    courriel = models.EmailField("courriel du correspondant", blank=True)

    cle_tri = models.GeneratedField(
        expression=SortKey("denomination"), output_field=models.TextField(), db_persist=True
    )

    objects = StructureQuerySet.as_manager()

    class Meta:
        verbose_name = "structure"
        ordering = ["cle_tri", "pk"]
        indexes = [models.Index(fields=["departement"], name="siae_structure_territory")]

    def __str__(self) -> str:
        return self.denomination


class ChangementSiret(models.Model):
    """History of the SIRET of a structure: employees, contracts and annexes stay."""

    structure = models.ForeignKey(Structure, models.PROTECT, related_name="changements_siret")
    ancien = models.CharField("ancien SIRET", max_length=14)
    nouveau = models.CharField("nouveau SIRET", max_length=14)
    effet = models.DateField("date d’effet")

    class Meta:
        verbose_name = "changement de SIRET"
        ordering = ["effet", "pk"]

    def __str__(self) -> str:
        return f"{self.ancien} → {self.nouveau}"


class Siae(models.Model):
    """A structure for one measure."""

    structure = models.ForeignKey(Structure, models.PROTECT, related_name="siaes")
    mesure = models.CharField(max_length=7, choices=TypeMesure.choices)

    objects = SiaeQuerySet.as_manager()

    class Meta:
        verbose_name = "SIAE"
        constraints = [
            models.UniqueConstraint(fields=["structure", "mesure"], name="siae_key"),
        ]

    def __str__(self) -> str:
        return f"{self.structure} ({self.get_mesure_display()})"


class CoordonneesBancaires(models.Model):
    """Bank details with their own life: PROPOSEE → ACTIVE (checked by another) → REMPLACEE."""

    class Etat(models.TextChoices):
        PROPOSEE = "PROPOSEE", "Proposées, à contrôler"
        ACTIVE = "ACTIVE", "Actives"
        REMPLACEE = "REMPLACEE", "Remplacées"
        REJETEE = "REJETEE", "Rejetées"

    structure = models.ForeignKey(Structure, models.PROTECT, related_name="coordonnees_bancaires")
    titulaire = models.CharField(max_length=70)
    iban = models.CharField("IBAN", max_length=34)
    bic = models.CharField("BIC", max_length=11)
    etat = models.CharField(max_length=9, choices=Etat.choices, default=Etat.PROPOSEE)
    propose_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    propose_le = models.DateTimeField(auto_now_add=True)
    controle_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    controle_le = models.DateTimeField(null=True, blank=True)
    motif_rejet = models.CharField(max_length=300, blank=True)

    objects = CoordonneesQuerySet.as_manager()

    class Meta:
        verbose_name = "coordonnées bancaires"
        verbose_name_plural = "coordonnées bancaires"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure"], condition=Q(etat="ACTIVE"), name="siae_one_active_bank"
            ),
            models.CheckConstraint(
                condition=Q(controle_par__isnull=True) | ~Q(controle_par=F("propose_par")),
                name="siae_bank_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(etat="ACTIVE") | Q(controle_par__isnull=False),
                name="siae_bank_active_is_checked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.titulaire} {self.iban_masque}"

    @property
    def iban_masque(self) -> str:
        """As shown to those who may not read it, and in the journal."""
        return f"{self.iban[:4]} … {self.iban[-4:]}"

    @property
    def iban_affiche(self) -> str:
        """In groups of four, as on a bank statement."""
        return " ".join(self.iban[i : i + 4] for i in range(0, len(self.iban), 4))


class Salarie(models.Model):
    """A person employed by a structure. No NIR is kept."""

    structure = models.ForeignKey(Structure, models.PROTECT, related_name="salaries")
    numero = models.PositiveIntegerField("numéro de salarié")
    civilite = models.CharField("civilité", max_length=3, choices=Civilite.choices)
    nom = models.CharField("nom d’usage", max_length=80)
    nom_naissance = models.CharField("nom de naissance", max_length=80, blank=True)
    prenom = models.CharField("prénom", max_length=80)
    date_naissance = models.DateField("date de naissance")
    commune = models.CharField("commune de résidence", max_length=80, blank=True)
    code_postal = models.CharField("code postal", max_length=5, blank=True)
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    courriel = models.EmailField("adresse électronique", blank=True)
    pass_iae = models.CharField("numéro de PASS IAE", max_length=12)
    pass_debut = models.DateField("début du PASS IAE")
    pass_fin = models.DateField("fin du PASS IAE")
    numero_caf = models.CharField("numéro CAF", max_length=15, blank=True)
    situation_familiale = models.CharField(
        "situation familiale", max_length=2, choices=SituationFamiliale.choices, blank=True
    )
    # Situation at entry (fiche salarié).
    orienteur = models.CharField(
        "orienté par", max_length=2, choices=Orienteur.choices, default="99"
    )
    niveau_formation = models.CharField(
        "niveau de formation", max_length=2, choices=NiveauFormation.choices, blank=True
    )
    sans_emploi_depuis = models.CharField(
        "sans emploi depuis",
        max_length=2,
        choices=[
            ("01", "Moins de 6 mois"),
            ("02", "De 6 à 11 mois"),
            ("03", "De 12 à 23 mois"),
            ("04", "24 mois et plus"),
        ],
        blank=True,
    )
    inscrit_france_travail = models.BooleanField("inscrit à France Travail", default=False)
    rqth = models.BooleanField("RQTH", default=False)
    ass = models.BooleanField("bénéficiaire de l’ASS", default=False)
    aah = models.BooleanField("bénéficiaire de l’AAH", default=False)
    qpv = models.BooleanField("réside en QPV", default=False)
    zrr = models.BooleanField("réside en ZRR", default=False)

    cle_tri = models.GeneratedField(
        expression=SortKey(Concat("nom", Value(" "), "prenom")),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = SalarieQuerySet.as_manager()

    class Meta:
        verbose_name = "salarié"
        ordering = ["cle_tri", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["structure", "numero"], name="siae_salarie_number"),
            models.UniqueConstraint(
                fields=["structure", "pass_iae"],
                name="siae_salarie_one_pass_per_structure",
                violation_error_message=(
                    "Un salarié de la structure porte déjà ce numéro de PASS IAE."
                ),
            ),
            models.CheckConstraint(
                condition=Q(pass_fin__gte=F("pass_debut")), name="siae_pass_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nom.upper()} {self.prenom}"


def _single(column: str) -> Func:
    return Func(F(column), F(column), models.Value("[]"), function="int8range")


class Contrat(models.Model):
    """A contract of insertion. A renewal inherits the RSA status of the first of its series."""

    class Rsa(models.TextChoices):
        NON = "NON", "Non"
        OUI_M = "OUI-M", "Oui, majoré"
        OUI_NM = "OUI-NM", "Oui, non majoré"

    salarie = models.ForeignKey(Salarie, models.PROTECT, related_name="contrats")
    siae = models.ForeignKey(Siae, models.PROTECT, related_name="contrats")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="renouvellements"
    )
    numero_renouvellement = models.PositiveSmallIntegerField(default=0)
    forme = models.CharField("forme du contrat", max_length=8, choices=FormeContrat.choices)
    debut = models.DateField("date d’embauche")
    fin = models.DateField("date de fin prévue")
    heures_hebdo = models.DecimalField("heures par semaine", max_digits=4, decimal_places=2)
    salaire_brut = models.DecimalField("salaire brut mensuel", max_digits=8, decimal_places=2)
    code_rome = models.CharField("code ROME", max_length=5, blank=True)
    rsa = models.CharField(
        "bénéficiaire du RSA avant l’embauche", max_length=6, choices=Rsa.choices
    )
    # The département that bears the RSA, on three characters; empty when rsa is NON.
    rsa_departement = models.CharField("RSA versé par", max_length=3, blank=True)
    # art. 4.2 of the convention type: another State aid to employment excludes the hours.
    autre_aide_etat = models.BooleanField("autre aide à l’emploi de l’État", default=False)
    date_sortie = models.DateField("date de sortie", null=True, blank=True)
    motif_sortie = models.CharField(
        "motif de sortie", max_length=2, choices=MotifSortie.choices, blank=True
    )

    objects = ContratQuerySet.as_manager()

    class Meta:
        verbose_name = "contrat"
        ordering = ["debut", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(fin__gte=F("debut")), name="siae_contrat_dates"),
            models.CheckConstraint(
                condition=Q(date_sortie__isnull=True, motif_sortie="")
                | (Q(date_sortie__isnull=False) & ~Q(motif_sortie="")),
                name="siae_contrat_exit_date_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(date_sortie__isnull=True) | Q(date_sortie__gte=F("debut")),
                name="siae_contrat_exit_after_start",
            ),
            models.CheckConstraint(
                condition=Q(rsa="NON", rsa_departement="")
                | (~Q(rsa="NON") & ~Q(rsa_departement="")),
                name="siae_contrat_rsa_has_departement",
            ),
            models.CheckConstraint(
                condition=Q(heures_hebdo__gt=0, heures_hebdo__lte=48),
                name="siae_contrat_weekly_hours",
            ),
            models.UniqueConstraint(
                fields=["parent", "numero_renouvellement"],
                condition=Q(parent__isnull=False),
                name="siae_contrat_renewal_once",
            ),
            # One contract at a time for a person in a SIAE, assignments (CDDU, CTT) excepted.
            # int8range stands in for btree_gist, an extension the embedded server does not have.
            ExclusionConstraint(
                name="siae_contrat_no_overlap",
                expressions=[
                    (_single("salarie_id"), "&&"),
                    (_single("siae_id"), "&&"),
                    (
                        Func(
                            F("debut"),
                            Coalesce("date_sortie", "fin"),
                            models.Value("[]"),
                            function="daterange",
                        ),
                        "&&",
                    ),
                ],
                condition=~Q(forme__in=["CDDU", "CTT"]),
                violation_error_message=(
                    "Ce salarié a déjà un contrat sur ces dates pour la même mesure."
                ),
            ),
        ]
        indexes = [models.Index(fields=["siae", "debut", "fin"], name="siae_contrat_open")]

    def __str__(self) -> str:
        return f"{self.salarie} — {self.get_forme_display()} du {self.debut:%d/%m/%Y}"

    @property
    def dernier_jour(self):  # type: ignore[no-untyped-def]
        """Last day worked: the exit when there is one, else the planned end."""
        return self.date_sortie or self.fin

    @property
    def serie_id(self) -> int:
        """Id of the first contract of the series: renewals hang on it, whatever their rank."""
        return self.parent_id or self.pk

    @property
    def is_brsa(self) -> bool:
        return self.rsa != self.Rsa.NON
