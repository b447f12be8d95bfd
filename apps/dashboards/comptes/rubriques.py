"""Headings of the receipts and of the expenses: one for each event of the ledger that moves funds.

An event without words of its own bears those of the ledger: nothing is ever left out. Read by
`lecture`; the order is that of the accounts.
"""

from __future__ import annotations

from apps.payments.models import Ecriture, Versement

Evenement = Ecriture.Evenement

RECETTES: dict[str, str] = {
    Evenement.FONDS_RECUS: "Fonds reçus du département",
    Evenement.ENCAISSEMENT: "Encaissements sur ordres de recouvrer",
    Evenement.COMPENSATION: "Ordres de recouvrer payés par compensation",
    Evenement.EXCEDENT: "Excédents de versement encaissés",
    Evenement.REIMPUTATION: "Réimputations remboursées par l’État",
    Evenement.REJET_VIREMENT: "Virements rejetés par la banque",
    Evenement.REPRISE: "Trésorerie reprise du département remplacé",
    Evenement.EXTOURNE: "Extournes de dépenses",
}
DEPENSES: dict[str, str] = {
    Evenement.PAIEMENT: "Aides payées aux structures",
    Evenement.COMPENSATION: "Aides payées par compensation",
    Evenement.REIMPUTATION: "Réimputations remboursées à l’État",
    Evenement.REEMISSION: "Virements rejetés émis de nouveau",
    Evenement.EXCEDENT_REMBOURSE: "Excédents remboursés aux structures",
    Evenement.FONDS_REVERSES: "Fonds reversés au département",
    Evenement.REPRISE: "Trésorerie transférée au département successeur",
    Evenement.EXTOURNE: "Extournes de recettes",
}
LABELS = dict(Evenement.choices)
NATURES = dict(Versement.Nature.choices)


def heading(table: dict[str, str], evenement: str) -> tuple[int, str]:
    """Rank and words of an event in `RECETTES` or `DEPENSES`."""
    rank = list(table).index(evenement) if evenement in table else len(table)
    return rank, table.get(evenement, LABELS[evenement])
