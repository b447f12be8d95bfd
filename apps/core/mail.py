"""E-mails: a row written with the act, sent by the workers once the transaction is committed.

`queue` is called inside the caller's transaction: an act taken back sends nothing. The workers
send what waits, one row at a time under lock, so that an e-mail leaves once whatever happens to
them; the clock starts them again for what could not leave. Applications register in `MODELES`
how the text of theirs is made. Nothing secret nor nominative is stored: the text is made, and a
one-time link drawn, at the moment of sending.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from apps.core import fence
from apps.core.models import CourrielEnvoye

logger = logging.getLogger(__name__)

PREFIX = "[Extranet IAE] "
# Five attempts, one at each round of the clock: then a person looks at it.
ESSAIS_MAX = 5
# Number of the advisory lock of the worker that sends.
ONE_SENDER = 20_230_101
SERVER_SILENT = "Le serveur de messagerie n’a pas accepté le message."
NOT_WRITTEN = "Le message n’a pas pu être écrit à la suite d’une erreur technique."
NOTHING_LEFT = "Ce que le message annonçait n’existe plus."


@dataclass(frozen=True, slots=True)
class Modele:
    """A kind of e-mail: its template (without extension) and what is written in it.

    `context` receives the row and gives the values of the template, or None when there is
    nothing to say any longer.
    """

    template: str
    context: Callable[[CourrielEnvoye], dict[str, Any] | None]


# Filled by the applications above, by name.
MODELES: dict[str, Modele] = {}


@dataclass(frozen=True, slots=True)
class Courriel:
    """What `queue` writes: `cle` makes it unique, `objet_id` is what `modele` reads."""

    cle: str
    modele: str
    objet_id: int
    destinataire: str
    sujet: str


@fence.system("addressed to others")
def queue(courriels: Iterable[Courriel]) -> None:
    """Keep e-mails to be sent after the commit; those already asked for are left as they are."""
    rows = [
        CourrielEnvoye(
            cle=courriel.cle,
            modele=courriel.modele,
            objet_id=courriel.objet_id,
            destinataire=courriel.destinataire,
            # On one line: a name typed with a line break would make a header of its own.
            sujet=" ".join(f"{PREFIX}{courriel.sujet}".split())[:200],
        )
        for courriel in courriels
    ]
    if rows:
        CourrielEnvoye.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def send_waiting() -> int:
    """Send every waiting e-mail; returns how many left.

    Each is taken under lock and committed alone. One that fails, whatever the reason, is tried
    again later, at most `ESSAIS_MAX` times: the others do not wait for it. One worker sends at a
    time, so that the others are left to the payments; what it has missed leaves at the next round.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ONE_SENDER])
        if not cursor.fetchone()[0]:
            return 0
        try:
            return _send_all()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_SENDER])


def site_link(path: str) -> str:
    """The full address of a page, as an e-mail needs it."""
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def _send_all() -> int:
    sent, last = 0, 0
    while True:
        with transaction.atomic():
            row = (
                CourrielEnvoye.objects.select_for_update(skip_locked=True)
                .filter(etat=CourrielEnvoye.Etat.EN_ATTENTE, pk__gt=last)
                .order_by("pk")
                .first()
            )
            if row is None:
                return sent
            last = row.pk
            sent += _send(row)


def _send(row: CourrielEnvoye) -> bool:
    """Try to send one row, and write what became of it."""
    row.essais += 1
    try:
        # A savepoint: the count of the attempts outlives a query that fails.
        with transaction.atomic():
            row.etat, row.erreur = _deliver(row)
    except Exception as error:  # one message that cannot be made must not hold the others
        logger.exception("E-mail %s could not be sent", row.pk)
        # Every failure of smtplib is an OSError.
        row.erreur = SERVER_SILENT if isinstance(error, OSError) else NOT_WRITTEN
        if row.essais >= ESSAIS_MAX:
            row.etat = CourrielEnvoye.Etat.ECHEC
    if row.etat == CourrielEnvoye.Etat.ENVOYE:
        row.envoye_le = timezone.now()
    row.save(update_fields=["etat", "essais", "erreur", "envoye_le"])
    return row.etat == CourrielEnvoye.Etat.ENVOYE


def _deliver(row: CourrielEnvoye) -> tuple[CourrielEnvoye.Etat, str]:
    """Hand the message over; the new state of the row and what is said of it."""
    modele = MODELES[row.modele]
    context = modele.context(row)
    if context is None:
        return CourrielEnvoye.Etat.ECHEC, NOTHING_LEFT
    _message(row, modele.template, context).send()
    return CourrielEnvoye.Etat.ENVOYE, ""


def _message(row: CourrielEnvoye, template: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    """Plain text and HTML from the same values."""
    context = context | {"sujet": row.sujet.removeprefix(PREFIX), "brand": settings.BRAND}
    text = render_to_string(f"{template}.txt", context)
    message = EmailMultiAlternatives(row.sujet, text, to=[row.destinataire])
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return message
