"""Going through the retention table: what has reached its term, then, when asked, its erasure.

`review` reads: one query per kind of data (two where some must wait). `purge` erases, a
transaction and an entry of the journal per kind: one that fails leaves the others done, and run
again it goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Count, Min

from apps.core.clock import today
from apps.core.errors import Refus
from apps.dashboards.models import Purge
from apps.dashboards.rgpd.retention import PURGEES, Regle
from apps.journal.services import record


@dataclass(frozen=True, slots=True)
class Echu:
    """What a rule finds: how many rows, since when for the oldest, how many must wait."""

    regle: Regle
    nombre: int
    plus_ancien: date | None
    retenus: int = 0


def review(on: date) -> list[Echu]:
    """What is past its term on that day; nothing is written."""
    return [_review(regle, on) for regle in PURGEES]


def purge(on: date) -> list[Echu]:
    """Erase what is past its term; returns what was erased of each kind.

    Raises `Refus` for a day to come: data still kept would be lost.
    """
    if on > today():
        raise Refus(
            f"Le {on:%d/%m/%Y} n’est pas encore venu : la purge effacerait des données dont la "
            "durée de conservation court encore."
        )
    found = review(on)
    if not any(echu.nombre for echu in found):
        return found
    done = Purge.objects.create(le=on)
    return [_apply(echu, done) if echu.nombre else echu for echu in found]


def _review(regle: Regle, on: date) -> Echu:
    assert regle.trouver is not None  # noqa: S101 - those of PURGEES
    limit = regle.limite(on)
    rows = regle.trouver(limit).order_by().aggregate(n=Count("pk"), oldest=Min("depuis"))
    held = regle.retenus(limit).count() if regle.retenus else 0
    return Echu(regle, rows["n"], rows["oldest"], held)


@transaction.atomic
def _apply(echu: Echu, done: Purge) -> Echu:
    regle = echu.regle
    assert regle.trouver is not None  # noqa: S101 - those of PURGEES
    assert regle.appliquer is not None  # noqa: S101
    erased = regle.appliquer(regle.trouver(regle.limite(done.le)), done.le)
    done.contenu[regle.cle] = erased
    done.save(update_fields=["contenu"])
    record(None, "rgpd.purge", done, apres={"donnees": regle.donnees, "lignes": erased})
    return Echu(regle, erased, echu.plus_ancien, echu.retenus)
