"""Readings that leave a trace: documents that name the employees, opened by somebody else's agent.

Once per person, document's object and day; the employer reads its own without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.journal.services import record_reading
from apps.presence.models import Controle, EtatMensuel

if TYPE_CHECKING:
    from apps.accounts.models import Membership


def note_document_read(acting: Membership, etat: EtatMensuel) -> None:
    """The statement in PDF, or the signed file."""
    if not acting.is_siae:
        record_reading(acting, "etat.document_lu", etat)


def note_piece_read(acting: Membership, controle: Controle) -> None:
    """A supporting document: pay slip, contract, hours."""
    if not acting.is_siae:
        record_reading(acting, "controle.piece_lue", controle)
