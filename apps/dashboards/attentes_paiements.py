"""What the runs expect of the gestionnaires: holds put before a payment, to be checked.

Read by `expectations`; one query for each line.
"""

from __future__ import annotations

from apps.accounts.models import Membership
from apps.dashboards.attentes import Attente, attente
from apps.payments.models import BlocagePaiement


def payments_to_check(acting: Membership) -> Attente:
    """Open holds, whatever put them."""
    return attente(
        BlocagePaiement.objects.visible_to(acting).open().count(),
        "blocage des paiements à vérifier",
        "blocages des paiements à vérifier",
        "payments:blocages",
        leve="false",
    )
