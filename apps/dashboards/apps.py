"""Django configuration of the application dashboards."""

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "apps.dashboards"
    label = "dashboards"
    verbose_name = "Restitutions"

    def ready(self) -> None:
        """Register the tasks, and what follows an execution and a download below this one."""
        from apps.annexes.archives import SOURCES
        from apps.core.jobs import DOWNLOAD_STEPS
        from apps.core.list_exports import EXPORT_STEPS
        from apps.dashboards import (  # noqa: F401
            tasks,
            tasks_bilans,
            tasks_comptes,
            tasks_envois,
            tasks_rgpd,
        )
        from apps.dashboards.archives import issued_documents
        from apps.dashboards.emission import queue_bilans
        from apps.dashboards.services import queue_documents, record_download, record_list_export
        from apps.payments.services.execution import EXECUTION_STEPS

        if queue_documents not in EXECUTION_STEPS:
            EXECUTION_STEPS.append(queue_documents)
        if queue_bilans not in EXECUTION_STEPS:
            EXECUTION_STEPS.append(queue_bilans)
        if record_download not in DOWNLOAD_STEPS:
            DOWNLOAD_STEPS.append(record_download)
        if record_list_export not in EXPORT_STEPS:
            EXPORT_STEPS.append(record_list_export)
        if issued_documents not in SOURCES:
            SOURCES.append(issued_documents)
