"""Telling an organisation that something happened to one of its cases.

`notify` is called by the services, in the transaction of the act: a notice of an act taken back
never existed. Read on the page « Notifications » by whoever holds one of the roles named; sent
by e-mail besides when the caller asks for it, to those who have not refused that nature.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Membership, Nature, Notification, Organisation, Role, User
from apps.core import fence, mail
from apps.core.clock import today
from apps.core.jobs import dispatch
from apps.core.models import CourrielEnvoye
from apps.core.tasks import send_mail

MODELE = "notification"


@fence.system("addressed to others")
@transaction.atomic
def notify(
    organisations: Organisation | Iterable[Organisation],
    titre: str,
    texte: str,
    url: str = "",
    *,
    nature: Nature | str,
    roles: Collection[Role | str] = (),
    courriel: bool = False,
    personne: User | None = None,
    on: date | None = None,
) -> list[Notification]:
    """Tell one organisation or several; returns one notification for each.

    `titre` and `texte` are sentences without personal data: they are sent by e-mail when
    `courriel`. `url` is the page where to act (a path). `roles`: those concerned, all by default;
    `personne`: only this one. `on`: the day it is told, today by default. Raises ValueError when
    `nature` is not one of `Nature`.
    """
    told = [organisations] if isinstance(organisations, Organisation) else list(organisations)
    told = list({organisation.pk: organisation for organisation in told if organisation}.values())
    day = on or today()
    notifications = Notification.objects.bulk_create(
        [
            Notification(
                organisation=organisation,
                roles=[str(role) for role in roles],
                personne=personne,
                nature=Nature(nature),
                titre=titre[:160],
                texte=texte[:600],
                url=url,
                le=day,
            )
            for organisation in told
        ],
        batch_size=1000,
    )
    if courriel and notifications:
        _by_mail(notifications, told, roles)
    return notifications


def _by_mail(
    notifications: list[Notification],
    organisations: list[Organisation],
    roles: Collection[Role | str],
) -> None:
    """One e-mail per person, even of several roles; none to who refused this nature."""
    first = notifications[0]
    readers = (
        Membership.objects.addressed(
            organisations, [str(role) for role in roles], timezone.localdate()
        )
        .exclude(user__email="")
        .exclude(user__sans_courriel__contains=[first.nature])
        .order_by("pk")
        .values_list("organisation_id", "user_id", "user__email")
    )
    if first.personne_id:
        readers = readers.filter(user=first.personne_id)
    by_organisation = {notification.organisation_id: notification for notification in notifications}
    mail.queue(
        mail.Courriel(
            cle=f"{MODELE}:{by_organisation[organisation_id].pk}:{user_id}",
            modele=MODELE,
            objet_id=by_organisation[organisation_id].pk,
            destinataire=address,
            sujet=first.titre,
        )
        for organisation_id, user_id, address in readers
    )
    dispatch(send_mail)


def _context(row: CourrielEnvoye) -> dict[str, Any] | None:
    """What the e-mail of a notification says: its words, a link, the first name."""
    notification = Notification.objects.filter(pk=row.objet_id).first()
    reader = User.objects.filter(pk=row.cle.rsplit(":", 1)[1], is_active=True).first()
    if notification is None or reader is None:
        return None
    return {
        "prenom": reader.prenom,
        "texte": notification.texte,
        "lien": mail.site_link(notification.url or reverse("accounts:notifications")),
        "preferences": mail.site_link(reverse("accounts:profil")),
    }


mail.MODELES[MODELE] = mail.Modele("emails/notification", _context)
