"""États mensuels de présence: one statement per annex and month, one line per contract.

Re-opening a statement (DEBLOQUE) adds 1 to its version and copies the lines: what was certified
and validated before stays readable, unchanged. `heures_eligibles`, `brsa` and the reason of
ineligibility are frozen on the lines when the ASP validates (spec 01 §2). What accompanies a
version is kept beside it: words on its findings, the signed file, its control on documents.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.annexes.models import AnnexeFinanciere
from apps.core.models import Fichier
from apps.presence.querysets import (
    ControleQuerySet,
    EtatMensuelQuerySet,
    LigneQuerySet,
    PieceQuerySet,
)
from apps.siae.codes import TypeMesure
from apps.siae.models import Contrat, Salarie


class EtatMensuel(models.Model):
    class Etat(models.TextChoices):
        BROUILLON = "BROUILLON", "En cours de saisie"
        SAISI = "SAISI", "Certifié, à valider"
        VALIDE = "VALIDE", "Validé"
        DEBLOQUE = "DEBLOQUE", "Rouvert"
        CARENCE = "CARENCE", "Carence constatée"

    ETATS_OUVERTS = (Etat.BROUILLON, Etat.DEBLOQUE)
    # What the payments count: validated by the ASP, or recorded as carence (0 hour).
    ETATS_VALIDES = (Etat.VALIDE, Etat.CARENCE)

    annexe = models.ForeignKey(AnnexeFinanciere, models.PROTECT, related_name="etats_mensuels")
    mois = models.DateField("mois")  # first day of the month
    version = models.PositiveSmallIntegerField(default=1)
    etat = models.CharField("état", max_length=9, choices=Etat.choices, default=Etat.BROUILLON)
    certifie_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    certifie_le = models.DateField("certifié le", null=True, blank=True)
    # Day of the first certification: lateness is judged on it, not on a later correction.
    premiere_saisie_le = models.DateField("saisi la première fois le", null=True, blank=True)
    valide_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    valide_le = models.DateField("validé le", null=True, blank=True)
    motif_deblocage = models.CharField("motif de la réouverture", max_length=300, blank=True)
    justification = models.CharField("justification des écarts", max_length=500, blank=True)

    objects = EtatMensuelQuerySet.as_manager()

    class Meta:
        verbose_name = "état mensuel de présence"
        verbose_name_plural = "états mensuels de présence"
        ordering = ["mois", "annexe"]
        constraints = [
            models.UniqueConstraint(fields=["annexe", "mois"], name="presence_one_per_month"),
            models.CheckConstraint(condition=Q(mois__day=1), name="presence_month_first_day"),
            models.CheckConstraint(
                condition=~Q(etat__in=["VALIDE", "CARENCE"]) | Q(valide_le__isnull=False),
                name="presence_validated_is_dated",
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["SAISI", "VALIDE"]) | Q(certifie_par__isnull=False),
                name="presence_certified_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["etat", "mois"], name="presence_by_state")]

    def __str__(self) -> str:
        return f"EMP {self.mois:%m/%Y} de {self.annexe} (version {self.version})"


class DocumentEtat(models.Model):
    """The PDF of one version of a statement in one state, as archived: drawn once, never replaced.

    Written by `presence.documents.statement_file`.
    """

    etat_mensuel = models.ForeignKey(EtatMensuel, models.PROTECT, related_name="documents")
    version = models.PositiveSmallIntegerField()
    etat = models.CharField("état", max_length=9, choices=EtatMensuel.Etat.choices)
    fichier = models.OneToOneField(Fichier, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "état mensuel archivé"
        verbose_name_plural = "états mensuels archivés"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["etat_mensuel", "version", "etat"], name="presence_one_document_per_state"
            ),
            models.CheckConstraint(
                condition=Q(etat__in=["SAISI", "VALIDE", "CARENCE"]),
                name="presence_no_document_while_open",
            ),
        ]

    def __str__(self) -> str:
        state = self.get_etat_display().partition(",")[0].lower()
        return f"version {self.version}, {state}"


class LignePresence(models.Model):
    """Hours of one contract in one version of a statement."""

    etat_mensuel = models.ForeignKey(EtatMensuel, models.PROTECT, related_name="lignes")
    version = models.PositiveSmallIntegerField(default=1)
    contrat = models.ForeignKey(Contrat, models.PROTECT, related_name="lignes_presence")
    salarie = models.ForeignKey(Salarie, models.PROTECT, related_name="+")
    # NULL: not typed yet. 0 is typed, never assumed.
    heures_declarees = models.DecimalField(
        "heures déclarées", max_digits=6, decimal_places=2, null=True, blank=True
    )
    heures_eligibles = models.DecimalField(
        "heures éligibles", max_digits=6, decimal_places=2, null=True, blank=True
    )
    motif_ineligibilite = models.CharField(max_length=200, blank=True)
    # RSA before hiring, borne by the département of the annex: frozen at validation.
    brsa = models.BooleanField("bénéficiaire du RSA à la charge du département", default=False)
    salaire_brut = models.DecimalField(
        "salaire brut", max_digits=8, decimal_places=2, null=True, blank=True
    )
    commentaire = models.CharField(max_length=300, blank=True)
    revision = models.PositiveIntegerField(default=1)
    modifie_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    modifie_le = models.DateTimeField(auto_now=True)

    objects = LigneQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne de présence"
        verbose_name_plural = "lignes de présence"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["etat_mensuel", "version", "contrat"], name="presence_line_once"
            ),
            models.CheckConstraint(
                condition=Q(heures_declarees__isnull=True)
                | Q(heures_declarees__gte=0, heures_declarees__lte=213),
                name="presence_hours_in_month",
            ),
            models.CheckConstraint(
                condition=Q(heures_eligibles__isnull=True)
                | Q(heures_eligibles__gte=0, heures_eligibles__lte=F("heures_declarees")),
                name="presence_eligible_within_declared",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.salarie} : {self.heures_declarees} h"


class JustificationEcart(models.Model):
    """The word a structure gave on one finding when it certified a version (spec 01 §4)."""

    etat_mensuel = models.ForeignKey(EtatMensuel, models.PROTECT, related_name="justifications")
    version = models.PositiveSmallIntegerField()
    contrat = models.ForeignKey(Contrat, models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=20)
    constat = models.CharField("écart signalé", max_length=500)
    texte = models.CharField("justification", max_length=500)

    class Meta:
        verbose_name = "justification d’un écart"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["etat_mensuel", "version", "code", "contrat"],
                name="presence_one_word_per_finding",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=~Q(texte=""), name="presence_word_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.constat} : {self.texte}"


class EtatSigne(models.Model):
    """The statement of one version printed, signed by the structure and scanned."""

    etat_mensuel = models.ForeignKey(EtatMensuel, models.PROTECT, related_name="signes")
    version = models.PositiveSmallIntegerField()
    fichier = models.OneToOneField(Fichier, models.PROTECT, related_name="+")
    depose_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    depose_le = models.DateField("déposé le")

    objects = PieceQuerySet.as_manager()

    class Meta:
        verbose_name = "état mensuel signé"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["etat_mensuel", "version"], name="presence_one_signed_file_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.etat_mensuel} signé"


class NaturePiece(models.TextChoices):
    """Supporting documents a control may ask for."""

    BULLETIN = "BULLETIN", "Bulletins de paie du mois"
    CONTRAT = "CONTRAT", "Contrats de travail et avenants"
    HEURES = "HEURES", "Feuilles d’heures signées"
    PAIEMENT = "PAIEMENT", "Preuves de versement des salaires"
    REGISTRE = "REGISTRE", "Extrait du registre du personnel"
    PASS = "PASS", "Attestations PASS IAE"
    AUTRE = "AUTRE", "Autre pièce"


class Tirage(models.Model):
    """How statements were chosen for a control: at random with a kept seed, or named.

    The order of the draw is that of SHA-256(« graine:numéro »): anyone may draw it again.
    """

    class Methode(models.TextChoices):
        ALEATOIRE = "ALEATOIRE", "Tirage au sort"
        CIBLE = "CIBLE", "Ciblé"

    methode = models.CharField("méthode", max_length=9, choices=Methode.choices)
    debut = models.DateField("premier mois")
    fin = models.DateField("dernier mois")
    departement = models.CharField("département", max_length=3, blank=True)
    mesure = models.CharField(max_length=7, choices=TypeMesure.choices, blank=True)
    graine = models.BigIntegerField("graine", null=True, blank=True)
    population = models.PositiveIntegerField("états mensuels dans le champ")
    taille = models.PositiveIntegerField("états mensuels à contrôler")
    pieces = ArrayField(
        models.CharField(max_length=8, choices=NaturePiece.choices), verbose_name="pièces demandées"
    )
    motif = models.CharField("objet du contrôle", max_length=300)
    tire_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    tire_le = models.DateField("tiré le")

    class Meta:
        verbose_name = "tirage de contrôle"
        ordering = ["-tire_le", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(taille__gte=1, taille__lte=F("population")),
                name="presence_sample_within_population",
            ),
            models.CheckConstraint(
                condition=Q(methode="CIBLE", graine__isnull=True)
                | Q(methode="ALEATOIRE", graine__isnull=False),
                name="presence_random_draw_has_seed",
            ),
            models.CheckConstraint(
                condition=Q(fin__gte=F("debut"), debut__day=1, fin__day=1),
                name="presence_draw_months",
            ),
            models.CheckConstraint(condition=Q(pieces__len__gte=1), name="presence_draw_asks"),
        ]

    def __str__(self) -> str:
        return f"Tirage n° {self.pk} du {self.tire_le:%d/%m/%Y}"

    @property
    def natures(self) -> list[str]:
        """What is asked for, in words."""
        return [str(NaturePiece(code).label) for code in self.pieces]


class Controle(models.Model):
    """The control of one version of a statement, on supporting documents."""

    class Etat(models.TextChoices):
        DEMANDE = "DEMANDE", "Pièces demandées"
        RECU = "RECU", "Pièces reçues"
        CONFORME = "CONFORME", "Conforme"
        NON_CONFORME = "NON_CONFORME", "Non conforme"
        ABANDONNE = "ABANDONNE", "Abandonné"

    ETATS_EN_COURS = (Etat.DEMANDE, Etat.RECU)

    tirage = models.ForeignKey(Tirage, models.PROTECT, related_name="controles")
    etat_mensuel = models.ForeignKey(EtatMensuel, models.PROTECT, related_name="controles")
    version = models.PositiveSmallIntegerField()
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.DEMANDE)
    echeance = models.DateField("pièces attendues avant le")
    demande = models.CharField("complément demandé", max_length=500, blank=True)
    message = models.CharField("message de la structure", max_length=500, blank=True)
    transmis_le = models.DateField("pièces transmises le", null=True, blank=True)
    conclusion = models.CharField(max_length=500, blank=True)
    conclu_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    conclu_le = models.DateField("conclu le", null=True, blank=True)

    objects = ControleQuerySet.as_manager()

    class Meta:
        verbose_name = "contrôle sur pièces"
        verbose_name_plural = "contrôles sur pièces"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["etat_mensuel", "version"],
                condition=~Q(etat="ABANDONNE"),
                name="presence_one_control_per_version",
            ),
            models.CheckConstraint(
                condition=Q(
                    etat__in=["DEMANDE", "RECU"], conclu_le__isnull=True, conclu_par__isnull=True
                )
                | (
                    Q(conclu_le__isnull=False, conclu_par__isnull=False)
                    & ~Q(conclusion="")
                    & ~Q(etat__in=["DEMANDE", "RECU"])
                ),
                name="presence_control_concluded_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(etat="RECU") | Q(transmis_le__isnull=False),
                name="presence_received_is_dated",
            ),
        ]
        indexes = [models.Index(fields=["etat", "echeance"], name="presence_control_by_state")]

    def __str__(self) -> str:
        return f"Contrôle n° {self.pk}, {self.etat_mensuel}"


class PieceControle(models.Model):
    """A supporting document sent for a control; never seen by a département."""

    controle = models.ForeignKey(Controle, models.PROTECT, related_name="pieces")
    nature = models.CharField(max_length=8, choices=NaturePiece.choices)
    fichier = models.OneToOneField(Fichier, models.PROTECT, related_name="+")
    depose_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    depose_le = models.DateField("déposée le")

    class Meta:
        verbose_name = "pièce justificative"
        verbose_name_plural = "pièces justificatives"
        ordering = ["nature", "pk"]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} : {self.fichier.nom}"
