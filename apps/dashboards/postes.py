"""Posts of insertion of one annex, month by month, and their chart (cahier des charges §3.1).

Read by the page « Postes d’insertion » of an annex and by its bilans; figures are those of the
restitution « Suivi de réalisation des postes d’insertion ».
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.core.charts import Graphique, Serie
from apps.dashboards.dossier import Dossier, MoisRealise
from apps.presence.models import EtatMensuel
from apps.rules.conditions import etp_mensuels
from apps.rules.periods import Month
from apps.rules.postes import heures_theoriques, taux_heures

ETATS = dict(EtatMensuel.Etat.choices)
# A month as read under a chart.
COURTS = (
    "janv.",
    "févr.",
    "mars",
    "avr.",
    "mai",
    "juin",
    "juil.",
    "août",
    "sept.",
    "oct.",
    "nov.",
    "déc.",
)


@dataclass(frozen=True, slots=True)
class LignePoste:
    """One month of an annex; the figures are None while its statement is not certified."""

    mois: Month
    etat: str
    theoriques: Decimal
    declarees: Decimal | None
    eligibles: Decimal | None
    etp_declares: Decimal | None
    etp_realises: Decimal | None
    taux: Decimal | None
    salaries: int | None
    brsa: int | None


def monthly_lines(dossier: Dossier, months: Sequence[Month] = ()) -> list[LignePoste]:
    """One line per month of the period (or of these months)."""
    return [_line(dossier, mois, dossier.realises.get(mois)) for mois in (months or dossier.months)]


def _line(dossier: Dossier, mois: Month, realise: MoisRealise | None) -> LignePoste:
    conditions = dossier.conditions
    theoriques = heures_theoriques(conditions, 1)
    if realise is None or not realise.is_certified:
        etat = str(ETATS[realise.etat]) if realise else "Non saisi"
        return LignePoste(mois, etat, theoriques, *[None] * 7)
    done = realise.eligibles if realise.valide else None
    hours = conditions.heures_annuelles_etp
    return LignePoste(
        mois=mois,
        etat=str(ETATS[realise.etat]),
        theoriques=theoriques,
        declarees=realise.declarees,
        eligibles=done,
        etp_declares=etp_mensuels(realise.declarees, hours),
        etp_realises=None if done is None else etp_mensuels(done, hours),
        taux=None if done is None else taux_heures(conditions, done, 1),
        salaries=realise.salaries,
        brsa=realise.brsa if realise.valide else None,
    )


def short_label(mois: Month) -> str:
    """« janv. 23 »."""
    return f"{COURTS[mois.month - 1]} {mois.year % 100:02d}"


def chart_of_posts(dossier: Dossier) -> Graphique:
    """Posts declared and done against those provided for, month by month."""
    lines = monthly_lines(dossier)
    return Graphique(
        titre=f"Postes de l’annexe {dossier.annexe}, en ETP mensuels",
        description=(
            "Pour chaque mois, ETP déclarés et ETP réalisés (heures éligibles), comparés aux ETP "
            "conventionnés."
        ),
        abscisses=[short_label(line.mois) for line in lines],
        series=(
            Serie("ETP déclarés", [line.etp_declares for line in lines]),
            Serie("ETP réalisés", [line.etp_realises for line in lines]),
            Serie("ETP conventionnés", [dossier.version.etp for _ in lines], "palier"),
        ),
    )


def chart_of_cumulative_hours(
    months: Sequence[Month], done: Sequence[Decimal | None], theoretical: Sequence[Decimal]
) -> Graphique:
    """Cumulative hours done against the theoretical ones, one value of each per month."""
    return Graphique(
        titre="Heures cumulées, réalisées et théoriques",
        description=(
            "Cumul des heures éligibles validées par l’ASP, comparé au cumul des heures "
            "théoriques de l’annexe."
        ),
        abscisses=[short_label(mois) for mois in months],
        series=(
            Serie("Heures réalisées", done, "ligne"),
            Serie("Heures théoriques", theoretical, "ligne"),
        ),
        unite="h",
        axe="Mois",
    )
