"""What the restitutions keep: bilans as issued, thresholds of a département, scheduled files.

Everything else of the dashboards is computed from the applications below. A `BilanEmis` never
changes (the database refuses it): what was issued is what is read years later.
"""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Membership, Organisation, User
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.models import Fichier
from apps.dashboards.querysets import BilanQuerySet, EnvoiQuerySet, ProgrammeQuerySet
from apps.payments.models import Campagne


class BilanEmis(models.Model):
    """A bilan of an annex as issued after a run: its figures, then its document.

    `contenu` holds the figures as they were that day (`dashboards.bilans`); `trimestre` is the
    rank of the quarter, 0 for the final ones; an annex settled again has a further `edition`.
    """

    class Nature(models.TextChoices):
        INTERMEDIAIRE = "INTERMEDIAIRE", "Bilan intermédiaire"
        FINAL = "FINAL", "Bilan final"
        OBJECTIFS = "OBJECTIFS", "Bilan des objectifs négociés"

    numero = models.PositiveIntegerField("numéro", unique=True)
    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="bilans")
    # The version the figures were read in: it says which département they concern.
    version = models.ForeignKey(VersionAnnexe, models.PROTECT, related_name="+")
    campagne = models.ForeignKey(Campagne, models.PROTECT, related_name="bilans")
    nature = models.CharField(max_length=13, choices=Nature.choices)
    trimestre = models.PositiveSmallIntegerField(default=0)
    edition = models.PositiveSmallIntegerField("édition", default=1)
    emis_le = models.DateField("émis le")
    contenu = models.JSONField()
    fichier = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = BilanQuerySet.as_manager()

    class Meta:
        verbose_name = "bilan émis"
        verbose_name_plural = "bilans émis"
        ordering = ["-numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["annexe", "nature", "trimestre", "edition"], name="dashboards_bilan_once"
            ),
            # A run played again issues nothing twice; the supervision declared afterwards gives the
            # objectives a further edition.
            models.UniqueConstraint(
                fields=["annexe", "nature", "trimestre", "campagne"],
                condition=~Q(nature="OBJECTIFS"),
                name="dashboards_bilan_once_per_run",
            ),
            models.CheckConstraint(
                condition=Q(nature="INTERMEDIAIRE", trimestre__gte=1)
                | (~Q(nature="INTERMEDIAIRE") & Q(trimestre=0)),
                name="dashboards_bilan_quarter",
            ),
            models.CheckConstraint(condition=Q(edition__gte=1), name="dashboards_bilan_edition"),
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} n° {self.numero}"


class Encadrement(models.Model):
    """Supervision done over the period of an annex, as its structure declares it: hours and ETP.

    One row per kind, those of the ASP's own restitution (`bilan des objectifs négociés`).
    """

    class Categorie(models.TextChoices):
        TECHNIQUE = "TECHNIQUE", "Permanents chargés de l’encadrement technique"
        SOCIOPRO = "SOCIOPRO", "Permanents chargés de l’accompagnement socioprofessionnel"
        NON_SALARIES = "NON_SALARIES", "Travailleurs non salariés"
        PRESTATAIRES = "PRESTATAIRES", "Prestataires extérieurs"

    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="encadrement")
    categorie = models.CharField("catégorie", max_length=12, choices=Categorie.choices)
    heures = models.DecimalField(max_digits=8, decimal_places=2)
    etp = models.DecimalField("ETP", max_digits=6, decimal_places=2)

    class Meta:
        verbose_name = "encadrement"
        verbose_name_plural = "encadrement"
        ordering = ["annexe", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["annexe", "categorie"], name="dashboards_supervision_once"
            ),
            models.CheckConstraint(
                condition=Q(heures__gte=0, etp__gte=0), name="dashboards_supervision_amounts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annexe} : {self.get_categorie_display()}"


def _rate(label: str, default: int) -> models.DecimalField:  # type: ignore[type-arg]
    """A threshold in per cent."""
    return models.DecimalField(
        label,
        max_digits=5,
        decimal_places=2,
        default=default,
        validators=[MinValueValidator(0), MaxValueValidator(300)],
    )


class SeuilsAlertes(models.Model):
    """Thresholds of the alerts as one département reads them; the usual ones where it has none.

    Rates are in per cent, delays in days or months. `ignorees` are the kinds of alerts it does
    not want (codes of `dashboards.alertes.alerte.Nature`).
    """

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="seuils_alertes", verbose_name="département"
    )
    realisation_basse = _rate("sous-réalisation : au-dessous de (%)", 90)
    realisation_tres_basse = _rate("sous-réalisation prioritaire : au-dessous de (%)", 75)
    realisation_haute = _rate("sur-réalisation : au-dessus de (%)", 110)
    consommation_basse = _rate(
        "consommation attendue du montant du département : au-dessous de (%)", 90
    )
    mois_observes = models.PositiveSmallIntegerField(
        "nombre de mois validés requis avant toute alerte", default=2
    )
    sorties_examinees = models.PositiveSmallIntegerField(
        "nombre de sorties examinées requis", default=3
    )
    ecart_brsa = models.PositiveSmallIntegerField(
        "bénéficiaires manquants : à partir de (personnes)", default=1
    )
    trop_percu_minimum = models.DecimalField(
        "trop-perçu en formation : à partir de (€)", max_digits=12, decimal_places=2, default=0
    )
    jours_de_retard = models.PositiveSmallIntegerField("retard de saisie toléré (jours)", default=0)
    mois_avant_la_fin = models.PositiveSmallIntegerField(
        "fin d’annexe : signaler dans les derniers mois (nombre)", default=2
    )
    jours_avant_la_fin_urgents = models.PositiveSmallIntegerField(
        "fin d’annexe : prioritaire à (jours)", default=31
    )
    jours_ordre_ancien = models.PositiveSmallIntegerField(
        "ordre impayé : prioritaire après (jours)", default=60
    )
    ignorees = models.JSONField("alertes non suivies", default=list, blank=True)
    modifie_par = models.ForeignKey(User, models.PROTECT, related_name="+")
    modifie_le = models.DateField("modifiés le")  # the business day of the act
    revision = models.PositiveIntegerField("révision", default=1)

    class Meta:
        verbose_name = "seuils des alertes"
        verbose_name_plural = "seuils des alertes"
        constraints = [
            models.CheckConstraint(
                condition=Q(realisation_tres_basse__lte=F("realisation_basse"))
                & Q(realisation_basse__lt=F("realisation_haute")),
                name="dashboards_thresholds_ordered",
            ),
            models.CheckConstraint(
                condition=Q(mois_observes__gte=1, sorties_examinees__gte=1),
                name="dashboards_thresholds_observed",
            ),
            models.CheckConstraint(
                condition=Q(ecart_brsa__gte=1, trop_percu_minimum__gte=0),
                name="dashboards_thresholds_minimums",
            ),
        ]

    def __str__(self) -> str:
        return f"Seuils des alertes : {self.organisation}"


class EnvoiProgramme(models.Model):
    """A restitution an organisation has made ready for it every month or quarter.

    The rows are those that `membership` sees on the day; one that has ended stops the programme,
    and the organisation is told.
    """

    class Rythme(models.TextChoices):
        MENSUEL = "MENSUEL", "Chaque mois"
        TRIMESTRIEL = "TRIMESTRIEL", "Chaque trimestre"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="envois_programmes")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="envois_programmes")
    restitution = models.CharField(max_length=40)
    # Criteria other than the period, which each file takes from its own date.
    parametres = models.JSONField(default=dict, blank=True)
    rythme = models.CharField(max_length=11, choices=Rythme.choices)
    jour = models.PositiveSmallIntegerField(
        "jour du mois", default=5, validators=[MinValueValidator(1), MaxValueValidator(28)]
    )
    courriel = models.BooleanField("prévenir aussi par courriel", default=True)
    prochain_le = models.DateField("prochain envoi le")
    cree_le = models.DateTimeField(auto_now_add=True)
    arrete_le = models.DateField("arrêté le", null=True, blank=True)
    arrete_motif = models.CharField("motif de l’arrêt", max_length=200, blank=True)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = "envoi programmé"
        verbose_name_plural = "envois programmés"
        ordering = ["restitution", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "restitution", "parametres", "rythme"],
                condition=Q(arrete_le__isnull=True),
                name="dashboards_schedule_once",
            ),
            models.CheckConstraint(
                condition=Q(jour__gte=1, jour__lte=28), name="dashboards_schedule_day"
            ),
        ]
        indexes = [
            models.Index(
                fields=["prochain_le"],
                condition=Q(arrete_le__isnull=True),
                name="dashboards_schedule_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.restitution} ({self.get_rythme_display().lower()})"


class Envoi(models.Model):
    """One file of a schedule, archived with its date; first and last month of its period.

    A file of persons is deleted at the end of its days: its name and its SHA-256 stay here.
    """

    programme = models.ForeignKey(EnvoiProgramme, models.PROTECT, related_name="envois")
    debut = models.DateField("premier mois")
    fin = models.DateField("dernier mois")
    prevu_le = models.DateField("prévu le")
    fichier = models.ForeignKey(Fichier, models.SET_NULL, null=True, blank=True, related_name="+")
    nom = models.CharField("nom du fichier", max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    lignes = models.PositiveIntegerField("lignes", default=0)
    echec = models.CharField("échec", max_length=500, blank=True)

    objects = EnvoiQuerySet.as_manager()

    class Meta:
        verbose_name = "envoi"
        ordering = ["-prevu_le", "-pk"]
        constraints = [
            # A worker that dies and starts again makes one file of a date, never two.
            models.UniqueConstraint(
                fields=["programme", "prevu_le"], name="dashboards_delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(debut__lte=F("fin")), name="dashboards_delivery_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} du {self.prevu_le:%d/%m/%Y}"

    @property
    def is_deleted(self) -> bool:
        """Made, then deleted at the end of its days (`core.expire_files`)."""
        return bool(self.sha256) and self.fichier_id is None
