"""Delays of the recovery: months counted from day to day, and the small debts that are cleared.

Texts: convention de mandat, art. 5 (four months, 30 €); code de justice administrative, art.
R. 421-1 and R. 421-5 (two months, « délai franc »); code de commerce, art. R. 622-24 (two months
from the publication at the BODACC). Pure; called by the services of the recoveries.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal

MOIS_POUR_DECIDER = 4
MOIS_POUR_CONTESTER = 2
MOIS_POUR_DECLARER = 2
# « inférieurs ou égaux à 30 € » : 30,00 is cleared, 30,01 is not.
SEUIL_APUREMENT = Decimal("30.00")


def months_later(day: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def last_day_to_decide(received: date) -> date:
    """Last day for the département to answer, from the receipt of the complete file."""
    return months_later(received, MOIS_POUR_DECIDER)


def accepted_on(received: date) -> date:
    """Day when silence becomes acceptance: the one after the last day to answer."""
    return last_day_to_decide(received) + timedelta(days=1)


def last_day_to_contest(notified: date) -> date:
    """Last day of the two months to contest; neither the first day nor the last one counts."""
    return months_later(notified, MOIS_POUR_CONTESTER) + timedelta(days=1)


def last_day_to_declare(published: date) -> date:
    """Last day to declare a debt to a collective procedure, from its publication."""
    return months_later(published, MOIS_POUR_DECLARER)


def is_small(amount: Decimal) -> bool:
    """Whether a debt or what is left of it, in euros, is cleared without a decision."""
    return Decimal(0) < amount <= SEUIL_APUREMENT
