"""Django configuration of the application conventions."""

from django.apps import AppConfig


class ConventionsConfig(AppConfig):
    name = "apps.conventions"
    label = "conventions"
    verbose_name = "Conventions et CAOM"

    def ready(self) -> None:
        """The values approved by the ASP complete the tables that the rules read."""
        from apps.conventions.referentiels import approved_values
        from apps.rules.parameter import complete_with

        complete_with(approved_values)
