"""What the orders say against what the ledger says: they never differ (spec 05 §2 and §5).

Called by the tests after each event, and by whoever doubts: `faults()` is empty, or names each
order and each difference.
"""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Case, F, Q, Sum, When
from django.db.models.functions import Coalesce

from apps.payments import ledger
from apps.payments.models import Ecriture, Mouvement
from apps.recoveries.models import Encaissement, Excedent, OrdreDeRecouvrer
from apps.rules.explanation import euros
from apps.rules.money import ZERO

Evenement = Ecriture.Evenement
CREATIONS = (Evenement.ORDRE, Evenement.REDUCTION_ORDRE)


def faults() -> list[str]:
    """Differences between the orders and the accounts, in French; a fixed number of queries."""
    ledger_of = _orders_in_ledger()
    cash = dict(
        Encaissement.objects.filter(annule_le__isnull=True)
        .order_by()
        .values_list("ordre")
        .annotate(total=Sum("montant"))
    )
    given_back = dict(
        Excedent.objects.filter(origine=Excedent.Origine.REDUCTION, annule_le__isnull=True)
        .order_by()
        .values_list("ordre")
        .annotate(total=Sum("montant"))
    )
    found = []
    for ordre in OrdreDeRecouvrer.objects.order_by("numero"):
        claimed, recovered, given_up = ledger_of.get(ordre.reference, (ZERO, ZERO, ZERO))
        paid = cash.get(ordre.pk, ZERO) - given_back.get(ordre.pk, ZERO)
        found += [
            f"{ordre} : {words} {euros(mine)}, {source} {euros(theirs)}"
            for words, mine, source, theirs in (
                ("montant", ordre.montant, "comptes", claimed),
                ("recouvré", ordre.recouvre, "comptes", recovered),
                ("recouvré", ordre.recouvre, "encaissements", paid),
                ("abandonné", ordre.abandonne, "comptes", given_up),
            )
            if mine != theirs
        ]
    return found + _surplus_faults()


def _orders_in_ledger() -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Claimed, recovered and given up per document, of account 463; reversals with their origin."""
    event = Coalesce("ecriture__extourne__evenement", "ecriture__evenement")
    not_cash = CREATIONS + Ecriture.ABANDONS
    amount = F("debit") - F("credit")
    rows = (
        Mouvement.objects.filter(compte=ledger.ORDRES, ecriture__reference__startswith="OR-")
        .exclude(ecriture__evenement=Evenement.REPRISE)
        .annotate(origine=event)
        .order_by()
        .values_list("ecriture__reference")
        .annotate(
            emis=Sum(Case(When(origine__in=CREATIONS, then=amount), default=ZERO)),
            abandonne=Sum(Case(When(origine__in=Ecriture.ABANDONS, then=-amount), default=ZERO)),
            recouvre=Sum(Case(When(~Q(origine__in=not_cash), then=-amount), default=ZERO)),
        )
    )
    return {ref: (emis, recouvre, abandonne) for ref, emis, abandonne, recouvre in rows}


def _surplus_faults() -> list[str]:
    """Surpluses kept against account 466, per structure."""
    kept = dict(
        Excedent.objects.filter(annule_le__isnull=True)
        .order_by()
        .values_list("structure")
        .annotate(total=Sum(F("montant") - F("impute") - F("rembourse")))
    )
    posted = dict(
        Mouvement.objects.filter(compte=ledger.EXCEDENTS)
        .order_by()
        .values_list("structure")
        .annotate(total=Sum(F("credit") - F("debit")))
    )
    return [
        f"Structure {pk} : excédents {euros(kept.get(pk, ZERO))}, comptes "
        f"{euros(posted.get(pk, ZERO))}"
        for pk in sorted(kept.keys() | posted.keys(), key=str)
        if kept.get(pk, ZERO) != posted.get(pk, ZERO)
    ]
