"""The acts on annexes financières, one function per act, gathered for their callers."""

from apps.annexes.services import revaluation
from apps.annexes.services.amendment import open_avenant
from apps.annexes.services.batch import validate_annexes, without_finding
from apps.annexes.services.closing import cancel_annexe, close_annexe, surviving_debts
from apps.annexes.services.drafting import attach_piece, create_annexe, update_version
from apps.annexes.services.renewal import renew_annexe
from apps.annexes.services.renewal_series import preview_series, renew_series
from apps.annexes.services.suspension import lift_suspension, suspend_annexe
from apps.annexes.services.workflow import reject_annexe, transmit_annexe, validate_annexe

__all__ = [
    "attach_piece",
    "cancel_annexe",
    "close_annexe",
    "create_annexe",
    "lift_suspension",
    "open_avenant",
    "preview_series",
    "reject_annexe",
    "renew_annexe",
    "renew_series",
    "revaluation",
    "surviving_debts",
    "suspend_annexe",
    "transmit_annexe",
    "update_version",
    "validate_annexe",
    "validate_annexes",
    "without_finding",
]
