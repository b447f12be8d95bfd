"""The structure certifies its statement (cahier des charges §2.3, spec 01 §4).

Called by the certification page, after the statement of honour. From then on the hours cannot
change until the ASP re-opens the statement.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.presence.checks import check_etat
from apps.presence.models import EtatMensuel
from apps.presence.permissions import can_certify
from apps.presence.services.entry import lock_etat
from apps.presence.transitions import reach

JUSTIFICATION_MAX = 500


@transaction.atomic
def certify_etat(
    acting: Membership, etat: EtatMensuel, *, justification: str = "", on: date | None = None
) -> EtatMensuel:
    """Certify the current version. `Refus` names every blocking finding, or the missing word."""
    on = on or today()
    etat = lock_etat(etat)
    can_certify(acting, etat.annexe).enforce()
    state = reach("certifier", etat)
    justification = justification.strip()
    findings = check_etat(etat, on=on)
    blocking = [finding.message for finding in findings if finding.bloquant]
    if blocking:
        raise Refus(*blocking)
    if len(justification) > JUSTIFICATION_MAX:
        raise Refus(f"La justification ne doit pas dépasser {JUSTIFICATION_MAX} caractères.")
    if findings and not justification:
        raise Refus("Des écarts sont signalés : justifiez-les en quelques mots.")
    before = etat.etat
    etat.etat = state
    etat.justification = justification if findings else ""
    etat.certifie_par = acting.user
    etat.certifie_le = on
    etat.premiere_saisie_le = etat.premiere_saisie_le or on
    # The document of a former version is not that of this one.
    etat.document = None
    etat.save(
        update_fields=[
            "etat",
            "justification",
            "certifie_par",
            "certifie_le",
            "premiere_saisie_le",
            "document",
        ]
    )
    record(
        acting,
        "etat.certifie",
        etat,
        motif=etat.justification,
        avant={"etat": before},
        apres={"etat": state, "version": etat.version, "certifie_le": on},
    )
    return etat
