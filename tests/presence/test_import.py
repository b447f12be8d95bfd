"""The Excel model of a month, its preview, its import; every bad file is refused in words."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from apps.core.errors import Refus
from apps.core.imports import MAX_BYTES, MAX_UNPACKED
from apps.journal.models import Entree
from apps.presence import import_file
from apps.presence.import_file import read_classeur
from apps.presence.models import EtatMensuel
from apps.presence.services import LineInput, save_lines
from apps.presence.workbook import FIRST_ROW, Colonne
from tests.presence.world import JANVIER, World, month, structure

COLUMNS = {colonne: number for number, colonne in enumerate(Colonne, 1)}


@pytest.fixture(autouse=True)
def third_of_february(settings):
    settings.TODAY = date(2023, 2, 3)


def address(world: World, name: str = "importer", mois: date = JANVIER) -> str:
    return reverse(f"presence:{name}", args=[world.annexe.pk, mois])


def model(client, world: World, mois: date = JANVIER):
    """The model as the structure downloads it."""
    response = client.get(address(world, "modele", mois))
    assert response.status_code == 200
    return load_workbook(io.BytesIO(response.content))


def write(book, line: int, **values) -> None:
    for name, value in values.items():
        book["Heures"].cell(FIRST_ROW + line, COLUMNS[Colonne[name]]).value = value


def as_file(book, name: str = "mars.xlsx") -> SimpleUploadedFile:
    buffer = io.BytesIO()
    book.save(buffer)
    return SimpleUploadedFile(name, buffer.getvalue())


def preview(client, world: World, book, mois: date = JANVIER):
    return client.post(address(world, mois=mois), {"classeur": as_file(book)})


def confirm(client, world: World, response):
    return client.post(
        address(world), {"proposition": response.context["proposition"]}, follow=True
    )


def faults(response) -> list[tuple[int, str, str]]:
    return [(f.ligne, f.colonne, f.message) for f in response.context["plan"].faults]


@pytest.fixture
def signed(client, world):
    client.force_login(world.saisie.user)
    return client


def test_the_model_is_prefilled_typed_and_locked(signed, world):
    """One line per contract, what identifies it locked, the codes of exit beside."""
    contrat = world.contrat(nom="=SOMME(A1)")
    world.typed(hours="112.67")
    page = model(signed, world)["Heures"]

    line = {colonne: page.cell(FIRST_ROW, number) for colonne, number in COLUMNS.items()}
    assert line[Colonne.NUMERO].value == contrat.salarie.numero
    assert line[Colonne.SALARIE].value == str(contrat.salarie)
    assert line[Colonne.SALARIE].data_type == "s"
    assert line[Colonne.DEBUT].value == datetime(2023, 1, 1)  # noqa: DTZ001 - a cell
    assert line[Colonne.HEURES].value == Decimal("112.67") or line[Colonne.HEURES].value == 112.67
    assert line[Colonne.NUMERO].protection.locked
    assert not line[Colonne.HEURES].protection.locked
    assert page.protection.sheet
    assert len(page.data_validations.dataValidation) == 4
    motifs = model(signed, world)["Motifs de sortie"]
    assert (motifs["A2"].value, motifs["B2"].value) == ("04", "Embauche en CDI")


def test_a_filled_model_is_previewed_then_imported(signed, world):
    """Hours, pay, comment and exit; nothing is written before the confirmation."""
    first = world.contrat(nom="Alpha")
    second = world.contrat(nom="Bravo")
    book = model(signed, world)
    write(book, 0, HEURES=112.67, SALAIRE=1234.5, COMMENTAIRE="Absent  le 3")
    write(book, 1, HEURES="40,5", DATE_SORTIE=date(2023, 1, 20), MOTIF_SORTIE="04")

    response = preview(signed, world, book)

    plan = response.context["plan"]
    assert not EtatMensuel.objects.exists()
    second.refresh_from_db()
    assert second.date_sortie is None
    assert [[(c.libelle, c.avant) for c in a.changements] for a in plan.apercus] == [
        [("Heures", "à saisir"), ("Salaire brut", "vide"), ("Commentaire", "vide")],
        [("Heures", "à saisir"), ("Sortie", "aucune")],
    ]

    response = confirm(signed, world, response)

    assert "2 lignes sont importées" in response.content.decode()
    lines = {line.contrat_id: line for line in EtatMensuel.objects.get().lignes.all()}
    line = lines[first.pk]
    assert (line.heures_declarees, line.salaire_brut, line.commentaire) == (
        Decimal("112.67"),
        Decimal("1234.50"),
        "Absent le 3",
    )
    assert lines[second.pk].heures_declarees == Decimal("40.50")
    second.refresh_from_db()
    assert (second.date_sortie, second.motif_sortie) == (date(2023, 1, 20), "04")
    entry = Entree.objects.get(action="etat.importe")
    assert entry.apres == {"fichier": "mars.xlsx", "lignes": 2}


def test_an_empty_cell_changes_nothing(signed, world):
    world.contrat()
    world.typed(hours="100")
    book = model(signed, world)
    write(book, 0, HEURES=None)
    plan = preview(signed, world, book).context["plan"]
    assert (plan.apercus, plan.inchangees, plan.faults) == ([], 1, [])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (0, "0.00"),
        ("0", "0.00"),
        ("7h30", "7.50"),
        ("1 00,5", None),
        ("151.67", "151.67"),
        (151.666666667, "151.67"),
        (time(7, 30), "7.50"),
        (timedelta(hours=30, minutes=15), "30.25"),
    ],
)
def test_hours_are_read_as_a_spreadsheet_holds_them(signed, world, typed, expected):
    world.contrat()
    book = model(signed, world)
    write(book, 0, HEURES=typed)
    plan = preview(signed, world, book).context["plan"]
    read = [str(apercu.importee.saisie.heures) for apercu in plan.apercus]
    assert read == ([] if expected is None else [expected])
    assert bool(plan.faults) == (expected is None)


@pytest.mark.parametrize(
    ("values", "colonne", "said"),
    [
        ({"HEURES": "beaucoup"}, "Heures déclarées", "n’est pas un nombre"),
        ({"HEURES": "=1+1"}, "Heures déclarées", "contient une formule"),
        ({"HEURES": -1}, "Heures déclarées", "ne peut pas être négatif"),
        ({"HEURES": 400}, "Heures déclarées", "le maximum est de 212,57"),
        ({"HEURES": 1e300}, "Heures déclarées", "trop grand"),
        ({"HEURES": True}, "Heures déclarées", "Saisissez un nombre d’heures"),
        ({"HEURES": date(2023, 1, 1)}, "Heures déclarées", "Saisissez un nombre d’heures"),
        ({"SALAIRE": "12.345,00"}, "Salaire brut", "plusieurs façons"),
        ({"SALAIRE": -5}, "Salaire brut", "supérieure ou égale à 0"),
        ({"DATE_SORTIE": "hier"}, "Date de sortie", "n’est pas une date"),
        ({"DATE_SORTIE": date(2023, 1, 20)}, "Date de sortie", "se renseignent ensemble"),
        ({"MOTIF_SORTIE": "04"}, "Date de sortie", "se renseignent ensemble"),
        ({"MOTIF_SORTIE": "99"}, "Code motif de sortie", "n’est pas un code"),
        (
            {"DATE_SORTIE": date(2022, 1, 20), "MOTIF_SORTIE": 4},
            "Date de sortie",
            "",
        ),
        ({"COMMENTAIRE": "x" * 301}, "Commentaire", "dépasse 300 caractères"),
        ({"NUMERO": 987654}, "N° salarié", "Aucun contrat ouvert en janvier 2023"),
        ({"NUMERO": "abc"}, "N° salarié", "n’est pas un numéro de salarié"),
        ({"NUMERO": None}, "N° salarié", "Le numéro du salarié manque"),
        ({"DEBUT": date(2022, 5, 5)}, "Début du contrat", "reprenez celle du modèle"),
        ({"SALARIE": "Quelqu’un d’autre"}, "Salarié", "un tri a pu décaler les noms"),
    ],
)
def test_a_bad_cell_is_said_with_its_line_and_the_others_go_on(
    signed, world, values, colonne, said
):
    world.contrat(nom="Alpha")
    world.contrat(nom="Bravo")
    book = model(signed, world)
    write(book, 0, **({"HEURES": 10} | values))
    write(book, 1, HEURES=20)

    response = preview(signed, world, book)

    ((ligne, found, message),) = faults(response)
    assert (ligne, found) == (FIRST_ROW, colonne)
    assert said in message.replace("\xa0", " ")
    assert [str(a.row.salarie.nom) for a in response.context["plan"].apercus] == ["Bravo"]


def test_a_line_written_twice_is_refused(signed, world):
    contrat = world.contrat()
    book = model(signed, world)
    write(book, 0, HEURES=10)
    write(book, 1, NUMERO=contrat.salarie.numero, DEBUT=contrat.debut, HEURES=20)
    ((ligne, _colonne, message),) = faults(preview(signed, world, book))
    assert ligne == FIRST_ROW + 1
    assert message.startswith(f"Ce contrat est déjà à la ligne {FIRST_ROW}")


def test_the_same_contract_designated_in_two_ways_is_refused(signed, world):
    contrat = world.contrat()
    book = model(signed, world)
    write(book, 0, HEURES=10)
    write(book, 1, NUMERO=contrat.salarie.numero, HEURES=20)
    ((ligne, _colonne, message),) = faults(preview(signed, world, book))
    assert (ligne, "désigne déjà ce contrat" in message) == (FIRST_ROW + 1, True)


def test_the_model_of_another_month_is_refused(signed, world):
    world.contrat()
    book = model(signed, world, month(2))
    response = preview(signed, world, book)
    assert "modèle du mois 02/2023" in " ".join(response.context["form"].errors["classeur"])
    assert not EtatMensuel.objects.exists()


def test_a_line_changed_since_the_preview_refuses_the_whole_import(signed, world):
    """Nothing is half saved: the other line of the file is not written either."""
    world.contrat(nom="Alpha")
    other = world.contrat(nom="Bravo")
    etat = world.typed(hours="10")
    book = model(signed, world)
    write(book, 0, HEURES=20)
    write(book, 1, HEURES=30)
    response = preview(signed, world, book)
    line = etat.lignes.get(contrat=other)
    save_lines(world.responsable, etat, [LineInput(other.pk, line.revision, Decimal(99))])

    page = confirm(signed, world, response).content.decode()

    assert "Bravo Camille" in page or "BRAVO Camille" in page
    assert "a changé depuis l’aperçu" in page
    assert sorted(line.heures_declarees for line in etat.lignes.all()) == [10, 99]


@pytest.mark.parametrize("proposition", ["", "rien", "a:b:c"])
def test_a_forged_preview_is_refused(signed, world, proposition):
    world.contrat()
    response = signed.post(address(world), {"proposition": proposition}, follow=True)
    assert "Cet aperçu a expiré" in response.content.decode()
    assert not EtatMensuel.objects.exists()


def test_the_preview_of_somebody_else_is_refused(client, world):
    world.contrat()
    client.force_login(world.saisie.user)
    book = model(client, world)
    write(book, 0, HEURES=20)
    proposition = preview(client, world, book).context["proposition"]
    client.force_login(world.responsable.user)
    response = client.post(address(world), {"proposition": proposition}, follow=True)
    assert "Cet aperçu a expiré" in response.content.decode()
    assert not EtatMensuel.objects.exists()


def zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), contents)
    return buffer.getvalue()


def workbook(change=None) -> bytes:
    book = Workbook()
    if change:
        change(book)
    return as_file(book).read()


def with_part(name: str, contents: bytes) -> bytes:
    buffer = io.BytesIO(workbook())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, contents)
    return buffer.getvalue()


def many_lines(book) -> None:
    page = book.active
    page.append(["N° salarié", "Heures déclarées"])
    for number in range(import_file.LIGNES_MAX):
        page.append([number])


def a_title_far_below(book) -> None:
    book.active.cell(1_048_576, 1).value = "N° salarié"


BOMB = b"<x>" + b" " * (MAX_UNPACKED + 1) + b"</x>"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ccc">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (b"N;Heures\n1;12", "n’est pas un classeur Excel"),
        (b"%PDF-1.7", "n’est pas un classeur Excel"),
        (b"PK\x03\x04 pas un zip", "n’est pas un classeur Excel"),
        (b"PK", "n’est pas un classeur Excel"),
        (b"\xd0\xcf\x11\xe0 ancien", "protégé par un mot de passe"),
        (zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "pas un classeur"),
        (zipped(**{"[Content_Types]_xml": b"<a/>"}), "n’est pas un classeur Excel"),
        (zipped(**{"[Content_Types]_xml": b"\xff\xfe\x00"}), "n’est pas un classeur Excel"),
        (workbook()[:-200], "n’est pas un classeur Excel"),
        (zipped(**{"[Content_Types]_xml": b"<a/>", "xl__workbook_xml": b"<a/>"}), "endommagé"),
        (with_part("xl/vbaProject.bin", b"macro"), "contient des macros"),
        (with_part("xl/bombe.xml", BOMB), "trop volumineux"),
        (with_part("xl/entites.xml", ENTITIES), "n’est pas un classeur Excel"),
        (workbook(), "ne sont pas dans ce classeur"),
        (workbook(lambda book: book.active.append(["Nom", "Heures"])), "ne sont pas dans ce"),
        (workbook(many_lines), "plus de 2000 lignes"),
        (workbook(a_title_far_below), "ne sont pas dans ce classeur"),
        (b"PK" + b"0" * MAX_BYTES, "dépasse 5 Mo"),
    ],
)
def test_a_file_that_is_not_the_model_is_refused_in_words(signed, world, contents, said):
    world.contrat()
    response = signed.post(address(world), {"classeur": SimpleUploadedFile("mars.xlsx", contents)})
    assert response.status_code == 200
    assert said in " ".join(response.context["form"].errors["classeur"])
    assert not EtatMensuel.objects.exists()


@pytest.mark.parametrize("step", range(0, 6000, 397))
def test_a_damaged_model_never_breaks_the_page(world, step):
    """Whatever byte is wrong, it is a `Refus` or a reading, never another exception."""
    contents = bytearray(workbook(lambda book: book.active.append(["N° salarié"])))
    contents[step % len(contents)] ^= 0xFF
    with suppress(Refus):
        read_classeur(SimpleUploadedFile("mars.xlsx", bytes(contents)))


def test_no_file_is_an_error_beside_the_field(signed, world):
    world.contrat()
    response = signed.post(address(world), {})
    assert "Choisissez un fichier." in response.context["form"].errors["classeur"]


def test_a_certified_month_takes_no_import(client, world):
    world.contrat()
    client.force_login(world.saisie.user)
    book = model(client, world)
    write(book, 0, HEURES=20)
    proposition = preview(client, world, book).context["proposition"]
    etat = world.certified(hours="100")
    response = client.post(address(world), {"proposition": proposition}, follow=True)
    assert "n’est plus ouvert à la saisie" in response.content.decode()
    assert [line.heures_declarees for line in etat.lignes.all()] == [100]


@pytest.mark.parametrize(
    ("role", "expected"), [("gestionnaire", 403), ("ddets", 403), ("lecteur", 404)]
)
def test_only_the_structure_imports(client, world, role, expected):
    world.contrat()
    client.force_login(getattr(world, role).user)
    for name in ("modele", "importer"):
        assert client.get(address(world, name)).status_code == expected


def test_another_structure_does_not_see_the_model(client, world):
    from tests.presence.world import membership

    stranger = membership(structure("Ailleurs").organisation, "SAISIE")
    client.force_login(stranger.user)
    assert client.get(address(world, "modele")).status_code == 404


def test_the_queries_of_a_preview_do_not_grow_with_the_lines(
    signed, world, django_assert_max_num_queries
):
    for number in range(30):
        world.contrat(nom=f"Personne{number}")
    book = model(signed, world)
    for line in range(30):
        write(book, line, HEURES=10)
    with django_assert_max_num_queries(25):
        response = preview(signed, world, book)
    assert len(response.context["plan"].apercus) == 30
