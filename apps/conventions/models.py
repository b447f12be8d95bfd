"""Who funds and under which texts: financeurs, CAOM, conventions de mandat, conventions IAE.

Source: the convention de mandat (articles 3, 9, 10) and spec 01 §2. The CAOM that counts for an
annex is that of the year of its signature (art. 9).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Organisation
from apps.conventions.querysets import CaomQuerySet, ConventionMandatQuerySet, VoletCaomQuerySet
from apps.core.models import Fichier
from apps.siae.codes import TypeMesure
from apps.siae.models import Siae


class Financeur(models.Model):
    class Type(models.TextChoices):
        ETAT = "ETAT", "État"
        CD = "CD", "Conseil départemental"

    type = models.CharField(max_length=4, choices=Type.choices)
    # Département on three characters ("062"); "ETAT" for the State.
    code = models.CharField(max_length=4, unique=True)
    nom = models.CharField(max_length=160)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    reference_chorus = models.CharField("référence Chorus Pro", max_length=80, blank=True)
    organisation = models.OneToOneField(
        Organisation, models.PROTECT, null=True, blank=True, related_name="financeur"
    )
    # The Haut-Rhin becomes the Collectivité européenne d'Alsace on 1 January 2021.
    successeur = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecesseurs"
    )
    succede_le = models.DateField("repris le", null=True, blank=True)

    class Meta:
        verbose_name = "financeur"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["type"], condition=Q(type="ETAT"), name="conventions_one_state"
            ),
            models.CheckConstraint(
                condition=Q(successeur__isnull=True, succede_le__isnull=True)
                | Q(successeur__isnull=False, succede_le__isnull=False),
                name="conventions_succession_is_dated",
            ),
        ]

    def __str__(self) -> str:
        return self.nom

    @property
    def is_etat(self) -> bool:
        return self.type == self.Type.ETAT

    def payer_on(self, day: date) -> Financeur:
        """The funder, or the last of its successors that has taken over by the day."""
        payer, seen = self, {self.pk}
        while payer.successeur and payer.succede_le and payer.succede_le <= day:
            payer = payer.successeur
            if payer.pk in seen:
                raise ValueError(f"The successions of « {self} » make a loop.")
            seen.add(payer.pk)
        return payer


class Caom(models.Model):
    """Convention annuelle d'objectifs et de moyens between the State and a département."""

    financeur = models.ForeignKey(Financeur, models.PROTECT, related_name="caoms")
    annee = models.PositiveSmallIntegerField("année")
    signee_le = models.DateField("signée le", null=True, blank=True)
    # l. 258, 620: "somme" = sum of the dated monthly amounts instead of a single one.
    somme_des_montants_dates = models.BooleanField(default=False)

    objects = CaomQuerySet.as_manager()

    class Meta:
        verbose_name = "CAOM"
        verbose_name_plural = "CAOM"
        ordering = ["-annee", "financeur__code"]
        constraints = [
            models.UniqueConstraint(fields=["financeur", "annee"], name="conventions_caom_once"),
        ]

    def __str__(self) -> str:
        return f"CAOM {self.annee} {self.financeur}"


class ObjectifCaom(models.Model):
    """Volet 2 (IAE) of a CAOM for one kind of structure, as dated versions.

    The publics are those of CERFA 13999*02. A person may be of several: each is at most the total,
    their sum is not bounded.
    """

    PUBLICS = (
        "entrees_brsa",
        "entrees_jeunes",
        "entrees_seniors",
        "entrees_ass",
        "entrees_aah",
        "entrees_th",
        "entrees_50_et_plus",
        "entrees_deld",
        "entrees_autres",
    )

    caom = models.ForeignKey(Caom, models.PROTECT, related_name="objectifs")
    mesure = models.CharField(max_length=7)
    effet = models.DateField("à compter du")
    entrees = models.PositiveIntegerField("entrées prévues")
    entrees_brsa = models.PositiveIntegerField("dont bénéficiaires du RSA")
    entrees_jeunes = models.PositiveIntegerField("dont moins de 26 ans", default=0)
    entrees_seniors = models.PositiveIntegerField("dont seniors", default=0)
    entrees_ass = models.PositiveIntegerField("dont bénéficiaires de l’ASS", default=0)
    entrees_aah = models.PositiveIntegerField("dont bénéficiaires de l’AAH", default=0)
    entrees_th = models.PositiveIntegerField("dont travailleurs handicapés", default=0)
    entrees_50_et_plus = models.PositiveIntegerField("dont 50 ans et plus", default=0)
    entrees_deld = models.PositiveIntegerField("dont demandeurs de longue durée", default=0)
    entrees_autres = models.PositiveIntegerField("dont autres publics", default=0)
    montant_mensuel = models.DecimalField(
        "montant mensuel par bénéficiaire", max_digits=8, decimal_places=2
    )
    mois_prevus = models.PositiveSmallIntegerField("mois prévus")
    montant = models.DecimalField("montant financier", max_digits=14, decimal_places=2)
    # Avenant or exchange of letters that adjusts a signed CAOM; empty when signed with it.
    accord_le = models.DateField("accord signé le", null=True, blank=True)

    class Meta:
        verbose_name = "objectif de la CAOM"
        ordering = ["mesure", "effet"]
        constraints = [
            models.UniqueConstraint(
                fields=["caom", "mesure", "effet"], name="conventions_objectif_dated"
            ),
            models.CheckConstraint(
                condition=Q(montant=F("entrees_brsa") * F("montant_mensuel") * F("mois_prevus")),
                name="conventions_objectif_amount",
            ),
            models.CheckConstraint(
                condition=Q(
                    entrees_brsa__lte=F("entrees"),
                    entrees_jeunes__lte=F("entrees"),
                    entrees_seniors__lte=F("entrees"),
                    entrees_ass__lte=F("entrees"),
                    entrees_aah__lte=F("entrees"),
                    entrees_th__lte=F("entrees"),
                    entrees_50_et_plus__lte=F("entrees"),
                    entrees_deld__lte=F("entrees"),
                    entrees_autres__lte=F("entrees"),
                ),
                name="conventions_objectif_publics",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.libelle_mesure} : {self.entrees_brsa} bénéficiaires"

    @property
    def autres_publics(self) -> list[tuple[str, int]]:
        """Publics planned besides the RSA, in the words of the form."""
        counts = [(name, getattr(self, name)) for name in self.PUBLICS[1:]]
        return [
            (str(self._meta.get_field(name).verbose_name).removeprefix("dont "), count)
            for name, count in counts
            if count
        ]

    @property
    def libelle_mesure(self) -> str:
        return str(TypeMesure(self.mesure).label)


class VoletCaom(models.Model):
    """An edition of volet 2 of a signed CAOM: the objectives in force on `effet`.

    `dernier_objectif` is the last one recorded when it was issued: what is recorded afterwards
    belongs to the next edition, even when this one has not been drawn yet.
    """

    caom = models.ForeignKey(Caom, models.PROTECT, related_name="volets")
    edition = models.PositiveSmallIntegerField("édition")
    effet = models.DateField("objectifs en vigueur au")
    dernier_objectif = models.ForeignKey(ObjectifCaom, models.PROTECT, related_name="+")
    fichier = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    objects = VoletCaomQuerySet.as_manager()

    class Meta:
        verbose_name = "volet 2 de CAOM"
        verbose_name_plural = "volets 2 de CAOM"
        ordering = ["caom", "edition"]
        constraints = [
            models.UniqueConstraint(fields=["caom", "edition"], name="conventions_volet_edition"),
        ]

    def __str__(self) -> str:
        return f"Volet 2 de la {self.caom}, édition {self.edition}"


class ConventionMandat(models.Model):
    """Convention de mandat between a département and the ASP."""

    class Modalite(models.TextChoices):
        """How the département funds the payments (art. 3.1 of each model of convention)."""

        AVANCE_UNIQUE = "AVANCE_UNIQUE", "Avance unique à la signature"
        AVANCE_ET_APPELS = "AVANCE_ET_APPELS", "Avance et appels de fonds trimestriels"

    financeur = models.ForeignKey(Financeur, models.PROTECT, related_name="mandats")
    reference = models.CharField("référence", max_length=60, unique=True)
    debut = models.DateField("prend effet le")
    fin = models.DateField("fin de la période d’engagement")
    signee_le = models.DateField("signée le", null=True, blank=True)
    avance = models.DecimalField("avance à la signature", max_digits=14, decimal_places=2)
    modalite = models.CharField(
        "modalité de versement des fonds",
        max_length=16,
        choices=Modalite.choices,
        default=Modalite.AVANCE_UNIQUE,
    )
    iban_asp = models.CharField("compte de dépôt au Trésor (IBAN)", max_length=34, blank=True)
    denoncee_le = models.DateField("n’engage plus à compter du", null=True, blank=True)

    objects = ConventionMandatQuerySet.as_manager()

    class Meta:
        verbose_name = "convention de mandat"
        verbose_name_plural = "conventions de mandat"
        ordering = ["-debut"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fin__gte=F("debut")), name="conventions_mandat_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"Convention de mandat {self.reference}"

    def engages_on(self, day: date) -> bool:
        """Whether an annex signed on that day is under this mandate (art. 9, 10)."""
        return (
            self.signee_le is not None
            and self.debut <= day <= self.fin
            and (self.denoncee_le is None or day < self.denoncee_le)
        )


class AvenantFinancier(models.Model):
    """Yearly credits of a mandate: intervention and management fees (art. 3)."""

    mandat = models.ForeignKey(ConventionMandat, models.PROTECT, related_name="avenants")
    annee = models.PositiveSmallIntegerField("année")
    credits_intervention = models.DecimalField(
        "crédits d’intervention", max_digits=14, decimal_places=2
    )
    credits_frais = models.DecimalField(
        "crédits de frais de gestion", max_digits=12, decimal_places=2
    )
    prix_annexe = models.DecimalField("prix par annexe ou avenant", max_digits=8, decimal_places=2)
    forfait_annuel = models.DecimalField(max_digits=10, decimal_places=2)
    annexes_prevues = models.PositiveIntegerField("annexes prévues")
    # Ceiling of the payments of the year, when the budget sets another one than the commitments.
    credits_paiement = models.DecimalField(
        "crédits de paiement", max_digits=14, decimal_places=2, null=True, blank=True
    )
    notifie_le = models.DateField("crédits notifiés le", null=True, blank=True)

    class Meta:
        verbose_name = "avenant financier"
        ordering = ["-annee"]
        constraints = [
            models.UniqueConstraint(fields=["mandat", "annee"], name="conventions_avenant_yearly"),
        ]

    def __str__(self) -> str:
        return f"{self.mandat} — {self.annee}"

    @property
    def paiements_autorises(self) -> Decimal:
        """Credits for payment (CP) of the year, in euros: those committed unless given."""
        given = self.credits_paiement
        return self.credits_intervention if given is None else given

    @property
    def frais_previsionnels(self) -> Decimal:
        """Art. 3.2: price × number of annexes + yearly flat fee (34,93 × 50 + 7 325,39)."""
        return self.prix_annexe * self.annexes_prevues + self.forfait_annuel


class ConventionIae(models.Model):
    """Convention between the State and a SIAE, annual or over three years."""

    siae = models.ForeignKey(Siae, models.PROTECT, related_name="conventions")
    numero = models.CharField("numéro", max_length=40, unique=True)
    debut = models.DateField("début")
    fin = models.DateField()
    signee_le = models.DateField("signée le")

    class Meta:
        verbose_name = "convention IAE"
        verbose_name_plural = "conventions IAE"
        ordering = ["-debut", "numero"]
        constraints = [
            models.CheckConstraint(condition=Q(fin__gte=F("debut")), name="conventions_iae_dates"),
        ]

    def __str__(self) -> str:
        return self.numero


class ValeurReferentiel(models.Model):
    """A dated value of the law added by the ASP to the tables of `apps.rules.parameter`.

    Proposed by one person, decided by another; once decided it never changes (trigger): a
    corrected text is a new value of the same effect, known later.
    """

    class Etat(models.TextChoices):
        PROPOSEE = "PROPOSEE", "Proposée"
        APPROUVEE = "APPROUVEE", "Approuvée"
        REFUSEE = "REFUSEE", "Refusée"

    fichier = models.CharField("barème", max_length=20)
    serie = models.CharField("série", max_length=20)
    effet = models.DateField("prend effet le")
    connu_le = models.DateField("publié le")
    montant = models.DecimalField("valeur", max_digits=10, decimal_places=2)
    reference = models.CharField("texte", max_length=200)
    etat = models.CharField("état", max_length=9, choices=Etat.choices, default=Etat.PROPOSEE)
    proposee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposee_le = models.DateField("proposée le")
    decidee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decidee_le = models.DateField("décidée le", null=True, blank=True)
    motif_refus = models.CharField("motif du refus", max_length=300, blank=True)

    class Meta:
        verbose_name = "valeur de référentiel"
        verbose_name_plural = "valeurs de référentiel"
        ordering = ["fichier", "serie", "effet", "connu_le", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fichier", "serie", "effet", "connu_le"],
                condition=~Q(etat="REFUSEE"),
                name="conventions_valeur_once",
            ),
            models.UniqueConstraint(
                fields=["fichier", "serie", "effet"],
                condition=Q(etat="PROPOSEE"),
                name="conventions_one_valeur_proposed",
            ),
            models.CheckConstraint(condition=Q(montant__gt=0), name="conventions_valeur_positive"),
            models.CheckConstraint(
                condition=Q(decidee_par__isnull=True) | ~Q(decidee_par=F("proposee_par")),
                name="conventions_valeur_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(etat="PROPOSEE", decidee_par__isnull=True, decidee_le__isnull=True)
                | Q(~Q(etat="PROPOSEE"), decidee_par__isnull=False, decidee_le__isnull=False),
                name="conventions_valeur_decision",
            ),
            models.CheckConstraint(
                condition=~Q(etat="REFUSEE") | ~Q(motif_refus=""),
                name="conventions_valeur_refusal_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fichier} {self.serie} à compter du {self.effet:%d/%m/%Y}"
