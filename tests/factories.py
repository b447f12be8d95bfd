"""What the tests start from: people, organisations, memberships… one small function each.

Every function gives a valid object with the fewest arguments; a test states only what its rule
is about.
"""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from apps.accounts.models import ROLES_BY_TYPE, Membership, Organisation, Role, User

_numbers = count(1)

# The kind of organisation each role belongs to.
TYPE_OF_ROLE = {role: type_ for type_, roles in ROLES_BY_TYPE.items() for role in roles}
PASSWORD = "un mot de passe assez long"


def make_user(username: str = "", **fields: Any) -> User:
    number = next(_numbers)
    fields = {"prenom": "Camille", "nom": f"Personne{number}"} | fields
    return User.objects.create_user(username or f"personne{number}", PASSWORD, **fields)


def make_organisation(type: str = "SIAE", **fields: Any) -> Organisation:
    fields = {"nom": f"Organisation {type} {next(_numbers)}"} | fields
    if type == "DDETS":
        fields.setdefault("departement", "062")
    return Organisation.objects.create(type=type, **fields)


def make_membership(
    role: Role | str = Role.RESPONSABLE,
    organisation: Organisation | None = None,
    user: User | None = None,
    **fields: Any,
) -> Membership:
    """A person acting with a role; the organisation is of the kind that has that role."""
    organisation = organisation or make_organisation(TYPE_OF_ROLE[Role(role)])
    fields = {"debut": date(2020, 1, 1)} | fields
    return Membership.objects.create(
        user=user or make_user(),
        organisation=organisation,
        organisation_type=organisation.type,
        role=role,
        **fields,
    )
