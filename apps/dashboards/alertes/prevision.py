"""What an annex is heading for if the months to come are like those already done.

The rules that pay are played over the runs to come (`rules.forecast`): the order announced is the
one that would be issued. Called by the rules of the alerts and by the follow-up of the CAOM.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings

from apps.dashboards.dossier import Dossier
from apps.rules.cofinancement import MontantsDates
from apps.rules.consommation import Consommation, consumption
from apps.rules.forecast import forecast
from apps.rules.money import ZERO, divide, hours2, total
from apps.rules.parameter import ParametreInconnu, montants_mensuels_cd
from apps.rules.periods import Month


def consumption_of(dossier: Dossier) -> Consommation:
    """How the département's amount is used, and when it runs out."""
    return consumption(dossier.conditions, dossier.couts_brsa)


def order_expected(dossier: Dossier, on: date) -> Decimal:
    """Recovery orders to expect at the end, all funders, in euros; 0.00 when none is.

    Each month to come is supposed to hold the mean hours and beneficiaries of the months done.
    """
    done = dossier.valides()
    if not done or not dossier.en_vigueur:
        return ZERO
    montants: MontantsDates = ()
    brsa = 0
    if dossier.version.montant_cd:
        try:
            montants = montants_mensuels_cd(on, dossier.annexe.siae.structure.departement)
            brsa = sum(realise.brsa for realise in done) // len(done)
        except ParametreInconnu:
            brsa = 0
    played = forecast(
        dossier.en_vigueur,
        dossier.etats,
        dossier.executees,
        Month.of(on) if on.day <= settings.JOUR_PAIEMENT else Month.of(on) + 1,
        settings.JOUR_PAIEMENT,
        heures=hours2(divide(dossier.heures(), Decimal(len(done)))),
        brsa=brsa,
        montants_cd=montants,
    )
    return max(
        ZERO,
        total(dated.ligne.recouvre_etat + dated.ligne.recouvre_cd for dated in played.lignes),
    )
