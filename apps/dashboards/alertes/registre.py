"""All the alerts of what a person sees, the most pressing first; read by the page and the file.

The thresholds are those of the reader: `seuils_of`. A kind of alert that they leave out is
counted, so that the page says what it does not show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from apps.accounts.models import Membership
from apps.annexes.models import VersionAnnexe
from apps.dashboards.alertes.alerte import Alerte
from apps.dashboards.alertes.regles import REGLES
from apps.dashboards.alertes.seuils import Seuils, seuils_of
from apps.dashboards.alertes.situation import AN, Situation, read_situations
from apps.dashboards.restitutions.perimetre import read_versions
from apps.dashboards.restitutions.restitution import Criteres
from apps.payments.ledger import to_recover_by_annexe
from apps.rules.parameter import one_reading

Etat = VersionAnnexe.Etat


@dataclass(frozen=True, slots=True)
class Releve:
    """The alerts told with these thresholds, and how many their reader does not follow."""

    seuils: Seuils
    alertes: list[Alerte]
    ignorees: int

    @property
    def urgentes(self) -> int:
        return sum(alert.is_urgent for alert in self.alertes)


def alerts_of(acting: Membership, criteres: Criteres, on: date) -> list[Alerte]:
    """Alerts of every annex this person sees, urgent ones first, then by amount."""
    return read_alerts(acting, criteres, on).alertes


def read_alerts(acting: Membership, criteres: Criteres, on: date) -> Releve:
    """The same, with the thresholds applied and the number of alerts not followed."""
    return judge(read_pressing(acting, criteres, on), seuils_of(acting))


def read_pressing(acting: Membership, criteres: Criteres, on: date) -> list[Situation]:
    """The situations alerts may come from.

    Of the annexes no longer in force, only those that still owe something or ended less than a
    year ago are read: years of closed annexes do not weigh on the page.
    """
    versions = read_versions(acting, criteres)
    left = to_recover_by_annexe([version.annexe_id for version in versions])
    owing = {annexe_id for (annexe_id, _funder), amount in left.items() if amount > 0}
    since = on - timedelta(days=AN)
    pressing = [
        v
        for v in versions
        if v.etat == Etat.VALIDE
        or v.annexe_id in owing
        or (v.etat == Etat.CLOTURE and since <= v.fin < on)
    ]
    return read_situations(acting, pressing, on)


def judge(situations: Sequence[Situation], seuils: Seuils) -> Releve:
    """The alerts of these situations with these thresholds."""
    with one_reading():
        found = [
            alert
            for situation in situations
            for rule in REGLES
            for alert in rule(situation, seuils)
        ]
    told = [alert for alert in found if seuils.follows(alert.nature)]
    told.sort(key=lambda alert: alert.rank)
    return Releve(seuils, told, len(found) - len(told))


def counts(alerts: Sequence[Alerte]) -> dict[str, int]:
    """How many alerts of each kind."""
    return dict(Counter(alert.nature for alert in alerts))
