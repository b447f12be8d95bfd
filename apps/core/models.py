"""Plumbing tables: gapless sequences, long jobs, the files they produce, e-mails sent.

A job's state lives in PostgreSQL, never in the Celery result backend: a worker that dies loses
nothing. `Fichier` is a produced document (Excel, PDF) with the hash it had when it was issued.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Sequence(models.Model):
    """Last number given for a name; `apps.core.services.next_number` locks the row."""

    name = models.CharField(max_length=80, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "séquence"

    def __str__(self) -> str:
        return f"{self.name} : {self.last}"


class Fichier(models.Model):
    """A produced file. Who may open it is decided by the object that points to it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    nom = models.CharField("nom du fichier", max_length=200)
    titre = models.CharField(max_length=200)
    type_mime = models.CharField(max_length=100)
    contenu = models.FileField(upload_to="fichiers/%Y/%m/")
    taille = models.PositiveBigIntegerField("taille en octets")
    sha256 = models.CharField(max_length=64)
    cree_le = models.DateTimeField(auto_now_add=True)
    expire_le = models.DateField("à supprimer après le", null=True, blank=True)

    class Meta:
        verbose_name = "fichier"
        ordering = ["-cree_le", "-pk"]

    def __str__(self) -> str:
        return self.nom


class Job(models.Model):
    """A long task with its progress. `cle` makes two identical active jobs impossible."""

    class Etat(models.TextChoices):
        EN_ATTENTE = "EN_ATTENTE", "En attente"
        EN_COURS = "EN_COURS", "En cours"
        TERMINE = "TERMINE", "Terminé"
        ECHEC = "ECHEC", "En échec"

    ACTIFS = (Etat.EN_ATTENTE, Etat.EN_COURS)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    nature = models.CharField(max_length=60)
    titre = models.CharField(max_length=200)
    cle = models.CharField(max_length=200)
    parametres = models.JSONField(default=dict)
    etat = models.CharField(max_length=12, choices=Etat.choices, default=Etat.EN_ATTENTE)
    fait = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    demande_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="jobs"
    )
    # The acting membership, kept as an id: core stands below accounts in the map.
    membership_id = models.BigIntegerField(null=True, blank=True)
    fichier = models.ForeignKey(Fichier, models.SET_NULL, null=True, blank=True, related_name="+")
    cree_le = models.DateTimeField(auto_now_add=True)
    commence_le = models.DateTimeField(null=True, blank=True)
    termine_le = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "tâche"
        ordering = ["-cree_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cle"],
                condition=Q(etat__in=["EN_ATTENTE", "EN_COURS"]),
                name="core_job_one_active_per_key",
            ),
            models.CheckConstraint(
                condition=Q(fait__lte=F("total")), name="core_job_done_within_total"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.titre} ({self.get_etat_display()})"

    @property
    def fichier_expire(self) -> bool:
        """The file it gave has been deleted at the end of its days (`core.expire_files`)."""
        gives = bool(self.parametres.get("donne_un_fichier"))
        return gives and self.etat == self.Etat.TERMINE and self.fichier_id is None


class CourrielEnvoye(models.Model):
    """An e-mail to send or sent: to whom, about what, when. Its text is made when it leaves.

    `cle` says what it tells and to whom: asked twice, it is the same e-mail. `modele` and
    `objet_id` find what it is about (`apps.core.mail.MODELES`); a one-time link is never stored.
    """

    class Etat(models.TextChoices):
        EN_ATTENTE = "EN_ATTENTE", "En attente"
        ENVOYE = "ENVOYE", "Envoyé"
        ECHEC = "ECHEC", "En échec"

    cle = models.CharField("clé", max_length=120, unique=True)
    modele = models.CharField("modèle", max_length=40)
    objet_id = models.BigIntegerField()
    destinataire = models.EmailField()
    sujet = models.CharField(max_length=200)
    etat = models.CharField(max_length=12, choices=Etat.choices, default=Etat.EN_ATTENTE)
    essais = models.PositiveSmallIntegerField(default=0)
    erreur = models.CharField(max_length=200, blank=True)
    cree_le = models.DateTimeField(auto_now_add=True)
    envoye_le = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "courriel"
        verbose_name_plural = "courriels"
        ordering = ["-cree_le", "-pk"]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(etat="EN_ATTENTE"), name="core_courriel_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sujet} ({self.get_etat_display()})"
