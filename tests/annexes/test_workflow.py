"""Transmission, validation, rejection: who, when, and what the payments will use."""

from __future__ import annotations

from datetime import date

import pytest

from apps.annexes import services
from apps.annexes.models import VersionAnnexe
from apps.core.errors import Refus
from apps.journal.history import history_of
from tests.annexes.conftest import draft, transmitted, validated
from tests.factories import make_membership


def test_the_whole_circuit_is_dated_and_recorded(cadre):
    """Created, transmitted by the DDETS, validated by the ASP: dates, states, journal."""
    version = validated(cadre)
    version.refresh_from_db()
    assert version.etat == "VALIDE"
    assert version.transmise_le == date(2023, 1, 5)
    assert version.transmise_par == cadre.ddets.user
    assert version.validee_le == date(2023, 1, 10)
    assert version.a_partir_de == date(2023, 1, 1)
    assert [e.action for e in history_of(version)] == [
        "annexe.validee",
        "annexe.transmise",
        "annexe.piece_jointe",
        "annexe.creee",
    ]


def test_a_first_version_validated_late_still_applies_from_its_start(cadre):
    """Validated on 25 March: the instalments of January to March are due all the same."""
    version = validated(cadre, on=date(2023, 3, 25))
    assert version.a_partir_de == date(2023, 1, 1)


def test_a_rejected_version_comes_back_and_may_be_sent_again(cadre):
    """The reason is kept and shown until the next transmission."""
    version = transmitted(cadre)
    services.reject_annexe(cadre.asp, version, motif="Signature absente", on=date(2023, 1, 9))
    version.refresh_from_db()
    assert (version.etat, version.motif_rejet) == ("REJETE", "Signature absente")
    assert version.rejetee_le == date(2023, 1, 9)
    services.update_version(
        cadre.ddets, version, revision=version.revision, brsa_vises=4, on=date(2023, 1, 12)
    )
    services.transmit_annexe(cadre.ddets, version, on=date(2023, 1, 12))
    version.refresh_from_db()
    assert (version.etat, version.motif_rejet, version.rejetee_le) == ("SAISI", "", None)


def test_a_rejection_without_a_reason_is_refused(cadre):
    """The DDETS must know what to correct."""
    version = transmitted(cadre)
    with pytest.raises(Refus, match="motif du rejet"):
        services.reject_annexe(cadre.asp, version, motif="  ")
    version.refresh_from_db()
    assert version.etat == "SAISI"


def test_the_person_who_transmitted_cannot_validate_under_another_hat(cadre):
    """Four eyes: one person, two memberships, is still one person."""
    version = transmitted(cadre)
    same_person = make_membership("GESTIONNAIRE", user=cadre.ddets.user)
    with pytest.raises(Refus, match="une autre personne"):
        services.validate_annexe(same_person, version, on=date(2023, 1, 10))
    version.refresh_from_db()
    assert version.etat == "SAISI"


def test_each_role_has_its_acts_and_no_others(cadre):
    """The DDETS does not validate, the ASP does not transmit, the others do neither."""
    sent = transmitted(cadre)
    others = [make_membership(role) for role in ("RESPONSABLE", "LECTEUR", "ORDONNATEUR")]
    for acting in (cadre.ddets, *others):
        with pytest.raises(Refus, match=r"gestionnaire de l’ASP"):
            services.validate_annexe(acting, sent, on=date(2023, 1, 10))
    written = draft(cadre)
    for acting in (cadre.asp, *others):
        with pytest.raises(Refus, match="Seule la DDETS"):
            services.transmit_annexe(acting, written, on=date(2023, 1, 10))
    assert set(VersionAnnexe.objects.values_list("etat", flat=True)) == {"SAISI", "BROUILLON"}


def test_validation_cannot_precede_transmission(cadre):
    """Dates follow one another."""
    version = transmitted(cadre, on=date(2023, 1, 5))
    with pytest.raises(Refus, match="ne peut pas précéder"):
        services.validate_annexe(cadre.asp, version, on=date(2023, 1, 4))
