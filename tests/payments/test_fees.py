"""Management fees: counted once; prepared by one, issued by another; the ledger says it."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Notification
from apps.conventions.models import AvenantFinancier
from apps.core.errors import Refus
from apps.payments.facturation import billed_in, count_fees, forecast_of
from apps.payments.ledger import FRAIS, FRAIS_A_RECEVOIR, balance_of
from apps.payments.models import Ecriture, FactureFrais, LigneFrais
from apps.payments.services.frais import (
    discard_facture,
    issue_facture,
    prepare_credit_note,
    prepare_facture,
)
from apps.payments.transitions_frais import FACTURE, next_state_of
from tests.factories import make_financeur, make_siae, make_version
from tests.payments.fees import JANVIER, JUILLET, SIRET, make_frais

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def frais():
    return make_frais()


def rows(facture):
    return list(facture.lignes.values_list("nature", "version_id", "montant"))


def test_fifty_annexes_cost_what_the_convention_says(frais):
    """34,93 € × 50 + 7 325,39 € = 9 071,89 €, in two invoices, the flat fee on the first."""
    first = [frais.annexe("2023-03-01") for _number in range(30)]
    second = [frais.annexe("2023-09-01") for _number in range(20)]
    s1 = frais.issue(frais.prepare("S1"))
    s2 = frais.issue(frais.prepare("S2"))
    assert (s1.montant, s2.montant) == (D("8373.29"), D("698.60"))
    assert s1.montant + s2.montant == D("9071.89") == forecast_of(frais.mandat, 2023)[1]
    assert {version for _n, version, _m in rows(s1)} == {None, *(v.pk for v in first)}
    assert {version for _n, version, _m in rows(s2)} == {v.pk for v in second}
    assert billed_in(frais.mandat, 2023) == (50, D("9071.89"))
    assert (s1.reference, s2.reference) == ("FF-1", "FF-2")


@pytest.mark.parametrize(
    ("fields", "counted"),
    [
        ({}, True),
        ({"montant_cd": D("0.00"), "financeur_cd": None}, False),  # the State alone
        ({"validee_le": "2022-12-31"}, False),  # of the year before
        ({"validee_le": "2023-06-30"}, True),  # last day of the semester
        ({"validee_le": "2023-07-01"}, False),  # of the next invoice
        ({"etat": "SAISI"}, False),  # never validated
        ({"etat": "ANNULE"}, False),  # cancelled
        ({"etat": "CLOTURE"}, True),
        ({"signee_le": date(2022, 12, 31)}, False),  # signed before the mandate
    ],
)
def test_which_annexes_count(frais, fields, counted):
    """Validated in the period, co-financed, signed under the mandate, not cancelled."""
    version = frais.annexe(**fields)
    facture = frais.prepare()
    assert [v for n, v, _m in rows(facture) if n == "ACTE"] == ([version.pk] if counted else [])
    assert facture.montant == D("7325.39") + (D("34.93") if counted else 0)


def test_another_department_is_billed_nothing_of_it(frais):
    """An annex of the Nord does not count for the Pas-de-Calais."""
    make_financeur("059")
    make_version(siae=make_siae(departement="059"), financeur_cd=make_financeur("059"))
    assert rows(frais.prepare()) == [("FORFAIT", None, D("7325.39"))]


def test_only_amendments_with_an_effect_on_its_amount_count(frais):
    """M1 changes the posts only, M2 the amount, M3 removes it: two acts besides the annex."""
    annexe = frais.annexe("2023-01-10")
    same = frais.avenant(annexe, "2023-02-10", etp=D("7.00"))
    lower = frais.avenant(annexe, "2023-03-10", montant_cd=D("10000.00"))
    none = frais.avenant(annexe, "2023-04-10", montant_cd=D("0.00"), financeur_cd=None)
    counted = [version for nature, version, _m in rows(frais.prepare()) if nature == "ACTE"]
    assert counted == [annexe.pk, lower.pk, none.pk]
    assert same.pk not in counted


def test_a_renewal_counts_as_an_annex(frais):
    """A1 of an annex is another annual annex."""
    first = frais.annexe("2023-01-10")
    second = frais.annexe(
        "2023-06-10",
        siae=first.siae,
        debut=date(2024, 1, 1),
        fin=date(2024, 12, 31),
        signee_le=date(2023, 6, 1),
    )
    assert {v for n, v, _m in rows(frais.prepare()) if n == "ACTE"} == {first.pk, second.pk}


def test_prepared_twice_is_prepared_once(frais):
    """The same row again, with what has been validated since; nothing is posted."""
    frais.annexe("2023-03-01")
    facture = frais.prepare()
    frais.annexe("2023-04-01")
    again = frais.prepare()
    assert again.pk == facture.pk
    assert again.montant == D("7325.39") + 2 * D("34.93")
    assert FactureFrais.objects.count() == 1
    assert not Ecriture.objects.filter(evenement="FRAIS_FACTURES").exists()


def test_preview_is_the_preparation(frais):
    """Same rows, same amount, nothing written by the preview."""
    frais.annexe("2023-03-01")
    preview = count_fees(frais.mandat, 2023, "S1")
    assert not LigneFrais.objects.exists()
    facture = frais.prepare()
    assert {rang.key for rang in preview.rangs} == set(rows(facture))
    assert preview.montant == facture.montant
    assert [etape.as_dict() for etape in preview.etapes] == facture.calcul


def test_an_act_is_billed_once_for_ever(frais):
    """Counted late, it goes on the next invoice; counted once, on none; the database holds it."""
    version = frais.annexe("2023-03-01")
    frais.issue(frais.prepare("S1"))
    with pytest.raises(Refus, match="Rien n’est à facturer"):
        frais.prepare("S2")
    late = frais.annexe("2023-05-01")
    s2 = frais.prepare("S2")
    assert rows(s2) == [("ACTE", late.pk, D("34.93"))]
    with pytest.raises(IntegrityError, match="payments_fee_act_once"), transaction.atomic():
        LigneFrais.objects.create(
            facture=s2,
            nature="ACTE",
            libelle="x",
            version=version,
            montant=1,
            mandat=frais.mandat,
            annee=2023,
        )
    with pytest.raises(IntegrityError, match="flat_once_a_year"), transaction.atomic():
        LigneFrais.objects.create(
            facture=s2, nature="FORFAIT", libelle="x", montant=1, mandat=frais.mandat, annee=2023
        )


def test_the_adjustment_comes_after_the_second_semester(frais):
    """A complement for an act found late; none when nothing changed."""
    frais.annexe("2023-03-01")
    frais.issue(frais.prepare("S1"))
    frais.annexe("2023-09-01")
    with pytest.raises(Refus, match="vient après la facture du 2d semestre"):
        frais.prepare("AJUSTEMENT")
    frais.issue(frais.prepare("S2"))
    with pytest.raises(Refus, match="Rien n’est à facturer"):
        frais.prepare("AJUSTEMENT")
    late = frais.annexe("2023-12-20")
    adjustment = frais.issue(frais.prepare("AJUSTEMENT"))
    assert rows(adjustment) == [("ACTE", late.pk, D("34.93"))]
    assert billed_in(frais.mandat, 2023) == (3, D("7325.39") + 3 * D("34.93"))


def test_an_annex_cancelled_since_is_taken_back(frais):
    """On the next document, at the price billed, once; alone, it makes a credit note."""
    version = frais.annexe("2023-03-01")
    s1 = frais.issue(frais.prepare("S1"))
    version.etat = "ANNULE"
    version.save()
    avoir = frais.issue(frais.prepare("S2"))
    assert rows(avoir) == [("RETRAIT", version.pk, D("-34.93"))]
    assert (avoir.montant, avoir.is_avoir, avoir.etat) == (D("-34.93"), True, "EMISE")
    assert balance_of(avoir.reference, FRAIS_A_RECEVOIR) == D("-34.93")
    assert balance_of(s1.reference, FRAIS_A_RECEVOIR) == s1.montant
    with pytest.raises(Refus, match="Rien n’est à facturer"):
        frais.prepare("AJUSTEMENT")
    assert billed_in(frais.mandat, 2023) == (0, D("7325.39"))


def test_the_price_is_that_of_the_year_of_validation():
    """An amendment of January 2024 is billed at the prices of 2024, with its own flat fee."""
    frais = make_frais(avenants=(2023, 2024))
    AvenantFinancier.objects.filter(annee=2024).update(
        prix_annexe=D("36.60"), forfait_annuel=D("7676.00")
    )
    annexe = frais.annexe("2023-03-01")
    amended = frais.avenant(annexe, "2024-01-15", montant_cd=D("10000.00"))
    of_2023 = frais.prepare("S1", 2023)
    of_2024 = frais.prepare("S1", 2024)
    assert rows(of_2023) == [("FORFAIT", None, D("7325.39")), ("ACTE", annexe.pk, D("34.93"))]
    assert rows(of_2024) == [("FORFAIT", None, D("7676.00")), ("ACTE", amended.pk, D("36.60"))]


def test_issued_by_another_and_posted(frais):
    """Numbered at the issue, posted on account 4672 of the mandate, the département is told."""
    frais.annexe("2023-03-01")
    facture = frais.prepare()
    assert (facture.numero, facture.etat, facture.siret) == (None, "PREPAREE", SIRET)
    issued = frais.issue(facture)
    assert (issued.numero, issued.etat, issued.emise_le) == (1, "EMISE", JUILLET)
    assert balance_of("FF-1", FRAIS_A_RECEVOIR) == D("7360.32")
    assert balance_of("FF-1", FRAIS) == D("-7360.32")
    entry = Ecriture.objects.get(evenement="FRAIS_FACTURES")
    assert {(m.financeur_id, m.mandat_id) for m in entry.mouvements.all()} == {
        (frais.cd.pk, frais.mandat.pk)
    }
    told = Notification.objects.filter(organisation=frais.cd.organisation)
    assert [n.titre for n in told] == ["Facture FF-1 : frais de gestion, 1er semestre 2023"]
    with pytest.raises(Refus, match="Seule une facture préparée"):
        frais.issue(facture)
    assert Ecriture.objects.filter(evenement="FRAIS_FACTURES").count() == 1


def test_what_changed_since_the_preparation_is_refused(frais):
    """An act validated in between: prepared again, then issued."""
    facture = frais.prepare()
    frais.annexe("2023-03-01")
    with pytest.raises(Refus, match="préparez-la de nouveau"):
        frais.issue(facture)
    facture.refresh_from_db()
    assert (facture.etat, facture.numero) == ("PREPAREE", None)
    assert frais.issue(frais.prepare()).montant == D("7360.32")


@pytest.mark.parametrize("who", ["gestionnaire", "comptable"])
def test_only_an_ordonnateur_issues(frais, who):
    """And the others change nothing."""
    facture = frais.prepare()
    with pytest.raises(Refus, match="Seul un ordonnateur"):
        issue_facture(getattr(frais.asp, who), facture, on=JUILLET)
    facture.refresh_from_db()
    assert facture.etat == "PREPAREE"


def test_four_eyes_are_held_by_the_database(frais):
    """Whoever prepared never issues, even with a second membership."""
    facture = frais.prepare()
    frais.asp.ordonnateur.user = frais.asp.gestionnaire.user
    with pytest.raises(Refus, match="une autre personne doit l’émettre"):
        frais.issue(facture)
    with pytest.raises(IntegrityError, match="payments_fee_four_eyes"), transaction.atomic():
        FactureFrais.objects.filter(pk=facture.pk).update(
            etat="EMISE", numero=9, emise_le=JUILLET, emise_par=facture.preparee_par
        )


def test_without_a_siret_nothing_is_issued(frais):
    """Chorus Pro needs it; it is given with the preparation."""
    frais.cd.siret = ""
    frais.cd.save()
    facture = frais.prepare()
    with pytest.raises(Refus, match="SIRET du département manque"):
        frais.issue(facture)
    given = prepare_facture(
        frais.asp.gestionnaire,
        frais.mandat,
        2023,
        "S1",
        on=JUILLET,
        siret="226 200 012 00012",
        engagement="GDA-12",
    )
    assert (given.siret, given.engagement) == (SIRET, "GDA-12")
    assert given.code_service == "SERVICE-INSERTION"
    assert frais.issue(given).numero == 1


@pytest.mark.parametrize(
    ("periode", "on", "sentence"),
    [
        ("S1", date(2023, 6, 30), "jusqu’au 30/06/2023"),
        ("S2", date(2023, 12, 31), "jusqu’au 31/12/2023"),
        ("AVOIR", JANVIER, "Choisissez un semestre"),
    ],
)
def test_a_period_is_billed_once_over(frais, periode, on, sentence):
    """Never before its end."""
    with pytest.raises(Refus, match=sentence):
        frais.prepare(periode, on=on)
    assert not FactureFrais.objects.exists()


def test_without_prices_nothing_is_billed():
    """No avenant financier: it says what to record."""
    frais = make_frais(avenants=())
    frais.annexe("2023-03-01")
    with pytest.raises(Refus, match="enregistrez un avenant financier"):
        frais.prepare()


def test_a_credit_note_cancels_the_whole_invoice(frais):
    """Prepared by one, issued by another; the acts are to bill again, on a further number."""
    frais.annexe("2023-03-01")
    facture = frais.issue(frais.prepare())
    avoir = prepare_credit_note(
        frais.asp.gestionnaire, facture, motif="Mauvais engagement", on=JUILLET
    )
    assert (avoir.montant, avoir.etat, avoir.numero) == (-facture.montant, "PREPAREE", None)
    with pytest.raises(Refus, match="Un avoir est déjà préparé"):
        prepare_credit_note(frais.asp.gestionnaire, facture, motif="Encore", on=JUILLET)
    avoir = frais.issue(avoir)
    facture.refresh_from_db()
    assert (facture.etat, avoir.etat, avoir.reference) == ("ANNULEE", "PAYEE", "FF-2")
    assert balance_of("FF-1", FRAIS_A_RECEVOIR) == D("0.00")
    again = frais.issue(frais.prepare())
    assert (again.reference, again.montant) == ("FF-3", facture.montant)
    assert billed_in(frais.mandat, 2023) == (1, facture.montant)


def test_an_abandoned_preparation_leaves_its_acts_to_bill(frais):
    """With its reason; no number is lost."""
    frais.annexe("2023-03-01")
    facture = frais.prepare()
    with pytest.raises(Refus, match="Indiquez le motif"):
        discard_facture(frais.asp.gestionnaire, facture, motif=" ")
    discard_facture(frais.asp.gestionnaire, facture, motif="Tarif à corriger")
    again = frais.issue(frais.prepare())
    assert (again.numero, again.montant) == (1, D("7360.32"))
    assert again.pk != facture.pk


def test_every_state_and_every_event():
    """Whatever is not in the table is refused with the state's name."""
    for event, (sources, target) in FACTURE.items():
        for etat in FactureFrais.Etat:
            facture = FactureFrais(etat=etat)
            if etat in sources:
                assert next_state_of(facture, event) == target
            else:
                with pytest.raises(Refus, match=f"« {etat.label} »"):
                    next_state_of(facture, event)


def test_an_issued_invoice_never_changes(frais):
    """Triggers: neither its figures nor its rows, whoever asks."""
    frais.annexe("2023-03-01")
    facture = frais.issue(frais.prepare())
    row = facture.lignes.first()
    for change in (
        lambda: FactureFrais.objects.filter(pk=facture.pk).update(montant=1),
        lambda: facture.lignes.all().delete(),
        lambda: facture.lignes.filter(pk=row.pk).update(montant=1),
        lambda: facture.lignes.filter(pk=row.pk).update(libelle="Autre"),
    ):
        with pytest.raises(DatabaseError, match="ne se modifie pas"), transaction.atomic():
            change()


def test_the_count_asks_as_many_queries_for_many_annexes(frais):
    """Set-based: two or twelve annexes."""

    def queries():
        with CaptureQueriesContext(connection) as captured:
            count_fees(frais.mandat, 2023, "S1")
        return len(captured)

    frais.annexe("2023-03-01")
    frais.annexe("2023-03-01")
    few = queries()
    for _number in range(10):
        frais.annexe("2023-03-01")
    assert queries() == few
