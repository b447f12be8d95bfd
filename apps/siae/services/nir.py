"""Recording the NIR of a salarié, where the deployment keeps it (see `siae.nir`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from apps.core.encryption import encrypt, fingerprint
from apps.core.errors import Refus
from apps.journal.services import record
from apps.siae import identifiers, permissions
from apps.siae.models import Salarie, Structure

if TYPE_CHECKING:
    from apps.accounts.models import Membership


@transaction.atomic
def record_nir(acting: Membership, salarie: Salarie, nir: str) -> Salarie:
    """Keep the number of a person, or erase it when `nir` is empty.

    Raises `Refus` where the deployment keeps no NIR, for anybody but the structure, for a number
    that does not exist or that another fiche of the structure already has.
    """
    if not settings.NIR_ENABLED:
        raise Refus("Le numéro de sécurité sociale n’est pas recueilli dans cet extranet.")
    structure = Structure.objects.select_for_update(of=("self",)).get(pk=salarie.structure_id)
    permissions.can_edit_salaries(acting, structure).enforce()
    locked = structure.salaries.select_for_update(of=("self",)).get(pk=salarie.pk)
    permissions.can_change_fiche(locked).enforce()
    number = identifiers.read_nir(nir) if nir.strip() else ""
    mark = fingerprint(number) if number else ""
    if mark == locked.nir_empreinte:
        return locked
    if mark and (same := structure.salaries.filter(nir_empreinte=mark).first()):
        raise Refus(
            f"Un salarié de la structure porte déjà ce numéro de sécurité sociale : {same}, n° "
            f"{same.numero}. Vérifiez la saisie ou rattachez le contrat à la fiche existante."
        )
    known = bool(locked.nir_empreinte)
    locked.nir_chiffre, locked.nir_empreinte = (encrypt(number), mark) if number else ("", "")
    locked.save(update_fields=["nir_chiffre", "nir_empreinte"])
    record(
        acting,
        "salarie.nir",
        locked,
        avant={"nir_enregistre": known},
        apres={"nir_enregistre": bool(number)},
    )
    return locked
