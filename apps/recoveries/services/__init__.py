"""Acts on the recovery orders, one module per act: issue, pursuit, cash, plans, set-offs."""

from apps.recoveries.services.actes import pursue
from apps.recoveries.services.annulations import cancel_cash
from apps.recoveries.services.compensations import decide_set_off, lift_set_off
from apps.recoveries.services.emission import issue_orders
from apps.recoveries.services.encaissements import record_cash
from apps.recoveries.services.excedents import (
    give_up_refund,
    order_refund,
    pay_refund,
    use_surplus,
)
from apps.recoveries.services.plans import (
    ask_plan,
    break_plan,
    grant_plan,
    rebuild_plan,
    refuse_plan,
)

__all__ = [
    "ask_plan",
    "break_plan",
    "cancel_cash",
    "decide_set_off",
    "give_up_refund",
    "grant_plan",
    "issue_orders",
    "lift_set_off",
    "order_refund",
    "pay_refund",
    "pursue",
    "rebuild_plan",
    "record_cash",
    "refuse_plan",
    "use_surplus",
]
