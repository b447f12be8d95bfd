"""Django configuration of the application recoveries."""

from django.apps import AppConfig


class RecoveriesConfig(AppConfig):
    name = "apps.recoveries"
    label = "recoveries"
    verbose_name = "Recouvrement"

    def ready(self) -> None:
        """Executing a run issues its recovery orders: payments may not import this application."""
        from apps.payments.services.execution import EXECUTION_STEPS
        from apps.recoveries import checks  # noqa: F401 - registers the check of the deployment
        from apps.recoveries.services import issue_orders

        if issue_orders not in EXECUTION_STEPS:
            EXECUTION_STEPS.append(issue_orders)
