"""Renewals in series: looked at first, opened in one act, one refused not stopping the others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.annexes import services
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.errors import Refus
from apps.journal.models import Entree
from tests.annexes.conftest import another_siae, validated
from tests.factories import make_caom, make_membership, make_organisation, make_siae, make_version

LE = date(2024, 1, 3)


@pytest.fixture
def deux(cadre):
    """Two annexes of 2023, and the CAOM of 2024: 4 beneficiaries × 559,42 × 12 for each."""
    make_caom(cadre.financeur, 2024, montant_mensuel="559.42", entrees_brsa=10)
    return [validated(cadre).annexe, validated(another_siae(cadre)).annexe]


def test_the_preview_writes_nothing_and_shows_what_will_be(cadre, deux):
    before = (VersionAnnexe.objects.count(), Entree.objects.count())
    serie = services.preview_series(cadre.ddets, deux, on=LE)
    assert [ligne.version.montant_total for ligne in serie.ouvertes] == [Decimal("139176.00")] * 2
    assert (VersionAnnexe.objects.count(), Entree.objects.count()) == before


def test_the_caom_is_shown_as_it_would_be_after_the_whole_series(cadre, deux):
    """10 × 559,42 × 12 = 67 130,40 € less 2 × 26 852,16 € leaves 13 426,08 €."""
    (apres,) = services.preview_series(cadre.ddets, deux, on=LE).caoms
    assert (apres.serie, apres.reste) == (Decimal("53704.32"), Decimal("13426.08"))
    assert (apres.beneficiaires, apres.beneficiaires_restants) == (8, 2)


def test_the_second_series_counts_what_the_first_has_opened(cadre, deux):
    """Two series of one annex leave on the CAOM what one series of two leaves."""
    services.renew_series(cadre.ddets, deux[:1], on=LE)
    (apres,) = services.preview_series(cadre.ddets, deux[1:], on=LE).caoms
    assert (apres.serie, apres.autres) == (Decimal("26852.16"), Decimal("26852.16"))
    assert (apres.reste, apres.beneficiaires_restants) == (Decimal("13426.08"), 2)


def test_one_refused_does_not_stop_the_others(cadre, deux):
    services.renew_annexe(cadre.ddets, deux[0], on=LE)
    serie = services.renew_series(cadre.ddets, deux, on=LE)
    assert [ligne.annexe for ligne in serie.ouvertes] == [deux[1]]
    (refused,) = serie.refusees
    assert "déjà été renouvelée (A1)" in refused.refus[0]
    assert VersionAnnexe.objects.filter(etat="PROVISOIRE").count() == 2


def test_common_end_and_rate_apply_to_every_annex(cadre, deux):
    """Six months at 23 196 / 2 × 6 = 69 588 €, 20 % of which is 13 917,60 €."""
    serie = services.renew_series(
        cadre.ddets, deux, on=LE, fin=date(2024, 6, 30), taux_cd=Decimal("20.00")
    )
    found = {(v.fin, v.montant_total, v.montant_cd) for v in (x.version for x in serie.ouvertes)}
    assert found == {(date(2024, 6, 30), Decimal("69588.00"), Decimal("13917.60"))}


def test_the_checks_are_those_of_the_draft_but_for_the_signature(cadre, deux):
    """No mandate in 2024: it is said; that the PDF is missing goes without saying."""
    serie = services.preview_series(cadre.ddets, deux, on=LE)
    fields = {constat.champ for ligne in serie.ouvertes for constat in ligne.constats}
    assert "montant_cd" in fields
    # Said once, for both annexes.
    (constat, lignes) = serie.constats[0]
    assert "aucune convention de mandat" in constat.message
    assert len(lignes) == 2
    assert not fields & {"piece", "signataire", "signee_le"}


def test_a_series_is_limited(cadre, deux):
    with pytest.raises(Refus, match="100 annexes au plus"):
        services.renew_series(cadre.ddets, deux * 51, on=LE)
    assert not VersionAnnexe.objects.filter(etat="PROVISOIRE").exists()


def test_only_annexes_that_end_in_the_period_and_have_no_renewal_are_proposed(cadre, deux):
    make_version(siae=make_siae(), fin=date(2023, 6, 30))
    services.renew_annexe(cadre.ddets, deux[0], on=LE)
    found = AnnexeFinanciere.objects.visible_to(cadre.ddets).to_renew(
        date(2023, 12, 1), date(2023, 12, 31)
    )
    assert list(found) == [deux[1]]


def test_the_screens_from_choice_to_report(cadre, deux, settings):
    settings.TODAY = LE
    client = Client()
    client.force_login(cadre.ddets.user)
    address = reverse("annexes:renouveler_serie")
    assert "2 annexes à renouveler" in client.get(address).content.decode()
    none = client.post(address, {"fin": "13/2024"}).content.decode()
    assert "Cochez au moins une annexe à renouveler." in none
    assert "Saisissez un mois et une année" in none
    chosen = {"annexes": [annexe.pk for annexe in deux]}
    preview = client.post(address, chosen).content.decode()
    assert "Ouvrir 2 annexes provisoires" in preview
    assert not VersionAnnexe.objects.filter(etat="PROVISOIRE").exists()
    report = client.post(address, chosen | {"creer": "oui"}).content.decode()
    assert "Annexes provisoires ouvertes : 2." in report
    assert VersionAnnexe.objects.filter(etat="PROVISOIRE").count() == 2


def test_another_ddets_renews_nothing_of_ours(cadre, deux):
    client = Client()
    elsewhere = make_organisation("DDETS", departement="059")
    client.force_login(make_membership("INSTRUCTEUR", elsewhere).user)
    said = client.post(
        reverse("annexes:renouveler_serie"), {"annexes": [deux[0].pk], "creer": "oui"}
    )
    assert said.status_code == 200
    assert not VersionAnnexe.objects.filter(etat="PROVISOIRE").exists()
