"""Reads of the journal: the history page of every object, with what each act changed, in words.

One policy for the départements: they read the history of what they co-finance (annexes, monthly
statements) with organisations instead of the names of other organisations' agents. The pages
decide who may open them; the names are hidden here, once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q, QuerySet

from apps.core.words import in_words, label_of
from apps.journal.labels import DESCRIBED, LABELS, MASKED, mask
from apps.journal.models import Entree

if TYPE_CHECKING:
    from apps.accounts.models import Membership

LIMIT = 200


@dataclass(frozen=True, slots=True)
class Changement:
    """A field that changed: `avant` and `apres` in words, `avant` empty for what is new."""

    libelle: str
    avant: str
    apres: str


@dataclass(frozen=True, slots=True)
class Evenement:
    """An entry of the journal as one reader may read it."""

    le: datetime
    auteur: str
    organisation: str
    phrase: str
    objet: str
    motif: str
    changements: list[Changement]


def history_of(objet: Model) -> QuerySet[Entree]:
    """Entries about one object, the latest first."""
    return Entree.objects.filter(objet_type=objet._meta.label_lower, objet_id=objet.pk)


def events_of(objet: Model, acting: Membership) -> list[Evenement]:
    """The history of an object for its page, the latest first."""
    return events(history_of(objet)[:LIMIT], acting)


def events(entrees: Iterable[Entree], acting: Membership) -> list[Evenement]:
    """Entries as this reader may read them."""
    entrees = list(entrees)
    contrats = _contracts_named_by(entrees)
    return [_event(entree, acting, contrats) for entree in entrees]


def _event(entree: Entree, acting: Membership, contrats: dict[str, str]) -> Evenement:
    author, organisation = entree.auteur, entree.organisation
    if acting.is_cd and organisation and organisation != acting.organisation.nom:
        author, organisation = organisation, ""
    return Evenement(
        entree.le,
        author,
        organisation,
        entree.phrase,
        entree.objet,
        entree.motif,
        changes_of(entree, contrats),
    )


def changes_of(entree: Entree, contrats: dict[str, str] | None = None) -> list[Changement]:
    """What an entry says before and after, field by field, in the words of the screens."""
    model = _model_of(entree)
    changes = []
    for key in sorted({*entree.avant, *entree.apres}, key=_order_of(model)):
        before, after = entree.avant.get(key), entree.apres.get(key)
        if before == after or (before in (None, "", []) and after in (None, "", [])):
            continue
        field = _field(model, key)
        label = label_of(field) if field else LABELS.get(key) or (contrats or {}).get(key)
        if key in MASKED:
            before, after = mask(before), mask(after)
        changes.append(
            Changement(
                label or key.replace("_", " ").capitalize(),
                in_words(field, before) if key in entree.avant else "",
                in_words(field, after) if key in entree.apres else "",
            )
        )
    return changes


def _model_of(entree: Entree) -> type[Model] | None:
    try:
        return apps.get_model(DESCRIBED.get(entree.action, entree.objet_type))
    except LookupError:  # a model that has since been removed
        return None


def _order_of(model: type[Model] | None) -> Callable[[str], tuple[int, str]]:
    """Keys in the order of the object's fields, the others after them."""
    fields = model._meta.concrete_fields if model else ()
    places = {field.name: place for place, field in enumerate(fields)}
    return lambda key: (places.get(key, len(places)), key)


def _field(model: type[Model] | None, key: str) -> Any:
    """The field of that name, when it holds a plain value."""
    if model is None:
        return None
    try:
        field: Any = model._meta.get_field(key)
    except FieldDoesNotExist:
        return None
    return field if field.concrete and not field.is_relation else None


def _contracts_named_by(entrees: list[Entree]) -> dict[str, str]:
    """Hours are kept by the number of their contract: it is read as the person's name."""
    numbers = {
        key
        for entree in entrees
        if entree.objet_type == "presence.etatmensuel"
        for key in (*entree.avant, *entree.apres)
        if key.isdecimal()
    }
    if not numbers:
        return {}
    contrats = apps.get_model("siae", "Contrat")._default_manager.filter(pk__in=numbers)
    return {
        str(contrat.pk): f"Heures de {contrat.salarie}"
        for contrat in contrats.select_related("salarie")
    }


def history_of_all(objets: Iterable[Model]) -> QuerySet[Entree]:
    """Entries about several objects at once, in one query."""
    about = Q(pk__in=[])
    for objet in objets:
        about |= Q(objet_type=objet._meta.label_lower, objet_id=objet.pk)
    return Entree.objects.filter(about)
