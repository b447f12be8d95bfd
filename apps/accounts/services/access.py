"""Opening the extranet to a person: an account, a membership, a link by e-mail.

`open_access` is the consequence of the validation of a structure's first annex (spec 01 §3);
`invite` is the act of the administrator or of a responsable. The link is drawn when the e-mail
leaves (`apps.accounts.links`) and is never stored.
"""

from __future__ import annotations

import uuid
from datetime import date

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.links import HABILITATION, INVITATION, SUJETS
from apps.accounts.models import ROLES_BY_TYPE, Membership, Nature, Organisation, Role, User
from apps.accounts.notifications import notify
from apps.accounts.permissions import can_manage_members, can_send_access
from apps.core import mail
from apps.core.errors import Refus
from apps.core.jobs import dispatch
from apps.core.tasks import send_mail
from apps.journal.services import record

USERNAME_MAX = 80


@transaction.atomic
def invite(
    acting: Membership,
    organisation: Organisation,
    *,
    courriel: str,
    prenom: str,
    nom: str,
    role: Role | str,
    debut: date | None = None,
) -> Membership:
    """Give a person a role in an organisation, and the means to sign in.

    A person already known by this address keeps the account and the name they have.
    """
    can_manage_members(acting, organisation).enforce()
    user = _person(courriel, prenom, nom)
    return _grant(acting, organisation, user, role, debut or timezone.localdate())


@transaction.atomic
def open_access(
    acting: Membership,
    organisation: Organisation,
    *,
    correspondant: str,
    courriel: str,
    url: str,
    on: date,
) -> None:
    """First annex of a structure: its correspondent becomes responsable, or its users are told.

    The annex never waits for it: when nobody can be invited (no address, an account that is
    closed), the administration is told to do it.
    """
    responsables = Membership.objects.active(timezone.localdate()).filter(
        organisation=organisation, role=Role.RESPONSABLE
    )
    if not responsables.exists():
        try:
            with transaction.atomic():
                _appoint(acting, organisation, correspondant, courriel)
        except Refus:
            _ask_administration(organisation, on, with_address=bool(courriel))
            return
    notify(
        organisation,
        "L’extranet est ouvert à votre structure",
        "Votre première annexe financière est validée : vous saisissez ici le suivi mensuel de "
        "vos salariés et vous suivez vos paiements.",
        url,
        nature=Nature.COMPTE,
        on=on,
    )


@transaction.atomic
def send_access(acting: Membership, user: User) -> None:
    """Send the link to choose a password again; refused to who already has one."""
    can_send_access(acting, user).enforce()
    if not user.is_active:
        raise Refus("Ce compte est désactivé : réactivez-le avant de renvoyer l’invitation.")
    if not user.email:
        raise Refus("Ce compte n’a pas d’adresse électronique : renseignez-la d’abord.")
    if user.has_usable_password():
        raise Refus(
            "Cette personne a déjà choisi son mot de passe : si elle l’a oublié, elle en demande "
            "un nouveau sur la page de connexion."
        )
    write_access(user, INVITATION)
    record(acting, "compte.invite", user)


def write_access(user: User, modele: str, organisation: Organisation | None = None) -> None:
    """Have an e-mail about the access of a person leave after the commit."""
    sujet = SUJETS[modele]
    if organisation is not None:
        sujet = f"{sujet} – {organisation}"
    mail.queue([mail.Courriel(f"{modele}:{uuid.uuid4()}", modele, user.pk, user.email, sujet)])
    dispatch(send_mail)


def _appoint(
    acting: Membership, organisation: Organisation, correspondant: str, courriel: str
) -> None:
    """Make the technical correspondent of a structure its responsable."""
    if not courriel.strip():
        raise Refus("L’adresse électronique du correspondant n’est pas connue.")
    prenom, _, nom = correspondant.strip().partition(" ")
    user = _person(courriel, prenom or "Responsable", nom.strip() or organisation.nom)
    _grant(acting, organisation, user, Role.RESPONSABLE, timezone.localdate())


def _person(courriel: str, prenom: str, nom: str) -> User:
    """The account of that address, made without password when there is none."""
    address = courriel.strip().lower()
    if len(address) > USERNAME_MAX:
        raise Refus(f"L’adresse électronique dépasse {USERNAME_MAX} caractères.")
    user = User.objects.filter(email__iexact=address).order_by("-is_active", "pk").first()
    if user is None:
        user, _created = User.objects.get_or_create(
            username=address,
            defaults={
                "email": address,
                "prenom": prenom.strip()[:80],
                "nom": nom.strip()[:80],
                "password": make_password(None),
            },
        )
    if user.email and user.email.lower() != address:
        raise Refus(
            "Cette adresse est l’identifiant d’un compte qui a maintenant une autre adresse "
            "électronique : demandez à l’administrateur de l’extranet à qui elle appartient."
        )
    if not user.is_active:
        raise Refus(
            "Le compte de cette adresse est désactivé : demandez à l’administrateur de "
            "l’extranet de le réactiver."
        )
    return user


def _grant(
    acting: Membership, organisation: Organisation, user: User, role: Role | str, debut: date
) -> Membership:
    if role not in ROLES_BY_TYPE[organisation.type]:
        raise Refus("Ce rôle n’existe pas dans cette organisation : choisissez-en un autre.")
    if user.pk == acting.user_id:
        raise Refus(
            "Vous ne pouvez pas vous ouvrir une habilitation à vous-même : demandez-le à une autre "
            "personne qui gère les utilisateurs."
        )
    current = Membership.objects.open(timezone.localdate())
    if current.filter(user=user, organisation=organisation, role=role).exists():
        raise Refus(f"{user} a déjà ce rôle dans cette organisation.")
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                user=user,
                organisation=organisation,
                organisation_type=organisation.type,
                role=role,
                debut=debut,
            )
    except IntegrityError:
        raise Refus(f"{user} a déjà ce rôle dans cette organisation.") from None
    record(acting, "habilitation.ouverte", membership, apres={"role": role, "debut": debut})
    write_access(user, HABILITATION if user.has_usable_password() else INVITATION, organisation)
    return membership


def _ask_administration(organisation: Organisation, on: date, *, with_address: bool) -> None:
    why = (
        "l’adresse électronique connue ne permet pas d’ouvrir son accès"
        if with_address
        else "aucune adresse électronique n’est connue"
    )
    notify(
        Organisation.objects.filter(type=Organisation.Type.ADMIN),
        f"Accès à ouvrir : {organisation}",
        f"La première annexe financière de cette structure est validée, mais {why}. Demandez-en "
        "une à la structure et invitez son responsable.",
        reverse("accounts:organisation_fiche", args=[organisation.pk]),
        nature=Nature.COMPTE,
        courriel=True,
        on=on,
    )
