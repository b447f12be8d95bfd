"""Renewals: A+1 of the following year, PROVISOIRE until it is signed (spec 02 §6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.annexes import services
from apps.annexes.conditions import conditions_by_annexe
from apps.core.errors import Refus
from tests.annexes.conftest import draft, validated
from tests.factories import make_caom, make_delegation, make_mandat, make_pdf

IN_JANUARY = date(2024, 1, 3)


def test_a_renewal_keeps_the_number_and_covers_the_next_twelve_months(cadre):
    """A1 M0, provisional, at the amounts known in January 2024, the former C for want of a CAOM."""
    renewed = services.renew_annexe(cadre.ddets, validated(cadre).annexe, on=IN_JANUARY)
    renewed.refresh_from_db()
    assert (str(renewed), renewed.etat) == ("ACI 062 23 0001 A1 M0", "PROVISOIRE")
    assert (renewed.debut, renewed.fin) == (date(2024, 1, 1), date(2024, 12, 31))
    assert renewed.montant_total == Decimal("139176.00")  # 6 × 23 196
    assert renewed.montant_cd == Decimal("25671.36")
    assert (renewed.signataire, renewed.signee_le, renewed.piece.name) == (None, None, "")


def test_the_amount_is_proposed_from_the_caom_of_the_new_year(cadre):
    """4 × 559,42 × 12 = 26 852,16 €."""
    annexe = validated(cadre).annexe
    make_caom(cadre.financeur, 2024, montant_mensuel="559.42")
    assert services.renew_annexe(cadre.asp, annexe, on=IN_JANUARY).montant_cd == Decimal("26852.16")


def test_a_provisional_annex_pays_nothing_until_it_is_transmitted_and_validated(cadre):
    """It is no version in force; signed, it goes to the ASP like any annex."""
    renewed = services.renew_annexe(cadre.ddets, validated(cadre).annexe, on=IN_JANUARY)
    assert conditions_by_annexe([renewed.annexe_id]) == {}
    with pytest.raises(Refus, match="Joignez l’annexe signée"):
        services.transmit_annexe(cadre.ddets, renewed, on=IN_JANUARY)
    make_caom(cadre.financeur, 2024)
    make_mandat(cadre.financeur, 2024)
    services.attach_piece(cadre.ddets, renewed, make_pdf())
    services.update_version(
        cadre.ddets,
        renewed,
        revision=renewed.revision + 1,
        signataire=make_delegation("062"),
        signee_le=date(2024, 2, 1),
        on=date(2024, 2, 1),
    )
    services.transmit_annexe(cadre.ddets, renewed, on=date(2024, 2, 1))
    services.validate_annexe(cadre.asp, renewed, on=date(2024, 2, 8))
    renewed.refresh_from_db()
    assert (renewed.etat, renewed.a_partir_de) == ("VALIDE", date(2024, 1, 1))


def test_an_annex_is_renewed_once_and_only_when_validated(cadre):
    """Neither twice, nor from a draft."""
    annexe = validated(cadre).annexe
    services.renew_annexe(cadre.ddets, annexe, on=IN_JANUARY)
    with pytest.raises(Refus, match=r"déjà été renouvelée \(A1\)"):
        services.renew_annexe(cadre.ddets, annexe, on=IN_JANUARY)
    with pytest.raises(Refus, match="validée ou clôturée"):
        services.renew_annexe(cadre.ddets, draft(cadre).annexe, on=IN_JANUARY)


def test_a_short_annex_is_renewed_for_a_whole_year_within_its_convention(cadre):
    """May to December 2023 gives January to December 2024; a convention that ends cuts it."""
    annexe = validated(cadre, debut=date(2023, 5, 1), montant_cd=Decimal(0), brsa_vises=0).annexe
    cadre.convention.fin = date(2024, 6, 30)
    cadre.convention.save()
    renewed = services.renew_annexe(cadre.ddets, annexe, on=IN_JANUARY)
    assert (renewed.debut, renewed.fin) == (date(2024, 1, 1), date(2024, 6, 30))
