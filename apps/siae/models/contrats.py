"""Contracts of insertion: their terms, the RSA status before hiring, the exit (spec 01 §2)."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce

from apps.siae.codes import FormeContrat, MotifSortie
from apps.siae.models.salaries import Salarie, since
from apps.siae.models.structures import Siae
from apps.siae.querysets import ContratQuerySet


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
    rsa_depuis = since("RSA depuis")
    # art. 4.2 of the convention type: another State aid to employment excludes the hours.
    autre_aide_etat = models.BooleanField("autre aide à l’emploi de l’État", default=False)
    date_sortie = models.DateField("date de sortie", null=True, blank=True)
    motif_sortie = models.CharField(
        "motif de sortie", max_length=2, choices=MotifSortie.choices, blank=True
    )
    revision = models.PositiveIntegerField(default=1)

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
