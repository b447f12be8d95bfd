"""Writes on structures, bank details, salariés and contracts. One module per object.

Called by the screens of this application, the imports and the demonstration. Each act locks,
checks, writes and journals in one transaction; a refusal is a `core.errors.Refus`.
"""

from apps.siae.services.banque import (
    DEJA_TRAITEES,
    control_bank_details,
    note_bank_reading,
    propose_bank_details,
    refuse_active_bank_details,
    reject_bank_details,
)
from apps.siae.services.banque_delai import (
    apply_bank_details,
    contest_bank_details,
    release_bank_details,
    waive_delay,
)
from apps.siae.services.changes import ModifieEntreTemps
from apps.siae.services.contacts import add_contact, remove_contact
from apps.siae.services.contrats import (
    cancel_exit,
    create_contrat,
    record_exit,
    renew_contrat,
    update_contrat,
)
from apps.siae.services.importations import (
    close_import,
    forget_imports,
    propose_import,
    take_import,
)
from apps.siae.services.nir import record_nir
from apps.siae.services.salaries import (
    SalarieDejaConnu,
    create_salarie,
    note_reading,
    update_salarie,
)
from apps.siae.services.structures import (
    add_mesure,
    change_siret,
    create_structure,
    update_structure,
)

__all__ = [
    "DEJA_TRAITEES",
    "ModifieEntreTemps",
    "SalarieDejaConnu",
    "add_contact",
    "add_mesure",
    "apply_bank_details",
    "cancel_exit",
    "change_siret",
    "close_import",
    "contest_bank_details",
    "control_bank_details",
    "create_contrat",
    "create_salarie",
    "create_structure",
    "forget_imports",
    "note_bank_reading",
    "note_reading",
    "propose_bank_details",
    "propose_import",
    "record_exit",
    "record_nir",
    "refuse_active_bank_details",
    "reject_bank_details",
    "release_bank_details",
    "remove_contact",
    "renew_contrat",
    "take_import",
    "update_contrat",
    "update_salarie",
    "update_structure",
    "waive_delay",
]
