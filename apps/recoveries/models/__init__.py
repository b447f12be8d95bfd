"""Tables of the recoveries: the orders, and what becomes of them."""

from apps.recoveries.models.ordre import OrdreDeRecouvrer

__all__ = ["OrdreDeRecouvrer"]
