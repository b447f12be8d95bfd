"""Writing values on a row and saying, for the journal, what they were before.

Called by the services of this application only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db.models import Model

from apps.core.errors import Refus


def read_values(
    values: Mapping[str, Any], readers: Mapping[str, Callable[[Any], Any]]
) -> dict[str, Any]:
    """Values normalised by their reader; every fault is told at once (`Refus` with all)."""
    clean: dict[str, Any] = {}
    faults: list[str] = []
    for name, value in values.items():
        try:
            clean[name] = readers[name](value) if name in readers else value
        except Refus as refus:
            faults += refus.motifs
    if faults:
        raise Refus(*faults)
    return clean


def apply_values(
    objet: Model, values: Mapping[str, Any], allowed: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set the values; returns (before, after) of those that really change.

    A name outside `allowed` is a programming fault (TypeError), not a refusal.
    """
    unknown = set(values) - set(allowed)
    if unknown:
        raise TypeError(f"not a field of this act: {', '.join(sorted(unknown))}")
    before, after = {}, {}
    for name, value in values.items():
        old = getattr(objet, name)
        if old != value:
            before[name], after[name] = old, value
            setattr(objet, name, value)
    return before, after


class ModifieEntreTemps(Refus):
    """Somebody else changed the object since the page was read: `objet` is as they left it."""

    def __init__(self, objet: Model) -> None:
        super().__init__(
            "Une autre personne a enregistré des modifications depuis que vous avez ouvert cette "
            "page : les deux saisies sont affichées. Gardez la bonne valeur de chaque champ, puis "
            "enregistrez de nouveau."
        )
        self.objet = objet


def store_changes(objet: Any, after: Mapping[str, Any], read: int | None) -> None:
    """Write what changed and raise the revision of the row, locked by the caller.

    `read` is the revision the page had read, None for what is not a page. Raises
    ModifieEntreTemps when the row has changed since.
    """
    if read is not None and read != objet.revision:
        raise ModifieEntreTemps(type(objet)._default_manager.get(pk=objet.pk))
    objet.revision += 1
    objet.save(update_fields=[*after, "revision"])


def check_choices(objet: Model, names: Collection[str]) -> None:
    """Refuse a value outside its code list, or text longer than its column."""
    for name in names:
        field: Any = objet._meta.get_field(name)
        value = getattr(objet, name)
        codes = [code for code, _ in field.flatchoices]
        if codes and value not in codes and not (field.blank and value == ""):
            raise Refus(f"« {value} » n’est pas une valeur admise pour : {field.verbose_name}.")
        longest = getattr(field, "max_length", None)
        if longest and isinstance(value, str) and len(value) > longest:
            raise Refus(f"Au plus {longest} caractères pour : {field.verbose_name}.")
        if not field.blank and value == "":
            raise Refus(f"À renseigner : {field.verbose_name}.")
