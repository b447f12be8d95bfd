"""Writes of the payments: a run from its preparation to its execution or abandonment."""

from apps.payments.services.execution import execute_campagne
from apps.payments.services.jobs import restart_job
from apps.payments.services.preparation import Apercu, prepare_campagne, preview_campagne
from apps.payments.services.workflow import (
    abandon_campagne,
    approve_campagne,
    control_campagne,
    reject_line,
    visa_campagne,
    withdraw_line,
)

__all__ = [
    "Apercu",
    "abandon_campagne",
    "approve_campagne",
    "control_campagne",
    "execute_campagne",
    "prepare_campagne",
    "preview_campagne",
    "reject_line",
    "restart_job",
    "visa_campagne",
    "withdraw_line",
]
