"""Writes of the monthly statements: entry, certification, validation, suspensions.

Screens, the import, the demonstration and the daily task call these functions and no other.
"""

from apps.presence.services.certification import certify_etat
from apps.presence.services.entry import (
    Conflict,
    LineInput,
    Saved,
    Sortie,
    copy_previous_month,
    enter_month,
    enter_row,
    open_etat,
    save_lines,
)
from apps.presence.services.imports import ImportedLine, import_month
from apps.presence.services.suspensions import deadline_of, update_suspensions
from apps.presence.services.validation import (
    record_carence,
    reopen_etat,
    validate_etat,
    validate_etats,
)

__all__ = [
    "Conflict",
    "ImportedLine",
    "LineInput",
    "Saved",
    "Sortie",
    "certify_etat",
    "copy_previous_month",
    "deadline_of",
    "enter_month",
    "enter_row",
    "import_month",
    "open_etat",
    "record_carence",
    "reopen_etat",
    "save_lines",
    "update_suspensions",
    "validate_etat",
    "validate_etats",
]
