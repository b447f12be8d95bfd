"""The periodic seal of the journal: what existed, bound to the seal before, then told outside.

Entries are written without queueing for one another; a seal comes later, over those that no
running transaction can precede any more. Run every hour (`tasks.seal`); a second run at the same
time waits, then finds nothing to do. Each seal is a line `journal.seal` of the log, and the last
one is sent every month to the agents comptables (`accounts.tasks`): whoever rewrote the whole
database could not rewrite those.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.journal.empreintes import ORIGIN, WITNESS, seal_hash
from apps.journal.models import Entree, Scelle

logger = logging.getLogger("extranet.journal")

# Entries bound by one seal at most: a verification holds no more in memory.
SEAL_SIZE = 10_000
# Number of the advisory lock of the one who seals.
ONE_SEALER = 20_230_601
# The clock of the application and that of the database may differ by so much.
CLOCKS = timedelta(minutes=1)


def seal_entries(*, older_than: timedelta | None = None) -> list[Scelle]:
    """Seal every entry older than `older_than` (settings.DELAI_SCELLE); returns the new seals."""
    delay = settings.DELAI_SCELLE if older_than is None else older_than
    seals = []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SEALER])
        before = _settled_before(delay)
        while seal := _seal_next(before):
            seals.append(seal)
            transaction.on_commit(partial(_publish, seal))
    return seals


def _publish(seal: Scelle) -> None:
    """A line of the log, as `verify_journal --temoin` takes it; never of a seal taken back."""
    names = ("numero", "de", "a", "nombre", "empreinte")
    fields = {name: getattr(seal, name) for name in names}
    logger.info("journal.seal %s:%s", seal.numero, seal.empreinte, extra={"fields": fields})


def _settled_before(delay: timedelta) -> datetime:
    """No transaction in progress began before: none can still bring an entry older than that."""
    moment = timezone.now() - delay
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(xact_start) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        (running,) = cursor.fetchone()
    if running is not None and running - CLOCKS < moment:
        moment = running - CLOCKS
    return moment


def _seal_next(before: datetime) -> Scelle | None:
    """Seal the entries that follow the last seal, up to the first one that is too recent."""
    last = Scelle.objects.order_by("-numero").first()
    following = Entree.objects.filter(pk__gt=last.a if last else 0).order_by("pk")
    recent = following.filter(le__gte=before).values_list("pk", flat=True).first()
    if recent is not None:
        following = following.filter(pk__lt=recent)
    entries = list(following.values_list("pk", "empreinte")[:SEAL_SIZE])
    if not entries:
        return None
    hashes = [bytes.fromhex(empreinte) for _pk, empreinte in entries]
    numero, de, a = (
        (last.numero + 1, last.a + 1, entries[-1][0]) if last else (1, 1, entries[-1][0])
    )
    le = timezone.now()
    return Scelle.objects.create(
        numero=numero,
        de=de,
        a=a,
        nombre=len(entries),
        identifiants=ranges(pk for pk, _empreinte in entries),
        temoins=b"".join(digest[:WITNESS] for digest in hashes),
        le=le,
        empreinte=seal_hash(
            last.empreinte if last else ORIGIN, numero, de, a, len(entries), le, b"".join(hashes)
        ),
    )


def ranges(numbers: Iterable[int]) -> str:
    """« 1-3 5-5 » for 1, 2, 3, 5 (in order)."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return " ".join(f"{first}-{last}" for first, last in found)


def numbers_of(text: str) -> Iterator[int]:
    """The numbers that `ranges` wrote."""
    for part in text.split():
        first, last = part.split("-")
        yield from range(int(first), int(last) + 1)
