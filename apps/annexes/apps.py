"""Django configuration of the application annexes."""

from django.apps import AppConfig


class AnnexesConfig(AppConfig):
    name = "apps.annexes"
    label = "annexes"
    verbose_name = "Annexes financières"
