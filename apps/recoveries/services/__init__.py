"""Acts on the recovery orders, one module per act: issue, pursuit, cash, plans, set-offs."""

from apps.recoveries.services.emission import issue_orders

__all__ = ["issue_orders"]
