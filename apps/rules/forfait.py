"""Flat instalment: one month's flat amount, within what is left of the annex's total.

Text: cahier des charges §2.3, « Les montants forfaitaires mensuels », and l'État « venant prendre
le relais » when the département's amount is used up. Called by `due.py` and `schedule.py`.
"""

from decimal import Decimal

from apps.rules.conditions import Conditions
from apps.rules.explanation import (
    REF_FORFAIT,
    REF_PLAFOND,
    REF_RELAIS,
    REF_TAUX,
    Etape,
    euros,
    nombre,
    pourcent,
)
from apps.rules.lignes import FORFAIT, Cumul, Ligne
from apps.rules.money import ZERO
from apps.rules.periods import Month


def flat_instalment(version: Conditions, mois: Month, cumul: Cumul) -> Ligne:
    """The flat line of `mois`, given the totals of the earlier months; never negative."""
    flat = version.forfait(mois)
    montant = max(ZERO, min(flat, version.total - cumul.net))
    by_rate = version.forfait_cd(mois) if montant == flat else version.share_cd(montant)
    part_cd = min(by_rate, max(ZERO, version.montant_cd - cumul.cd_net))
    etapes = [explain_flat(version, mois)]
    if montant != flat:
        etapes.append(explain_ceiling(version, cumul, montant))
    etapes += _explain_shares(version, montant, part_cd, by_rate, cumul)
    return Ligne(
        mois=mois,
        nature=FORFAIT,
        sequence=1,
        montant=montant,
        part_etat=montant - part_cd,
        part_cd=part_cd,
        recouvre_etat=ZERO,
        recouvre_cd=ZERO,
        version=version.reference,
        etapes=tuple(etapes),
    )


def explain_flat(version: Conditions, mois: Month) -> Etape:
    """The step that gives the flat amount of a month."""
    return Etape(
        f"Montant forfaitaire mensuel, {mois.label}",
        f"{nombre(version.etp)} ETP × {euros(version.unitaire(mois))} / 12",
        euros(version.forfait(mois)),
        REF_FORFAIT,
    )


def explain_ceiling(version: Conditions, cumul: Cumul, montant: Decimal) -> Etape:
    """The step that keeps the sum of payments within the total of the annex."""
    return Etape(
        "Reste à verser dans la limite du montant total de l’annexe",
        f"{euros(version.total)} − {euros(cumul.net)} déjà versés",
        euros(montant),
        REF_PLAFOND,
    )


def _explain_shares(
    version: Conditions, montant: Decimal, part_cd: Decimal, by_rate: Decimal, cumul: Cumul
) -> list[Etape]:
    etapes = []
    if version.montant_cd:
        etapes.append(
            Etape(
                "Part du département au taux de l’annexe",
                f"{euros(montant)} × {pourcent(version.taux_cd)}",
                euros(by_rate),
                REF_TAUX,
            )
        )
    if part_cd != by_rate:
        etapes.append(
            Etape(
                "Part du département limitée à ce qui reste de sa participation",
                f"{euros(version.montant_cd)} − {euros(cumul.cd_net)} déjà supportés",
                euros(part_cd),
                REF_RELAIS,
            )
        )
    etapes.append(
        Etape(
            "Part de l’État",
            f"{euros(montant)} − {euros(part_cd)}",
            euros(montant - part_cd),
            REF_TAUX,
        )
    )
    return etapes
