"""Writes of the payments: a run from its preparation to its execution or abandonment."""

from apps.payments.services.blocages import lift_block
from apps.payments.services.denouement import settle_campagne
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
    "lift_block",
    "prepare_campagne",
    "preview_campagne",
    "reject_line",
    "restart_job",
    "settle_campagne",
    "visa_campagne",
    "withdraw_line",
]
