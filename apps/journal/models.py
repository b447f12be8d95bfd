"""The journal: who did what, for whom, when, why. Append-only.

Rows are written by services through `journal.services.record`, in the transaction of the act.
The database refuses UPDATE, DELETE and TRUNCATE (trigger, migration 0002) and the application
role has no such privilege. The history page of an object reads its rows here.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

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
