"""From a stored version to the figures the rules compute on, and back.

`conditions_of` builds `rules.conditions.Conditions`; `refresh_amounts` writes the total and the
département's rate it gives (cahier des charges §2.2). Called by every annex service, by the
checks, and by the payment run for all annexes at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from apps.annexes.models import VersionAnnexe
from apps.core.errors import Refus
from apps.rules.conditions import MOIS_PAR_AN, Conditions
from apps.rules.explanation import euros
from apps.rules.parameter import ParametreInconnu, heures_annuelles_etp, montants_unitaires
from apps.rules.periods import Month
from apps.siae.models import Siae

Unitaires = Sequence[tuple[date, Decimal]]


def conditions_of(version: VersionAnnexe, unitaires: Unitaires | None = None) -> Conditions:
    """The version's figures for the rules; a version not validated yet applies from its start.

    `unitaires`: dated unit amounts, read from the version's rows when not given. ValueError when
    the figures make no annex.
    """
    if unitaires is None:
        unitaires = [(u.effet, u.montant) for u in version.montants_unitaires.all()]
    return Conditions(
        debut=Month.of(version.debut),
        fin=Month.of(version.fin),
        etp=version.etp,
        montants_unitaires=tuple(sorted(unitaires)),
        heures_annuelles_etp=version.heures_annuelles_etp,
        montant_cd=version.montant_cd,
        a_partir_de=Month.of(version.a_partir_de or version.debut),
        reference=f"A{version.annexe.renouvellement} M{version.modification}",
    )


def conditions_by_annexe(
    annexe_ids: Iterable[int],
) -> dict[int, list[tuple[VersionAnnexe, Conditions]]]:
    """Versions ever in force of many annexes, oldest first, in a constant number of queries."""
    versions = (
        VersionAnnexe.objects.ever_in_force()
        .filter(annexe__in=list(annexe_ids))
        .select_related("annexe")
        .prefetch_related("montants_unitaires")
        .order_by("annexe_id", "modification")
    )
    found: dict[int, list[tuple[VersionAnnexe, Conditions]]] = {}
    for version in versions:
        found.setdefault(version.annexe_id, []).append((version, conditions_of(version)))
    return found


def referential(siae: Siae, debut: date, fin: date, on: date) -> Unitaires:
    """Dated unit amounts of the measure and territory over a period, as known on a day."""
    try:
        return montants_unitaires(siae.mesure, debut, fin, on, siae.structure.departement)
    except ParametreInconnu as unknown:
        raise Refus(str(unknown)) from unknown


def annual_hours(siae: Siae, debut: date, on: date) -> Decimal:
    """Annual hours of an ETP of the measure for an annex that starts on `debut`, as known `on`."""
    try:
        return heures_annuelles_etp(siae.mesure, debut, on)
    except ParametreInconnu as unknown:
        raise Refus(str(unknown)) from unknown


def period_faults(debut: date, fin: date) -> list[str]:
    """Why a period is not 1 to 12 whole months; empty when it is."""
    if debut.day != 1:
        return ["La période doit commencer le premier jour d’un mois."]
    if fin != Month.of(fin).last_day:
        return ["La période doit finir le dernier jour d’un mois."]
    if not 1 <= Month.of(fin) - Month.of(debut) + 1 <= MOIS_PAR_AN:
        return ["La période doit compter de 1 à 12 mois entiers."]
    return []


def refresh_amounts(version: VersionAnnexe, unitaires: Unitaires) -> Conditions:
    """Set total and département's rate from the figures (not saved).

    Raises `Refus` when the figures make no annex or when C exceeds T.
    """
    _require_figures(version)
    try:
        conditions = conditions_of(version, unitaires)
    except ValueError as fault:
        raise Refus(
            "Les montants unitaires doivent être datés et couvrir le premier mois de la période."
        ) from fault
    if version.montant_cd > conditions.total:
        raise Refus(
            f"Le montant du département ({euros(version.montant_cd)}) dépasse le montant total "
            f"de l’aide ({euros(conditions.total)})."
        )
    version.montant_total = conditions.total
    version.taux_cd = conditions.taux_cd
    return conditions


def _require_figures(version: VersionAnnexe) -> None:
    faults = period_faults(version.debut, version.fin)
    if version.etp <= 0:
        faults.append("Le nombre de postes en ETP doit être supérieur à 0.")
    if version.heures_annuelles_etp <= 0:
        faults.append("Le nombre d’heures annuelles par ETP doit être supérieur à 0.")
    if version.montant_cd < 0:
        faults.append("Le montant du département ne peut pas être négatif.")
    if version.montant_cd > 0 and version.financeur_cd is None:
        faults.append("Indiquez le département cofinanceur, ou un montant de 0,00 €.")
    if faults:
        raise Refus(*faults)
