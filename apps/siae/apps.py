"""Django configuration of the application siae."""

from django.apps import AppConfig


class SiaeConfig(AppConfig):
    name = "apps.siae"
    label = "siae"
    verbose_name = "Structures et salariés"
