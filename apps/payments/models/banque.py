"""What the bank answers to a transfer file: returns, and what became of each of their lines.

A return is kept as it was received, once (its SHA-256); applied, neither it nor its lines change
any more. A line that matches nothing waits in a queue for a person's decision (spec 05 §1).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import Fichier
from apps.payments.models.reglement import Virement
from apps.payments.querysets_banque import LigneRetourQuerySet, RetourQuerySet


class RetourBancaire(models.Model):
    class Format(models.TextChoices):
        PAIN002 = "PAIN002", "Compte rendu ISO 20022 (pain.002)"
        CSV = "CSV", "Tableau CSV"

    class Etat(models.TextChoices):
        RECU = "RECU", "Reçu, à appliquer"
        APPLIQUE = "APPLIQUE", "Appliqué"
        ECARTE = "ECARTE", "Écarté"

    numero = models.PositiveIntegerField("numéro", unique=True)
    nom = models.CharField("nom du fichier", max_length=150)
    format = models.CharField(max_length=7, choices=Format.choices)
    sha256 = models.CharField("empreinte", max_length=64)
    fichier = models.ForeignKey(Fichier, models.PROTECT, related_name="+")
    etat = models.CharField("état", max_length=8, choices=Etat.choices, default=Etat.RECU)
    importe_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    importe_le = models.DateField("importé le")
    # Answer given for a whole file of transfers (« EXTRANET-IAE-VIR-000012 : ACCP »), if any.
    accuse = models.CharField("accusé de réception", max_length=200, blank=True)
    nombre = models.PositiveIntegerField("lignes")
    appliquees = models.PositiveIntegerField("appliquées", default=0)
    deja_appliquees = models.PositiveIntegerField("déjà appliquées", default=0)
    inconnues = models.PositiveIntegerField("inconnues", default=0)
    traite_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    traite_le = models.DateField("appliqué ou écarté le", null=True, blank=True)
    motif = models.CharField("motif de la mise à l’écart", max_length=300, blank=True)

    objects = RetourQuerySet.as_manager()

    class Meta:
        verbose_name = "retour bancaire"
        verbose_name_plural = "retours bancaires"
        ordering = ["-numero"]
        constraints = [
            # A file set aside by mistake may be imported again.
            models.UniqueConstraint(
                fields=["sha256"], condition=~Q(etat="ECARTE"), name="payments_return_once"
            ),
            models.CheckConstraint(
                condition=~Q(etat="APPLIQUE")
                | Q(nombre=F("appliquees") + F("deja_appliquees") + F("inconnues")),
                name="payments_return_loses_no_line",
            ),
            models.CheckConstraint(
                condition=Q(etat="RECU", traite_le__isnull=True, traite_par__isnull=True)
                | ~Q(etat="RECU") & Q(traite_le__isnull=False, traite_par__isnull=False),
                name="payments_return_handled_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(etat="ECARTE") | ~Q(motif=""), name="payments_return_set_aside_why"
            ),
        ]

    def __str__(self) -> str:
        return f"Retour n° {self.numero} ({self.nom})"


class LigneRetour(models.Model):
    """A line of an applied return: applied, already applied, or unknown and to be decided upon."""

    class Statut(models.TextChoices):
        CONFIRME = "CONFIRME", "Confirmé"
        REJETE = "REJETE", "Rejeté"
        AUTRE = "AUTRE", "Autre"

    class Issue(models.TextChoices):
        APPLIQUEE = "APPLIQUEE", "Appliquée"
        DEJA_APPLIQUEE = "DEJA", "Déjà appliquée"
        INCONNUE = "INCONNUE", "Inconnue"

    class Decision(models.TextChoices):
        RATTACHEE = "RATTACHEE", "Rattachée à un virement"
        CLASSEE = "CLASSEE", "Classée sans suite"

    retour = models.ForeignKey(RetourBancaire, models.PROTECT, related_name="lignes")
    rang = models.PositiveIntegerField("ligne")
    brut = models.TextField("contenu reçu")
    reference = models.CharField("référence", max_length=140, blank=True)
    statut = models.CharField(max_length=8, choices=Statut.choices)
    code = models.CharField(max_length=35, blank=True)
    libelle = models.CharField("libellé", max_length=200, blank=True)
    date = models.DateField("date de la banque", null=True, blank=True)
    montant = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    issue = models.CharField(max_length=9, choices=Issue.choices)
    raison = models.CharField("pourquoi elle est inconnue", max_length=300, blank=True)
    virement = models.ForeignKey(
        Virement, models.PROTECT, null=True, blank=True, related_name="retours"
    )
    decision = models.CharField("décision", max_length=9, choices=Decision.choices, blank=True)
    motif = models.CharField("motif de la décision", max_length=300, blank=True)
    traitee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    traitee_le = models.DateField("traitée le", null=True, blank=True)

    objects = LigneRetourQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne de retour bancaire"
        verbose_name_plural = "lignes de retours bancaires"
        ordering = ["retour", "rang"]
        constraints = [
            models.UniqueConstraint(fields=["retour", "rang"], name="payments_return_line_once"),
            models.CheckConstraint(
                condition=Q(issue="INCONNUE") & ~Q(raison="")
                | Q(issue__in=["APPLIQUEE", "DEJA"], virement__isnull=False, raison=""),
                name="payments_return_line_ends",
            ),
            models.CheckConstraint(
                condition=Q(
                    decision="", motif="", traitee_par__isnull=True, traitee_le__isnull=True
                )
                | Q(issue="INCONNUE", traitee_par__isnull=False, traitee_le__isnull=False)
                & ~Q(decision="")
                & ~Q(motif=""),
                name="payments_return_line_decided_why",
            ),
            models.CheckConstraint(
                condition=~Q(decision="RATTACHEE") | Q(virement__isnull=False),
                name="payments_return_line_attached",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(issue="INCONNUE", decision=""),
                name="payments_return_unknown",
            ),
        ]

    def __str__(self) -> str:
        return f"Ligne {self.rang} du retour n° {self.retour.numero}"
