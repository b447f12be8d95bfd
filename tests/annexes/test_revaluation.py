"""Bulk application of the arrêté of 28 July 2023, published on 17 August (spec 02 §6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.annexes.models import VersionAnnexe
from apps.annexes.services import revaluation
from apps.core.errors import Refus
from apps.journal.models import Entree
from tests.factories import make_siae, make_version

IN_SEPTEMBER = date(2023, 9, 1)


def test_the_preview_gives_each_annex_its_amounts_and_writes_nothing(cadre):
    """6 posts: from 133 734,00 € to 138 168,00 €, that is 4 434,00 € more."""
    version = make_version(siae=cadre.siae)
    apercu = revaluation.preview("ACI_DC", IN_SEPTEMBER)
    (ligne,) = apercu.lignes
    assert (ligne.version, ligne.avant.total, ligne.apres.total) == (
        version,
        Decimal("133734.00"),
        Decimal("138168.00"),
    )
    assert ligne.unitaires_changes == (
        (date(2023, 1, 1), Decimal("22692.00")),
        (date(2023, 5, 1), Decimal("23196.00")),
    )
    assert "28 juillet 2023" in ligne.reference
    assert apercu.difference == Decimal("4434.00")
    assert VersionAnnexe.objects.count() == 1
    assert not Entree.objects.exists()


def test_before_its_publication_the_arrete_changes_nothing(cadre):
    """On 16 August nobody knows it."""
    make_version(siae=cadre.siae)
    apercu = revaluation.preview("ACI_DC", date(2023, 8, 16))
    assert (apercu.lignes, apercu.ecartees) == ((), ())


def test_applying_amends_every_annex_in_force_in_one_act(cadre):
    """M1 validated on 1 September, M0 replaced the same day, C and signature kept."""
    version = make_version(siae=cadre.siae)
    (created,) = revaluation.apply(cadre.asp, "ACI_DC", on=IN_SEPTEMBER)
    version.refresh_from_db()
    created = VersionAnnexe.objects.get(pk=created.pk)
    assert (version.etat, version.remplacee_le) == ("HISTORISE", IN_SEPTEMBER)
    assert (created.modification, created.etat) == (1, "VALIDE")
    assert created.annexe.courante == created
    assert (created.validee_le, created.a_partir_de) == (IN_SEPTEMBER, IN_SEPTEMBER)
    assert (created.montant_total, created.taux_cd) == (Decimal("138168.00"), Decimal("18.58"))
    assert created.montant_cd == version.montant_cd
    assert (created.signee_le, created.signataire) == (version.signee_le, version.signataire)
    assert list(created.montants_unitaires.values_list("montant", flat=True)) == [
        Decimal("22692.00"),
        Decimal("23196.00"),
    ]
    assert list(Entree.objects.order_by("pk").values_list("action", flat=True)) == [
        "annexe.historisee",
        "annexe.revalorisee",
    ]


def test_what_is_not_concerned_is_left_alone(cadre):
    """Another measure, a draft, a replaced or a cancelled annex: nothing changes."""
    ei = make_version(siae=make_siae(mesure="EI_DC"))
    others = [make_version(etat) for etat in ("BROUILLON", "SAISI", "ANNULE", "CLOTURE")]
    make_version(siae=cadre.siae)
    revaluation.apply(cadre.asp, "ACI_DC", on=IN_SEPTEMBER)
    for version in (ei, *others):
        before = version.etat
        version.refresh_from_db()
        assert version.etat == before
        assert version.annexe.versions.count() == 1


def test_an_annex_with_an_amendment_in_preparation_is_set_aside_with_the_reason(cadre):
    """It is listed apart: its amendment will take the new amounts."""
    version = make_version(siae=cadre.siae)
    make_version("BROUILLON", annexe=version.annexe)
    apercu = revaluation.preview("ACI_DC", IN_SEPTEMBER)
    assert apercu.lignes == ()
    assert [ligne.obstacle for ligne in apercu.ecartees] == ["L’avenant M1 est en préparation."]
    with pytest.raises(Refus, match="Aucune annexe"):
        revaluation.apply(cadre.asp, "ACI_DC", on=IN_SEPTEMBER)


def test_applied_twice_is_applied_once(cadre):
    """The second time is refused: there is nothing left to raise."""
    make_version(siae=cadre.siae)
    revaluation.apply(cadre.asp, "ACI_DC", on=IN_SEPTEMBER)
    with pytest.raises(Refus, match="Aucune annexe"):
        revaluation.apply(cadre.asp, "ACI_DC", on=IN_SEPTEMBER)
    assert VersionAnnexe.objects.count() == 2


def test_only_the_asp_applies_an_arrete(cadre):
    """The DDETS is refused and nothing is written."""
    make_version(siae=cadre.siae)
    with pytest.raises(Refus, match="gestionnaire"):
        revaluation.apply(cadre.ddets, "ACI_DC", on=IN_SEPTEMBER)
    assert VersionAnnexe.objects.count() == 1


def test_thirty_annexes_cost_as_many_queries_as_three(cadre, django_assert_num_queries):
    """A bulk act: the number of queries does not depend on the number of annexes."""
    for _ in range(3):
        make_version(siae=make_siae(mesure="EI_DC"), unitaires=UNITAIRES_EI)
    for _ in range(30):
        make_version(siae=make_siae())
    with CaptureQueriesContext(connection) as three:
        revaluation.apply(cadre.asp, "EI_DC", on=IN_SEPTEMBER)
    with django_assert_num_queries(len(three)):
        revaluation.apply(cadre.asp, "ACI_DC", on=IN_SEPTEMBER)


UNITAIRES_EI = ((date(2022, 8, 1), Decimal("11609.00")),)


def test_an_annex_whose_amount_is_unknown_is_set_aside_alone(db):
    """Mayotte has no amount recorded for 2023: its annex waits, the others are revalued."""
    known = make_version(siae=make_siae())
    unknown = make_version(departement="976")
    plan = revaluation.preview("ACI_DC", date(2024, 2, 1))
    assert [ligne.version for ligne in plan.lignes] == [known]
    assert [ligne.version for ligne in plan.ecartees] == [unknown]
    assert "Complétez le barème" in plan.ecartees[0].obstacle
