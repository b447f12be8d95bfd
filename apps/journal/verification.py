"""Is the journal as it was written? Every fingerprint and every seal, computed again.

Called by `manage.py verify_journal` and, every week, by the clock. Reads one seal at a time, hence
in constant memory; leaves its own entry in the journal. What seals cannot say by themselves, that
the last ones were taken away with their entries, is told by a seal published outside and given as
a witness.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from apps.journal.empreintes import COLUMNS, ORIGIN, WITNESS, entry_hash, seal_hash
from apps.journal.models import Scelle
from apps.journal.seals import numbers_of
from apps.journal.services import record

# Anomalies kept in words; the others are only counted.
KEPT = 20
_VALUES = ", ".join(f"{name}::text" if name in ("avant", "apres") else name for name in COLUMNS)
_QUERY = f"""
SELECT {_VALUES}, empreinte FROM journal_entree
WHERE id BETWEEN coalesce(%(de)s::bigint, -9223372036854775808)
             AND coalesce(%(a)s::bigint, 9223372036854775807)
ORDER BY id
"""  # noqa: S608 - names of columns only
# The whole journal, for the bench.
BARE_READING = (_QUERY, {"de": None, "a": None})


@dataclass(slots=True)
class Verification:
    """What was read, and what is wrong (none: the journal is as it was written)."""

    entrees: int = 0
    scelles: int = 0
    non_scellees: int = 0
    dernier: Scelle | None = None
    anomalies: int = 0
    phrases: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """As the journal keeps them."""
        return {
            "entrees": self.entrees,
            "scelles": self.scelles,
            "anomalies": self.anomalies,
            "premiere_anomalie": self.phrases[0] if self.phrases else "",
        }

    def add(self, phrase: str) -> None:
        self.anomalies += 1
        if len(self.phrases) < KEPT:
            self.phrases.append(phrase)


@dataclass(frozen=True, slots=True)
class Ligne:
    """An entry as it is: its number, the fingerprint it bears, the one of its contents."""

    pk: int
    portee: str
    calculee: str


@transaction.atomic
def verify_journal(temoins: Mapping[int, str] | None = None) -> Verification:
    """Verify everything. `temoins`: number of a seal published outside → its fingerprint."""
    result = Verification()
    expected = dict(temoins or {})
    for line in _lines(None, 0):
        result.add(f"Entrée {line.pk} ajoutée : elle précède la première.")
    for scelle in Scelle.objects.order_by("numero").iterator(chunk_size=20):
        _verify_seal(scelle, result)
        published = expected.pop(scelle.numero, scelle.empreinte)
        if published != scelle.empreinte:
            result.add(f"{scelle} altéré : son empreinte n’est pas celle qui a été publiée.")
        result.scelles += 1
        result.dernier = scelle
    for numero in sorted(expected):
        result.add(
            f"Scellé n° {numero} manquant : il a été publié, la fin du journal est tronquée."
        )
    for line in _lines(result.dernier.a + 1 if result.dernier else 1, None):
        result.non_scellees += 1
        if line.portee != line.calculee:
            result.add(f"Entrée {line.pk} altérée (elle n’est pas encore scellée).")
    result.entrees += result.non_scellees
    if result.dernier is not None:
        record(None, "journal.verifie", result.dernier, apres=result.figures())
    return result


def _verify_seal(scelle: Scelle, result: Verification) -> None:
    """One seal, its place in the chain, its entries; the first cause is told, not what follows."""
    before = result.dernier
    if scelle.numero != (before.numero + 1 if before else 1):
        result.add(f"Scellé manquant : aucun ne précède le {str(scelle).lower()}.")
    elif scelle.de != (before.a + 1 if before else 1):
        result.add(f"{scelle} altéré : il ne commence pas où finit le précédent.")
    lines = list(_lines(scelle.de, scelle.a))
    result.entrees += len(lines)
    digest = seal_hash(
        before.empreinte if before else ORIGIN,
        scelle.numero,
        scelle.de,
        scelle.a,
        scelle.nombre,
        scelle.le,
        b"".join(bytes.fromhex(line.calculee) for line in lines),
    )
    faults = list(_differences(scelle, lines))
    if digest == scelle.empreinte and all(line.portee == line.calculee for line in lines):
        # The entries are those that were sealed: only what helps to name them was touched.
        faults = [f"{scelle} altéré : ce qu’il dit de ses entrées."] if faults else []
    elif not faults:
        faults = [f"{scelle} altéré, ou celui qui le précède."]
    for fault in faults:
        result.add(fault)


def _differences(scelle: Scelle, lines: list[Ligne]) -> Iterator[str]:
    """What was sealed beside what is there: missing, added, or no longer the same."""
    kept = bytes(scelle.temoins)
    heads = (kept[start : start + WITNESS] for start in range(0, len(kept), WITNESS))
    sealed = dict(zip(numbers_of(scelle.identifiants), heads, strict=False))
    present = {line.pk: line for line in lines}
    for pk in sorted(sealed.keys() | present.keys()):
        if pk not in present:
            yield f"Entrée {pk} manquante ({scelle})."
        elif pk not in sealed:
            yield f"Entrée {pk} ajoutée ({scelle})."
        elif _altered(present[pk], sealed[pk]):
            yield f"Entrée {pk} altérée ({scelle})."


def _altered(line: Ligne, head: bytes) -> bool:
    return line.portee != line.calculee or bytes.fromhex(line.calculee)[:WITNESS] != head


def _lines(de: int | None, a: int | None) -> Iterator[Ligne]:
    """Entries numbered `de` to `a` (None: without bound), in order, read as a stream."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_QUERY, {"de": de, "a": a})
        while rows := cursor.fetchmany(2000):
            yield from map(_line, rows)


def _line(row: tuple[Any, ...]) -> Ligne:
    return Ligne(pk=row[0], portee=row[-1], calculee=entry_hash(row[:-1]))
