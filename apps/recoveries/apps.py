"""Django configuration of the application recoveries."""

from django.apps import AppConfig


class RecoveriesConfig(AppConfig):
    name = "apps.recoveries"
    label = "recoveries"
    verbose_name = "Recouvrement"
