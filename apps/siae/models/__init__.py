"""Structures, SIAE, bank details, salariés and contrats. One module per object.

A salarié is a person within a structure; a contract belongs to one measure of it.
"""

from apps.siae.models.contrats import Contrat
from apps.siae.models.salaries import ImportSalaries, Salarie
from apps.siae.models.structures import (
    ChangementSiret,
    Contact,
    CoordonneesBancaires,
    Siae,
    Structure,
)

__all__ = [
    "ChangementSiret",
    "Contact",
    "Contrat",
    "CoordonneesBancaires",
    "ImportSalaries",
    "Salarie",
    "Siae",
    "Structure",
]
