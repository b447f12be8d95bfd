"""Imports of the structures: salariés and contracts, hours of a month, typed hours, documents.

Each function writes what its import needs and gives it, as `imports.Import` says.
"""

from __future__ import annotations

import json
from datetime import date
from random import Random
from typing import Any

from django.urls import reverse

from apps.core.errors import Refus
from apps.presence.forms import SaisieForm
from apps.presence.import_file import read_classeur
from apps.presence.import_plan import plan_import, seal, unseal
from apps.presence.services import LineInput, import_month, save_lines
from apps.presence.services.certification import attach_signed, read_pdf
from apps.presence.sheet import sheet_of
from apps.presence.workbook import FEUILLE, draw_model
from apps.recoveries.services.pertes import keep_piece
from apps.siae.importation import application
from apps.siae.importation.columns import COLONNES
from apps.siae.importation.lecture import read_workbook
from apps.siae.importation.modele import write_model
from apps.siae.services import create_salarie, propose_import
from tests.factories import make_membership, make_siae
from tests.fuzz import values
from tests.fuzz.documents import broken_pdf
from tests.fuzz.imports import ON, Import, sent_file, signed_in
from tests.fuzz.workbooks import Book, Cell, book_of, damaged
from tests.presence.world import JANVIER, World

# --- Salariés and contracts -----------------------------------------------------------------------
PERSONNES = (
    {"civilite": "Mme", "nom": "Durand", "prenom": "Léa", "pass_iae": "999990000001"},
    {"civilite": "M.", "nom": "Le Goff", "prenom": "Yann", "pass_iae": "999990000002"},
    {"civilite": "Mme", "nom": "N’Diaye", "prenom": "Awa", "pass_iae": "999990000003"},
)
DATES = {
    "date_naissance": "04/05/1990",
    "pass_debut": "01/01/2022",
    "pass_fin": "31/12/2024",
    "debut": "01/01/2023",
    "fin": "30/06/2023",
}
EMBAUCHE = {
    "code_postal": "62000",
    "orienteur": "France Travail",
    "rqth": "Oui",
    "forme": "CDDI",
    "heures_hebdo": "26",
    "salaire_brut": "1300,50",
    "rsa": "Oui, non majoré",
    "rsa_departement": "62",
}
SALARIES = ("siae_salarie", "siae_contrat", "siae_importsalaries", "journal_entree")


def salaries() -> Import:
    siae = make_siae(departement="062")
    structure = siae.structure
    acting = make_membership("SAISIE", structure.organisation)
    known = date(1990, 5, 4), date(2022, 1, 1), date(2024, 12, 31)
    dates = dict(zip(("date_naissance", "pass_debut", "pass_fin"), known, strict=True))
    create_salarie(acting, structure, **PERSONNES[0] | {"civilite": "MME"} | dates)
    book = _with_people(book_of(write_model()))

    def read(contents: bytes) -> list[str]:
        json.dumps(read_workbook(sent_file(contents, ".xlsx")))
        return []

    def play(contents: bytes) -> list[str]:
        lignes = read_workbook(sent_file(contents, ".xlsx"))
        demande = propose_import(acting, structure, fichier="salaries.xlsx", lignes=lignes)
        demande.refresh_from_db()
        previewed = application.preview(acting, demande)
        said = [motif for result in previewed for motif in (*result.motifs, *result.alertes)]
        assert len(previewed) == len(lignes)
        if not all(result.refuse for result in previewed):
            applied = application.apply(acting, demande)
            assert [(r.ligne, r.fiche, r.motifs) for r in applied] == [
                (r.ligne, r.fiche, r.motifs) for r in previewed
            ]
        return said

    def post(contents: bytes) -> Any:
        client, page = signed_in(acting), reverse("siae:salaries_importer")
        answer = client.post(page, {"fichier": sent_file(contents, ".xlsx")})
        if answer.status_code == 302:
            preview = answer["Location"]
            client.get(preview)
            return client.post(preview)
        return answer

    return Import(lambda random: damaged(random, book), read, play, SALARIES, post=post)


def _with_people(book: Book) -> Book:
    """The model filled with three people hired, on its own parts."""
    rows = []
    for personne in PERSONNES:
        typed = EMBAUCHE | personne
        rows.append(
            [
                Cell("n", str(date_number(DATES[c.nom])), is_date=True)
                if c.nom in DATES
                else (Cell("inlineStr", typed[c.nom]) if c.nom in typed else None)
                for c in COLONNES
            ]
        )
    return Book(book.parts, book.sheet, [book.grid[0], *rows], book.date_style)


def date_number(text: str) -> int:
    day, month, year = map(int, text.split("/"))
    return (date(year, month, day) - date(1899, 12, 30)).days


# --- Hours of a month -----------------------------------------------------------------------------
HEURES = ("presence_etatmensuel", "presence_lignepresence", "siae_contrat", "journal_entree")


def heures() -> Import:
    world = World()
    for nom in ("Alpha", "Bravo", "Charlie"):
        world.contrat(nom=nom)
    world.typed(hours="112.67")
    acting, annexe = world.saisie, world.annexe
    etat = annexe.etats_mensuels.get()
    book = book_of(draw_model(sheet_of(annexe, JANVIER, etat)), FEUILLE)

    def read(contents: bytes) -> list[str]:
        found = read_classeur(sent_file(contents, ".xlsx"))
        assert all(fault.ligne >= 1 and fault.colonne for fault in found.faults), found.faults
        return [fault.message for fault in found.faults]

    def play(contents: bytes) -> list[str]:
        classeur = read_classeur(sent_file(contents, ".xlsx"))
        sheet = sheet_of(annexe, JANVIER, etat)
        plan = plan_import(acting, sheet, classeur, on=ON)
        assert all(fault.ligne >= 1 and fault.colonne for fault in plan.faults), plan.faults
        if plan.lines:
            fichier, lines = unseal(acting, sheet, seal(acting, sheet, plan, "mars.xlsx"))
            assert lines == plan.lines
            saved = import_month(acting, annexe, JANVIER, lines, fichier=fichier, on=ON)
            assert len(saved.lignes) == len(lines)
        return [fault.message for fault in plan.faults]

    def post(contents: bytes) -> Any:
        client, page = signed_in(acting), reverse("presence:importer", args=[annexe.pk, JANVIER])
        answer = client.post(page, {"classeur": sent_file(contents, ".xlsx")})
        if proposition := answer.context and answer.context.get("proposition"):
            return client.post(page, {"proposition": proposition}, follow=True)
        return answer

    return Import(lambda random: damaged(random, book), read, play, HEURES, post=post)


# --- Typed hours: the page of entry ---------------------------------------------------------------
def saisie() -> Import:
    """The fields of the grid as a browser, or a program, sends them."""
    world = World()
    contrats = [world.contrat(nom=nom) for nom in ("Alpha", "Bravo")]
    world.typed(hours="100")
    acting, annexe = world.saisie, world.annexe
    etat = annexe.etats_mensuels.get()
    rows = sheet_of(annexe, JANVIER, etat).rows
    form = SaisieForm(rows)
    shown = {name: form[name].value() for name in form.fields}
    typed = {name: "" if value is None else str(value) for name, value in shown.items()}
    typed |= {f"heures_{contrats[0].pk}": "151,67", f"salaire_{contrats[1].pk}": "1 234,50"}

    def draw(random: Random) -> bytes:
        sent = dict(typed)
        for name in random.sample(sorted(sent), random.choice((1, 1, 2, len(sent)))):
            wear = random.random() < 0.5
            sent[name] = values.worn(random, sent[name]) if wear else values.nasty(random)
        return json.dumps(sent).encode()

    def changed_rows(contents: bytes) -> list[LineInput]:
        form = SaisieForm(rows, json.loads(contents))
        if not form.is_valid():
            raise Refus(*[words for found in form.errors.values() for words in found])
        return form.changed_rows()

    def read(contents: bytes) -> list[str]:
        changed_rows(contents)
        return []

    def play(contents: bytes) -> list[str]:
        changed = changed_rows(contents)
        saved = save_lines(acting, etat, changed)
        assert len(saved.lignes) + len(saved.conflicts) == len(changed)
        return []

    def post(contents: bytes) -> Any:
        page = reverse("presence:saisie", args=[annexe.pk, JANVIER])
        return signed_in(acting).post(page, json.loads(contents))

    return Import(draw, read, play, HEURES, ".json", post)


# --- Documents deposited --------------------------------------------------------------------------
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def pieces() -> Import:
    """The signed statement (PDF), then a supporting document (PDF or picture)."""
    world = World()
    world.contrat()
    etat = world.certified()

    def read(contents: bytes) -> list[str]:
        assert read_pdf(sent_file(contents, ".pdf")) == contents
        return []

    def play(contents: bytes) -> list[str]:
        refused = []
        try:
            signe = attach_signed(world.responsable, etat, sent_file(contents, ".pdf"), on=ON)
            assert signe.fichier.taille == len(contents)
        except Refus as refus:
            refused = [*refus.motifs]
        fichier = keep_piece(sent_file(contents, ".pdf"), "piece", "Pièce")
        assert fichier.contenu.read() == contents
        return refused

    def post(contents: bytes) -> Any:
        page = reverse("presence:signer", args=[etat.pk])
        return signed_in(world.responsable).post(page, {"signe": sent_file(contents, ".pdf")})

    tables = ("presence_etatsigne", "core_fichier", "journal_entree")
    return Import(lambda random: broken_pdf(random, PDF), read, play, tables, ".pdf", post)
