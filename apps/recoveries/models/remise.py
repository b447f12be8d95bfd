"""Requests of remission (convention de mandat, art. 5; décret 2012-1246, art. 193).

Refused at once to legal persons. For a natural person the ASP examines, proposes and transmits
to the département, whose silence of four months accepts the proposal; the State's share is
decided by the ordonnateur.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import Fichier
from apps.recoveries.models.contestation import TEXTE_MAX
from apps.recoveries.models.ordre import OrdreDeRecouvrer
from apps.recoveries.querysets_apurement import RemiseQuerySet
from apps.rules.delais import last_day_to_decide


class DemandeRemise(models.Model):
    class Etat(models.TextChoices):
        NON_ADMISE = "NON_ADMISE", "Non admise"
        INSTRUCTION = "INSTRUCTION", "À instruire"
        PROPOSEE = "PROPOSEE", "Proposition faite"
        TRANSMISE = "TRANSMISE", "Transmise au département"
        A_DECIDER = "A_DECIDER", "Dossier complet, à décider"
        ACCORDEE = "ACCORDEE", "Accordée"
        REJETEE = "REJETEE", "Rejetée"

    OUVERTES = (Etat.INSTRUCTION, Etat.PROPOSEE, Etat.TRANSMISE, Etat.A_DECIDER)

    ordre = models.ForeignKey(OrdreDeRecouvrer, models.PROTECT, related_name="remises")
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.INSTRUCTION)
    motif = models.CharField("motifs", max_length=TEXTE_MAX)
    piece = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")
    demandee_le = models.DateField("demandée le")
    demandee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    # Fiche de synthèse: resources and charges, what the debtor can pay, the opinion.
    synthese = models.CharField("synthèse", max_length=TEXTE_MAX, blank=True)
    montant_propose = models.DecimalField(
        "remise proposée", max_digits=12, decimal_places=2, null=True, blank=True
    )
    proposee_le = models.DateField("proposée le", null=True, blank=True)
    proposee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    fiche = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    transmise_le = models.DateField("transmise le", null=True, blank=True)
    transmise_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Receipt of the complete file: the four months run from this day.
    recue_le = models.DateField("dossier complet reçu le", null=True, blank=True)
    recue_reference = models.CharField("accusé de réception", max_length=120, blank=True)
    # What the département says is missing from the file, and when it last said so.
    manque = models.CharField(max_length=TEXTE_MAX, blank=True)
    incomplete_le = models.DateField("dite incomplète le", null=True, blank=True)

    montant_accorde = models.DecimalField(
        "remise accordée", max_digits=12, decimal_places=2, null=True, blank=True
    )
    decision = models.CharField("motifs de la décision", max_length=TEXTE_MAX, blank=True)
    # Of a tacit acceptance: the day after the last one to answer, and nobody.
    decidee_le = models.DateField("décidée le", null=True, blank=True)
    decidee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    tacite = models.BooleanField(default=False)
    # Letter to the debtor.
    document = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = RemiseQuerySet.as_manager()

    class Meta:
        verbose_name = "demande de remise"
        verbose_name_plural = "demandes de remise"
        ordering = ["-demandee_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ordre"],
                condition=Q(etat__in=["INSTRUCTION", "PROPOSEE", "TRANSMISE", "A_DECIDER"]),
                name="recoveries_one_open_remission",
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["ACCORDEE", "REJETEE"])
                | Q(proposee_par__isnull=False, decidee_le__isnull=False)
                & (
                    Q(tacite=True, decidee_par=None, transmise_par__isnull=False)
                    | Q(tacite=False, decidee_par__isnull=False)
                ),
                name="recoveries_remission_decided",
            ),
            # Two people, whoever is silent: who proposes neither transmits nor decides.
            models.CheckConstraint(
                condition=(Q(decidee_par=None) | ~Q(decidee_par=F("proposee_par")))
                & (Q(transmise_par=None) | ~Q(transmise_par=F("proposee_par"))),
                name="recoveries_remission_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(etat="ACCORDEE") | Q(montant_accorde__gt=0),
                name="recoveries_remission_amount",
            ),
            models.CheckConstraint(
                condition=~Q(etat="A_DECIDER") | Q(recue_le__isnull=False),
                name="recoveries_remission_clock",
            ),
        ]

    def __str__(self) -> str:
        return f"Demande de remise de l’ordre n° {self.ordre.numero}"

    @property
    def echeance(self) -> date | None:
        """Last day for the département to answer; None while the clock does not run."""
        running = self.recue_le and self.etat == self.Etat.A_DECIDER
        return last_day_to_decide(self.recue_le) if running else None
