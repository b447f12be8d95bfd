"""The run of a month of the simulated year, with what goes wrong in runs.

Prepared twice, abandoned and prepared again, a line withdrawn or rejected, interrupted at each of
its stages then taken up again: whatever happens the money is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction

from apps.core.errors import Refus
from apps.dashboards.simulation.monde import Monde
from apps.payments.models import Campagne
from apps.payments.services import (
    abandon_campagne,
    approve_campagne,
    control_campagne,
    execute_campagne,
    prepare_campagne,
    reject_line,
    visa_campagne,
    withdraw_line,
)
from apps.rules.periods import Month

Happen = Callable[[Callable[[Monde, date], str], date], str]


class Interruption(Exception):
    """A crash planted in an act: everything the act did must vanish."""


def play_run(happen: Happen, monde: Monde, mois: Month) -> None:
    """Prepare, control, approve, sign and execute the run of a month."""
    jour = mois.day(20)
    if not happen(_prepare(mois), jour):
        return
    if monde.alea.random() < 0.1:
        happen(_abandon, jour)
        happen(_prepare(mois), jour)
    if monde.alea.random() < 0.15:
        happen(_withdraw, jour)
    for stage in (_control, _approve):
        _interrupted(monde, stage, jour)
        happen(stage, jour)
    if monde.alea.random() < 0.1:
        happen(_reject, jour)
    for stage in (_sign, _execute):
        _interrupted(monde, stage, jour)
        happen(stage, jour)
    happen(_execute, jour)  # twice is once


def _running() -> Campagne | None:
    return Campagne.objects.in_progress().first()


def _interrupted(monde: Monde, stage: Callable[[Monde, date], str], jour: date) -> None:
    """The act done, then lost before its end, one time out of five."""
    if monde.alea.random() >= 0.2:
        return
    try:
        with transaction.atomic():
            stage(monde, jour)
            raise Interruption
    except (Interruption, Refus):
        pass


def _prepare(mois: Month) -> Callable[[Monde, date], str]:
    def preparation(monde: Monde, jour: date) -> str:
        if _running():
            return ""
        who = monde.gestionnaire if monde.alea.random() < 0.7 else None
        campagne = prepare_campagne(who, mois.first_day, on=jour)
        return f"{campagne} : {campagne.montant}, viré {campagne.montant_vire}"

    return preparation


def _abandon(monde: Monde, jour: date) -> str:
    campagne = _running()
    if campagne is None:
        return ""
    abandon_campagne(monde.ordonnateur, campagne, motif="Simulation.")
    return f"{campagne} abandonnée"


def _withdraw(monde: Monde, jour: date) -> str:
    return _set_aside(monde, withdraw_line, monde.ordonnateur)


def _reject(monde: Monde, jour: date) -> str:
    return _set_aside(monde, reject_line, monde.comptable)


def _set_aside(monde: Monde, act, who) -> str:  # type: ignore[no-untyped-def]
    campagne = _running()
    lines = list(campagne.versements.proposed().order_by("pk")) if campagne else []
    if not lines:
        return ""
    line = monde.alea.choice(lines)
    act(who, line, motif="Simulation.")
    return f"ligne {line} écartée"


def _control(monde: Monde, jour: date) -> str:
    # A run prepared by the clock is controlled by somebody who will not approve it.
    return _stage(control_campagne, monde.second)


def _approve(monde: Monde, jour: date) -> str:
    return _stage(approve_campagne, monde.ordonnateur)


def _sign(monde: Monde, jour: date) -> str:
    return _stage(visa_campagne, monde.comptable)


def _execute(monde: Monde, jour: date) -> str:
    campagne = _running() or Campagne.objects.executed().first()
    if campagne is None or campagne.mois != jour.replace(day=1):
        return ""
    campagne = execute_campagne(monde.comptable, campagne, on=jour)
    return f"{campagne} exécutée, viré {campagne.montant_vire}"


def _stage(act, who) -> str:  # type: ignore[no-untyped-def]
    campagne = _running()
    if campagne is None:
        return ""
    return str(act(who, campagne).get_etat_display())
