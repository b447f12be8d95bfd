"""Debts that will not be recovered (convention de mandat, art. 5; décret 2012-1246, art. 193).

`ListeNonValeur` and its lines go before the département, whose silence of four months accepts;
`Extinction` (insufficient assets, debt cancelled, death) does not; `Apurement` is the automatic
clearing of 30 € or less. All are borne by the funder.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.conventions.models import Financeur
from apps.core.models import Fichier
from apps.recoveries.models.contestation import TEXTE_MAX
from apps.recoveries.models.ordre import OrdreDeRecouvrer
from apps.recoveries.querysets_apurement import (
    LigneQuerySet,
    ListeQuerySet,
    OuvertesQuerySet,
    ParOrdreQuerySet,
)
from apps.rules.delais import last_day_to_decide


class ListeNonValeur(models.Model):
    """Orders submitted together to one funder: numbered, received, decided line by line."""

    class Etat(models.TextChoices):
        PREPARATION = "PREPARATION", "En préparation"
        SOUMISE = "SOUMISE", "Soumise"
        RECUE = "RECUE", "Dossier complet, à décider"
        CLOSE = "CLOSE", "Décidée"

    numero = models.PositiveIntegerField("numéro", unique=True)
    financeur = models.ForeignKey(Financeur, models.PROTECT, related_name="listes_non_valeur")
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.PREPARATION)
    preparee_le = models.DateField("préparée le")
    preparee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    soumise_le = models.DateField("soumise le", null=True, blank=True)
    soumise_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Receipt of the complete file: the four months run from this day.
    recue_le = models.DateField("dossier complet reçu le", null=True, blank=True)
    recue_reference = models.CharField("accusé de réception", max_length=120, blank=True)
    # What the département says is missing from the file, and when it last said so.
    manque = models.CharField(max_length=TEXTE_MAX, blank=True)
    incomplete_le = models.DateField("dite incomplète le", null=True, blank=True)
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ListeQuerySet.as_manager()

    class Meta:
        verbose_name = "liste de non-valeurs"
        verbose_name_plural = "listes de non-valeurs"
        ordering = ["-numero"]
        constraints = [
            models.CheckConstraint(
                condition=Q(etat="PREPARATION", soumise_par=None)
                | Q(soumise_par__isnull=False, soumise_le__isnull=False)
                & ~Q(soumise_par=F("preparee_par")),
                name="recoveries_list_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(etat="RECUE") | Q(recue_le__isnull=False),
                name="recoveries_list_clock",
            ),
        ]

    def __str__(self) -> str:
        return f"Liste de non-valeurs n° {self.numero}"

    @property
    def echeance(self) -> date | None:
        """Last day for the département to answer; None while the clock does not run."""
        running = self.recue_le and self.etat == self.Etat.RECUE
        return last_day_to_decide(self.recue_le) if running else None


class LigneNonValeur(models.Model):
    """One order of a list, with its reason, its proof and its decision."""

    class Motif(models.TextChoices):
        INSOLVABILITE = "INSOLVABILITE", "Insolvabilité constatée, poursuites infructueuses"
        DISPARITION = "DISPARITION", "Débiteur disparu ou introuvable"
        DISSOLUTION = "DISSOLUTION", "Structure dissoute sans actif"
        FORCLUSION = "FORCLUSION", "Créance forclose ou non déclarée à la procédure"
        PRESCRIPTION = "PRESCRIPTION", "Action en recouvrement prescrite"
        DISPROPORTION = "DISPROPORTION", "Frais de poursuite supérieurs à la créance"
        AUTRE = "AUTRE", "Autre motif, précisé"

    class Decision(models.TextChoices):
        ADMISE = "ADMISE", "Admise en non-valeur"
        REFUSEE = "REFUSEE", "Refusée"
        SANS_OBJET = "SANS_OBJET", "Sans objet"

    liste = models.ForeignKey(ListeNonValeur, models.PROTECT, related_name="lignes")
    ordre = models.ForeignKey(OrdreDeRecouvrer, models.PROTECT, related_name="non_valeurs")
    motif = models.CharField(max_length=14, choices=Motif.choices)
    detail = models.CharField("précisions", max_length=TEXTE_MAX, blank=True)
    piece = models.ForeignKey(Fichier, models.PROTECT, related_name="+")
    # What was left to recover when the list was submitted, in euros.
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    presentee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # Who submitted the list it is in: another person, even when the département is silent.
    soumise_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decision = models.CharField(
        "décision", max_length=10, choices=Decision.choices, blank=True, default=""
    )
    # On a refusal, what the funder gives to take the recovery up again.
    elements = models.CharField(
        "éléments permettant de reprendre le recouvrement", max_length=TEXTE_MAX, blank=True
    )
    decidee_le = models.DateField("décidée le", null=True, blank=True)
    decidee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    tacite = models.BooleanField(default=False)

    objects = LigneQuerySet.as_manager()

    class Meta:
        verbose_name = "créance présentée en non-valeur"
        verbose_name_plural = "créances présentées en non-valeur"
        ordering = ["liste", "ordre__numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["ordre"], condition=Q(decision=""), name="recoveries_one_pending_write_off"
            ),
            models.CheckConstraint(
                condition=Q(decision="", decidee_le=None, decidee_par=None, tacite=False)
                | Q(decision="SANS_OBJET", decidee_le__isnull=False, tacite=False)
                | Q(
                    decision="ADMISE",
                    decidee_le__isnull=False,
                    tacite=True,
                    decidee_par=None,
                    soumise_par__isnull=False,
                )
                | Q(
                    decision__in=["ADMISE", "REFUSEE"],
                    decidee_le__isnull=False,
                    decidee_par__isnull=False,
                    tacite=False,
                ),
                name="recoveries_write_off_decided",
            ),
            models.CheckConstraint(
                condition=(Q(decidee_par=None) | ~Q(decidee_par=F("presentee_par")))
                & (Q(soumise_par=None) | ~Q(soumise_par=F("presentee_par"))),
                name="recoveries_write_off_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(decision="REFUSEE") | ~Q(elements=""),
                name="recoveries_refusal_gives_elements",
            ),
        ]

    def __str__(self) -> str:
        return f"Ordre n° {self.ordre.numero}, liste n° {self.liste.numero}"


class Extinction(models.Model):
    """A debt that no longer exists: proposed by the accountant, recorded by the ordonnateur."""

    class Motif(models.TextChoices):
        INSUFFISANCE_ACTIF = "INSUFFISANCE", "Clôture pour insuffisance d’actif"
        EFFACEMENT = "EFFACEMENT", "Effacement de la créance"
        DECES = "DECES", "Décès du débiteur"

    class Etat(models.TextChoices):
        PROPOSEE = "PROPOSEE", "Proposée"
        PRONONCEE = "PRONONCEE", "Prononcée"
        REJETEE = "REJETEE", "Rejetée"

    OUVERTES = (Etat.PROPOSEE,)

    ordre = models.ForeignKey(OrdreDeRecouvrer, models.PROTECT, related_name="extinctions")
    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.PROPOSEE)
    motif = models.CharField(max_length=14, choices=Motif.choices)
    detail = models.CharField("précisions", max_length=TEXTE_MAX, blank=True)
    piece = models.ForeignKey(Fichier, models.PROTECT, related_name="+")
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    proposee_le = models.DateField("proposée le")
    proposee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decision = models.CharField("motifs de la décision", max_length=TEXTE_MAX, blank=True)
    decidee_le = models.DateField("décidée le", null=True, blank=True)
    decidee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = OuvertesQuerySet.as_manager()

    class Meta:
        verbose_name = "extinction de créance"
        verbose_name_plural = "extinctions de créance"
        ordering = ["-proposee_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ordre"], condition=Q(etat="PROPOSEE"), name="recoveries_one_extinction"
            ),
            models.CheckConstraint(
                condition=Q(etat="PROPOSEE", decidee_par=None)
                | Q(decidee_par__isnull=False, decidee_le__isnull=False)
                & ~Q(decidee_par=F("proposee_par")),
                name="recoveries_extinction_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"Extinction de l’ordre n° {self.ordre.numero}"


class Apurement(models.Model):
    """A debt, or what was left of it, of 30 € or less, cleared by the nightly job.

    Again when a payment cancelled since has made something due on an order cleared before.
    """

    ordre = models.ForeignKey(OrdreDeRecouvrer, models.PROTECT, related_name="apurements")
    montant = models.DecimalField("montant apuré", max_digits=12, decimal_places=2)
    # Nothing had been paid: the debt itself was small, not what was left of it.
    initiale = models.BooleanField("créance initiale")
    le = models.DateField("apuré le")

    objects = ParOrdreQuerySet.as_manager()

    class Meta:
        verbose_name = "apurement automatique"
        verbose_name_plural = "apurements automatiques"
        ordering = ["-le", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(montant__gt=0, montant__lte=30), name="recoveries_clearing_amount"
            ),
        ]

    def __str__(self) -> str:
        return f"Apurement de l’ordre n° {self.ordre.numero}"
