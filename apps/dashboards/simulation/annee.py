"""Plays the year of a seed, event after event, and checks the invariants after each one.

The same seed plays the same year. An event that a service refuses changes nothing: it is noted as
refused and the year goes on. What breaks an invariant stops it, with the events that led there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from tempfile import TemporaryDirectory

from django.db import connection, transaction
from django.test.utils import override_settings

from apps.core.errors import Refus
from apps.dashboards.simulation import invariants
from apps.dashboards.simulation.campagne import play_run
from apps.dashboards.simulation.evenements import AFTER_RUN, BEFORE_RUN, CLOSING
from apps.dashboards.simulation.monde import JANVIER, Monde, make_monde
from apps.rules.periods import Month

MOIS = 14  # to February of the following year: every annex has had its final regularisation

# A thing that may happen on a day: what happened in words, "" for nothing.
Evenement = Callable[[Monde, date], str]


class InvariantRompu(Exception):
    """An invariant no longer holds; the message gives the seed, the events and what is broken."""


@dataclass(slots=True)
class Annee:
    """What happened in the year of a seed."""

    graine: int
    evenements: list[str] = field(default_factory=list)
    refus: int = 0


def simulate(graine: int) -> Annee:
    """Play the year of a seed and leave nothing of it.

    Raises `InvariantRompu` as soon as something that must hold does not.
    """
    annee = Annee(graine)
    with TemporaryDirectory() as files, override_settings(MEDIA_ROOT=files), transaction.atomic():
        monde = make_monde(graine)
        for rank in range(MOIS):
            _play_month(annee, monde, JANVIER + rank)
        for event in CLOSING:
            _happen(annee, monde, event, (JANVIER + MOIS).day(5))
        transaction.set_rollback(True)
    return annee


def _play_month(annee: Annee, monde: Monde, mois: Month) -> None:
    before = [event for event, chance in BEFORE_RUN if monde.alea.random() < chance]
    monde.alea.shuffle(before)
    for event, number in zip(before, _days(monde, 2, 14, len(before)), strict=True):
        _happen(annee, monde, event, mois.day(number))
    play_run(partial(_happen, annee, monde), monde, mois)
    after = [event for event, chance in AFTER_RUN if monde.alea.random() < chance]
    for event, number in zip(after, _days(monde, 21, 28, len(after)), strict=True):
        _happen(annee, monde, event, mois.day(number))


def _days(monde: Monde, first: int, last: int, count: int) -> list[int]:
    """So many days of a month, in their order."""
    return sorted(monde.alea.randint(first, last) for _ in range(count))


def _happen(annee: Annee, monde: Monde, event: Evenement, jour: date) -> str:
    """Let an event happen, or be refused as a whole, then check everything."""
    try:
        with transaction.atomic():
            told = event(monde, jour)
            _constraints_now()
    except Refus as refus:
        told = f"refusé : {refus}"
        annee.refus += 1
    if not told:
        return ""
    annee.evenements.append(f"{jour:%d/%m/%Y} {event.__name__} : {told}")
    broken = invariants.faults()
    if broken:
        raise InvariantRompu(
            "\n".join([f"Graine {annee.graine}.", *annee.evenements, "Rompu :", *broken])
        )
    return told


def _constraints_now() -> None:
    """Everything the database checks at commit, checked here: the year is never committed."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
