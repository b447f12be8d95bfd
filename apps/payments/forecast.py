"""What an amendment not validated yet would change in the payments of its annex (spec 02 §6).

The runs to come are played twice by the rules that pay, without and with the amendment: what was
executed and validated stays, each missing statement is supposed to hold the theoretical hours and
the beneficiaries of the version. Shown before transmission, and to the ASP that validates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings

from apps.annexes.conditions import conditions_by_annexe, conditions_of
from apps.annexes.models import VersionAnnexe
from apps.annexes.services.workflow import engaged, first_instalment
from apps.payments.liquidation import executed_lines, months_validated
from apps.payments.models import Versement
from apps.presence.querysets import validated_totals
from apps.rules.cofinancement import MontantsDates
from apps.rules.conditions import Conditions
from apps.rules.forecast import Deroulement, forecast
from apps.rules.money import ZERO, total
from apps.rules.parameter import montants_mensuels_cd
from apps.rules.periods import Month

# Within a month, the back-pay comes first and the final regularisation last.
ORDRE = ("rappel", "forfait", "regularisation", "solde")


@dataclass(frozen=True, slots=True)
class LignePrevue:
    """Amounts in euros of one month and nature, without and with the amendment."""

    mois: Month
    nature: str
    avant: Decimal
    apres: Decimal

    @property
    def libelle(self) -> str:
        return str(Versement.Nature(self.nature).label)


@dataclass(frozen=True, slots=True)
class Prevision:
    """`ordres_*`: recovery orders to expect, all funders; `a_partir_de`: first instalment."""

    a_partir_de: Month
    lignes: tuple[LignePrevue, ...]
    ordres_avant: Decimal
    ordres_apres: Decimal

    @property
    def total_avant(self) -> Decimal:
        return total(ligne.avant for ligne in self.lignes)

    @property
    def total_apres(self) -> Decimal:
        return total(ligne.apres for ligne in self.lignes)


def forecast_amendment(version: VersionAnnexe, on: date) -> Prevision:
    """Play the runs to come from `on`, as if the amendment were validated that day.

    Raises ParametreInconnu when an RSA amount the annex needs is not recorded.
    """
    pairs = conditions_by_annexe([version.annexe_id])[version.annexe_id]
    before = [conditions for _version, conditions in pairs]
    paid = engaged([version.annexe_id], on)
    version.a_partir_de = first_instalment(version, pairs[-1][0], on, engaged=paid)
    after = [*before, conditions_of(version)]
    montants: MontantsDates = ()
    if any(conditions.montant_cd for conditions in after):
        montants = montants_mensuels_cd(on, version.siae.structure.departement)
    current = pairs[-1][0]
    played = [
        _play(figures, source, montants, on)
        for figures, source in ((before, current), (after, version))
    ]
    return Prevision(
        Month.of(version.a_partir_de), _lines(*played), *(_orders(deroule) for deroule in played)
    )


def _play(
    versions: list[Conditions], source: VersionAnnexe, montants: MontantsDates, on: date
) -> Deroulement:
    depuis = Month.of(on) if on.day <= settings.JOUR_PAIEMENT else Month.of(on) + 1
    return forecast(
        versions,
        months_validated(validated_totals([source.annexe_id]), montants or None),
        executed_lines([source.annexe_id])[source.annexe_id],
        depuis,
        settings.JOUR_PAIEMENT,
        heures=versions[-1].heures_mensuelles,
        brsa=source.brsa_vises if montants else 0,
        montants_cd=montants,
    )


def _lines(before: Deroulement, after: Deroulement) -> tuple[LignePrevue, ...]:
    was, now = _amounts(before), _amounts(after)
    keys = sorted(was.keys() | now.keys(), key=lambda key: (key[0], ORDRE.index(key[1])))
    return tuple(LignePrevue(*key, was.get(key, ZERO), now.get(key, ZERO)) for key in keys)


def _amounts(deroulement: Deroulement) -> dict[tuple[Month, str], Decimal]:
    amounts: dict[tuple[Month, str], Decimal] = {}
    for dated in deroulement.lignes:
        key = dated.ligne.mois, dated.ligne.nature
        amounts[key] = amounts.get(key, ZERO) + dated.ligne.montant
    return amounts


def _orders(deroulement: Deroulement) -> Decimal:
    lignes = [dated.ligne for dated in deroulement.lignes]
    return total(ligne.recouvre_etat + ligne.recouvre_cd for ligne in lignes)
