"""What is left of a mandate after its last payment: balance of a year, obstacles to its closing.

Convention de mandat art. 11: the balance of the sums recovered in a year is paid back to the
département when it is above 0, claimed from it when it is below; the mandate is closed once its
last recovery order is recovered or cleared. Figures come from the ledger alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.conventions.models import ConventionMandat
from apps.payments.appels import plain_line, waiting_parts, waiting_sum
from apps.payments.engagements import annexes_by_mandat, unsettled
from apps.payments.flux import change_of, document_balances, flow, treasury_on
from apps.payments.ledger import (
    A_PAYER,
    EXCEDENTS,
    FRAIS_A_RECEVOIR,
    ORDRES,
    REIMPUTATION,
    treasury,
)
from apps.payments.models import AppelDeFonds, ReversementDeFonds, Versement
from apps.payments.querysets_fonds import NotificationFondsQuerySet
from apps.payments.transitions_fonds import ATTENDUS
from apps.rules.explanation import euros
from apps.rules.money import ZERO, total

ARTICLE_11 = "Convention de mandat, article 11"
NAMED = 10  # rows named in a sentence, the others being counted


@dataclass(frozen=True, slots=True)
class SoldeAnnuel:
    """Balance of a year, in euros. `recouvre`: sums recovered less those given back; `tresorerie`:
    what the mandate holds now for the département; `du_exercice`: the balance less what is already
    paid back or claimed for that year.
    """

    annee: int
    recouvre: Decimal
    tresorerie: Decimal
    du_exercice: Decimal

    @property
    def a_reverser(self) -> Decimal:
        """Never above what the mandate holds: what was recovered may have paid the last lines."""
        return max(ZERO, min(self.du_exercice, self.tresorerie))

    @property
    def a_reclamer(self) -> Decimal:
        return max(ZERO, -self.du_exercice)


def year_balance(mandat: ConventionMandat, annee: int) -> SoldeAnnuel:
    """Balance of the sums recovered in a year, those already paid back for it taken off."""
    first, last = date(annee, 1, 1), date(annee, 12, 31)
    # What the structures are owed back (466) is not recovered, even while it is in the treasury.
    recouvre = flow(mandat.pk, depuis=first, jusqu_a=last).indus
    recouvre += change_of(mandat.pk, EXCEDENTS, first, last)
    done = mandat.reversements.filter(
        nature=ReversementDeFonds.Nature.RECOUVREMENTS, annee=annee
    ).exclude(etat=ReversementDeFonds.Etat.ANNULE)
    claimed = mandat.appels.filter(nature=AppelDeFonds.Nature.SOLDE_NEGATIF, periode=first).exclude(
        etat=AppelDeFonds.Etat.ANNULE
    )
    settled = total(row.montant for row in done) - total(row.montant for row in claimed)
    # Overpayments kept are the structures': account 466 is in credit by what is held for them.
    held = total(document_balances(mandat.pk, {EXCEDENTS}).values())
    return SoldeAnnuel(
        annee=annee,
        recouvre=recouvre,
        tresorerie=treasury([mandat.pk]).get(mandat.pk, ZERO) + held,
        du_exercice=recouvre - settled,
    )


def unused_funds(mandat: ConventionMandat, on: date) -> Decimal:
    """What the mandate holds of the funds of the département, in euros: its treasury less what was
    recovered since its last year and goes back with the balance of each year, struck or to come."""
    years = range(min(_last_day(mandat).year, on.year), on.year + 1)
    soldes = [year_balance(mandat, annee) for annee in years]
    reserved = total(max(ZERO, solde.du_exercice) for solde in soldes)
    return max(ZERO, soldes[-1].tresorerie - reserved)


def balance_lines(mandat: ConventionMandat, solde: SoldeAnnuel) -> list[dict[str, str | int]]:
    """The balance of a year, line by line, as the document states it."""
    year = solde.annee
    opening = treasury_on(mandat.pk, date(year - 1, 12, 31))
    closing = treasury_on(mandat.pk, date(year, 12, 31))
    rows = [
        (f"Trésorerie du mandat au 1er janvier {year}", opening, "Compte de dépôt au Trésor."),
        (
            f"Solde des sommes recouvrées en {year}",
            solde.recouvre,
            "Sommes encaissées ou compensées sur les ordres de recouvrer, excédents revenant aux "
            "structures déduits.",
        ),
        (f"Trésorerie du mandat au 31 décembre {year}", closing, "Compte de dépôt au Trésor."),
        (
            "Trésorerie disponible à ce jour",
            solde.tresorerie,
            "Compte de dépôt au Trésor, excédents conservés pour les structures déduits.",
        ),
    ]
    return [plain_line(rank, *row, ARTICLE_11) for rank, row in enumerate(rows, start=1)]


def settlement_obstacles(mandat: ConventionMandat, annee: int, on: date) -> list[str]:
    """Why the balance of a year cannot be struck yet: sentences, empty when it can."""
    found = payment_obstacles(mandat, on)
    if on <= date(annee, 12, 31):
        found.append(f"L’exercice {annee} n’est pas terminé.")
    return found


def payment_obstacles(mandat: ConventionMandat, on: date) -> list[str]:
    """Why something may still be paid under a mandate."""
    found = []
    if mandat.signee_le is None:
        found.append("La convention n’est pas signée.")
    ends = _last_day(mandat)
    if on <= ends:
        found.append(f"La convention engage encore des annexes jusqu’au {ends:%d/%m/%Y}.")
    annexes = annexes_by_mandat([mandat], on)[mandat.pk]
    open_ones = unsettled(annexes)
    if open_ones:
        numbers = sorted(str(annexes[pk][-1][0].annexe) for pk in open_ones)
        found.append(f"Annexes sans régularisation finale : {_named(numbers)}.")
    waiting = waiting_parts(mandat.pk).count()
    if waiting:
        sums = euros(waiting_sum(mandat.pk))
        found.append(f"Parts en attente de fonds : {waiting}, pour {sums}.")
    due = -total(document_balances(mandat.pk, {A_PAYER}).values())
    if due > 0:
        found.append(f"Sommes dues aux structures, à payer ou à émettre de nouveau : {euros(due)}.")
    proposed = Versement.objects.proposed().filter(mandat=mandat).count()
    if proposed:
        found.append(f"Lignes dans la campagne en cours : {proposed}.")
    return found


def _last_day(mandat: ConventionMandat) -> date:
    """Last day on which an annex may be signed under a mandate."""
    return min(mandat.fin, mandat.denoncee_le) if mandat.denoncee_le else mandat.fin


def closing_obstacles(mandat: ConventionMandat, on: date) -> list[str]:
    """Why a mandate cannot be closed: each thing left, named, with its amount."""
    return [
        *payment_obstacles(mandat, on),
        *_left_in_the_accounts(mandat),
        *_documents_left(mandat),
    ]


# What must be 0 at the end of a mandate, in the words of the page.
ACCOUNTS = {
    ORDRES: "Ordres de recouvrer ni recouvrés ni apurés",
    EXCEDENTS: "Excédents de versement conservés",
    REIMPUTATION: "Réimputations non dénouées",
    FRAIS_A_RECEVOIR: "Frais de gestion à recevoir",
}


def _left_in_the_accounts(mandat: ConventionMandat) -> list[str]:
    found = []
    by_account: dict[str, dict[str, Decimal]] = {}
    for (compte, reference), solde in document_balances(mandat.pk, ACCOUNTS).items():
        by_account.setdefault(compte, {})[reference] = solde
    for compte, label in ACCOUNTS.items():
        documents = by_account.get(compte, {})
        details = [
            f"{reference or 'campagnes'}, {euros(abs(solde))}"
            for reference, solde in sorted(documents.items())
        ]
        if details:
            found.append(f"{label} : {_named(details)}.")
    left = treasury([mandat.pk]).get(mandat.pk, ZERO)
    if left:
        found.append(f"La trésorerie du mandat n’est pas nulle : {euros(left)}.")
    return found


def _documents_left(mandat: ConventionMandat) -> list[str]:
    calls = mandat.appels.filter(etat__in=[AppelDeFonds.Etat.PROPOSE, *ATTENDUS])
    pay_backs = mandat.reversements.filter(etat=ReversementDeFonds.Etat.PROPOSE)
    notices: NotificationFondsQuerySet = mandat.notifications_fonds.standing()
    awaited = [n.reference for n in notices.filter(recettes__isnull=True)]
    found = []
    if open_calls := sorted(f"n° {appel.numero}" for appel in calls):
        found.append(f"Appels de fonds à émettre, à encaisser ou à annuler : {_named(open_calls)}.")
    if open_pay_backs := sorted(f"n° {row.numero}" for row in pay_backs):
        found.append(f"Reversements à payer ou à annuler : {_named(open_pay_backs)}.")
    if awaited:
        found.append(f"Fonds notifiés et non reçus : {_named(sorted(awaited))}.")
    return found


def _named(names: list[str]) -> str:
    shown = " ; ".join(names[:NAMED])
    rest = len(names) - NAMED
    return f"{shown} et {rest} autre{'s' if rest > 1 else ''}" if rest > 0 else shown
