"""The rules of the alerts, one small function each: a situation gives its alerts, or none.

List of the cahier des charges §3.1 (« tableau de bord d’alertes sur la réalisation »). Thresholds
are those of the reader (`seuils`), facts in `situation`, projections in `prevision`, what to do in
`conseils`; `registre` runs them all. Here, the end of an annex; money and objectives beside.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.urls import reverse

from apps.accounts.models import Organisation
from apps.dashboards.alertes.alerte import Alerte, Nature
from apps.dashboards.alertes.conseils import conseil
from apps.dashboards.alertes.phrases import plural
from apps.dashboards.alertes.regles_objectifs import (
    beneficiaries,
    departement_amount,
    exits,
    realisation,
)
from apps.dashboards.alertes.regles_paiement import (
    held,
    late_statements,
    overpaid,
    suspended,
    unpaid_orders,
)
from apps.dashboards.alertes.seuils import Seuils
from apps.dashboards.alertes.situation import Situation, Suite
from apps.rules.periods import Month


def ending(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """The annex ends within the months watched (two, usually) and none follows it."""
    limit = Month.of(s.on) + seuils.mois_avant_la_fin
    if not s.is_running or s.suite != Suite.AUCUNE or Month.of(s.version.fin) >= limit:
        return
    days = (s.version.fin - s.on).days
    yield _about_the_end(
        s,
        Nature.FIN_SANS_SUITE,
        urgent=days <= seuils.jours_avant_la_fin_urgents,
        since=(Month.of(s.version.fin) - (seuils.mois_avant_la_fin - 1)).first_day,
        days=days,
        texte=f"L’annexe finit le {s.version.fin:%d/%m/%Y} et {_none(s)}.",
    )


def ended(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """The annex has ended, for a year at most, and none is in force after it; a renewal being
    drawn up, or waiting for the ASP, is told apart."""
    if not s.is_over or s.suite == Suite.EXISTE:
        return
    nature, words = {
        Suite.AUCUNE: (Nature.FINIE_SANS_SUITE, _none(s)),
        Suite.A_FINIR: (
            Nature.RENOUVELLEMENT_A_FINIR,
            "son renouvellement n’est pas encore transmis à l’ASP",
        ),
        Suite.TRANSMISE: (
            Nature.RENOUVELLEMENT_TRANSMIS,
            "son renouvellement attend la validation de l’ASP",
        ),
    }[s.suite]
    yield _about_the_end(
        s,
        nature,
        urgent=s.suite == Suite.AUCUNE,
        since=s.version.fin + timedelta(days=1),
        days=(s.on - s.version.fin).days,
        texte=f"L’annexe a pris fin le {s.version.fin:%d/%m/%Y} et {words}.",
    )


def _none(s: Situation) -> str:
    if s.lecteur == Organisation.Type.CD:
        return "aucune annexe cofinancée par votre département ne lui fait suite"
    return "aucune annexe ne lui fait suite"


def _about_the_end(
    s: Situation, nature: Nature, *, urgent: bool, since: date, days: int, texte: str
) -> Alerte:
    return s.alert(
        nature,
        urgent=urgent,
        since=since,
        chiffre=plural(days, "jour"),
        texte=texte,
        action=conseil(nature, s.lecteur),
        url=reverse("annexes:detail", args=[s.dossier.annexe.pk]),
        lien="Voir l’annexe",
    )


REGLES = (
    late_statements,
    suspended,
    held,
    overpaid,
    realisation,
    departement_amount,
    beneficiaries,
    exits,
    ending,
    ended,
    unpaid_orders,
)
