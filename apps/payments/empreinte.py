"""The hash of the ledger up to a day: what seals the accounts locked or rendered (spec 05 §6).

SHA-256 over the movements in the order of their entries, one line of text each. The database
refuses to change an entry; the hash tells whoever holds a document that none was changed or added
to the period since, by whatever means. Called when an account is prepared, signed or verified.
"""

from __future__ import annotations

import hashlib
from datetime import date

from apps.payments.models import Mouvement

# What a line of the hash says of a movement, in this order; ids are those of the database.
FIELDS = (
    "ecriture__numero",
    "ecriture__jour",
    "ecriture__evenement",
    "ecriture__reference",
    "compte_id",
    "financeur_id",
    "mandat_id",
    "annexe_id",
    "structure_id",
    "debit",
    "credit",
)
CHUNK = 5000


def ledger_hash(until: date, *, mandat_id: int | None = None) -> str:
    """SHA-256 of the movements dated `until` or before, in hexadecimal; of one mandate if given.

    Read as it goes: the memory does not depend on the number of movements.
    """
    movements = Mouvement.objects.filter(ecriture__jour__lte=until)
    if mandat_id is not None:
        movements = movements.filter(mandat=mandat_id)
    digest = hashlib.sha256()
    rows = movements.order_by("ecriture__numero", "pk").values_list(*FIELDS)
    for row in rows.iterator(chunk_size=CHUNK):
        # A field never holds the separator: codes, numbers, days, « OR-12 ».
        digest.update(("|".join(str(value) for value in row) + "\n").encode())
    return digest.hexdigest()
