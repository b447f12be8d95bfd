"""Quarterly regularisation: the hours really done up to the quarter, flat for the months since.

Text: cahier des charges §2.3, « Les régularisations » (no payment, or a payment up to the monthly
flat amount; the département pays for each real RSA beneficiary). Called by `due.py`.
"""

from decimal import Decimal

from apps.rules.conditions import Conditions
from apps.rules.etats import Etats
from apps.rules.explanation import (
    REF_BRSA,
    REF_PLAFOND,
    REF_REGULARISATION,
    Etape,
    euros,
    terme,
)
from apps.rules.forfait import explain_flat
from apps.rules.lignes import REGULARISATION, Cumul, Ligne
from apps.rules.money import ZERO, clamp, total
from apps.rules.periods import Month


def regularised_instalment(version: Conditions, mois: Month, etats: Etats, cumul: Cumul) -> Ligne:
    """The regularised line of `mois` (month 5, 8 or 11), given the totals of earlier months.

    The amount lies within [0, flat amount]; either share may be negative, which moves the charge
    from one funder to the other without cash to or from the structure.
    """
    quarter = version.quarter_end(mois)
    rank = version.rank(mois)
    earned = etats.earned(version, quarter)
    since = total(version.forfaits[quarter:rank])
    target = min(version.total, earned + since)
    flat = version.forfait(mois)
    montant = clamp(target - cumul.net, ZERO, flat)

    cost = etats.cost_brsa(quarter)
    aimed_cd = cost + total(version.forfaits_cd[quarter:rank])
    cumulative_cd = min(version.montant_cd, aimed_cd, cumul.net + montant)
    part_cd = cumulative_cd - cumul.cd_net

    etapes = [
        *etats.explain_earned(version, quarter, earned),
        *_explain_amount(version, mois, (earned, since, target, montant), cumul),
    ]
    if version.montant_cd or cumul.cd_net:
        etapes.append(etats.explain_brsa(quarter, cost))
        etapes += _explain_share(version, (aimed_cd, cumulative_cd, part_cd), montant, cumul)
    return Ligne(
        mois=mois,
        nature=REGULARISATION,
        sequence=1,
        montant=montant,
        part_etat=montant - part_cd,
        part_cd=part_cd,
        recouvre_etat=ZERO,
        recouvre_cd=ZERO,
        version=version.reference,
        etapes=tuple(etapes),
    )


def _explain_amount(
    version: Conditions,
    mois: Month,
    figures: tuple[Decimal, Decimal, Decimal, Decimal],
    cumul: Cumul,
) -> list[Etape]:
    earned, since, target, montant = figures
    etapes = [
        Etape(
            "Cumul dû : heures réalisées, puis forfait des deux mois suivants",
            f"{euros(earned)} + {euros(since)}",
            euros(earned + since),
            REF_REGULARISATION,
        )
    ]
    if target != earned + since:
        etapes.append(
            Etape(
                "Cumul dû, limité au montant total de l’annexe",
                f"le plus petit de {euros(earned + since)} et {euros(version.total)}",
                euros(target),
                REF_PLAFOND,
            )
        )
    etapes.append(explain_flat(version, mois))
    etapes.append(
        Etape(
            "Versement : reste dû, sans être négatif ni dépasser le montant forfaitaire",
            f"{euros(target)} − {euros(cumul.net)} déjà versés = {euros(target - cumul.net)}",
            euros(montant),
            REF_REGULARISATION,
        )
    )
    return etapes


def _explain_share(
    version: Conditions,
    figures: tuple[Decimal, Decimal, Decimal],
    montant: Decimal,
    cumul: Cumul,
) -> list[Etape]:
    aimed, cumulative, part_cd = figures
    return [
        Etape(
            "Part cumulée du département : dépense réelle, puis part forfaitaire des deux mois "
            "suivants, dans la limite de sa participation et du total versé",
            f"le plus petit de {euros(aimed)}, {euros(version.montant_cd)} "
            f"et {euros(cumul.net + montant)}",
            euros(cumulative),
            REF_BRSA,
        ),
        Etape(
            "Part du département dans ce versement",
            f"{euros(cumulative)} − {euros(cumul.cd_net)} déjà supportés",
            euros(part_cd),
            REF_BRSA,
        ),
        Etape(
            "Part de l’État",
            f"{euros(montant)} − {terme(part_cd)}",
            euros(montant - part_cd),
            REF_BRSA,
        ),
    ]
