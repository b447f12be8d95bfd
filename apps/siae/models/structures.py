"""Structures, their measures, contacts, SIRET history and bank details (spec 01 §2).

One SIRET has one ASP id (`Structure`) and possibly several measures: the key of a SIAE is
(ASP id, measure).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Organisation
from apps.core.sorting import SortKey
from apps.siae.codes import FonctionContact, FormeJuridique, TypeMesure
from apps.siae.querysets import CoordonneesQuerySet, SiaeQuerySet, StructureQuerySet


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
    # Raised by each change: a page read before it does not overwrite it.
    revision = models.PositiveIntegerField(default=1)

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


class Contact(models.Model):
    """A person to write to at a structure, beside its technical correspondent."""

    structure = models.ForeignKey(Structure, models.PROTECT, related_name="contacts")
    nom = models.CharField("nom et prénom", max_length=160)
    fonction = models.CharField(max_length=12, choices=FonctionContact.choices)
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    courriel = models.EmailField("adresse électronique", blank=True)

    class Meta:
        verbose_name = "contact"
        ordering = ["fonction", "nom", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "nom", "fonction"], name="siae_contact_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nom} ({self.get_fonction_display()})"


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
    """Bank details: PROPOSEE → CONTROLEE (by another) → ACTIVE (on `effet_le`) → REMPLACEE.

    Payments go to the active ones, so to the former account during the delay. The structure may
    contest a change until it takes effect: the account in use is then frozen (GELEE), nothing is
    paid until somebody at the ASP has seen.
    """

    class Etat(models.TextChoices):
        PROPOSEE = "PROPOSEE", "Proposées, à contrôler"
        CONTROLEE = "CONTROLEE", "Contrôlées, pas encore en service"
        ACTIVE = "ACTIVE", "Actives"
        GELEE = "GELEE", "Gelées après une contestation"
        CONTESTEE = "CONTESTEE", "Contestées par la structure"
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
    # First day on which payments may go to the account.
    effet_le = models.DateField("en service le", null=True, blank=True)
    # The agent comptable did not let the delay run, with the reason.
    dispense_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    motif_dispense = models.CharField(max_length=300, blank=True)
    motif_rejet = models.CharField(max_length=300, blank=True)

    objects = CoordonneesQuerySet.as_manager()

    class Meta:
        verbose_name = "coordonnées bancaires"
        verbose_name_plural = "coordonnées bancaires"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure"],
                condition=Q(etat__in=["ACTIVE", "GELEE"]),
                name="siae_one_active_bank",
            ),
            models.CheckConstraint(
                condition=Q(controle_par__isnull=True) | ~Q(controle_par=F("propose_par")),
                name="siae_bank_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["CONTROLEE", "ACTIVE", "GELEE"])
                | Q(controle_par__isnull=False),
                name="siae_bank_active_is_checked",
            ),
            models.CheckConstraint(
                condition=~Q(etat="CONTROLEE") | Q(effet_le__isnull=False),
                name="siae_bank_effect_is_dated",
            ),
            # The urgency is decided by a third person, with its reason.
            models.CheckConstraint(
                condition=Q(dispense_par__isnull=True, motif_dispense="")
                | ~Q(motif_dispense="")
                & Q(controle_par__isnull=False)
                & ~Q(dispense_par=F("propose_par"))
                & ~Q(dispense_par=F("controle_par")),
                name="siae_bank_waiver_by_a_third",
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
