"""Writes of the monthly statements: entry, certification, validation, suspensions.

Screens, the import, the demonstration and the daily task call these functions and no other.
"""

from apps.presence.services.certification import attach_signed, certify_etat
from apps.presence.services.controles import (
    add_piece,
    ask_more,
    conclude,
    remove_piece,
    send_pieces,
)
from apps.presence.services.entry import (
    Conflict,
    LineInput,
    Saved,
    Sortie,
    copy_previous_month,
    enter_month,
    enter_row,
    enter_rows,
    open_etat,
    save_lines,
)
from apps.presence.services.imports import ImportedLine, import_month
from apps.presence.services.readings import note_document_read, note_piece_read
from apps.presence.services.sampling import (
    Champ,
    Demande,
    draw_sample,
    population_of,
    sample_size,
    target_etat,
)
from apps.presence.services.suspensions import deadline_of, update_suspensions
from apps.presence.services.validation import (
    record_carence,
    reopen_etat,
    validate_etat,
    validate_etats,
)

__all__ = [
    "Champ",
    "Conflict",
    "Demande",
    "ImportedLine",
    "LineInput",
    "Saved",
    "Sortie",
    "add_piece",
    "ask_more",
    "attach_signed",
    "certify_etat",
    "conclude",
    "copy_previous_month",
    "deadline_of",
    "draw_sample",
    "enter_month",
    "enter_row",
    "enter_rows",
    "import_month",
    "note_document_read",
    "note_piece_read",
    "open_etat",
    "population_of",
    "record_carence",
    "remove_piece",
    "reopen_etat",
    "sample_size",
    "save_lines",
    "send_pieces",
    "target_etat",
    "update_suspensions",
    "validate_etat",
    "validate_etats",
]
