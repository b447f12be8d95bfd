"""What may happen in the simulated year, beside its runs: one function per event.

Each takes the world and the day, performs one act through the services of the product and says it
in words; "" when there was nothing to do. The tables at the end give each event its chance in a
month.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from apps.annexes.models import VersionAnnexe
from apps.dashboards.simulation import recouvrement, tresorerie
from apps.dashboards.simulation.monde import (
    Dossier,
    Monde,
    add_version,
    declare,
    give_account,
    set_hours,
)
from apps.presence.models import EtatMensuel
from apps.rules.money import cents
from apps.rules.periods import Month

RATES = ("1.00", "1.10", "0.96", "0.70", "0.40", "0.20", "0.00")


def statements_come(monde: Monde, jour: date) -> str:
    """Each structure gives the months it owes, some late."""
    told = []
    for dossier in monde.dossiers:
        for mois in _owed(dossier, Month.of(jour)):
            if monde.alea.random() < 0.2 and Month.of(jour) - mois < 3:
                break  # late: what follows waits
            rate = Decimal(monde.alea.choice(RATES))
            declare(monde, dossier, mois, rate, jour)
            told.append(f"{dossier.annexe} {mois}")
    return ", ".join(told)


def a_statement_is_corrected(monde: Monde, jour: date) -> str:
    """A validated statement re-opened, changed and validated again."""
    declared = [etat for d in monde.dossiers for etat in d.declares.values()]
    if not declared:
        return ""
    etat = monde.alea.choice(declared)
    etat.refresh_from_db()
    version = etat.annexe.courante
    assert version is not None  # noqa: S101 - every annex of the year has one
    rate = Decimal(monde.alea.choice(RATES))
    hours = cents(version.etp * version.heures_annuelles_etp / 12 * rate)
    EtatMensuel.objects.filter(pk=etat.pk).update(version=etat.version + 1, valide_le=jour)
    etat.refresh_from_db()
    set_hours(etat, hours, alea=monde.alea)
    return f"{etat} : {hours} h"


def an_annex_is_amended(monde: Monde, jour: date) -> str:
    """Fewer or more posts, less or more of the département, a shorter period."""
    dossier = monde.alea.choice(monde.dossiers)
    current = dossier.annexe.courante
    mois = Month.of(jour)
    if current is None or not dossier.mois[0] < mois <= dossier.mois[-1]:
        return ""
    last = Month.of(current.fin)
    if monde.alea.random() < 0.3 and mois < last:
        last = mois
    etp = max(Decimal("0.50"), current.etp + Decimal(monde.alea.choice(("-0.50", "0.50", "0"))))
    ratio = Decimal(monde.alea.randint(50, 110)) / 100
    financeur = current.financeur_cd or monde.departements[0]
    montant_cd = cents(current.montant_cd * ratio)
    first = Month.of(current.debut)
    version = add_version(dossier.annexe, financeur, first, last, etp, montant_cd, mois)
    if version.montant_cd > version.montant_total:
        version.montant_cd = version.montant_total
    VersionAnnexe.objects.filter(pk=version.pk).update(montant_cd=version.montant_cd)
    dossier.annexe.courante = version
    dossier.annexe.save()
    dossier.mois = [m for m in dossier.mois if m <= last]
    return f"{dossier.annexe} : {etp} ETP jusqu’à {last}, {version.montant_cd} du département"


def an_account_changes(monde: Monde, jour: date) -> str:
    """A structure gives a new account, checked by the ASP."""
    dossier = monde.alea.choice(monde.dossiers)
    return f"{dossier.structure} : {give_account(monde, dossier.structure).iban_masque}"


def _owed(dossier: Dossier, now: Month) -> list[Month]:
    return [mois for mois in dossier.mois if mois < now and mois not in dossier.declares]


Chances = tuple[tuple[Callable[[Monde, date], str], float], ...]
# Before the run of a month, in an order drawn at random.
BEFORE_RUN: Chances = (
    (statements_come, 1.0),
    (tresorerie.funds_come, 0.7),
    (a_statement_is_corrected, 0.15),
    (an_annex_is_amended, 0.12),
    (an_account_changes, 0.08),
    (tresorerie.blocks_are_lifted, 0.8),
    (recouvrement.money_comes, 0.5),
    (recouvrement.a_plan_is_granted, 0.35),
    (recouvrement.a_set_off_is_decided, 0.35),
    (recouvrement.an_order_is_disputed, 0.2),
    (recouvrement.a_remission_is_asked, 0.1),
    (recouvrement.a_list_is_submitted, 0.3),
)
# After it, in this order.
AFTER_RUN: Chances = (
    (tresorerie.the_bank_answers, 0.8),
    (tresorerie.unknown_lines_are_filed, 0.5),
    (tresorerie.a_call_is_issued, 0.5),
    (tresorerie.a_receipt_is_reversed, 0.05),
    (tresorerie.the_run_is_settled, 0.6),
    (recouvrement.the_night_of_the_orders, 1.0),
    (recouvrement.an_order_is_pursued, 0.4),
    (recouvrement.cash_is_cancelled, 0.15),
    (recouvrement.a_surplus_is_used, 0.5),
    (recouvrement.a_dispute_is_decided, 0.5),
    (recouvrement.a_line_is_decided, 0.3),
    (recouvrement.a_debt_is_extinguished, 0.08),
    (tresorerie.a_month_is_locked, 0.4),
)
# Once the fourteen months are over.
CLOSING: tuple[Callable[[Monde, date], str], ...] = (recouvrement.the_night_of_the_orders,)
