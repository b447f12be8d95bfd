"""Renewal of an annex (A+1): a new annual annex with the same number (spec 02 §6).

Opened PROVISOIRE in January, it accepts employees and statements but pays nothing; once signed,
it is transmitted and validated like any annex.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_of, referential
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.annexes.permissions import can_renew
from apps.annexes.proposal import proposal_for
from apps.annexes.services.drafting import save_figures, traced
from apps.annexes.services.locking import lock_annexe
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.rules.conditions import MOIS_PAR_AN
from apps.rules.money import HUNDRED, cents, divide
from apps.rules.periods import Month

DERNIER_RENOUVELLEMENT = 9


@transaction.atomic
def renew_annexe(
    acting: Membership,
    annexe: AnnexeFinanciere,
    *,
    on: date | None = None,
    etat_provisoire: bool = True,
    fin: date | None = None,
    taux_cd: Decimal | None = None,
) -> VersionAnnexe:
    """Open A+1 over the twelve months that follow, within the convention when it covers them.

    `fin`: an earlier last day, common to a series. The département's amount is proposed from the
    CAOM of the new year; without one, the former amount is kept, within the new total. With
    `taux_cd` (per cent), it is that share of the total.
    """
    on = on or today()
    annexe = lock_annexe(annexe)
    can_renew(acting, annexe).enforce()
    current = VersionAnnexe.objects.select_related("financeur_cd").get(pk=annexe.courante_id)
    renewed = AnnexeFinanciere.objects.create(
        siae=annexe.siae,
        convention=annexe.convention,
        numero=annexe.numero,
        renouvellement=_next_renewal(annexe),
    )
    version = VersionAnnexe(annexe=renewed, siae=annexe.siae)
    if etat_provisoire:
        version.etat = VersionAnnexe.Etat.PROVISOIRE
    figures = _following_year(annexe, current)
    if fin is not None:
        figures["fin"] = min(fin, figures["fin"])
    unitaires = referential(annexe.siae, figures["debut"], figures["fin"], on)
    version.montant_cd = Decimal("0.00")
    save_figures(version, figures, unitaires, on)
    if current.montant_cd:
        montant_cd = _proposed(version, current) if taux_cd is None else share(version, taux_cd)
        save_figures(version, {"montant_cd": montant_cd}, unitaires, on)
    renewed.courante = version
    renewed.save(update_fields=["courante"])
    action = "annexe.provisoire" if etat_provisoire else "annexe.creee"
    record(acting, action, version, avant=traced(current), apres=traced(version))
    return version


def share(version: VersionAnnexe, taux_cd: Decimal) -> Decimal:
    """A rate of the total, in euros; unlike the CAOM's amount it follows the posts."""
    return cents(divide(version.montant_total * taux_cd, HUNDRED))


def _next_renewal(annexe: AnnexeFinanciere) -> int:
    following = annexe.renouvellement + 1
    if following > DERNIER_RENOUVELLEMENT:
        raise Refus("Cette annexe a déjà été renouvelée neuf fois : créez une nouvelle annexe.")
    if AnnexeFinanciere.objects.filter(numero=annexe.numero, renouvellement=following).exists():
        raise Refus(f"Cette annexe a déjà été renouvelée (A{following}).")
    return following


def _following_year(annexe: AnnexeFinanciere, current: VersionAnnexe) -> dict[str, Any]:
    debut = current.fin + timedelta(days=1)
    fin = (Month.of(debut) + (MOIS_PAR_AN - 1)).last_day
    if debut < annexe.convention.fin < fin:
        fin = Month.of(annexe.convention.fin).last_day
    return {
        "debut": debut,
        "fin": fin,
        "etp": current.etp,
        "financeur_cd": current.financeur_cd,
        "brsa_vises": current.brsa_vises,
        "sorties_prevues": current.sorties_prevues,
        "taux_sorties_durables": current.taux_sorties_durables,
        "taux_sorties_transition": current.taux_sorties_transition,
        "taux_sorties_positives": current.taux_sorties_positives,
    }


def _proposed(version: VersionAnnexe, current: VersionAnnexe) -> Decimal:
    proposed = proposal_for(version)
    wanted = current.montant_cd if proposed is None else proposed
    return min(wanted, conditions_of(version).total)
