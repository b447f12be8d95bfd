"""Django configuration of the application accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"
    verbose_name = "Comptes"

    def ready(self) -> None:
        """The e-mails of this application are made here, wherever they are sent from."""
        from apps.accounts import links, notices, notifications  # noqa: F401
