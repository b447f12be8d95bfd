"""All the alerts of what a person sees, the most pressing first; read by the page and the file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from apps.accounts.models import Membership
from apps.annexes.models import VersionAnnexe
from apps.dashboards.alertes.alerte import Alerte
from apps.dashboards.alertes.regles import REGLES
from apps.dashboards.alertes.situation import read_situations
from apps.dashboards.restitutions.perimetre import read_versions
from apps.dashboards.restitutions.restitution import Criteres
from apps.payments.ledger import to_recover_by_annexe
from apps.rules.parameter import one_reading

Etat = VersionAnnexe.Etat


def alerts_of(acting: Membership, criteres: Criteres, on: date) -> list[Alerte]:
    """Alerts of every annex this person sees, urgent ones first, then the oldest.

    Of the annexes no longer in force, only those that still owe something are read: years of
    closed annexes do not weigh on the page.
    """
    versions = read_versions(acting, criteres)
    left = to_recover_by_annexe([version.annexe_id for version in versions])
    owing = {annexe_id for (annexe_id, _funder), amount in left.items() if amount > 0}
    pressing = [v for v in versions if v.etat == Etat.VALIDE or v.annexe_id in owing]
    situations = read_situations(acting, pressing, on)
    with one_reading():
        found = [alert for situation in situations for rule in REGLES for alert in rule(situation)]
    return sorted(found, key=lambda alert: (not alert.is_urgent, alert.depuis))


def counts(alerts: Sequence[Alerte]) -> dict[str, int]:
    """How many alerts of each kind."""
    tally: dict[str, int] = {}
    for alert in alerts:
        tally[alert.nature] = tally.get(alert.nature, 0) + 1
    return tally
