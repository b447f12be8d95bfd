"""Personal data: whom to tell in each département, rights requests, destructions, purges.

The rows of a destruction are sealed by the database once it is signed (migration 0007): the
attestation of the convention (annexe 2, clause l) must say the same for ever.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.conventions.models import ConventionMandat, Financeur
from apps.core.models import Fichier
from apps.dashboards.querysets_rgpd import DemandeQuerySet, DestructionQuerySet
from apps.siae.models import Salarie, Structure


class ContactRgpd(models.Model):
    """Whom the ASP writes to in a département, controller of the data of its beneficiaries."""

    financeur = models.OneToOneField(Financeur, models.PROTECT, related_name="contact_rgpd")
    service = models.CharField("service qui traite les demandes", max_length=160, blank=True)
    courriel_droits = models.EmailField("adresse pour les demandes de droits", blank=True)
    courriel_violations = models.EmailField("adresse pour les violations de données", blank=True)
    dpo = models.CharField("délégué à la protection des données", max_length=160, blank=True)
    modifie_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    modifie_le = models.DateField("modifié le")

    class Meta:
        verbose_name = "contact RGPD"
        verbose_name_plural = "contacts RGPD"
        ordering = ["financeur__code"]

    def __str__(self) -> str:
        return f"Contacts RGPD – {self.financeur}"


class DemandeDroit(models.Model):
    """A request by which a person exercises a right (GDPR, articles 15 to 21)."""

    class Nature(models.TextChoices):
        ACCES = "ACCES", "Accès aux données"
        RECTIFICATION = "RECTIFICATION", "Rectification"
        EFFACEMENT = "EFFACEMENT", "Effacement"
        OPPOSITION = "OPPOSITION", "Opposition"
        LIMITATION = "LIMITATION", "Limitation du traitement"
        PORTABILITE = "PORTABILITE", "Portabilité"

    class Etat(models.TextChoices):
        RECUE = "RECUE", "Reçue, réponse attendue"
        PROLONGEE = "PROLONGEE", "Délai prolongé"
        REPONDUE = "REPONDUE", "Répondue"
        REFUSEE = "REFUSEE", "Refusée"

    OUVERTES = (Etat.RECUE, Etat.PROLONGEE)

    numero = models.PositiveIntegerField("numéro", unique=True)
    nature = models.CharField("droit exercé", max_length=13, choices=Nature.choices)
    etat = models.CharField("état", max_length=9, choices=Etat.choices, default=Etat.RECUE)
    salarie = models.ForeignKey(
        Salarie, models.PROTECT, null=True, blank=True, related_name="demandes_droits"
    )
    # Of the salarié, or of the structure that received the letter of somebody it does not know.
    structure = models.ForeignKey(
        Structure, models.PROTECT, null=True, blank=True, related_name="demandes_droits"
    )
    demandeur = models.CharField("demandeur", max_length=160, blank=True)
    joindre = models.CharField("pour lui répondre", max_length=200, blank=True)
    texte = models.CharField("objet de la demande", max_length=1000, blank=True)
    recue_le = models.DateField("reçue le")
    echeance = models.DateField("réponse attendue avant le")
    enregistree_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    enregistree_le = models.DateField("enregistrée le")
    # Départements of which the person is a beneficiary: told at once (clause h).
    financeurs = models.ManyToManyField(Financeur, related_name="demandes_droits", blank=True)
    transmise_le = models.DateField("transmise au département le", null=True, blank=True)
    motif_prolongation = models.CharField("motif de la prolongation", max_length=500, blank=True)
    reponse = models.CharField("réponse", max_length=1000, blank=True)
    close_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    close_le = models.DateField("close le", null=True, blank=True)

    objects = DemandeQuerySet.as_manager()

    class Meta:
        verbose_name = "demande de droits"
        verbose_name_plural = "demandes de droits"
        ordering = ["-numero"]
        constraints = [
            models.CheckConstraint(
                condition=Q(echeance__gte=F("recue_le")), name="dashboards_right_deadline"
            ),
            models.CheckConstraint(
                condition=Q(etat__in=["RECUE", "PROLONGEE"], close_le__isnull=True)
                | Q(etat__in=["REPONDUE", "REFUSEE"], close_le__isnull=False),
                name="dashboards_right_closed_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(etat="RECUE", motif_prolongation="") | ~Q(etat="RECUE"),
                name="dashboards_right_extended_once",
            ),
        ]

    def __str__(self) -> str:
        return f"Demande de droits n° {self.numero}"


class Destruction(models.Model):
    """The end of the data processed for a département, once its mandate is closed (clause l)."""

    class Etat(models.TextChoices):
        PROPOSEE = "PROPOSEE", "À signer"
        SIGNEE = "SIGNEE", "Signée, données détruites"
        ECARTEE = "ECARTEE", "Écartée"

    numero = models.PositiveIntegerField("numéro", unique=True)
    mandat = models.ForeignKey(ConventionMandat, models.PROTECT, related_name="destructions")
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.PROPOSEE)
    # What was counted when it was proposed, then what was done when it was signed: no name.
    contenu = models.JSONField(default=dict)
    proposee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposee_le = models.DateField("proposée le")
    signee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    signee_le = models.DateField("signée le", null=True, blank=True)
    ecartee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ecartee_le = models.DateField("écartée le", null=True, blank=True)
    motif = models.CharField("motif de la mise à l’écart", max_length=300, blank=True)
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = DestructionQuerySet.as_manager()

    class Meta:
        verbose_name = "destruction de données"
        verbose_name_plural = "destructions de données"
        ordering = ["-numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["mandat"],
                condition=Q(etat="PROPOSEE"),
                name="dashboards_destruction_proposed_once",
            ),
            models.CheckConstraint(
                condition=Q(signee_par__isnull=True) | ~Q(signee_par=F("proposee_par")),
                name="dashboards_destruction_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(
                    etat="PROPOSEE",
                    signee_le__isnull=True,
                    signee_par__isnull=True,
                    ecartee_le__isnull=True,
                )
                | Q(etat="SIGNEE", signee_le__isnull=False, signee_par__isnull=False)
                | Q(etat="ECARTEE", ecartee_le__isnull=False, ecartee_par__isnull=False)
                & ~Q(motif=""),
                name="dashboards_destruction_state_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"Attestation de destruction n° {self.numero}"


class Purge(models.Model):
    """A purge that was carried out: which kinds of data, how many rows, never a name."""

    le = models.DateField("exécutée au")
    execute_le = models.DateTimeField(auto_now_add=True)
    contenu = models.JSONField(default=dict)

    class Meta:
        verbose_name = "purge"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Purge du {self.le:%d/%m/%Y}"
