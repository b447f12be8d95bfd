"""A list as a file: the rows and columns on screen, typed; nothing that must not leave."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import django_tables2 as tables
import pytest
from django.test import Client
from django.utils.safestring import SafeString
from openpyxl import load_workbook

from apps.accounts.models import Role
from apps.core import list_exports
from apps.core.exports import Kind
from apps.core.list_exports import sheet_of
from apps.core.paging import BoundedPaginator
from apps.core.tables import ActionColumn, EurosColumn, NombreColumn, Table
from apps.journal.models import Entree
from apps.siae.models import Structure
from tests.factories import make_membership, make_organisation, make_structure, make_user

URL = "/habilitations/"


@pytest.fixture
def admin(db: None, client: Client) -> Client:
    client.force_login(make_membership(Role.ADMINISTRATEUR).user)
    organisation = make_organisation("ASP", nom="ASP Arras")
    for nom in ("=1+1", "Martin", "Petit"):
        user = make_user(prenom="Zoé", nom=nom)
        make_membership(Role.GESTIONNAIRE, organisation, user, debut=date(2023, 1, 2))
    return client


def book_of(answer: Any) -> Any:
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    return load_workbook(io.BytesIO(answer.content))


def values(sheet: Any) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True))


def test_the_file_holds_the_list_as_filtered_sorted_and_shown(admin: Client) -> None:
    query = {"role": "GESTIONNAIRE", "sort": "-user", "colonnes": "role,debut", "_export": "xlsx"}
    book = book_of(admin.get(URL, query))
    heading, *rows = values(book["Liste"])
    assert heading == ("Personne", "Rôle", "Depuis le")
    assert [row[0] for row in rows] == ["Zoé Petit", "Zoé Martin", "Zoé =1+1"]
    assert {row[1] for row in rows} == {"Gestionnaire"}
    assert book["Liste"]["A4"].data_type == "s"
    criteria = dict(values(book["Critères"])[:8])
    assert criteria["Filtres"] == "Rôle : Gestionnaire"
    assert criteria["Tri"] == "Personne (décroissant)"
    assert "administrateur" in criteria["Demandé par"]


def test_the_name_of_the_row_is_always_kept_and_an_unknown_column_changes_nothing(
    admin: Client,
) -> None:
    shown = values(book_of(admin.get(URL, {"colonnes": "inconnue", "_export": "xlsx"}))["Liste"])[0]
    assert shown[:4] == ("Personne", "Identifiant", "Organisation", "Rôle")
    repeated = admin.get(URL + "?colonnes=role&colonnes=username&_export=xlsx")
    assert values(book_of(repeated)["Liste"])[0] == ("Personne", "Identifiant", "Rôle")


def test_taking_a_list_away_is_journaled(admin: Client) -> None:
    admin.get(URL, {"role": "GESTIONNAIRE", "_export": "xlsx"})
    entry = Entree.objects.get(action="liste.exportee")
    assert entry.role == "ADMINISTRATEUR"
    assert (entry.apres["liste"], entry.apres["lignes"]) == ("Habilitations", 3)
    assert "Filtres : Rôle : Gestionnaire" in entry.apres["criteres"]


def test_a_long_list_is_sent_to_the_exports_page(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.core.views.ROWS_MAX", 2)
    answer = admin.get(URL, {"role": "GESTIONNAIRE", "_export": "xlsx"}, follow=True)
    assert answer.redirect_chain == [(f"{URL}?role=GESTIONNAIRE", 302)]
    assert "s’arrête à 2 lignes" in answer.text
    assert 'href="/exports/"' in answer.text
    assert not Entree.objects.filter(action="liste.exportee").exists()


def test_a_refused_filter_gives_the_page_not_a_file(admin: Client) -> None:
    answer = admin.get(URL, {"role": "PAPE", "_export": "xlsx"})
    assert "<title>Erreur – " in answer.text
    assert not Entree.objects.filter(action="liste.exportee").exists()


def test_a_fault_met_while_filtering_loads_the_whole_page(admin: Client) -> None:
    answer = admin.get(URL, {"role": "PAPE"}, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == f"{URL}?role=PAPE"


class Essai(Table):
    nom = tables.Column("Nom")
    jour = tables.DateColumn(verbose_name="Jour")
    montant = EurosColumn(verbose_name="Montant")
    etp = NombreColumn(verbose_name="ETP")
    dossier = NombreColumn(verbose_name="Dossier")
    iban = tables.Column("IBAN")
    masque = tables.Column("Compte", accessor="banque__iban_affiche")
    acte = ActionColumn("Ouvrir", "dashboards:accueil", args=[])

    class Meta:
        caption = "Essai"

    def render_nom(self, value: str) -> str:
        return f"M. {value}"

    def render_dossier(self, value: int) -> str:
        return f"n° {value}"


def test_figures_stay_figures_and_what_is_sensitive_stays_here() -> None:
    row = {
        "nom": "Petit",
        "jour": date(2023, 3, 1),
        "montant": Decimal("12.50"),
        "etp": Decimal("6.25"),
        "dossier": 4,
        "iban": "FR76",
        "banque": {"iban_affiche": "FR76"},
    }
    definition, rows = sheet_of(Essai([row]))
    kinds = {column.heading: column.kind for column in definition.columns}
    assert kinds == {
        "Nom": Kind.TEXT,
        "Jour": Kind.DATE,
        "Montant": Kind.EUROS,
        "ETP": Kind.NUMBER,
        "Dossier": Kind.TEXT,
    }
    assert list(rows[0].values()) == [
        "M. Petit",
        date(2023, 3, 1),
        Decimal("12.50"),
        Decimal("6.25"),
        "n° 4",
    ]


def test_text_for_screen_readers_and_markup_are_left_out() -> None:
    class Ligne:
        def __init__(self, cell: str) -> None:
            self.cell = cell

        def get_cell(self, name: str) -> str:
            return self.cell

    markup = 'Un<br>deux &amp; trois<span class="fr-sr-only"> lu</span> <a href="/">ici</a>'
    assert list_exports._text(Ligne(SafeString(markup)), "x") == "Un, deux & trois ici"
    typed = "moins de 3 <b jours &amp; plus"
    assert list_exports._text(Ligne(typed), "x") == typed


def test_counting_stops_at_its_bound(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        make_structure()
    exact = BoundedPaginator(Structure.objects.order_by("pk"), 2)
    assert (exact.count, exact.is_exact, exact.num_pages) == (4, True, 2)
    monkeypatch.setattr("apps.core.paging.COUNT_MAX", 3)
    bounded = BoundedPaginator(Structure.objects.order_by("pk"), 2)
    assert (bounded.count, bounded.is_exact, bounded.num_pages) == (3, False, 2)
