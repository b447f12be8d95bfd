"""Hours of the demonstration: shares of the theoretical hours of an annex, spread over its people.

Whole hours as on the form, drawn around an equal share; the last line takes what is left so that
the month's total is exactly the share the rhythm says.
"""

from __future__ import annotations

from decimal import Decimal

from apps.annexes.models import AnnexeFinanciere
from apps.dashboards.demo.scenario import Fiche, draw
from apps.presence.models import EtatMensuel, LignePresence
from apps.rules.money import cents
from apps.rules.periods import Month


def hours_of(
    fiche: Fiche, annexe: AnnexeFinanciere, etat: EtatMensuel, seed: int, *, lowered: bool = False
) -> dict[int, Decimal]:
    """Hours to declare for each line of a statement, by line id."""
    lines = list(
        LignePresence.objects.filter(etat_mensuel=etat, version=etat.version)
        .select_related("contrat")
        .order_by("pk")
    )
    month = Month.of(etat.mois)
    rate = fiche.rate(month) * (Decimal("0.80") if lowered else 1)
    # The rhythm is that of the posts first agreed: an amendment follows the work, not the reverse.
    total = cents(rate * _posts(fiche, month) * _annual_hours(annexe) / 12)
    return _spread(lines, total, seed, fiche, month)


def _posts(fiche: Fiche, month: Month) -> Decimal:
    if fiche.avenant_juillet and month >= Month(2023, 7):
        return Decimal(fiche.avenant_juillet) * 2 - fiche.etp
    return fiche.etp


def _annual_hours(annexe: AnnexeFinanciere) -> Decimal:
    if annexe.courante is None:
        raise ValueError(f"L’annexe {annexe} n’a pas de version.")
    return annexe.courante.heures_annuelles_etp


def _spread(
    lines: list[LignePresence], total: Decimal, seed: int, fiche: Fiche, month: Month
) -> dict[int, Decimal]:
    hours: dict[int, Decimal] = {}
    left = total
    for index, line in enumerate(lines):
        remaining = len(lines) - index
        if remaining == 1:
            hours[line.pk] = left
            break
        share = (left / remaining).to_integral_value()
        jitter = draw(seed, "heures", fiche.cle, month, line.contrat_id) % 7 - 3
        hours[line.pk] = max(Decimal(0), share + jitter)
        left -= hours[line.pk]
    return hours
