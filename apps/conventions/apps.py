"""Django configuration of the application conventions."""

from django.apps import AppConfig


class ConventionsConfig(AppConfig):
    name = "apps.conventions"
    label = "conventions"
    verbose_name = "Conventions et CAOM"
