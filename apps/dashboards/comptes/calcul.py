"""The compte d’emploi of a mandate over a period, read in the ledger and checked.

Called when an account is prepared (or only looked at), and by the verification of those signed.
A fixed number of queries, whatever the number of movements.
"""

from __future__ import annotations

from datetime import date

from apps.conventions.models import ConventionMandat
from apps.dashboards.comptes.creances import unpaid_debts
from apps.dashboards.comptes.figures import Compte
from apps.dashboards.comptes.lecture import (
    balance_of,
    funds_of,
    given_up,
    open_balances,
    operations_of,
    payees_of,
)
from apps.dashboards.comptes.suivi import annexes_of, commitments_of, execution_of
from apps.payments.ledger import FRAIS, FRAIS_A_RECEVOIR, TRESOR_FRAIS
from apps.recoveries.models import OrdreDeRecouvrer

# The fees of the ASP are not money of the mandate: they have accounts of their own.
COMPTES_DE_FRAIS = (FRAIS_A_RECEVOIR, TRESOR_FRAIS, FRAIS)


def account_of(mandat: ConventionMandat, fin: date, on: date) -> Compte:
    """From 1 January of the year of `fin` to that day, as the ledger has it; established `on`."""
    debut = date(fin.year, 1, 1)
    read = balance_of(mandat.pk, debut, fin)
    own = [(account, sums) for account, sums in read if account.compte not in COMPTES_DE_FRAIS]
    annexes = annexes_of(mandat, debut, fin)
    return Compte(
        mandat=mandat.reference,
        departement=str(mandat.financeur),
        debut=debut,
        fin=fin,
        etabli_le=on,
        operations=operations_of([mandat.pk], debut, fin).get(mandat.pk, []),
        balance=[account for account, _sums in own],
        frais=[account for account, _sums in read if account.compte in COMPTES_DE_FRAIS],
        soldes=open_balances(mandat.pk, fin),
        fonds=funds_of(mandat.pk, debut, fin),
        execution=execution_of(own),
        engagements=commitments_of(mandat, annexes, fin.year),
        annexes=annexes,
        creances=unpaid_debts(OrdreDeRecouvrer.objects.filter(mandat=mandat), fin),
        abandons=given_up(mandat.pk, debut, fin),
        beneficiaires=payees_of(mandat.pk, debut, fin),
    )
