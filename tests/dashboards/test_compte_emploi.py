"""Figures of a compte d’emploi: exact, without netting, agreeing with plain SQL; gaps refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import Refus
from apps.dashboards import services_comptes
from apps.dashboards.comptes.calcul import account_of
from apps.dashboards.comptes.contenu import dump, load
from apps.dashboards.comptes.controles import gaps_of
from apps.dashboards.comptes.feuilles import months_of, sheets_of, summary_of
from apps.dashboards.comptes.figures import Compte
from apps.dashboards.comptes.rubriques import DEPENSES, RECETTES
from apps.dashboards.services_comptes import read_account
from apps.payments.models import Ecriture
from apps.payments.schemes import SIMPLE
from tests.dashboards.grand_livre import NOEL, Book, World, make_world

D = Decimal
ON = date(2024, 1, 5)
FORFAIT, RAPPEL = "Forfait mensuel", "Rappel de revalorisation"
# Heading, kind, number of movements, receipts, expenses of 2023.
RESUME = [
    ("Trésorerie au 01/01/2023", "", None, D("800.00"), None),
    ("Fonds reçus du département", "", 1, D("5000.00"), None),
    ("Encaissements sur ordres de recouvrer", "", 1, D("60.00"), None),
    ("Ordres de recouvrer payés par compensation", FORFAIT, 1, D("40.00"), None),
    ("Excédents de versement encaissés", "", 1, D("5.00"), None),
    (
        "Réimputations remboursées par l’État",
        "Régularisation trimestrielle",
        1,
        D("30.00"),
        None,
    ),
    ("Virements rejetés par la banque", "", 1, D("400.00"), None),
    ("Aides payées aux structures", FORFAIT, 2, None, D("460.00")),
    ("Aides payées par compensation", FORFAIT, 1, None, D("40.00")),
    ("Virements rejetés émis de nouveau", "", 1, None, D("400.00")),
    ("Excédents remboursés aux structures", "", 1, None, D("2.00")),
    ("Fonds reversés au département", "", 1, None, D("500.00")),
    ("Trésorerie au 31/12/2023", "", None, None, D("4933.00")),
]


@pytest.fixture
def world(db) -> World:
    return make_world()


def account(world: World, fin: date = NOEL) -> Compte:
    return account_of(world.mandat, fin, ON)


def test_receipts_and_expenses_without_netting(world):
    compte = account(world)
    lines = [
        (line.rubrique, line.nature, line.nombre, line.recette, line.depense)
        for line in summary_of(compte)
    ]
    assert lines == RESUME
    assert (compte.recettes, compte.depenses) == (D("5535.00"), D("1402.00"))
    assert gaps_of(compte) == []


def test_both_sides_of_the_summary_add_up_to_the_same(world):
    totals = sheets_of(account(world))[0].totals
    assert totals.sums["recette"] == totals.sums["depense"] == D("6335.00")


def test_general_balance(world):
    rows = {row.compte: row for row in account(world).balance}
    assert {
        code: (row.ouverture, row.debit, row.credit, row.solde) for code, row in rows.items()
    } == {
        "401": (D("0.00"), D("900.00"), D("1050.00"), D("-150.00")),
        "463": (D("0.00"), D("265.00"), D("135.00"), D("130.00")),
        "466": (D("0.00"), D("2.00"), D("5.00"), D("-3.00")),
        "4671": (D("-1000.00"), D("500.00"), D("5000.00"), D("-5500.00")),
        "515": (D("800.00"), D("5535.00"), D("1402.00"), D("4933.00")),
        "581": (D("0.00"), D("30.00"), D("30.00"), D("0.00")),
        "6544": (D("0.00"), D("25.00"), D("0.00"), D("25.00")),
        "657": (D("200.00"), D("660.00"), D("295.00"), D("565.00")),
    }


def test_the_fees_are_apart(world):
    fees = {row.compte: row.solde for row in account(world).frais}
    assert fees == {"4672": D("40.00"), "5152": D("60.00"), "706": D("-100.00")}


def test_the_treasury_by_month_ends_on_the_account(world):
    months = months_of(account(world))
    assert [month.mois.month for month in months] == list(range(1, 13))
    assert [str(month.cloture) for month in months] == [
        *("5800.00", "5400.00", "5430.00", "5430.00", "5495.00", "5493.00"),
        *("5493.00", "5433.00", "5433.00", "5433.00", "5433.00", "4933.00"),
    ]


def test_a_quarter_goes_from_january_to_its_last_day(world):
    compte = account(world, date(2023, 3, 31))
    assert (compte.recettes, compte.depenses) == (D("5430.00"), D("800.00"))
    assert compte.creances == []
    assert [month.mois.month for month in months_of(compte)] == [1, 2, 3]


def test_unpaid_debts_with_their_diligences(world):
    rows = account(world).creances
    told = [
        (row.numero, row.emis, row.reduit, row.recouvre, row.abandonne, row.reste) for row in rows
    ]
    assert told == [
        (1, D("150.00"), D("0.00"), D("100.00"), D("0.00"), D("50.00")),
        (3, D("90.00"), D("10.00"), D("0.00"), D("0.00"), D("80.00")),
    ]
    first, third = rows
    assert (first.etat, first.relance_le, first.retard) == ("Émis", None, 0)
    assert (third.etat, third.relance_le) == ("Relancé", date(2023, 6, 20))
    assert (third.notifie_le, third.echeance) == (date(2023, 5, 2), date(2023, 7, 15))
    assert third.retard == (NOEL - date(2023, 7, 15)).days


def test_a_reminder_of_later_is_not_told(world):
    (_first, third) = [c for c in account(world, date(2023, 6, 30)).creances if c.numero != 2]
    assert third.etat == "Relancé"
    may = [c for c in account_of(world.mandat, date(2023, 5, 31), ON).creances if c.numero == 3]
    assert (may[0].etat, may[0].relance_le, may[0].reste) == ("Notifié", None, D("90.00"))


def test_what_was_given_up_is_borne_by_the_departement(world):
    (cleared,) = account(world).abandons
    assert (cleared.motif, cleared.piece, cleared.montant, cleared.jour) == (
        "Apurement automatique",
        "OR-2",
        D("25.00"),
        date(2023, 6, 1),
    )


def test_operations_not_unwound(world):
    open_ones = {(s.compte, s.piece): (s.debit, s.credit) for s in account(world).soldes}
    assert open_ones == {
        ("401", ""): (D("0.00"), D("150.00")),
        ("463", "OR-1"): (D("50.00"), D("0.00")),
        ("463", "OR-3"): (D("80.00"), D("0.00")),
        ("466", ""): (D("0.00"), D("3.00")),
    }


def test_a_rejected_transfer_not_sent_again_is_not_unwound(world):
    (due,) = [s for s in account(world, date(2023, 3, 31)).soldes if s.compte == "401"] or [None]
    assert due is None
    compte = account_of(world.mandat, date(2023, 3, 10), ON)
    assert [(s.compte, s.credit) for s in compte.soldes] == [("401", D("400.00"))]
    assert gaps_of(compte) == []


def test_payees(world):
    (row,) = account(world).beneficiaires
    assert (row.nombre, row.paye, row.compense, row.rejete, row.reemis) == (
        2,
        D("460.00"),
        D("40.00"),
        D("400.00"),
        D("400.00"),
    )
    assert row.structure == world.version.siae.structure.denomination


def test_annexes_and_commitments(world):
    compte = account(world)
    (row,) = compte.annexes
    assert (row.engage, row.liquide_avant, row.liquide_periode, row.solde) == (
        D("4000.00"),
        D("200.00"),
        D("620.00"),
        D("3180.00"),
    )
    assert (row.en_attente, row.emis, row.recouvre, row.abandonne, row.a_recouvrer) == (
        D("150.00"),
        D("255.00"),
        D("100.00"),
        D("25.00"),
        D("130.00"),
    )
    by_year = {row.annee: (row.credits, row.engage) for row in compte.engagements}
    signed = row.signee_le.year
    assert by_year[signed][1] == D("4000.00")
    assert {by_year[2022][0], by_year[2023][0]} == {D("1000.00"), D("5000.00")}


def test_etat_comptable_d_execution(world):
    told = {row.libelle: (row.avant, row.periode) for row in account(world).execution}
    assert told["Fonds reçus du département, extournes déduites"] == (D("1000.00"), D("5000.00"))
    assert told["Fonds reversés au département"] == (D("0.00"), D("-500.00"))
    assert told["Aide au poste à la charge du département"] == (D("200.00"), D("620.00"))
    assert told["Trop-perçus réclamés par ordres de recouvrer"] == (D("0.00"), D("-255.00"))
    assert told["Trésorerie"] == (D("800.00"), D("4133.00"))


def test_the_other_mandate_is_nowhere(world):
    assert "7777" not in str(dump(account(world)))
    other = account_of(world.autre, NOEL, ON)
    assert (other.recettes, other.creances, gaps_of(other)) == (D("7777.00"), [], [])


def test_figures_come_back_as_they_were_kept(world):
    compte = account(world)
    assert load(dump(compte)) == compte


def test_another_shape_is_refused(world):
    with pytest.raises(ValueError, match="unknown shape"):
        load(dump(account(world)) | {"forme": 99})


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("operations", "Trésorerie à l’ouverture"),
        ("soldes", "Développement du compte 401"),
        ("creances", "État des créances impayées"),
        ("fonds", "Fonds reçus et reversés"),
        ("beneficiaires", "Bénéficiaires payés"),
        ("execution", "État comptable d’exécution"),
        ("balance", "Balance générale, mouvements"),
        ("frais", "Balance des frais de gestion"),
    ],
)
def test_a_line_left_out_is_a_gap(world, monkeypatch, field, what):
    """The account is refused, with the gap."""
    compte = account(world)
    wrong = replace(compte, **{field: getattr(compte, field)[1:]})
    assert any(sentence.startswith(what) and "écart de" in sentence for sentence in gaps_of(wrong))
    monkeypatch.setattr(services_comptes, "account_of", lambda *_args: wrong)
    with pytest.raises(Refus, match="n’est pas produit"):
        read_account(world.mandat, NOEL, on=ON)


def test_every_event_of_the_treasury_has_its_words():
    receipts = {event for event, (debit, _credit) in SIMPLE.items() if debit == "515"}
    expenses = {event for event, (_debit, credit) in SIMPLE.items() if credit == "515"}
    assert receipts <= set(RECETTES)
    assert expenses <= set(DEPENSES)
    assert set(RECETTES) | set(DEPENSES) <= set(Ecriture.Evenement)


# Plain SQL, from the tables of the trade where they say it, else from the entries one by one.
TREASURY = """
    SELECT SUM(m.debit) FILTER (WHERE e.jour >= '2023-01-01'),
           SUM(m.credit) FILTER (WHERE e.jour >= '2023-01-01'),
           SUM(m.debit - m.credit)
      FROM payments_mouvement m JOIN payments_ecriture e ON e.id = m.ecriture_id
     WHERE m.mandat_id = %s AND m.compte_id = '515' AND e.jour <= '2023-12-31'
"""
LINES = """
    SELECT SUM(v.part_cd), SUM(GREATEST(-v.part_cd, 0)),
           (SELECT SUM(especes) FROM payments_partenattente WHERE liberee_le IS NULL),
           (SELECT SUM(montant) FROM payments_deduction)
      FROM payments_versement v
     WHERE v.mandat_id = %s AND v.statut = 'EXECUTE'
       AND v.execute_le BETWEEN '2023-01-01' AND '2023-12-31'
"""


def test_the_same_by_plain_sql(world):
    compte = account(world)
    with connection.cursor() as cursor:
        cursor.execute(TREASURY, [world.mandat.pk])
        assert cursor.fetchone() == (compte.recettes, compte.depenses, compte.of("515").solde)
        cursor.execute(LINES, [world.mandat.pk])
        borne, relieved, waiting, set_off = cursor.fetchone()
    (payee,) = compte.beneficiaires
    assert payee.paye + payee.compense == borne + relieved - waiting
    assert payee.compense == set_off
    assert borne == sum(row.liquide_periode for row in compte.annexes)


def test_queries_do_not_depend_on_the_movements(world):
    with CaptureQueriesContext(connection) as few:
        account(world)
    book = Book(world.version.financeur_cd, world.mandat.financeur, world.mandat, world.version)
    for month in range(1, 13):
        book.simple("FONDS_RECUS", date(2023, month, 3), "10.00", f"RF-1{month}")
        book.simple("ORDRE", date(2023, month, 3), "10.00", "OR-3")
    with CaptureQueriesContext(connection) as many:
        account(world)
    assert len(many) == len(few) <= 30
