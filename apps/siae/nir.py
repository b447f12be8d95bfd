"""The social security number (NIR) of a fiche: kept encrypted, shown by its last digits.

Only where the deployment says so (`settings.NIR_ENABLED`, decree 2019-341). It appears in no
export, list nor document, and the journal says that it was entered, never what it is.
"""

from __future__ import annotations

from apps.core.encryption import decrypt
from apps.siae.models import Salarie

SHOWN = 4


def masked_nir(salarie: Salarie) -> str:
    """« ••• 23 45 »; empty when none is kept."""
    if not salarie.nir_chiffre:
        return ""
    last = decrypt(salarie.nir_chiffre)[-SHOWN:]
    return f"••• {last[:2]} {last[2:]}"
