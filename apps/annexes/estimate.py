"""What figures being typed would give: total, rates, monthly amount, proposed C, room on the CAOM.

Shown beside the form while it is filled in (fragment `annexes:apercu`); computed by the functions
that will compute the saved annex.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.annexes.conditions import annual_hours, conditions_of, period_faults, referential
from apps.annexes.consumption import Consommation, caom_of, consumption_of
from apps.annexes.differences import Difference, differences
from apps.annexes.models import VersionAnnexe
from apps.annexes.proposal import proposal_for
from apps.conventions.models import Caom
from apps.core.errors import Refus
from apps.rules.conditions import Conditions
from apps.rules.schedule import EcheancePrevue, planned_schedule


@dataclass(frozen=True, slots=True)
class Estimation:
    """`depassement`: by how much, in euros, the CAOM would be exceeded (0 when it is not)."""

    conditions: Conditions
    caom: Caom | None
    consommation: Consommation | None
    propose: Decimal | None
    depassement: Decimal
    differences: list[Difference]
    echeances: list[EcheancePrevue]

    @property
    def montant_etat(self) -> Decimal:
        return self.conditions.total - self.conditions.montant_cd


def estimate(
    version: VersionAnnexe, *, on: date, before: VersionAnnexe | None = None
) -> Estimation:
    """Estimate a version that need not be saved. Raises `Refus` when its figures make no annex.

    `before`: the version an amendment replaces, to say what would change.
    """
    if faults := period_faults(version.debut, version.fin):
        raise Refus(*faults)
    version.heures_annuelles_etp = version.heures_annuelles_etp or annual_hours(
        version.siae, version.debut, on
    )
    unitaires = referential(version.siae, version.debut, version.fin, on)
    try:
        conditions = conditions_of(version, unitaires)
    except ValueError as fault:
        raise Refus("Complétez la période et le nombre de postes.") from fault
    version.montant_total, version.taux_cd = conditions.total, conditions.taux_cd
    caom = caom_of(version)
    used = propose = None
    depassement = Decimal("0.00")
    if caom is not None:
        exclude = version.annexe if version.annexe.pk else None
        used = consumption_of(caom, exclude=exclude, on=on)
        depassement = max(depassement, version.montant_cd - used.reste)
        propose = proposal_for(version)
    return Estimation(
        conditions=conditions,
        caom=caom,
        consommation=used,
        propose=propose,
        depassement=depassement,
        differences=differences(before, version, unitaires=unitaires) if before else [],
        echeances=planned_schedule(conditions),
    )
