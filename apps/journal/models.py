"""The journal: who did what, for whom, when, why. Append-only, and sealed.

Rows are written by services through `journal.services.record`, in the transaction of the act.
The database refuses UPDATE, DELETE and TRUNCATE (trigger, migration 0002) and the application
role has no such privilege. The history page of an object reads its rows here. What a superuser
would alter shows: each row has its fingerprint, and seals bind the rows together (`seals`).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.journal.actions import ACTIONS


class Entree(models.Model):
    le = models.DateTimeField(auto_now_add=True)
    utilisateur = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Written as text as well: the journal must still read the same after a name has changed.
    auteur = models.CharField(max_length=200)
    organisation = models.CharField("agissant pour", max_length=200, blank=True)
    role = models.CharField(max_length=40, blank=True)
    action = models.CharField(max_length=60)
    objet_type = models.CharField(max_length=60)
    objet_id = models.BigIntegerField(null=True, blank=True)
    objet = models.CharField(max_length=200)
    motif = models.CharField(max_length=1000, blank=True)
    avant = models.JSONField(default=dict)
    apres = models.JSONField(default=dict)
    # The request in which it was done, as the technical logs name it.
    requete = models.CharField("requête", max_length=40, blank=True)
    # SHA-256 of all the columns above, put by the database (migration 0003).
    empreinte = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = "entrée du journal"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["objet_type", "objet_id", "-id"], name="journal_by_object"),
            models.Index(fields=["action", "-id"], name="journal_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.auteur} {self.phrase} : {self.objet}"

    @property
    def phrase(self) -> str:
        """What was done, as a French verb phrase ("a validé l'annexe financière")."""
        return ACTIONS[self.action]


class Scelle(models.Model):
    """A seal: the entries numbered `de` to `a` as they were, bound to the seal before.

    Numbers of the journal have gaps (acts taken back): `identifiants` says which existed, as
    ranges (« 1-812 815-940 »), and `temoins` keeps the head of each one's fingerprint.
    """

    numero = models.PositiveIntegerField("numéro", primary_key=True)
    de = models.BigIntegerField("à partir de l’entrée")
    a = models.BigIntegerField("jusqu’à l’entrée", unique=True)
    nombre = models.PositiveIntegerField("entrées")
    identifiants = models.TextField()
    temoins = models.BinaryField()
    le = models.DateTimeField("scellé le")
    empreinte = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = "scellé du journal"
        ordering = ["-numero"]
        constraints = [
            models.CheckConstraint(
                condition=Q(de__lte=F("a"), nombre__gt=0), name="journal_seal_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"Scellé n° {self.numero}"
