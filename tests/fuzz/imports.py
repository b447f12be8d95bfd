"""Every import of the product, as the damaged files are given to it.

`Import.read` reads a file and returns every sentence said of it; it raises `Refus` when the file
is refused whole. `play` also does what the pages do then (keep, preview, confirm), and `post` sends
the file to the page. A maker writes the rows that an import needs, in the test's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from psycopg import sql

from apps.accounts.models import Membership
from apps.annexes.management.commands.simuler_annexe import _read
from apps.core.errors import Refus
from apps.core.fields import EuroField, HoursField, MonthField
from apps.payments.retours import read_return
from apps.payments.services.retours import apply_return, import_return, preview_return
from apps.presence.forms import SaisieForm
from apps.presence.import_file import read_classeur
from apps.presence.import_plan import plan_import, seal, unseal
from apps.presence.services import LineInput, import_month, save_lines
from apps.presence.services.certification import attach_signed, read_pdf
from apps.presence.sheet import sheet_of
from apps.presence.workbook import FEUILLE, draw_model
from apps.recoveries.services.pertes import keep_piece
from apps.rules.simulation import DemandeRefusee, simulate
from apps.siae import identifiers
from apps.siae.importation import application
from apps.siae.importation.columns import COLONNES
from apps.siae.importation.lecture import read_workbook
from apps.siae.importation.modele import write_model
from apps.siae.services import create_salarie, propose_import
from tests.factories import make_membership, make_siae
from tests.fuzz import values
from tests.fuzz.documents import broken_csv, broken_json, broken_pdf, broken_xml
from tests.fuzz.workbooks import Book, Cell, book_of, damaged
from tests.payments import banque
from tests.payments.dossiers import make_asp
from tests.presence.world import JANVIER, World

ON = date(2023, 2, 3)


@dataclass(frozen=True, slots=True)
class Import:
    """`damaged` draws a file; `tables` are those that a refusal leaves as they were."""

    damaged: Callable[[Random], bytes]
    read: Callable[[bytes], list[str]]
    play: Callable[[bytes], list[str]] | None = None
    tables: tuple[str, ...] = ()
    suffix: str = ".xlsx"
    post: Callable[[bytes], Any] | None = None
    # Days on which the import is played; None for today.
    on: date | None = field(default=ON)


def snapshot(tables: tuple[str, ...]) -> dict[str, Any]:
    """Every row of the tables, as a hash."""
    query = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(sql.SQL(query).format(sql.Identifier(table)))
            found[table] = cursor.fetchone()
    return found


def _sent(contents: bytes, suffix: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"fichier{suffix}", contents)


def _signed_in(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


# --- Salariés and contracts ----------------------------------------------------------------------
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
        json.dumps(read_workbook(_sent(contents, ".xlsx")))
        return []

    def play(contents: bytes) -> list[str]:
        lignes = read_workbook(_sent(contents, ".xlsx"))
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
        client, page = _signed_in(acting), reverse("siae:salaries_importer")
        answer = client.post(page, {"fichier": _sent(contents, ".xlsx")})
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
        found = read_classeur(_sent(contents, ".xlsx"))
        assert all(fault.ligne >= 1 and fault.colonne for fault in found.faults), found.faults
        return [fault.message for fault in found.faults]

    def play(contents: bytes) -> list[str]:
        classeur = read_classeur(_sent(contents, ".xlsx"))
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
        client, page = _signed_in(acting), reverse("presence:importer", args=[annexe.pk, JANVIER])
        answer = client.post(page, {"classeur": _sent(contents, ".xlsx")})
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
        return _signed_in(acting).post(page, json.loads(contents))

    return Import(draw, read, play, HEURES, ".json", post)


# --- Bank returns ---------------------------------------------------------------------------------
RETOURS = (
    *("payments_retourbancaire", "payments_ligneretour", "payments_virement", "core_fichier"),
    *("payments_ecriture", "payments_mouvement", "journal_entree", "core_sequence"),
)


def _bank(draw: Callable[[Random, list[Any]], bytes], suffix: str) -> Import:
    asp = make_asp()
    virements = banque.sent(banque.executed(asp, 3))

    def read(contents: bytes) -> list[str]:
        releve = read_return(contents)
        assert all(line.brut for line in releve.lignes)
        return [line.defaut for line in releve.lignes if line.defaut]

    def play(contents: bytes) -> list[str]:
        on = banque.ANSWERED_ON
        retour = import_return(asp.comptable, f"retour{suffix}", contents, on=on)
        kept = snapshot(RETOURS)
        try:
            apercu = preview_return(retour, on=on)
            applied = apply_return(asp.comptable, retour, on=on)
        except Refus as refus:  # the file is kept, none of its lines is applied
            assert snapshot(RETOURS) == kept, "half a return is applied"
            return [*refus.motifs]
        lignes = list(applied.lignes.all())
        counted = applied.appliquees + applied.deja_appliquees + applied.inconnues
        assert counted == applied.nombre == len(lignes) == len(apercu.rapprochement.lignes)
        return [ligne.raison for ligne in lignes if ligne.issue == "INCONNUE"]

    def post(contents: bytes) -> Any:
        client = _signed_in(asp.comptable)
        answer = client.post(
            reverse("banque:retour_importer"), {"fichier": _sent(contents, suffix)}
        )
        if answer.status_code == 302:
            client.get(answer["Location"])
            return client.post(f"{answer['Location']}appliquer/", follow=True)
        return answer

    def damaged_file(random: Random) -> bytes:
        return draw(random, virements)

    return Import(damaged_file, read, play, RETOURS, suffix, post, banque.ANSWERED_ON)


def pain002() -> Import:
    def draw(random: Random, virements: list[Any]) -> bytes:
        lines = [
            banque.transaction(v.reference, statut, code=code, montant=v.montant)
            for v, (statut, code) in zip(
                virements, (("RJCT", "AC04"), ("ACSC", ""), ("PDNG", "")), strict=True
            )
        ]
        group = random.choice(("", "", "ACCP", "RJCT", "ACSC"))
        contents = banque.pain002(lines, version=random.choice(("03", "10")), statut=group)
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            contents = broken_xml(random, contents)
        return contents

    return _bank(draw, ".xml")


def tableau() -> Import:
    def draw(random: Random, virements: list[Any]) -> bytes:
        headings = [*banque.HEADINGS.split(";"), "montant"]
        cut = len(headings) - random.randint(0, 1)
        answers = (("RJCT", "AC04"), ("ACSC", ""), ("Rejeté", "MS03"))
        rows = [
            [v.reference, statut, code, "Compte clôturé", "24/01/2018", str(v.montant)][:cut]
            for v, (statut, code) in zip(virements, answers, strict=True)
        ]
        return broken_csv(random, [headings[:cut], *rows])

    return _bank(draw, ".csv")


# --- Documents deposited --------------------------------------------------------------------------
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def pieces() -> Import:
    """The signed statement (PDF), then a supporting document (PDF or picture)."""
    world = World()
    world.contrat()
    etat = world.certified()

    def read(contents: bytes) -> list[str]:
        assert read_pdf(_sent(contents, ".pdf")) == contents
        return []

    def play(contents: bytes) -> list[str]:
        refused = []
        try:
            signe = attach_signed(world.responsable, etat, _sent(contents, ".pdf"), on=ON)
            assert signe.fichier.taille == len(contents)
        except Refus as refus:
            refused = [*refus.motifs]
        fichier = keep_piece(_sent(contents, ".pdf"), "piece", "Pièce")
        assert fichier.contenu.read() == contents
        return refused

    def post(contents: bytes) -> Any:
        page = reverse("presence:signer", args=[etat.pk])
        return _signed_in(world.responsable).post(page, {"signe": _sent(contents, ".pdf")})

    tables = ("presence_etatsigne", "core_fichier", "journal_entree")
    return Import(lambda random: broken_pdf(random, PDF), read, play, tables, ".pdf", post)


# --- Requests of the simulator --------------------------------------------------------------------
def simulateur() -> Import:
    """The file of `manage.py simuler_annexe`: its faults are its refusal."""
    example = Path(settings.BASE_DIR) / "fixtures/simulation/annexe-de-douze-mois.json"
    request = json.loads(example.read_text())
    temporary = Path(settings.MEDIA_ROOT) / "demande.json"

    def read(contents: bytes) -> list[str]:
        temporary.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(contents)
        try:
            json.dumps(simulate(_read(str(temporary)), explain=True))
        except DemandeRefusee as refusal:
            raise Refus(*refusal.faults) from None
        return []

    return Import(lambda random: broken_json(random, request), read, suffix=".json")


# --- Typed values ---------------------------------------------------------------------------------
FIELDS = {
    "heures": (HoursField(), "151,67"),
    "euros": (EuroField(), "1 234,50"),
    "mois": (MonthField(), "mars 2023"),
    "date": (forms.DateField(), "31/03/2023"),
}
IDENTIFIERS = {
    "siret": (identifiers.read_siret, "13000679000014"),
    "iban": (identifiers.read_iban, "FR76 3000 1007 9412 3456 7890 185"),
    "bic": (identifiers.read_bic, "BDFEFRPPCCT"),
    "pass": (identifiers.read_pass_iae, "99999 000 0001"),
    "ide": (identifiers.read_numero_ide, "1234567A"),
    "rome": (identifiers.read_code_rome, "A1203"),
    "departement": (identifiers.read_departement, "62"),
    "code_postal": (identifiers.read_code_postal, "62000"),
    "nom": (lambda text: identifiers.read_name(text, quoi="Le nom"), "N’Diaye"),
}


def valeurs() -> Import:
    """One typed value: what is read of it is bounded and exact, or it is refused."""
    names = [*FIELDS, *IDENTIFIERS]

    def draw(random: Random) -> bytes:
        name = random.choice(names)
        right = (FIELDS.get(name) or IDENTIFIERS[name])[1]
        value = values.nasty(random) if random.random() < 0.4 else right
        for _ in range(random.randrange(3)):
            value = values.worn(random, value)
        return json.dumps([name, value]).encode()

    def read(contents: bytes) -> list[str]:
        name, value = json.loads(contents)
        if name in FIELDS:
            try:
                found = FIELDS[name][0].clean(value)
            except ValidationError as error:
                raise Refus(*error.messages) from None
        else:
            found = IDENTIFIERS[name][0](value)
        assert len(str(found)) <= max(len(value), 16), (value, found)
        return []

    return Import(draw, read, suffix=".json")


IMPORTS: dict[str, Callable[[], Import]] = {
    "valeurs": valeurs,
    "tableau": tableau,
    "pain002": pain002,
    "pieces": pieces,
    "saisie": saisie,
    "simulateur": simulateur,
    "heures": heures,
    "salaries": salaries,
}
