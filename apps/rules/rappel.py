"""Back-pay (rappel): a unit amount raised for months already gone is due at once.

Text: cahier des charges §2.3, « sous réserve d'une revalorisation du montant unitaire annuel » ;
the arrêtés are published months after they take effect. Called by `due.py`, just before the
instalment of the first month the new version applies to.
"""

from decimal import Decimal

from apps.rules.conditions import Conditions, flat_amount
from apps.rules.explanation import REF_PLAFOND, REF_REVALORISATION, Etape, euros, nombre
from apps.rules.lignes import RAPPEL, Cumul, Ligne
from apps.rules.money import ZERO, total
from apps.rules.periods import Month, month_range, range_label


def back_pay(version: Conditions, before: Conditions, mois: Month, cumul: Cumul) -> Ligne | None:
    """The line of the difference for the months before `mois`, borne by the State; None if 0.

    `before` is the version of the preceding month. Only the rise of the unit amount counts: both
    terms use the new number of posts.
    """
    if version.montants_unitaires == before.montants_unitaires:
        return None
    gone = month_range(version.debut, mois - 1)
    rises = [
        (month, rise)
        for month in gone
        if (rise := _monthly(version, version, month) - _monthly(version, before, month)) > 0
    ]
    raised = total(rise for _month, rise in rises)
    flat_so_far = total(version.forfaits[: len(gone)])
    left = min(version.total, flat_so_far) - cumul.net
    montant = min(raised, left)
    if montant <= 0:
        return None
    etapes = _explain_rises(version, before, rises, raised)
    if montant != raised:
        etapes.append(
            Etape(
                "Rappel limité à ce qui reste dû pour les mois écoulés",
                f"{euros(min(version.total, flat_so_far))} − {euros(cumul.net)} déjà versés",
                euros(montant),
                REF_PLAFOND,
            )
        )
    etapes.append(Etape("Part de l’État", "en totalité", euros(montant), REF_REVALORISATION))
    return Ligne(
        mois=mois,
        nature=RAPPEL,
        sequence=1,
        montant=montant,
        part_etat=montant,
        part_cd=ZERO,
        recouvre_etat=ZERO,
        recouvre_cd=ZERO,
        version=version.reference,
        etapes=tuple(etapes),
    )


def _monthly(version: Conditions, amounts: Conditions, month: Month) -> Decimal:
    """Flat amount of a month with the posts of one version and the unit amount of another."""
    return flat_amount(version.etp, amounts.unitaire(month))


def _explain_rises(
    version: Conditions,
    before: Conditions,
    rises: list[tuple[Month, Decimal]],
    raised: Decimal,
) -> list[Etape]:
    """One step per run of months with the same two unit amounts, then their sum."""
    runs: list[tuple[tuple[Decimal, Decimal], list[tuple[Month, Decimal]]]] = []
    for month, rise in rises:
        pair = (version.unitaire(month), before.unitaire(month))
        if not runs or runs[-1][0] != pair:
            runs.append((pair, []))
        runs[-1][1].append((month, rise))
    etapes = []
    for (new, old), months in runs:
        label = range_label(months[0][0], months[-1][0])
        etapes.append(
            Etape(
                f"Différence par mois, {label} ({len(months)} mois)",
                f"{nombre(version.etp)} ETP × {euros(new)} / 12 − "
                f"{nombre(version.etp)} ETP × {euros(old)} / 12",
                euros(months[0][1]),
                REF_REVALORISATION,
            )
        )
    parts = " + ".join(f"{len(months)} × {euros(months[0][1])}" for _pair, months in runs)
    etapes.append(Etape("Rappel dû", parts, euros(raised), REF_REVALORISATION))
    return etapes
