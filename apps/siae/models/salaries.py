"""Salariés: a person within a structure, with the fields and code lists of the fiche salarié.

Rows of a workbook waiting to be confirmed are kept beside them.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from apps.core.sorting import SortKey
from apps.siae.codes import (
    Anciennete,
    Civilite,
    Cotisations,
    NiveauFormation,
    Orienteur,
    SituationFamiliale,
    TypeEmployeur,
)
from apps.siae.models.structures import Structure
from apps.siae.querysets import ImportQuerySet, SalarieQuerySet


def since(label: str) -> models.CharField[str, str]:
    """For how long a situation lasted at entry, in four classes."""
    return models.CharField(label, max_length=2, choices=Anciennete.choices, blank=True)


class Salarie(models.Model):
    """A person employed by a structure.

    The NIR is kept only where the deployment has switched it on, encrypted (`siae.nir`); a fiche
    whose time is over keeps what the accounts and the bilans count, and no name (`anonymise_le`).
    """

    structure = models.ForeignKey(Structure, models.PROTECT, related_name="salaries")
    numero = models.PositiveIntegerField("numéro de salarié")
    civilite = models.CharField("civilité", max_length=3, choices=Civilite.choices)
    nom = models.CharField("nom d’usage", max_length=80)
    nom_naissance = models.CharField("nom de naissance", max_length=80, blank=True)
    prenom = models.CharField("prénom", max_length=80)
    date_naissance = models.DateField("date de naissance")
    commune_naissance = models.CharField("commune de naissance", max_length=80, blank=True)
    departement_naissance = models.CharField("département de naissance", max_length=3, blank=True)
    pays_naissance = models.CharField("pays de naissance", max_length=60, blank=True)
    adresse = models.CharField("numéro et voie", max_length=120, blank=True)
    complement_adresse = models.CharField("complément d’adresse", max_length=80, blank=True)
    code_postal = models.CharField("code postal", max_length=5, blank=True)
    commune = models.CharField("commune de résidence", max_length=80, blank=True)
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
    en_emploi = models.BooleanField("en emploi avant l’embauche", default=False)
    type_employeur = models.CharField(
        "employeur précédent", max_length=2, choices=TypeEmployeur.choices, blank=True
    )
    sans_emploi_depuis = since("sans emploi depuis")
    inscrit_france_travail = models.BooleanField("inscrit à France Travail", default=False)
    inscrit_depuis = since("inscrit à France Travail depuis")
    numero_ide = models.CharField("identifiant France Travail", max_length=11, blank=True)
    sans_ressource = models.BooleanField("sans ressources", default=False)
    aide_sociale = models.BooleanField("bénéficiaire d’une aide sociale", default=False)
    ass = models.BooleanField("bénéficiaire de l’ASS", default=False)
    ass_depuis = since("ASS depuis")
    aah = models.BooleanField("bénéficiaire de l’AAH", default=False)
    aah_depuis = since("AAH depuis")
    rqth = models.BooleanField("RQTH", default=False)
    oeth = models.BooleanField("bénéficiaire de l’OETH", default=False)
    qpv = models.BooleanField("réside en QPV", default=False)
    zrr = models.BooleanField("réside en ZRR", default=False)
    sortant_ase = models.BooleanField("sortant de l’aide sociale à l’enfance", default=False)
    hebergement = models.BooleanField("sans hébergement stable", default=False)
    refugie = models.BooleanField("réfugié ou demandeur d’asile", default=False)
    sortant_detention = models.BooleanField("sortant de détention", default=False)
    langue_francaise = models.BooleanField("difficultés en langue française", default=False)
    mobilite = models.BooleanField("difficultés de mobilité", default=False)
    # Self-employed people of an EITI only.
    are = models.BooleanField("bénéficiaire de l’ARE", default=False)
    are_depuis = since("ARE depuis")
    prime_activite = models.BooleanField("bénéficiaire de la prime d’activité", default=False)
    prime_activite_depuis = since("prime d’activité depuis")
    cape = models.BooleanField("contrat d’appui au projet d’entreprise (CAPE)", default=False)
    cesa = models.BooleanField("contrat d’entrepreneur salarié associé (CESA)", default=False)
    acteur_creation = models.CharField(
        "acteur de la création d’entreprise", max_length=100, blank=True
    )
    revenu_moyen = models.DecimalField(
        "revenu mensuel moyen", max_digits=7, decimal_places=2, null=True, blank=True
    )
    cotisations = models.CharField(
        "type de cotisations", max_length=2, choices=Cotisations.choices, blank=True
    )
    # Token of `core.encryption`, and its keyed fingerprint: the number itself is nowhere.
    nir_chiffre = models.TextField("numéro de sécurité sociale", blank=True)
    nir_empreinte = models.CharField(max_length=64, blank=True)
    anonymise_le = models.DateField("anonymisé le", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

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
                condition=~Q(pass_iae=""),
                name="siae_salarie_one_pass_per_structure",
                violation_error_message=(
                    "Un salarié de la structure porte déjà ce numéro de PASS IAE."
                ),
            ),
            models.CheckConstraint(
                condition=Q(pass_fin__gte=F("pass_debut")), name="siae_pass_dates"
            ),
            models.UniqueConstraint(
                fields=["structure", "nir_empreinte"],
                condition=~Q(nir_empreinte=""),
                name="siae_salarie_one_nir_per_structure",
            ),
            models.CheckConstraint(
                condition=Q(nir_chiffre="", nir_empreinte="")
                | ~Q(nir_chiffre="") & ~Q(nir_empreinte=""),
                name="siae_salarie_nir_with_its_mark",
            ),
            # Only an anonymised fiche goes without a PASS IAE, and it goes without any number.
            models.CheckConstraint(
                condition=Q(anonymise_le__isnull=True) & ~Q(pass_iae="")
                | Q(anonymise_le__isnull=False, pass_iae="", numero_caf="", nir_chiffre=""),
                name="siae_salarie_anonymous_without_numbers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nom.upper()} {self.prenom}"


class ImportSalaries(models.Model):
    """Rows of a workbook waiting to be confirmed; emptied once applied (personal data)."""

    structure = models.ForeignKey(Structure, models.PROTECT, related_name="imports_salaries")
    demande_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    cree_le = models.DateTimeField(auto_now_add=True)
    fichier = models.CharField("fichier", max_length=200)
    lignes = models.JSONField(default=list)
    applique_le = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = "import de salariés"
        verbose_name_plural = "imports de salariés"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.fichier} du {self.cree_le:%d/%m/%Y}"
