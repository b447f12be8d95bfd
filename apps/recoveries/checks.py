"""What a deployment must know before its first recovery order (`manage.py check --deploy`)."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Warning, register

from apps.core.pdf import emetteur


@register(deploy=True)
def account_of_the_state(**_kwargs: Any) -> list[CheckMessage]:
    """Without an account, the orders for the State's share cannot be paid by transfer."""
    if emetteur()["iban"]:
        return []
    return [
        Warning(
            "Les ordres de recouvrer de la part de l’État ne portent aucun compte à créditer.",
            hint="Donnez le compte de l’agent comptable dans la variable ISSUER_IBAN.",
            id="recoveries.W001",
        )
    ]
