"""« Suivi des annexes financières »: one row per annex, its figures those of the ledger."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.annexes.models import Suspension, VersionAnnexe
from apps.conventions.models import Financeur
from apps.dashboards.bilans import lecture
from apps.dashboards.restitutions import suivi_annexes
from apps.dashboards.restitutions.beneficiaires_payes import BENEFICIAIRES_PAYES
from apps.dashboards.restitutions.restitution import Criteres
from apps.dashboards.restitutions.suivi_annexes import DEFINITION, SUIVI_ANNEXES
from apps.payments.ledger import Piece, Pose, Projet, post, to_recover_by_annexe
from apps.payments.models import Compte, Ecriture
from apps.payments.schemes import take_over_entry
from apps.recoveries.models import OrdreDeRecouvrer
from tests.documents.conftest import case
from tests.factories import make_membership, make_organisation
from tests.payments.dossiers import make_annexe

# Net debits of the aid account (657) per annex and kind of funder, orders set apart.
LEDGER = """
    SELECT m.annexe_id, f.type, SUM(m.debit - m.credit)
      FROM payments_mouvement m
      JOIN payments_ecriture e ON e.id = m.ecriture_id
      JOIN conventions_financeur f ON f.id = m.financeur_id
     WHERE m.compte_id = '657'
       AND e.evenement IN ('LIQUIDATION', 'REIMPUTATION')
     GROUP BY m.annexe_id, f.type
"""


def rows_of(acting, **criteres):
    return {row["annexe"]: row for row in SUIVI_ANNEXES.rows(acting, Criteres(**criteres))}


def sums_of_payees(acting):
    rows = BENEFICIAIRES_PAYES.rows(acting, Criteres())
    return {row["annexe_id"]: (row["ordres_etat"], row["ordres_cd"]) for row in rows}


EXPECTED_CUT_SHORT = {
    "renouvellement": 0,
    "modification": 1,
    "mesure": "ACI",
    "etat": "Validée",
    "commune": "Arras",
    "debut": date(2018, 1, 1),
    "fin": date(2018, 4, 30),
    "mois": 4,
    "etp": Decimal("6.00"),
    "unitaire": Decimal("19655.00"),
    "montant_total": Decimal("39310.00"),
    "montant_etat": Decimal("31630.00"),
    "montant_cd": Decimal("7680.00"),
    "taux_etat": Decimal("80.46"),
    "taux_cd": Decimal("19.54"),
    "departement": "Département 062",
    "suspendue": False,
    "dernier_saisi": date(2018, 4, 1),
    "dernier_valide": date(2018, 4, 1),
    "mois_en_retard": 0,
    "verse_etat": Decimal("39536.68"),
    "verse_cd": Decimal("9600.82"),
    "verse": Decimal("49137.50"),
    "reste": Decimal("0.00"),
    "regul_mois": date(2018, 5, 1),
    "regul_ecart": Decimal("0.00"),
    "regul_effet": Decimal("-9827.50"),
    "ordres_etat": Decimal("7906.68"),
    "ordres_cd": Decimal("1920.82"),
    "ordres_recouvres": Decimal("0.00"),
    "ordres_abandonnes": Decimal("0.00"),
    "ordres_reste": Decimal("9827.50"),
}


def test_rows_of_a_played_year(annee):
    """An annex cut short and settled by two orders; another that waits, suspended; sums paid are
    the aid account's of the ledger, summed in SQL; a département reads its own orders only."""
    Suspension.objects.create(
        annexe=annee.en_attente,
        motif="EMP_NON_SAISI",
        detail="Octobre 2018 n’est pas saisi.",
        depuis=date(2018, 12, 1),
    )
    rows = rows_of(annee.asp.comptable)
    settled = rows[str(annee.ecourtee)]
    assert {key: settled[key] for key in EXPECTED_CUT_SHORT} == EXPECTED_CUT_SHORT

    waiting = rows[str(annee.en_attente)]
    assert {key: waiting[key] for key in EXPECTED_WAITING} == EXPECTED_WAITING

    half = rows[str(annee.moitie)]
    # Month 5 regularises 1 365 hours of 2 730: nothing paid, where 9 827,50 € were planned.
    assert (half["regul_mois"], half["regul_ecart"]) == (date(2018, 5, 1), Decimal("-1365.00"))
    assert half["regul_effet"] == Decimal("-9827.50")

    with connection.cursor() as cursor:
        cursor.execute(LEDGER)
        ledger = {(annexe, kind): amount for annexe, kind, amount in cursor.fetchall()}
    assert len(rows) == 4
    for annexe in annee.annexes:
        row = rows[str(annexe)]
        assert row["verse_etat"] == ledger[annexe.pk, "ETAT"]
        assert row["verse_cd"] == ledger[annexe.pk, "CD"]

    seen = rows_of(annee.lecteur)
    assert set(seen) == set(rows)
    row = seen[str(annee.ecourtee)]
    assert (row["ordres_etat"], row["ordres_cd"]) == (Decimal("0.00"), Decimal("1920.82"))
    assert row["ordres_reste"] == Decimal("1920.82")
    assert row["verse"] == Decimal("49137.50")


EXPECTED_WAITING = {
    "suspendue": True,
    "suspendue_depuis": date(2018, 12, 1),
    "suspendue_motif": "Octobre 2018 n’est pas saisi.",
    "dernier_saisi": date(2018, 9, 1),
    "dernier_valide": date(2018, 8, 1),
    "mois_en_retard": 3,
    "verse_etat": Decimal("55351.10"),
    "verse_cd": Decimal("13441.40"),
    "verse": Decimal("68792.50"),
    "reste": Decimal("49137.50"),
    "regul_mois": date(2018, 5, 1),
    "regul_ecart": Decimal("0.00"),
    "regul_effet": Decimal("0.00"),
    "ordres_reste": Decimal("0.00"),
}


def test_orders_of_the_state_are_not_a_column_for_a_departement():
    """A département's file has no column for what the State claims."""
    cd, asp = make_reader("LECTEUR"), make_reader("GESTIONNAIRE")
    assert "ordres_etat" not in [c.key for c in DEFINITION.for_reader(cd).columns]
    assert "ordres_cd" in [c.key for c in DEFINITION.for_reader(cd).columns]
    assert "ordres_etat" in [c.key for c in DEFINITION.for_reader(asp).columns]


def make_reader(role: str) -> Membership:
    return Membership(role=role, organisation_type="CD" if role == "LECTEUR" else "ASP")


@pytest.fixture
def two(db):
    """An annex of six months and one of the whole year, in force, nothing paid."""
    return make_annexe(case("annexe-de-six-mois")), make_annexe(case("annee-pleine-realisee"))


def test_scope_of_each_reader(two):
    """A structure reads its annexes and no other's; another territory and the administration
    read none; the co-financing département reads both, another one none."""
    six_mois, annuelle = (str(annexe) for annexe in two)
    own = make_membership("RESPONSABLE", two[0].siae.structure.organisation)
    assert set(rows_of(own)) == {six_mois}
    reader = make_membership("LECTEUR", two[0].courante.financeur_cd.organisation)
    assert set(rows_of(reader)) == {six_mois, annuelle}
    assert rows_of(make_membership("LECTEUR")) == {}
    assert rows_of(make_membership("ADMINISTRATEUR")) == {}
    other = make_membership("INSTRUCTEUR", make_organisation("DDETS", departement="080"))
    assert rows_of(other) == {}


def test_an_annex_is_one_row_in_its_current_version(db):
    """An amended annex gives one row, the version in force; a département that no longer pays
    reads the last version it co-financed."""
    annexe = make_annexe(case("baisse-des-postes-en-juillet"))
    acting = make_membership("GESTIONNAIRE")
    rows = list(SUIVI_ANNEXES.rows(acting, Criteres()))
    assert [(row["modification"], row["etp"]) for row in rows] == [(1, Decimal("5.25"))]
    reader = make_membership("LECTEUR", annexe.courante.financeur_cd.organisation)
    VersionAnnexe.objects.filter(pk=annexe.courante_id).update(montant_cd=0, financeur_cd=None)
    seen = list(SUIVI_ANNEXES.rows(reader, Criteres()))
    assert [(row["modification"], row["etat"]) for row in seen] == [(0, "Remplacée")]


def test_filters(two):
    """Annexes whose period meets the months asked for, of the measure asked for."""
    acting = make_membership("GESTIONNAIRE")
    for criteres, expected in [
        ({}, 2),
        ({"debut": date(2018, 7, 1)}, 1),
        ({"fin": date(2017, 12, 1)}, 0),
        ({"mesure": "EI_DC"}, 0),
        ({"mesure": "ACI_DC", "debut": date(2018, 6, 1), "fin": date(2018, 6, 1)}, 2),
        ({"annexe": two[0]}, 1),
    ]:
        assert len(rows_of(acting, **criteres)) == expected, criteres
        assert suivi_annexes.count(acting, Criteres(**criteres)) == expected, criteres


def test_the_number_of_queries_does_not_depend_on_the_number_of_annexes(db):
    """Three annexes or nine: the same queries."""
    acting = make_membership("GESTIONNAIRE")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(SUIVI_ANNEXES.rows(acting, Criteres()))
        return len(captured)

    for _ in range(3):
        make_annexe(case("annexe-de-six-mois"))
    few = queries()
    for _ in range(6):
        make_annexe(case("annexe-de-six-mois"))
    assert queries() == few <= 12


def test_what_became_of_an_order_is_read_in_the_accounts(annee):
    """Cash and set-off are recovered, any other account given up; the three make the orders."""
    order = annee.ecourtee.ordres.get(financeur=annee.cd)
    Compte.objects.create(code="654", libelle="Créances admises en non-valeur")
    piece = Piece(annee.ecourtee.pk, annee.ecourtee.siae.structure_id, None, None)
    for account, amount in (("515", "500.00"), ("401", "20.82"), ("654", "100.00")):
        pose = Pose(annee.cd.pk, account, "463", Decimal(amount))
        post([Projet(Ecriture.Evenement.EXTOURNE, "essai", piece, (pose,))], date(2018, 8, 1))
    assert order.montant == Decimal("1920.82")
    expected = {
        "ordres_cd": Decimal("1920.82"),
        "ordres_recouvres": Decimal("520.82"),
        "ordres_abandonnes": Decimal("100.00"),
        "ordres_reste": Decimal("1300.00"),
    }
    row = rows_of(annee.lecteur)[str(annee.ecourtee)]
    assert {key: row[key] for key in expected} == expected
    every = rows_of(annee.asp.comptable)[str(annee.ecourtee)]
    assert every["ordres_recouvres"] == Decimal("520.82")
    assert every["ordres_reste"] == Decimal("9206.68")
    left = to_recover_by_annexe([annee.ecourtee.pk])
    assert every["ordres_reste"] == sum(left.values())


def test_an_order_is_read_whatever_its_phase(annee):
    """Notified, claimed by force or settled, it has been issued; cancelled, it claims nothing."""
    orders = OrdreDeRecouvrer.objects.filter(annexe=annee.ecourtee)
    before = rows_of(annee.asp.comptable)[str(annee.ecourtee)]
    readers = annee.asp.comptable, annee.lecteur
    payees = [sums_of_payees(acting) for acting in readers]
    for phase in ("NOTIFIE", "RELANCE", "MIS_EN_DEMEURE", "FORCE"):
        orders.update(etat=phase)
        assert rows_of(annee.asp.comptable)[str(annee.ecourtee)] == before, phase
        assert [sums_of_payees(acting) for acting in readers] == payees, phase
    orders.update(etat="SOLDE", recouvre=F("montant"))
    assert rows_of(annee.asp.comptable)[str(annee.ecourtee)]["ordres_cd"] == Decimal("1920.82")
    orders.update(etat="ANNULE", montant=0, recouvre=0)
    for key in ("ordres_etat", "ordres_cd", "ordres_recouvres", "ordres_reste"):
        assert rows_of(annee.asp.comptable)[str(annee.ecourtee)][key] == 0, key


def claims_of(annee):
    """What the bilans of the shortened annex say is issued, recovered and given up in all."""
    _orders, claims = lecture._orders(annee.asp.comptable, [annee.ecourtee.pk])
    found = claims[annee.ecourtee.pk]
    return [sum(getattr(c, f) for c in found) for f in ("emis", "recouvre", "abandonne")]


def test_an_order_that_passed_to_a_successor_is_still_owed(annee):
    order = annee.ecourtee.ordres.get(financeur=annee.cd)
    before = rows_of(annee.asp.comptable)[str(annee.ecourtee)]
    claimed = claims_of(annee)
    heir = Financeur.objects.create(
        type="CD", code="6AE", nom="Collectivité", organisation=make_organisation("CD")
    )
    piece = Piece(order.annexe_id, order.structure_id, reference=order.reference)
    soldes = [("463", order.montant)]
    entry = take_over_entry(piece, annee.cd.pk, heir.pk, order.mandat_id, soldes, "Reprise")
    post([entry], date(2018, 8, 1))
    Financeur.objects.filter(pk=annee.cd.pk).update(successeur=heir, succede_le=date(2018, 7, 1))
    assert rows_of(annee.asp.comptable)[str(annee.ecourtee)] == before
    assert claims_of(annee) == claimed
    assert before["ordres_reste"] == Decimal("9827.50")


def test_every_column_says_what_it_holds():
    assert [column.key for column in DEFINITION.columns if not column.definition] == []
