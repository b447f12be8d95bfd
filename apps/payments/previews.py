"""The preview of a run, computed once for the pages of one person's viewing.

Kept in the cache for a few minutes, under the session and the last act recorded by the journal:
whatever is validated, certified, suspended meanwhile gives another key, hence a new computation.
"""

from __future__ import annotations

from datetime import date

from django.core.cache import cache

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.journal.models import Entree
from apps.payments.services import Apercu, preview_campagne

MINUTES = 15


def preview_for(session_key: str, acting: Membership, mois: date) -> Apercu:
    """What `preview_campagne` gives now, from the cache when nothing has changed. Raises Refus."""
    last = Entree.objects.order_by("-pk").values_list("pk", flat=True).first()
    key = f"payments.preview:{session_key}:{acting.pk}:{mois:%Y-%m}:{today()}:{last}"
    found: Apercu | None = cache.get(key)
    if found is None:
        found = preview_campagne(acting, mois)
        cache.set(key, found, MINUTES * 60)
    return found
