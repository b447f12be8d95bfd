"""Users and their second factor, organisations, memberships, delegations, notifications.

A person may belong to several organisations and acts through one membership at a time: every
scope (`visible_to(acting)`) and every journal entry names that membership. Structures and
financeurs point to their organisation, never the other way round.
"""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac

from apps.accounts.querysets import (
    MembershipQuerySet,
    NotificationQuerySet,
    OrganisationQuerySet,
    UserQuerySet,
)
from apps.core.models import Fichier


class Nature(models.TextChoices):
    """What a notification is about; each person says which ones also come by e-mail."""

    ANNEXE = "ANNEXE", "Annexes financières"
    ETAT = "ETAT", "Suivi mensuel"
    CONTROLE = "CONTROLE", "Contrôles"
    PAIEMENT = "PAIEMENT", "Paiements"
    ORDRE = "ORDRE", "Ordres de recouvrer"
    BANQUE = "BANQUE", "Coordonnées bancaires"
    CONVENTION = "CONVENTION", "Conventions et CAOM"
    REFERENTIEL = "REFERENTIEL", "Barèmes et référentiels"
    TRAITEMENT = "TRAITEMENT", "Traitements terminés"
    COMPTE = "COMPTE", "Comptes et habilitations"


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, username: str, password: str | None = None, **fields: object) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    username = models.CharField("identifiant", max_length=80, unique=True)
    email = models.EmailField("adresse électronique", blank=True)
    prenom = models.CharField("prénom", max_length=80)
    nom = models.CharField(max_length=80)
    is_active = models.BooleanField("actif", default=True)
    cree_le = models.DateTimeField(auto_now_add=True)
    # Natures of notifications that this person reads here only.
    sans_courriel = ArrayField(
        models.CharField(max_length=12, choices=Nature.choices), default=list, blank=True
    )

    # Failed sign-ins in a row; beyond a few, the account rests for a while.
    echecs = models.PositiveSmallIntegerField("échecs de connexion", default=0)
    bloque_jusqu_a = models.DateTimeField("bloqué jusqu’à", null=True, blank=True)

    # Since when a second factor is asked; empty for who has none (`SecondFacteur` holds it). Read
    # with the person at each request: a session knows without another query that it must ask.
    second_facteur_le = models.DateTimeField("second facteur depuis le", null=True, blank=True)
    # The account at ProConnect, known from the first sign-in by it.
    proconnect_sub = models.CharField(
        "compte ProConnect", max_length=255, null=True, blank=True, unique=True
    )
    # Part of what each session is checked against: raising it closes them all.
    generation_sessions = models.PositiveIntegerField(default=0)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["prenom", "nom"]

    class Meta:
        verbose_name = "utilisateur"

    def __str__(self) -> str:
        return self.nom_complet

    @property
    def nom_complet(self) -> str:
        return f"{self.prenom} {self.nom}"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What Django checks each session against: the password, and the generation of sessions."""
        value = f"{self.password}:{self.generation_sessions}"
        salt = "apps.accounts.models.User.session"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()


class SecondFacteur(models.Model):
    """The application that gives a person codes of six digits (TOTP, RFC 6238)."""

    user = models.OneToOneField(User, models.CASCADE, related_name="second_facteur")
    # Encrypted by `apps.core.encryption`: worth nothing in a copy of the database.
    secret = models.CharField(max_length=255)
    # Last step of thirty seconds of which a code was accepted: a code serves once.
    dernier_pas = models.BigIntegerField(default=0)
    echecs = models.PositiveSmallIntegerField(default=0)
    bloque_jusqu_a = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "second facteur"

    def __str__(self) -> str:
        return f"Second facteur de {self.user}"


class CodeDeSecours(models.Model):
    """A code that replaces the telephone once; only its keyed hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="codes_de_secours")
    empreinte = models.CharField(max_length=64)
    utilise_le = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "code de secours"
        constraints = [
            models.UniqueConstraint(fields=["user", "empreinte"], name="accounts_backup_code_once"),
        ]

    def __str__(self) -> str:
        return f"Code de secours de {self.user}"


class Organisation(models.Model):
    class Type(models.TextChoices):
        SIAE = "SIAE", "Structure (SIAE)"
        DDETS = "DDETS", "DDETS / unité départementale"
        ASP = "ASP", "Agence de services et de paiement"
        CD = "CD", "Conseil départemental"
        ADMIN = "ADMIN", "Administration de l’extranet"

    type = models.CharField(max_length=5, choices=Type.choices)
    nom = models.CharField(max_length=200)
    # Territory of a DDETS, on three characters ("062"); empty for the others.
    departement = models.CharField("département", max_length=3, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "organisation"
        ordering = ["nom"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(type="DDETS") | ~Q(departement=""),
                name="accounts_ddets_has_territory",
            ),
        ]

    def __str__(self) -> str:
        return self.nom


class Role(models.TextChoices):
    SAISIE = "SAISIE", "Saisie"
    RESPONSABLE = "RESPONSABLE", "Responsable"
    INSTRUCTEUR = "INSTRUCTEUR", "Instructeur"
    GESTIONNAIRE = "GESTIONNAIRE", "Gestionnaire"
    ORDONNATEUR = "ORDONNATEUR", "Ordonnateur"
    COMPTABLE = "COMPTABLE", "Agent comptable"
    LECTEUR = "LECTEUR", "Lecteur"
    DECIDEUR = "DECIDEUR", "Décideur"
    ADMINISTRATEUR = "ADMINISTRATEUR", "Administrateur"


ROLES_BY_TYPE: dict[str, tuple[Role, ...]] = {
    "SIAE": (Role.SAISIE, Role.RESPONSABLE),
    "DDETS": (Role.INSTRUCTEUR,),
    "ASP": (Role.GESTIONNAIRE, Role.ORDONNATEUR, Role.COMPTABLE),
    "CD": (Role.LECTEUR, Role.DECIDEUR),
    "ADMIN": (Role.ADMINISTRATEUR,),
}


class Membership(models.Model):
    """One person in one organisation with one role, between two dates."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField("rôle", max_length=14, choices=Role.choices)
    organisation_type = models.CharField(max_length=5, choices=Organisation.Type.choices)
    debut = models.DateField("depuis le", default=date.today)
    fin = models.DateField("jusqu’au", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "habilitation"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"],
                condition=Q(fin__isnull=True),
                name="accounts_membership_once",
            ),
            models.CheckConstraint(
                condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                name="accounts_membership_dates",
            ),
            models.CheckConstraint(
                condition=Q(organisation_type="SIAE", role__in=["SAISIE", "RESPONSABLE"])
                | Q(organisation_type="DDETS", role="INSTRUCTEUR")
                | Q(
                    organisation_type="ASP",
                    role__in=["GESTIONNAIRE", "ORDONNATEUR", "COMPTABLE"],
                )
                | Q(organisation_type="CD", role__in=["LECTEUR", "DECIDEUR"])
                | Q(organisation_type="ADMIN", role="ADMINISTRATEUR"),
                name="accounts_role_of_organisation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} — {self.organisation} ({self.get_role_display()})"

    @property
    def is_siae(self) -> bool:
        return self.organisation_type == Organisation.Type.SIAE

    @property
    def is_ddets(self) -> bool:
        return self.organisation_type == Organisation.Type.DDETS

    @property
    def is_asp(self) -> bool:
        return self.organisation_type == Organisation.Type.ASP

    @property
    def is_cd(self) -> bool:
        return self.organisation_type == Organisation.Type.CD

    @property
    def is_admin(self) -> bool:
        return self.organisation_type == Organisation.Type.ADMIN

    def has_role(self, *roles: Role | str) -> bool:
        return self.role in roles


class Delegation(models.Model):
    """Delegation of signature communicated by an organisation (convention art. 6)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="delegations")
    nom = models.CharField("signataire", max_length=160)
    fonction = models.CharField(max_length=160)
    debut = models.DateField("valable du")
    fin = models.DateField("au", null=True, blank=True)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    # The signature as the organisation gave it, to compare with.
    specimen = models.ForeignKey(Fichier, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "délégation de signature"
        ordering = ["nom", "debut"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                name="accounts_delegation_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nom}, {self.fonction}"

    def covers(self, day: date) -> bool:
        return self.debut <= day and (self.fin is None or day <= self.fin)


class Notification(models.Model):
    """Something that happened, told to an organisation: to some of its roles, or to one person.

    The same row serves everybody it is addressed to; who has read it is in `Lecture`.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="notifications")
    # Empty: every role of the organisation.
    roles = ArrayField(
        models.CharField(max_length=14, choices=Role.choices), default=list, blank=True
    )
    personne = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    nature = models.CharField("sujet", max_length=12, choices=Nature.choices)
    titre = models.CharField(max_length=160)
    texte = models.CharField(max_length=600)
    url = models.CharField(max_length=200, blank=True)
    le = models.DateField("reçue le")

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = "notification"
        ordering = ["-le", "-pk"]
        indexes = [
            models.Index(fields=["organisation", "-le", "-id"], name="accounts_notif_of_org"),
        ]

    def __str__(self) -> str:
        return self.titre


class Lecture(models.Model):
    """A person has read a notification."""

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="lectures")
    user = models.ForeignKey(User, models.PROTECT, related_name="lectures")
    le = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "lecture"
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "user"], name="accounts_notification_read_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notification} – {self.user}"
