"""The Celery application: workers (`celery -A config worker`) and clock (`celery -A config beat`).

The state of every task is in PostgreSQL: a task lost or run twice changes nothing to the accounts.
The clock's table names the tasks; each application declares its own in `tasks.py`.
"""

import os

from celery import Celery, bootsteps
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

app = Celery("extranet_iae", task_cls="apps.core.task_class:LoggedTask")


class WeakRole(bootsteps.Step):  # type: ignore[misc]
    """A worker refuses to start with a role that rules the database."""

    def __init__(self, parent: object, **options: object) -> None:
        from apps.core.database.role import require_weak_role

        super().__init__(parent, **options)
        require_weak_role()


app.steps["worker"].add(WeakRole)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "campagne du mois": {
        "task": "payments.prepare_monthly",
        "schedule": crontab(minute=0, hour=2, day_of_month=20),
    },
    "suspensions": {
        "task": "presence.check_suspensions",
        "schedule": crontab(minute=0, hour=3),
    },
    "recouvrement des ordres": {
        "task": "recoveries.pursue",
        "schedule": crontab(minute=15, hour=3),
    },
    "fichiers périmés": {
        "task": "core.expire_files",
        "schedule": crontab(minute=30, hour=3),
    },
    "fichiers sans objet": {
        "task": "core.sweep_files",
        "schedule": crontab(minute=40, hour=3),
    },
    "imports non confirmés": {
        "task": "siae.forget_imports",
        "schedule": crontab(minute=45, hour=3),
    },
    "tâches sans message": {
        "task": "core.lost_jobs",
        "schedule": crontab(minute="*/10"),
    },
    "signe de vie": {
        "task": "core.pulse",
        "schedule": crontab(),
    },
    "courriels en attente": {
        "task": "core.send_mail",
        "schedule": crontab(minute="*/5"),
    },
    "scellé du journal": {
        "task": "journal.seal",
        "schedule": crontab(minute=5),
    },
    "vérification du journal": {
        "task": "journal.verify",
        "schedule": crontab(minute=20, hour=4, day_of_week="sunday"),
    },
    "scellé envoyé": {
        "task": "accounts.publish_seal",
        "schedule": crontab(minute=30, hour=6, day_of_month=1),
    },
    # Before the runs of the night: what is paid goes to the account in effect that day.
    "comptes bancaires qui prennent effet": {
        "task": "siae.apply_bank_details",
        "schedule": crontab(minute=5, hour=0),
    },
    "envois programmés": {
        "task": "dashboards.produce_scheduled",
        "schedule": crontab(minute=0, hour=4),
    },
    "silence des départements": {
        "task": "recoveries.settle_silence",
        "schedule": crontab(minute=15, hour=1),
    },
    "créances de 30 € ou moins": {
        "task": "recoveries.clear_small_debts",
        "schedule": crontab(minute=30, hour=1),
    },
    # Advances in January, quarterly calls in the second month of each quarter.
    "appels de fonds": {
        "task": "payments.propose_calls",
        "schedule": crontab(minute=0, hour=5, day_of_month=5),
    },
    # Each semester once it is over; in January, the new prices too.
    "frais de gestion": {
        "task": "payments.prepare_fees",
        "schedule": crontab(minute=30, hour=5, day_of_month=5, month_of_year="1,7"),
    },
    "échéances impayées": {
        "task": "payments.alert_unpaid_due",
        "schedule": crontab(minute=0, hour=7),
    },
    # What is past its retention is told, never erased by the clock.
    "conservation des données": {
        "task": "dashboards.report_retention",
        "schedule": crontab(minute=15, hour=6, day_of_month=1),
    },
    "comptes d’emploi": {
        "task": "dashboards.watch_accounts",
        "schedule": crontab(minute=30, hour=6),
    },
}
