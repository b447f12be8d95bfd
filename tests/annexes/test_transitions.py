"""The transition table, walked whole: every state with every event (spec 01 §3)."""

from __future__ import annotations

from datetime import date

import pytest

from apps.annexes import services
from apps.annexes.models import VersionAnnexe
from apps.annexes.services.workflow import move
from apps.annexes.transitions import SENTENCES, TABLE
from apps.core.errors import Refus
from apps.journal.models import Entree
from tests.factories import make_version

ALLOWED = {
    ("BROUILLON", "transmit"): "SAISI",
    ("REJETE", "transmit"): "SAISI",
    ("PROVISOIRE", "transmit"): "SAISI",
    ("SAISI", "validate"): "VALIDE",
    ("SAISI", "reject"): "REJETE",
    ("VALIDE", "replace"): "HISTORISE",
    ("VALIDE", "close"): "CLOTURE",
    ("VALIDE", "cancel"): "ANNULE",
}


@pytest.mark.parametrize("event", TABLE)
@pytest.mark.parametrize("state", VersionAnnexe.Etat.values)
def test_every_state_with_every_event(state, event):
    """Eight passages are allowed and no others; a refusal is a sentence and changes nothing."""
    version = VersionAnnexe(etat=state)
    target = ALLOWED.get((state, event))
    if target:
        move(version, event)
        assert version.etat == target
        return
    with pytest.raises(Refus) as refus:
        move(version, event)
    assert str(refus.value) == SENTENCES[event]
    assert (version.etat, version.revision) == (state, 1)


ACTS = {
    "transmit": lambda cadre, v: services.transmit_annexe(cadre.ddets, v, on=date(2023, 1, 11)),
    "validate": lambda cadre, v: services.validate_annexe(cadre.asp, v, on=date(2023, 1, 11)),
    "reject": lambda cadre, v: services.reject_annexe(
        cadre.asp, v, motif="Signature illisible", on=date(2023, 1, 11)
    ),
    "cancel": lambda cadre, v: services.cancel_annexe(
        cadre.asp, v.annexe, motif="Erreur", on=date(2023, 1, 11)
    ),
    "close": lambda cadre, v: services.close_annexe(cadre.asp, v.annexe, on=date(2023, 1, 11)),
}


@pytest.mark.parametrize("event", ACTS)
@pytest.mark.parametrize("state", VersionAnnexe.Etat.values)
def test_the_services_follow_the_table(cadre, state, event):
    """The service of each event moves the version along the table, or refuses and writes nothing.

    Closing is refused from VALIDE here: nothing was settled (see test_closing).
    """
    version = make_version(state, siae=cadre.siae)
    target = ALLOWED.get((state, event))
    if target and event != "close":
        ACTS[event](cadre, version)
        version.refresh_from_db()
        assert version.etat == target
        assert Entree.objects.count() == 1
        return
    with pytest.raises(Refus):
        ACTS[event](cadre, version)
    version.refresh_from_db()
    assert version.etat == state
    assert not Entree.objects.exists()
