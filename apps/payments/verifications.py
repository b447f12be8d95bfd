"""What a deployment must know before its first transfer file (`manage.py check --deploy`)."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Warning, register

from apps.core.pdf import emetteur


@register(deploy=True)
def account_of_the_transfers(**_kwargs: Any) -> list[CheckMessage]:
    """Without the account to debit, no run that pays can be executed."""
    account = emetteur()
    if account["iban"] and account["bic"]:
        return []
    return [
        Warning(
            "Les fichiers de virements ne peuvent pas être produits : le compte à débiter n’est "
            "pas renseigné.",
            hint="Donnez le compte de l’agent comptable : ISSUER_IBAN, ISSUER_BIC et, si le "
            "titulaire n’est pas l’organisme, ISSUER_ACCOUNT_HOLDER.",
            id="payments.W001",
        )
    ]
