"""No file holds anything of another organisation: no row, no sum, no name, no bank details.

The same files are written before and after others, twenty times larger, come and are paid: not a
cell may change. Then what would betray each party is looked for in the files of all the others.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.restitutions.restitution import Criteres
from apps.payments.ledger import paid_by_annexe
from apps.payments.models import Retenue, Versement
from apps.rules.periods import Month, month_range
from tests.core.test_lists import LISTS
from tests.documents.conftest import case, six_persons
from tests.documents.parties import (
    IBAN,
    NIR,
    Party,
    cells,
    figures_of,
    files_of,
    make_party,
    scaled,
    texts_of,
)
from tests.factories import make_financeur, make_membership, make_organisation
from tests.payments.dossiers import Asp, add_version, make_asp, make_financeurs, run

# Lines of « Critères » that say when the file was made and after which run.
DATED = ("Produit le", "Fraîcheur des données")
MONTHS = month_range(Month(2018, 1), Month(2018, 8))


class Parties:
    """Zibeline: of the Pas-de-Calais, co-financed. Xylophone: same territory, the State alone.
    Quetzal: another territory, another département."""

    def __init__(self) -> None:
        self.asp: Asp = make_asp()
        _etat, self.cd = make_financeurs()
        self.nous = make_party("Zibeline", [six_persons()])

    def play(self) -> None:
        """What is due and not paid yet, to the last month."""
        for mois in MONTHS:
            run(self.asp, str(mois))

    def add_others(self) -> None:
        self.autre_cd = make_financeurs("080")[1]
        self.quetzal = make_party(
            "Quetzal",
            [scaled(case("annexe-ecourtee"), 17), scaled(six_persons(), 13)],
            departement="080",
            cd=self.autre_cd,
        )
        run(self.asp, "2018-09")

    def add_neighbour(self) -> None:
        alone = {**scaled(case("annexe-de-six-mois"), 19), "montant_cd": "0.00"}
        self.xylophone = make_party("Xylophone", [alone])
        run(self.asp, "2018-10")

    def readers(self) -> dict[str, Membership]:
        structure = self.nous.structure.organisation
        ddets = make_organisation("DDETS", departement="062")
        return {
            "structure": make_membership(Role.RESPONSABLE, structure),
            "ddets": make_membership(Role.INSTRUCTEUR, ddets),
            "cd": make_membership(Role.LECTEUR, self.cd.organisation),
        }


def written(acting: Membership, party: Party) -> dict[str, list]:
    """Every file of a reader, without the lines that tell the time."""
    return {
        key: [[row for row in page if row[0] not in DATED] for page in cells(contents)]
        for key, contents in files_of(acting, party.annexes[0])
    }


def names_in(book: list, party: Party) -> set[str]:
    text = texts_of(book)
    return {word for word in party.texts() if word in text}


def amounts_in(book: list, party: Party) -> set[Decimal]:
    return party.amounts() & figures_of(book)


@pytest.fixture
def parties(db, settings) -> Parties:
    settings.TODAY = date(2018, 11, 5)
    found = Parties()
    found.play()
    return found


def test_others_change_nothing_in_a_file(parties: Parties):
    """Row by row and total by total, « Critères » included; the ASP and, for the neighbour, the
    DDETS of the territory do see the newcomers."""
    readers = parties.readers()
    before = {name: written(acting, parties.nous) for name, acting in readers.items()}
    asp = written(parties.asp.gestionnaire, parties.nous)
    assert all(len(book[0]) > 1 for book in before["cd"].values())
    parties.add_others()
    for name, acting in readers.items():
        assert written(acting, parties.nous) == before[name], name
    changed = written(parties.asp.gestionnaire, parties.nous)
    assert {key for key in asp if asp[key] == changed[key]} == {"realisations-annexe"}
    parties.add_neighbour()
    for name in ("structure", "cd"):
        assert written(readers[name], parties.nous) == before[name], name
    assert written(readers["ddets"], parties.nous)["suivi-annexes"] != before["ddets"]


def test_nothing_betrays_a_party_in_the_files_of_the_others(parties: Parties):
    """Names, numbers, amounts and their sums, in both directions; the ASP reads them all, else
    the search would prove nothing."""
    parties.add_others()
    parties.add_neighbour()
    nous, quetzal, xylophone = parties.nous, parties.quetzal, parties.xylophone
    readers = parties.readers()
    elsewhere = (
        make_membership(Role.RESPONSABLE, quetzal.structure.organisation),
        make_membership(Role.INSTRUCTEUR, make_organisation("DDETS", departement="080")),
        make_membership(Role.LECTEUR, parties.autre_cd.organisation),
    )
    neighbour = make_membership(Role.RESPONSABLE, xylophone.structure.organisation)
    cases = [
        (readers["structure"], nous, (quetzal, xylophone)),
        (readers["ddets"], nous, (quetzal,)),
        (readers["cd"], nous, (quetzal, xylophone)),
        *((acting, quetzal, (nous, xylophone)) for acting in elsewhere),
        (neighbour, xylophone, (nous, quetzal)),
    ]
    for acting, own, others in cases:
        for key, book in written(acting, own).items():
            for other in others:
                assert not names_in(book, other), (acting, key, other.nom)
                assert not amounts_in(book, other) - own.amounts(), (acting, key, other.nom)
    everything = written(parties.asp.gestionnaire, nous)
    for party in (nous, quetzal, xylophone):
        assert amounts_in(everything["suivi-annexes"], party), party.nom
        for key in ("suivi-annexes", "beneficiaires-payes", "realisations-structures"):
            assert party.nom.upper() in texts_of(everything[key]), (key, party.nom)


def test_no_bank_details_and_no_nir_in_any_file(parties: Parties):
    """For anybody: restitutions, and the lists taken away."""
    parties.add_others()
    readers = [*parties.readers().values(), parties.asp.comptable]
    for acting in readers:
        for key, book in written(acting, parties.nous).items():
            assert_nothing_private(book, f"{key} {acting}")
    for acting in readers:
        client = Client()
        client.force_login(acting.user)
        taken = [page for page in LISTS if taken_away(client, page, acting)]
        assert "payments:liste" in taken
        assert "annexes:liste" in taken


def taken_away(client: Client, page: str, acting: Membership) -> bool:
    """Whether this reader could take that list; what it held was searched."""
    try:
        address = reverse(page)
    except Exception:
        return False
    response = client.get(address, {"_export": "xlsx"})
    if "spreadsheet" not in response.get("Content-Type", ""):
        return False
    assert_nothing_private(cells(response.getvalue()), f"{page} {acting}")
    return True


def assert_nothing_private(book: list, where: str) -> None:
    text = texts_of(book)
    assert not IBAN.search(text), where
    assert "BDFEFRPPCCT" not in text, where
    assert not NIR.search(text), where


@pytest.fixture
def removed(db, settings) -> tuple[Parties, Membership]:
    """Three months co-financed, then an amendment of fifty posts that the State bears alone."""
    settings.TODAY = date(2018, 9, 5)
    found = Parties()
    for mois in MONTHS[:3]:
        run(found.asp, str(mois))
    annexe = found.nous.annexes[0]
    annexe.versions.update(etat="HISTORISE")
    figures = {**case("annexe-de-six-mois"), "etp": "50.00", "montant_cd": "0.00"}
    annexe.courante = add_version(
        annexe, {**figures, "a_partir_de": "2018-04"}, modification=1, cd=found.cd
    )
    annexe.save()
    for mois in MONTHS[3:]:
        run(found.asp, str(mois))
    return found, make_membership(Role.LECTEUR, found.cd.organisation)


def test_money_removed(removed):
    """The version without its money has no row and no figure in the département's files."""
    parties, reader = removed
    annexe = parties.nous.annexes[0]
    version = annexe.courante
    books = written(reader, parties.nous)
    for key, book in books.items():
        assert version.montant_total not in figures_of(book), key
        assert Decimal("50.00") not in figures_of(book), key
    paid = Versement.objects.executed().filter(annexe=annexe)
    alone = paid.filter(version=version, part_cd=0)
    assert alone.count() >= 2
    co_financed = sum(line.montant for line in paid.exclude(pk__in=alone))
    for key in ("suivi-annexes", "beneficiaires-payes"):
        figures = figures_of(books[key])
        assert co_financed in figures, key
        assert not figures & {line.montant for line in alone if line.montant}, key
        assert sum(line.montant for line in paid) not in figures, key
    assert set(Versement.objects.visible_to(reader)) == set(paid.exclude(pk__in=alone))
    assert not Retenue.objects.visible_to(reader).exists()
    assert sum(paid_by_annexe([annexe.pk], reader).values()) == co_financed
    assert len(books["suivi-annexes"][0]) == 3  # headings, its last version, totals
    asp = written(parties.asp.gestionnaire, parties.nous)
    assert version.montant_total in figures_of(asp["suivi-annexes"])


def test_a_successor_reads_what_it_took_over_and_another_departement_nothing(parties: Parties):
    """The same cells, but for the names of the reader, as the département before it."""
    annexe = parties.nous.annexes[0]
    old = make_membership(Role.LECTEUR, parties.cd.organisation)
    before = written(old, parties.nous)
    new, stranger = make_financeur("6AE"), make_financeur("059")
    type(new).objects.filter(pk=parties.cd.pk).update(successeur=new, succede_le=date(2018, 11, 1))
    after = written(make_membership(Role.LECTEUR, new.organisation), parties.nous)
    assert {key: book[0] for key, book in after.items()} == {
        key: book[0] for key, book in before.items()
    }
    reader = make_membership(Role.LECTEUR, stranger.organisation)
    for key, restitution in RESTITUTIONS.items():
        assert list(restitution.rows(reader, Criteres(annexe=annexe))) == [], key


def test_co_financing_that_comes_late(db, settings):
    """Not co-financed: nothing at all. From the amendment that brings the money: one row."""
    settings.TODAY = date(2018, 9, 5)
    _etat, cd = make_financeurs()
    alone = {**case("annexe-de-six-mois"), "montant_cd": "0.00"}
    party = make_party("Zibeline", [alone])
    annexe = party.annexes[0]
    reader = make_membership(Role.LECTEUR, cd.organisation)
    for key, restitution in RESTITUTIONS.items():
        rows = restitution.rows(reader, Criteres(annexe=annexe))
        # The envelope of its CAOM and the funds of its mandate are its own, and name no structure.
        assert [row for row in rows if not {"caom", "mandat"} & row.keys()] == [], key
    annexe.versions.update(etat="HISTORISE")
    figures = {**case("annexe-de-six-mois"), "a_partir_de": "2018-04"}
    annexe.courante = add_version(annexe, figures, modification=1, cd=cd)
    annexe.save()
    (row,) = RESTITUTIONS["suivi-annexes"].rows(reader, Criteres())
    assert (row["modification"], row["montant_cd"]) == (1, Decimal("11520.48"))
    asp = list(RESTITUTIONS["donnees-annexes"].rows(make_asp().gestionnaire, Criteres()))
    own = list(RESTITUTIONS["donnees-annexes"].rows(reader, Criteres()))
    assert (len(asp), len(own)) == (2, 1)
