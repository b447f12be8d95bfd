"""Final regularisation (solde) and recovery orders, once every statement is validated.

Text: cahier des charges §2.3 (total never exceeded, real RSA beneficiaries) and §2.4 (« deux ordres
de recouvrer » when the shortfall of hours exceeds a month's). Called by `due.py`.

A statement re-opened afterwards, or a later amendment, is settled by the same function: the cash
already paid (first solde included) is compared anew with the hours, the orders wanted are computed
from scratch, and the line carries the differences with those already issued.
"""

from dataclasses import dataclass
from decimal import Decimal

from apps.rules.conditions import Conditions
from apps.rules.etats import Etats
from apps.rules.explanation import (
    NBSP,
    REF_BRSA,
    REF_ORDRE,
    REF_PLAFOND,
    REF_REGULARISATION,
    Etape,
    euros,
    heures,
)
from apps.rules.lignes import SOLDE, Cumul, Ligne
from apps.rules.money import ZERO, clamp, divide, hours2

PART_CD_DU_SOLDE = "Part du département dans le solde"


@dataclass(frozen=True, slots=True)
class _Compte:
    """The figures of one settlement, in euros."""

    earned: Decimal  # D(n), before the ceiling
    due: Decimal  # D
    montant: Decimal
    recovered: Decimal  # both orders together, those already issued included
    cost: Decimal  # R(n)
    cd: Decimal  # K, cumulative share of the département after orders
    order_cd: Decimal

    @property
    def order_etat(self) -> Decimal:
        return self.recovered - self.order_cd


def settle(version: Conditions, etats: Etats, cumul: Cumul, sequence: int) -> Ligne | None:
    """The solde of an annex whose statements 1..n are validated, with its orders.

    `sequence` 1 is always a line, even of 0.00; a later one is None when nothing changes: no
    cash, no order, no share.
    """
    compte = _settlement(version, etats, cumul)
    part_cd = compte.cd - (cumul.cd - compte.order_cd)
    recouvre_etat = compte.order_etat - cumul.ordre_etat
    recouvre_cd = compte.order_cd - cumul.ordre_cd
    if sequence > 1 and not (compte.montant or part_cd or recouvre_etat or recouvre_cd):
        return None
    return Ligne(
        mois=version.fin + 1,
        nature=SOLDE,
        sequence=sequence,
        montant=compte.montant,
        part_etat=compte.montant - part_cd,
        part_cd=part_cd,
        recouvre_etat=recouvre_etat,
        recouvre_cd=recouvre_cd,
        version=version.reference,
        etapes=tuple(_explain(version, etats, cumul, compte, part_cd)),
    )


def exceeds_tolerance(version: Conditions, hours: Decimal) -> bool:
    """Whether the hours missing over the period call for recovery.

    Strictly more than a month's theoretical hours (a third of the period's for an annex of less
    than three months), or no hour at all. Compared multiplied by 12, so without any division.
    """
    if hours == 0:
        return True
    monthly = version.etp * version.heures_annuelles_etp
    missing = version.n * monthly - 12 * hours
    if version.n < 3:
        return 3 * missing > version.n * monthly
    return missing > monthly


def _settlement(version: Conditions, etats: Etats, cumul: Cumul) -> _Compte:
    earned = etats.earned(version, version.n)
    due = min(version.total, earned)
    montant = max(ZERO, due - cumul.verse)
    if exceeds_tolerance(version, etats.hours(version.n)):
        recovered = max(ZERO, cumul.verse - due)
    else:
        recovered = max(ZERO, cumul.verse - version.total)
    cost = etats.cost_brsa(version.n)
    cd = min(version.montant_cd, cost, cumul.verse + montant - recovered)
    order_cd = clamp(cumul.cd - cd, ZERO, recovered)
    return _Compte(earned, due, montant, recovered, cost, cd, order_cd)


def _explain(
    version: Conditions, etats: Etats, cumul: Cumul, compte: _Compte, part_cd: Decimal
) -> list[Etape]:
    etapes = list(etats.explain_earned(version, version.n, compte.earned))
    if compte.due != compte.earned:
        etapes.append(
            Etape(
                "Montant dû, limité au montant total de l’annexe",
                f"le plus petit de {euros(compte.earned)} et {euros(version.total)}",
                euros(compte.due),
                REF_PLAFOND,
            )
        )
    if cumul.verse > compte.due:
        etapes += _explain_recovery(version, etats, cumul, compte)
    else:
        etapes.append(
            Etape(
                "Versement : montant dû moins montant déjà versé",
                f"{euros(compte.due)} − {euros(cumul.verse)}",
                euros(compte.montant),
                REF_REGULARISATION,
            )
        )
    if version.montant_cd or cumul.cd:
        etapes.append(etats.explain_brsa(version.n, compte.cost))
        etapes += _explain_shares(version, cumul, compte, part_cd)
    return etapes


def _explain_recovery(
    version: Conditions, etats: Etats, cumul: Cumul, compte: _Compte
) -> list[Etape]:
    hours = etats.hours(version.n)
    allowed = version.heures_mensuelles
    if version.n < 3:
        allowed = hours2(divide(version.heures_theoriques, Decimal(3)))
    excess = cumul.verse - compte.due
    if exceeds_tolerance(version, hours):
        verdict = (
            "Trop-versé recouvré en totalité : l’écart dépasse la tolérance"
            if hours
            else "Trop-versé recouvré en totalité : aucune heure réalisée"
        )
        calcul, reference = f"{euros(cumul.verse)} − {euros(compte.due)}", REF_ORDRE
    else:
        verdict = "À recouvrer : écart toléré, hors dépassement du montant total de l’annexe"
        calcul, reference = f"{euros(cumul.verse)} − {euros(version.total)}", REF_PLAFOND
        if cumul.verse < version.total:
            gap = euros(cumul.verse - version.total)
            calcul = f"{calcul} = {gap}{NBSP}: aucun dépassement"
    return [
        Etape(
            "Trop-versé : montant déjà versé moins montant dû",
            f"{euros(cumul.verse)} − {euros(compte.due)}",
            euros(excess),
            REF_ORDRE,
        ),
        Etape(
            f"Écart d’heures, comparé à la tolérance de {heures(allowed)}",
            f"{heures(version.heures_theoriques)} théoriques − {heures(hours)} réalisées",
            heures(version.heures_theoriques - hours),
            REF_ORDRE,
        ),
        Etape(verdict, calcul, euros(compte.recovered), reference),
    ]


def _explain_shares(
    version: Conditions, cumul: Cumul, compte: _Compte, part_cd: Decimal
) -> list[Etape]:
    kept = cumul.verse + compte.montant - compte.recovered
    etapes = [
        Etape(
            "Participation définitive du département",
            f"le plus petit de {euros(version.montant_cd)}, {euros(compte.cost)} et {euros(kept)}",
            euros(compte.cd),
            REF_BRSA,
        )
    ]
    if compte.recovered:
        etapes.append(
            Etape(
                "Ordre de recouvrer, part du département",
                f"{euros(cumul.cd)} supportés − {euros(compte.cd)}, "
                f"dans la limite de {euros(compte.recovered)}",
                euros(compte.order_cd),
                REF_ORDRE,
            )
        )
        etapes.append(
            Etape(
                "Ordre de recouvrer, part de l’État",
                f"{euros(compte.recovered)} − {euros(compte.order_cd)}",
                euros(compte.order_etat),
                REF_ORDRE,
            )
        )
    etapes.append(
        Etape(
            PART_CD_DU_SOLDE,
            f"{euros(compte.cd)} − ({euros(cumul.cd)} − {euros(compte.order_cd)})",
            euros(part_cd),
            REF_BRSA,
        )
    )
    return etapes
