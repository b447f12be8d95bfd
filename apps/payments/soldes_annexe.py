"""What the accounts still hold of an annex that is to be closed (spec 05 §2; issue, closing).

Nothing may be due, waiting for funds, returned by the bank or kept as an overpayment: it would be
in no run any more. Registered as a step of the closing by the AppConfig.
"""

from __future__ import annotations

from django.db.models import F, Sum

from apps.annexes.models import AnnexeFinanciere
from apps.core.errors import Refus
from apps.payments import ledger
from apps.payments.models import Mouvement
from apps.rules.explanation import euros

# Account → what its balance means, and what to do.
SENTENCES = {
    ledger.A_PAYER: (
        "{montant} restent à payer à la structure ({financeur}) : attendez la campagne qui les "
        "paie, ou la nouvelle émission du virement rejeté."
    ),
    ledger.REIMPUTATION: (
        "{montant} restent à réimputer entre financeurs ({financeur}) : ils attendent les fonds du "
        "département."
    ),
    ledger.EXCEDENTS: (
        "{montant} versés en trop par la structure sont conservés ({financeur}) : imputez-les sur "
        "un autre ordre ou remboursez-les."
    ),
}


def require_nothing_due(annexe: AnnexeFinanciere) -> list[str]:
    """No debt of its own: the recovery orders name theirs. Refus with the figures otherwise."""
    rows = (
        Mouvement.objects.filter(annexe=annexe, compte__in=SENTENCES)
        .order_by("compte", "financeur__nom")
        .values_list("compte", "financeur__nom")
        .annotate(solde=Sum(F("debit") - F("credit")))
    )
    motifs = [
        SENTENCES[compte].format(montant=euros(abs(solde)), financeur=financeur)
        for compte, financeur, solde in rows
        if solde
    ]
    if motifs:
        raise Refus(*motifs)
    return []
