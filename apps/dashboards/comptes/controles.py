"""What must hold, to the cent, before a compte d’emploi exists: each gap is a sentence.

The statements of an account are read by different queries: that they agree is the proof that none
has left a movement out. An account with a gap is refused (spec 05 §6).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from apps.dashboards.comptes.figures import Balance, Compte
from apps.dashboards.comptes.lecture import OUVERTS, PAIEMENTS
from apps.dashboards.comptes.rubriques import DEPENSES, RECETTES
from apps.dashboards.comptes.suivi import EMPLOIS, RESSOURCES, RESULTAT
from apps.payments.ledger import FONDS, ORDRES, TRESOR
from apps.payments.models import Ecriture
from apps.rules.explanation import euros
from apps.rules.money import total

Evenement = Ecriture.Evenement


def gaps_of(compte: Compte) -> list[str]:
    """Sentences, each with its gap in euros; empty when the account is right."""
    return [
        f"{what} : écart de {euros(gap)}. Le compte n’est pas produit ; signalez cet écart à "
        "l’agent comptable."
        for what, gap in _comparisons(compte)
        if gap
    ]


def _comparisons(compte: Compte) -> Iterator[tuple[str, Decimal]]:
    """What is compared, and the difference that must be zero."""
    for accounts, which in ((compte.balance, "générale"), (compte.frais, "des frais de gestion")):
        yield from _balanced(accounts, which)
    tresor = compte.of(TRESOR)
    yield (
        "Trésorerie à l’ouverture, plus les recettes, moins les dépenses, comparée au compte 515",
        tresor.ouverture + compte.recettes - compte.depenses - tresor.solde,
    )
    for code in OUVERTS:
        details = (solde.debit - solde.credit for solde in compte.soldes if solde.compte == code)
        yield (
            f"Développement du compte {code} comparé à son solde",
            total(details) - compte.of(code).solde,
        )
    yield (
        "État des créances impayées comparé au compte 463",
        compte.a_recouvrer - compte.of(ORDRES).solde,
    )
    fonds = compte.of(FONDS)
    yield (
        "Fonds reçus et reversés comparés au compte 4671",
        total(row.recu - row.reverse for row in compte.fonds) - (fonds.credit - fonds.debit),
    )
    yield "Bénéficiaires payés comparés aux dépenses et recettes", _paid_gap(compte)
    parts = {
        partie: total(row.cumul for row in compte.execution if row.partie == partie)
        for partie in (RESSOURCES, EMPLOIS, RESULTAT)
    }
    yield (
        "État comptable d’exécution : ressources moins emplois comparées à leur représentation",
        parts[RESSOURCES] - parts[EMPLOIS] - parts[RESULTAT],
    )


def _balanced(accounts: list[Balance], which: str) -> Iterator[tuple[str, Decimal]]:
    yield (
        f"Balance {which} à l’ouverture : débits moins crédits",
        total(account.ouverture for account in accounts),
    )
    yield (
        f"Balance {which}, mouvements de la période : débits moins crédits",
        total(account.debit - account.credit for account in accounts),
    )


def _paid_gap(compte: Compte) -> Decimal:
    """What the list of payees says, against the receipts and expenses of the same events."""
    spent = {DEPENSES[event] for event in PAIEMENTS if event in DEPENSES}
    rejected = RECETTES[Evenement.REJET_VIREMENT]
    listed = total(
        row.paye + row.compense + row.reemis - row.rejete for row in compte.beneficiaires
    )
    booked = total(row.depense for row in compte.operations if row.rubrique in spent)
    return listed - booked + total(r.recette for r in compte.operations if r.rubrique == rejected)
