"""What an order loses at the cost of its funder, and the proofs of it.

The one door of the ledger for the remissions, non-valeurs and extinctions. The order is locked by
the caller, in its transaction.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.files.base import File

from apps.accounts.models import Membership
from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.services import store_file
from apps.core.uploads import PIECES, read_document
from apps.payments import ledger
from apps.recoveries.ecritures import entry_of
from apps.recoveries.models import OrdreDeRecouvrer
from apps.recoveries.services.ordres import close_measures
from apps.recoveries.transitions import next_state_of
from apps.rules.explanation import euros
from apps.rules.money import ZERO


def give_up(
    acting: Membership | None,
    ordre: OrdreDeRecouvrer,
    evenement: str,
    montant: Decimal,
    event: str,
    on: date,
) -> None:
    """Charge `montant` euros of the order to its funder; `event` closes it when nothing is left.

    Raises Refus when the order is closed, or when more is given up than is owed.
    """
    closed = next_state_of(ordre, event)
    if not ZERO < montant <= ordre.reste:
        raise Refus(
            f"Il reste {euros(ordre.reste)} à recouvrer sur l’ordre n° {ordre.numero} : "
            f"{euros(montant)} ne peuvent pas être abandonnés."
        )
    ledger.post([entry_of(ordre, evenement, montant)], on)
    ordre.abandonne += montant
    if ordre.reste == ZERO:
        ordre.etat = closed
    ordre.save(update_fields=["abandonne", "etat"])
    if not ordre.reste:
        close_measures(acting, [ordre], on)


def keep_piece(uploaded: File[bytes], nom: str, titre: str) -> Fichier:
    """A supporting document received: a PDF, or a JPEG or PNG picture, of 10 MiB at most."""
    contents, kind = read_document(uploaded, PIECES)
    return store_file(
        contents, nom=f"{nom}.{kind.suffixe}", titre=titre[:200], type_mime=kind.type_mime
    )


def needed(text: str, sentence: str) -> str:
    """The text without its outer spaces; Refus with `sentence` when nothing is left."""
    text = text.strip()
    if not text:
        raise Refus(sentence)
    return text


def not_later(day: date, on: date, what: str) -> date:
    """A day of the past or today; `what` names it in the refusal (« La date de réception »)."""
    if day > on:
        raise Refus(f"{what} ne peut pas être postérieure au {on:%d/%m/%Y}.")
    return day
