"""Writing the journal: one function, called by every service inside its transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.utils import timezone

from apps.core import fence
from apps.core.requests import request_id
from apps.journal.actions import ACTIONS
from apps.journal.models import Entree

if TYPE_CHECKING:
    from apps.accounts.models import Membership

import json


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, for `record_many`."""

    action: str
    objet: Model
    motif: str = ""
    avant: Mapping[str, Any] = field(default_factory=dict)
    apres: Mapping[str, Any] = field(default_factory=dict)


def record(
    acting: Membership | None,
    action: str,
    objet: Model,
    *,
    motif: str = "",
    avant: Mapping[str, Any] | None = None,
    apres: Mapping[str, Any] | None = None,
) -> Entree:
    """Append one entry. `acting` is None for the product's own scheduled work.

    Raises KeyError when `action` is not in the registry: an unnamed act is a programming fault.
    """
    return record_many(acting, [Fact(action, objet, motif, avant or {}, apres or {})])[0]


@fence.system("what happened is written, whoever it concerns")
def record_many(acting: Membership | None, facts: Iterable[Fact]) -> list[Entree]:
    """Append many entries in one INSERT (bulk validation, runs)."""
    who = _author(acting)
    return Entree.objects.bulk_create(
        [
            Entree(
                **who,
                action=_known(fact.action),
                objet_type=fact.objet._meta.label_lower,
                objet_id=fact.objet.pk,
                objet=str(fact.objet)[:200],
                motif=fact.motif[:1000],
                avant=_plain(fact.avant),
                apres=_plain(fact.apres),
                requete=request_id.get()[:40],
            )
            for fact in facts
        ],
        batch_size=1000,
    )


def record_reading(acting: Membership, action: str, objet: Model) -> None:
    """Append that somebody read personal data or an account: once per person, object and day.

    One query when it is known already, two otherwise.
    """
    known = Entree.objects.filter(
        objet_type=objet._meta.label_lower,
        objet_id=objet.pk,
        action=action,
        utilisateur=acting.user_id,
        le__gte=timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0),
    )
    if not known.exists():
        record(acting, action, objet)


def _author(acting: Membership | None) -> dict[str, Any]:
    if acting is None:
        return {"utilisateur": None, "auteur": "Traitement automatique"}
    return {
        "utilisateur": acting.user,
        "auteur": acting.user.nom_complet,
        "organisation": acting.organisation.nom,
        "role": acting.role,
    }


def _known(action: str) -> str:
    ACTIONS[action]
    return action


def _plain(values: Mapping[str, Any]) -> Any:
    """Dates and decimals as text, exactly as they were."""
    return json.loads(json.dumps(dict(values), cls=DjangoJSONEncoder))
