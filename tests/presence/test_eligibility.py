"""Which declared hours are eligible, who is a beneficiary; frozen when the ASP validates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.annexes.models import VersionAnnexe
from apps.conventions.models import Financeur
from apps.presence.eligibility import AUTRE_AIDE, FORME, HORS_ANNEXE, PASS, with_eligibility
from apps.presence.models import LignePresence
from apps.presence.querysets import validated_totals
from apps.presence.services import validate_etats
from tests.presence.world import JANVIER, end_of, month


def validated_line(world, mois=JANVIER):
    etat = world.validated(mois, "10.00")
    [line] = etat.lignes.current()
    return line


@pytest.mark.parametrize(
    ("fields", "motif"),
    [
        ({}, ""),
        # The PASS IAE covers at least one day of the contract within the month.
        ({"salarie_pass_fin": date(2023, 1, 1)}, ""),
        ({"salarie_pass_debut": date(2022, 1, 1), "salarie_pass_fin": date(2022, 12, 31)}, PASS),
        ({"salarie_pass_debut": date(2023, 1, 31)}, ""),
        ({"salarie_pass_debut": date(2023, 2, 1)}, PASS),
        ({"salarie_pass_fin": date(2023, 1, 14), "debut": date(2023, 1, 15)}, PASS),
        (
            {
                "salarie_pass_debut": date(2023, 1, 21),
                "date_sortie": date(2023, 1, 20),
                "motif_sortie": "04",
            },
            PASS,
        ),
        # Forms of an ACI.
        ({"forme": "CDDI_PHC"}, ""),
        ({"forme": "CDDI_CVG"}, ""),
        ({"forme": "CDII"}, ""),
        ({"forme": "CDDU"}, FORME),
        ({"forme": "CTT"}, FORME),
        ({"forme": "CREA"}, FORME),
        # Another State aid for the same person.
        ({"autre_aide_etat": True}, AUTRE_AIDE),
        # Several reasons: the first is told.
        ({"autre_aide_etat": True, "forme": "CTT"}, FORME),
    ],
)
def test_hours_are_eligible_or_the_line_says_why(world, fields, motif):
    world.contrat(**fields)
    line = validated_line(world)
    assert line.motif_ineligibilite == motif
    assert line.heures_declarees == Decimal("10.00")
    assert line.heures_eligibles == (Decimal("0.00") if motif else Decimal("10.00"))


def test_hours_of_a_month_outside_the_version_in_force_are_not_eligible(world):
    """The annex was shortened after the statement was entered."""
    world.contrat()
    etat = world.certified(month(3))
    VersionAnnexe.objects.filter(annexe=world.annexe).update(fin=date(2023, 2, 28))
    validate_etats(world.gestionnaire, [etat], on=end_of(month(3)))
    [line] = etat.lignes.all()
    assert (line.heures_eligibles, line.motif_ineligibilite) == (Decimal(0), HORS_ANNEXE)


@pytest.mark.parametrize(
    ("rsa", "departement", "expected"),
    [
        ("NON", "", False),
        ("OUI-M", "062", True),
        ("OUI-NM", "062", True),
        ("OUI-NM", "059", False),
        # The funder took over from the 06P, and the 06S took over from it.
        ("OUI-NM", "06P", True),
        ("OUI-NM", "06S", True),
    ],
)
def test_the_departement_of_the_annex_pays_for_its_own_beneficiaries(
    world, rsa, departement, expected
):
    cd = world.cd
    successor = Financeur.objects.create(type="CD", code="06S", nom="Collectivité")
    Financeur.objects.filter(pk=cd.pk).update(successeur=successor, succede_le=date(2023, 1, 1))
    Financeur.objects.create(
        type="CD", code="06P", nom="Ancien", successeur=cd, succede_le=date(2021, 1, 1)
    )
    Financeur.objects.create(type="CD", code="059", nom="Nord")
    world.contrat(rsa=rsa, rsa_departement=departement)
    assert validated_line(world).brsa is expected


@pytest.mark.parametrize(("departement", "expected"), [("062", True), ("059", False)])
def test_an_annex_not_co_financed_yet_knows_its_beneficiaries(world, departement, expected):
    """An amendment may bring the département's money: the months before it count too."""
    VersionAnnexe.objects.filter(annexe=world.annexe).update(
        financeur_cd=None, montant_cd=0, taux_cd=0
    )
    world.contrat(rsa="OUI-M", rsa_departement=departement)
    assert validated_line(world).brsa is expected


def test_the_forecast_is_what_validation_freezes(world):
    """One expression: what the entry page announces is what is written."""
    world.contrat(rsa="OUI-M", rsa_departement="062")
    world.contrat(autre_aide_etat=True)
    world.contrat(forme="CTT", rsa="OUI-NM", rsa_departement="059")
    etat = world.certified()
    lines = with_eligibility(LignePresence.objects.filter(etat_mensuel=etat)).order_by("pk")
    forecast = [(line.motif_prevu, line.brsa_prevu) for line in lines]

    validate_etats(world.gestionnaire, [etat], on=end_of(JANVIER))

    frozen = [(line.motif_ineligibilite, line.brsa) for line in etat.lignes.order_by("pk")]
    assert frozen == forecast == [("", True), (AUTRE_AIDE, False), (FORME, False)]


def test_a_beneficiary_is_a_person_with_one_eligible_hour(world):
    """Two contracts of 0,50 h make one; 0,99 h makes none; ineligible hours make none."""
    first = world.contrat(fin=date(2023, 1, 15), rsa="OUI-M", rsa_departement="062")
    second = world.contrat(
        salarie=first.salarie, debut=date(2023, 1, 16), rsa="OUI-M", rsa_departement="062"
    )
    below = world.contrat(rsa="OUI-M", rsa_departement="062")
    world.contrat(rsa="OUI-M", rsa_departement="062", autre_aide_etat=True)
    world.contrat()
    world.validated(by={first.pk: "0.50", second.pk: "0.50", below.pk: "0.99"}, hours="10.00")
    [total] = validated_totals([world.annexe.pk])
    assert (total.heures, total.brsa) == (Decimal("11.99"), 1)


def test_frozen_figures_do_not_follow_later_changes(world):
    """The contract is corrected after validation: what was validated stays."""
    person = world.contrat()
    line = validated_line(world)
    person.autre_aide_etat = True
    person.save(update_fields=["autre_aide_etat"])
    line.refresh_from_db()
    assert (line.heures_eligibles, line.motif_ineligibilite) == (Decimal("10.00"), "")
