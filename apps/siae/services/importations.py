"""Waiting imports: rows kept until they are confirmed, emptied once applied.

The rows themselves are written by the services of the salariés and contracts. Called by
`siae.importation`, which plays them, and by the screen that receives the file.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from apps.core.errors import Refus
from apps.journal.services import record
from apps.siae import permissions
from apps.siae.models import ImportSalaries, Structure

if TYPE_CHECKING:
    from apps.accounts.models import Membership


KEPT = timedelta(days=7)


@transaction.atomic
def propose_import(
    acting: Membership, structure: Structure, *, fichier: str, lignes: list[dict[str, Any]]
) -> ImportSalaries:
    """Keep the rows of a file until their author confirms them; the one before is forgotten."""
    permissions.can_edit_salaries(acting, structure).enforce()
    waiting = ImportSalaries.objects.filter(applique_le=None)
    waiting.filter(structure=structure, demande_par=acting.user).delete()
    return ImportSalaries.objects.create(
        structure=structure, demande_par=acting.user, fichier=fichier[:200], lignes=lignes
    )


def forget_imports() -> int:
    """Delete the rows that nobody has confirmed for a week: personal data; returns how many files.

    Called every night by the clock.
    """
    waiting = ImportSalaries.objects.filter(applique_le=None)
    return waiting.filter(cree_le__lt=timezone.now() - KEPT).delete()[0]


def take_import(acting: Membership, demande: ImportSalaries) -> ImportSalaries:
    """The import, locked for the caller's transaction. Raises Refus when it is already applied."""
    permissions.can_edit_salaries(acting, demande.structure).enforce()
    found = (
        ImportSalaries.objects.select_for_update(of=("self",))
        .select_related("structure")
        .filter(pk=demande.pk)
        .first()
    )
    if found is None or found.applique_le is not None:
        raise Refus("Ce fichier a déjà été importé ou remplacé : envoyez-le de nouveau.")
    return found


def close_import(
    acting: Membership, demande: ImportSalaries, *, importees: int, refusees: int
) -> None:
    """Forget the rows, now written, and say in the journal of the structure what was imported."""
    demande.lignes = []
    demande.applique_le = timezone.now()
    demande.save(update_fields=["lignes", "applique_le"])
    record(
        acting,
        "salarie.import",
        demande.structure,
        apres={
            "fichier": demande.fichier,
            "lignes_importees": importees,
            "lignes_refusees": refusees,
        },
    )
