"""Contacts of a structure beside its technical correspondent: added and withdrawn.

Called by the page of the structure. A contact is not a user: it gives no access.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from apps.core.errors import Refus
from apps.journal.services import record
from apps.siae import permissions
from apps.siae.models import Contact, Structure
from apps.siae.services.changes import apply_values, check_choices

if TYPE_CHECKING:
    from apps.accounts.models import Membership

FIELDS = ("nom", "fonction", "telephone", "courriel")


@transaction.atomic
def add_contact(acting: Membership, structure: Structure, **fields: Any) -> Contact:
    """One more person to write to, with at least a telephone or an address."""
    structure = Structure.objects.select_for_update(of=("self",)).get(pk=structure.pk)
    permissions.can_edit_contacts(acting, structure).enforce()
    contact = Contact(structure=structure)
    apply_values(contact, fields, FIELDS)
    check_choices(contact, FIELDS)
    if not contact.telephone and not contact.courriel:
        raise Refus("Indiquez un téléphone ou une adresse électronique.")
    if structure.contacts.filter(nom=contact.nom, fonction=contact.fonction).exists():
        raise Refus("Cette personne est déjà enregistrée pour cette fonction.")
    contact.save()
    record(acting, "structure.contact_ajoute", structure, apres=fields)
    return contact


@transaction.atomic
def remove_contact(acting: Membership, contact: Contact) -> None:
    """The person is no longer to be written to; the journal keeps who it was."""
    structure = Structure.objects.select_for_update(of=("self",)).get(pk=contact.structure_id)
    permissions.can_edit_contacts(acting, structure).enforce()
    found = structure.contacts.filter(pk=contact.pk).first()
    if found is None:
        raise Refus("Ce contact est déjà retiré.")
    before = {name: getattr(found, name) for name in FIELDS}
    found.delete()
    record(acting, "structure.contact_retire", structure, avant=before)
