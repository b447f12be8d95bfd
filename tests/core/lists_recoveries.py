"""Rows of the lists of « recoveries », for `tests.core.test_lists`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from apps.recoveries.models import Excedent, OrdreDeRecouvrer, Remboursement
from tests.factories import make_user


def more_debts(number: int) -> None:
    """The order of the row is late; a surplus of it, whose refund is ordered."""
    day = date(2023, 4, 10)
    ordre = OrdreDeRecouvrer.objects.get(numero=100 + number)
    ordre.etat, ordre.notifie_le, ordre.echeance = "NOTIFIE", day, date(2023, 5, 10)
    ordre.save(update_fields=["etat", "notifie_le", "echeance"])
    excedent = Excedent.objects.create(
        ordre=ordre,
        structure=ordre.structure,
        financeur=ordre.financeur,
        origine="REDUCTION",
        montant=Decimal("5.00"),
        ne_le=day,
    )
    Remboursement.objects.create(
        excedent=excedent,
        montant=Decimal("5.00"),
        motif="M",
        ordonne_par=make_user(),
        ordonne_le=day,
    )
