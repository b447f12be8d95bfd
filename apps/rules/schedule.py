"""Planned schedule (échéancier prévisionnel) of a version: the flat amounts of each month.

Text: cahier des charges §2.2, last paragraph (the notification letter carries a schedule of
payments). Called by the annexes app for the letter and the screens; what is really paid follows
the statements.
"""

from decimal import Decimal
from typing import NamedTuple

from apps.rules.conditions import Conditions
from apps.rules.forfait import flat_instalment
from apps.rules.lignes import Cumul
from apps.rules.periods import Month


class EcheancePrevue(NamedTuple):
    """One planned month, in euros; `est_regularisation` marks months 5, 8 and 11."""

    mois: Month
    forfait: Decimal
    part_etat: Decimal
    part_cd: Decimal
    est_regularisation: bool


def planned_schedule(version: Conditions) -> list[EcheancePrevue]:
    """Every month paid flat, within the total of the annex and the département's amount.

    The rule of the flat instalment itself is played, so the last shares show the ceilings.
    """
    cumul = Cumul()
    schedule = []
    for mois in version.months:
        ligne = flat_instalment(version, mois, cumul)
        cumul.add([ligne])
        schedule.append(
            EcheancePrevue(
                mois=mois,
                forfait=ligne.montant,
                part_etat=ligne.part_etat,
                part_cd=ligne.part_cd,
                est_regularisation=version.is_regularised(mois),
            )
        )
    return schedule
