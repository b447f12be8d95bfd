"""Who is told what of an annex: the organisations concerned, and no other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.accounts.models import Notification
from apps.annexes import services
from apps.core.errors import Refus
from tests.annexes.conftest import transmitted, validated
from tests.factories import make_financeur, make_organisation

LE = date(2023, 4, 3)


def told(titre: str) -> set[str]:
    """Kinds of the organisations told by the last act of that title, once each."""
    rows = Notification.objects.filter(titre__contains=titre).select_related("organisation")
    assert len(rows) == len({row.organisation_id for row in rows})
    return {row.organisation.type for row in rows}


def test_a_transmitted_annex_is_told_to_the_asp_alone(cadre):
    version = transmitted(cadre)
    assert told("à valider") == {"ASP"}
    notice = Notification.objects.get(titre__contains="à valider")
    assert (notice.roles, notice.url) == (
        ["GESTIONNAIRE"],
        f"/annexes/versions/{version.pk}/valider/",
    )


def test_a_validated_annex_is_told_to_the_structure_its_ddets_and_its_departement(cadre):
    """Neither to another DDETS, nor to another département."""
    elsewhere = make_organisation("DDETS", departement="059")
    other = make_financeur("059").organisation
    validated(cadre)
    assert told("validée") == {"SIAE", "DDETS", "CD"}
    assert not Notification.objects.filter(organisation__in=[elsewhere, other]).exists()


def test_a_departement_without_money_in_it_is_not_told(cadre):
    validated(cadre, montant_cd=Decimal(0), brsa_vises=0, financeur_cd=None)
    assert told("validée") == {"SIAE", "DDETS"}


def test_a_rejected_annex_is_told_to_the_ddets_with_the_reason(cadre):
    services.reject_annexe(cadre.asp, transmitted(cadre), motif="Signature absente.", on=LE)
    assert told("rejetée") == {"DDETS"}
    assert "Signature absente." in Notification.objects.get(titre__contains="rejetée").texte


def test_a_suspension_and_its_end_are_told_to_all_parties(cadre):
    annexe = validated(cadre).annexe
    suspension = services.suspend_annexe(cadre.asp, annexe, detail="Contrôle", on=LE)
    assert told("Paiements suspendus") == {"SIAE", "DDETS", "CD"}
    services.lift_suspension(cadre.asp, suspension, on=LE)
    assert told("Suspension levée") == {"SIAE", "DDETS", "CD"}


def test_a_cancelled_annex_is_told_to_all_parties_with_the_reason(cadre):
    services.cancel_annexe(cadre.asp, validated(cadre).annexe, motif="Doublon.", on=LE)
    assert told("Annexe annulée") == {"SIAE", "DDETS", "CD"}
    assert "Motif : Doublon." in Notification.objects.filter(titre__contains="annulée")[0].texte


def test_an_act_refused_tells_nobody(cadre):
    version = transmitted(cadre)
    before = Notification.objects.count()
    with pytest.raises(Refus, match="motif du rejet"):
        services.reject_annexe(cadre.asp, version, motif=" ", on=LE)
    assert Notification.objects.count() == before
