"""Recovery orders: issued by the final regularisation, completed or reduced by a second one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from apps.conventions.models import Financeur
from apps.journal.models import Entree
from apps.payments import ledger
from apps.payments.models import Ecriture, Versement
from apps.presence.models import EtatMensuel
from apps.recoveries.controles import faults
from apps.recoveries.models import OrdreDeRecouvrer
from apps.recoveries.services.contestations import contest, decide_dispute, examine_dispute
from apps.rules.periods import Month, month_range
from tests.payments.dossiers import add_statement, make_annexe, make_asp, run, statements

D = Decimal
# Three months of one post at 12 000 € a year: 1 000,00 € a month, 1820 / 12 hours.
REQUEST = {
    "mesure": "ACI_DC",
    "debut": "2018-01-01",
    "fin": "2018-03-31",
    "etp": "1.00",
    "montant_unitaire_annuel": "12000.00",
    "heures_annuelles_etp": "1820",
    "montant_cd": "1500.00",
}


@pytest.fixture
def asp(db):
    return make_asp()


def played(asp, hours: list[str], *, brsa: int = 0, until: str = "2018-04"):
    """The annex after the runs of its months and of the following one."""
    annexe = make_annexe(REQUEST | {"mois": statements("2018-01", hours, brsa=brsa)})
    for mois in month_range(Month(2018, 1), Month.parse(until)):
        run(asp, str(mois))
    connection.check_constraints()
    return annexe


def orders(annexe) -> list[tuple]:
    rows = OrdreDeRecouvrer.objects.filter(annexe=annexe).order_by("numero")
    return list(rows.values_list("numero", "financeur__type", "montant_initial", "montant", "etat"))


def reopen(annexe, hours: list[str], *, brsa: int = 0, on: str) -> None:
    """The statements of the annex validated again with other hours."""
    etats = EtatMensuel.objects.filter(annexe=annexe)
    for etat in etats:
        etat.lignes.all().delete()
    etats.delete()
    for month in statements("2018-01", hours, brsa=brsa):
        add_statement(annexe, month | {"valide_le": on})


def test_no_hour_done_recovers_everything_from_both_funders(asp):
    """3 000,00 € paid, half of it by the département: two orders, the State's first."""
    annexe = played(asp, ["0.00", "0.00", "0.00"])
    assert orders(annexe) == [
        (1, "ETAT", D("1500.00"), D("1500.00"), "EMIS"),
        (2, "CD", D("1500.00"), D("1500.00"), "EMIS"),
    ]
    first = OrdreDeRecouvrer.objects.get(numero=1)
    assert first.emis_le == date(2018, 4, 20)
    assert (first.emis_par, first.propose_par) == (asp.ordonnateur.user, asp.gestionnaire.user)
    solde = Versement.objects.get(annexe=annexe, nature="solde")
    assert first.versement == solde
    assert first.bases == solde.calcul
    assert first.bases
    assert Entree.objects.filter(action="ordre.emis").count() == 2


def test_hours_done_issue_no_order(asp):
    """A full realisation: no order, no entry of order, nothing to recover."""
    annexe = played(asp, ["151.67", "151.67", "151.67"])
    assert orders(annexe) == []
    assert not Ecriture.objects.filter(evenement="ORDRE").exists()
    assert ledger.to_recover_by_annexe([annexe.pk]) == {}


def test_the_order_lowers_the_aid_borne_by_each_funder(asp):
    """Ledger: 463 holds what is claimed, 657 keeps what is definitively borne."""
    annexe = played(asp, ["0.00", "0.00", "0.00"])
    etat, cd = Financeur.objects.get(type="ETAT"), Financeur.objects.get(type="CD")
    assert ledger.to_recover_by_annexe([annexe.pk]) == {
        (annexe.pk, etat.pk): D("1500.00"),
        (annexe.pk, cd.pk): D("1500.00"),
    }
    assert ledger.balances(comptes=["657"]) == {("657", etat.pk): 0, ("657", cd.pk): 0}
    assert ledger.paid_by_annexe([annexe.pk]) == {
        (annexe.pk, etat.pk): D("1500.00"),
        (annexe.pk, cd.pk): D("1500.00"),
    }


def test_orders_are_issued_once(asp):
    """Later runs find nothing to change: no line, no order."""
    annexe = played(asp, ["0.00", "0.00", "0.00"], until="2018-06")
    assert len(orders(annexe)) == 2
    assert Versement.objects.filter(annexe=annexe, nature="solde").count() == 1


def test_a_second_regularisation_reduces_the_orders(asp):
    """Hours found afterwards: the orders are cancelled, the ledger follows, numbers stay."""
    annexe = played(asp, ["0.00", "0.00", "0.00"])
    reopen(annexe, ["151.67", "151.67", "151.67"], brsa=1, on="2018-05-10")
    run(asp, "2018-05")
    connection.check_constraints()
    second = Versement.objects.get(annexe=annexe, nature="solde", sequence=2)
    assert (second.recouvre_etat, second.recouvre_cd) == (D("-1500.00"), D("-1500.00"))
    assert orders(annexe) == [
        (1, "ETAT", D("1500.00"), D("0.00"), "ANNULE"),
        (2, "CD", D("1500.00"), D("0.00"), "ANNULE"),
    ]
    assert set(ledger.to_recover_by_annexe([annexe.pk]).values()) == {0}
    assert Ecriture.objects.filter(evenement="REDUCTION_ORDRE").count() == 2
    assert Entree.objects.filter(action="ordre.modifie").count() == 2


@pytest.mark.parametrize(
    ("hours", "brsa", "upheld", "left"),
    [
        # What the hours found give back was given up already: nothing more, and no refusal.
        ("151.67", 1, "1500.00", "0.00"),
        ("80.00", 0, "400.00", "1100.00"),
        # The dispute had given up less: the rest is given back.
        ("80.00", 0, "50.00", "1417.58"),
    ],
)
def test_what_a_dispute_has_given_up_is_not_given_back_twice(asp, hours, brsa, upheld, left):
    annexe = played(asp, ["0.00", "0.00", "0.00"])
    ordre = OrdreDeRecouvrer.objects.get(annexe=annexe, financeur__type="CD")
    on = date(2018, 5, 2)
    dispute = contest(asp.comptable, ordre, motif="Heures oubliées", on=on)
    examine_dispute(asp.gestionnaire, dispute, avis="Fondée", reduction=D(upheld), on=on)
    decide_dispute(asp.ordonnateur, dispute, reduction=D(upheld), motif="Fondée", on=on)
    reopen(annexe, [hours] * 3, brsa=brsa, on="2018-05-10")
    run(asp, "2018-05")
    connection.check_constraints()
    assert {row[1]: row[3] for row in orders(annexe)} == {"ETAT": D("0.00"), "CD": D(left)}
    assert faults() == []


def test_a_second_regularisation_completes_the_orders(asp):
    """Hours withdrawn afterwards: a further order is issued, the first ones stay as they are."""
    annexe = played(asp, ["80.00", "80.00", "80.00"])
    before = orders(annexe)
    assert [row[2] for row in before] == [row[3] for row in before]
    recovered = sum(row[3] for row in before)
    reopen(annexe, ["0.00", "0.00", "0.00"], on="2018-05-10")
    run(asp, "2018-05")
    after = orders(annexe)
    assert after[: len(before)] == before
    assert sum(row[3] for row in after) == D("3000.00")
    assert 0 < recovered < D("3000.00")


def test_an_order_is_not_issued_by_its_proposer(asp):
    """Four eyes in the database."""
    played(asp, ["0.00", "0.00", "0.00"])
    with pytest.raises(IntegrityError, match="order_four_eyes"), transaction.atomic():
        OrdreDeRecouvrer.objects.update(emis_par=asp.gestionnaire.user)


def test_the_order_of_a_departement_succeeded_since_is_reduced_in_its_own_accounts(asp):
    """The successor pays from its day on; the order issued before stays the former one's."""
    annexe = played(asp, ["0.00", "0.00", "0.00"])
    former = Financeur.objects.get(type="CD")
    heir = Financeur.objects.create(type="CD", code="06S", nom="Collectivité")
    Financeur.objects.filter(pk=former.pk).update(successeur=heir, succede_le=date(2018, 5, 1))
    reopen(annexe, ["151.67", "151.67", "151.67"], brsa=1, on="2018-05-10")
    run(asp, "2018-05")
    connection.check_constraints()
    assert {row[4] for row in orders(annexe)} == {"ANNULE"}
    etat = Financeur.objects.get(type="ETAT")
    assert ledger.to_recover_by_annexe([annexe.pk]) == {
        (annexe.pk, etat.pk): 0,
        (annexe.pk, former.pk): 0,
    }
