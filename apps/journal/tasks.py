"""Background work of the journal: sealed every hour, verified every week."""

from __future__ import annotations

import logging

from celery import shared_task

from apps.journal.seals import seal_entries
from apps.journal.verification import verify_journal

logger = logging.getLogger(__name__)


@shared_task(name="journal.seal")  # type: ignore[untyped-decorator]
def seal() -> int:
    """Seal the entries that are old enough; returns how many seals were put."""
    return len(seal_entries())


@shared_task(name="journal.verify")  # type: ignore[untyped-decorator]
def verify() -> int:
    """Verify the whole journal; returns the number of anomalies, each one an error in the log."""
    result = verify_journal()
    for phrase in result.phrases:
        logger.error("journal altéré : %s", phrase)
    return result.anomalies
