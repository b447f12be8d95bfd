"""Django configuration of the application core."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"
    verbose_name = "Socle"

    def ready(self) -> None:
        from apps.core import verifications  # noqa: F401 - registers the check of deployment
        from apps.core.database import role  # noqa: F401 - registers the check of the database
