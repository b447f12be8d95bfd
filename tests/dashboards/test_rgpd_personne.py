"""What is held on a person, and where their NIR is not: no file, list, page nor document has it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Membership
from apps.core.errors import Refus
from apps.dashboards.rgpd.personne import as_json, gather
from apps.dashboards.services_rgpd import note_person_export
from apps.journal.models import Entree
from apps.presence.documents import statement_file
from apps.presence.models import LignePresence
from apps.siae import services
from apps.siae.models import Salarie
from tests.core.test_lists import LISTS
from tests.documents.parties import cells, files_of, texts_of
from tests.security.test_access_matrix import address
from tests.security.world import World, make_world

NIR = "290056200000106"


@pytest.fixture
def world(db: None, settings: Any) -> World:
    """The case of the access matrix, its beneficiary with a NIR and with hours."""
    settings.NIR_ENABLED = True
    world = make_world()
    services.record_nir(world.actors["saisie"], world.salarie, NIR)
    services.update_salarie(world.actors["saisie"], world.salarie, telephone="0600000001")
    world.salarie.refresh_from_db()
    return world


def sections(world: World, acting: Membership) -> dict[str, Any]:
    return json.loads(as_json(gather(world.salarie, acting)))["donnees"]


def test_everything_held_is_gathered(world: World) -> None:
    held = sections(world, world.actors["gestionnaire"])
    fiche = {row["Donnée"]: row["Valeur"] for row in held["fiche"]}
    assert fiche["Téléphone"] == "0600000001"
    assert fiche["Nom d’usage"] == world.salarie.nom
    assert fiche["Numéro de sécurité sociale"] == "Enregistré, chiffré ; non exporté"
    lines = LignePresence.objects.filter(salarie=world.salarie)
    assert len(held["heures"]) == lines.count() > 0
    assert {row["Contrat"] for row in held["contrats"]} == {
        str(rank) for rank in range(1, world.salarie.contrats.count() + 1)
    }
    assert [row["Document"] for row in held["documents"]].count("Pièce de contrôle") == 1
    acts = [row["Acte ou consultation"] for row in held["journal"]]
    assert "a enregistré ou effacé le numéro de sécurité sociale" in acts
    # The names of the agents are other people's data.
    whole = json.dumps(held, ensure_ascii=False)
    assert world.actors["saisie"].user.nom_complet not in whole


def test_the_department_s_reading_of_the_fiche_is_told(world: World, client: Client) -> None:
    client.force_login(world.actors["lecteur"].user)
    client.get(reverse("siae:salarie", args=[world.salarie.pk]))
    read = [
        row
        for row in sections(world, world.actors["saisie"])["journal"]
        if "consulté" in row["Acte ou consultation"]
    ]
    assert [row["Organisation"] for row in read] == [world.actors["lecteur"].organisation.nom]


def test_each_copy_is_journaled(world: World, client: Client) -> None:
    client.force_login(world.actors["saisie"].user)
    page = client.get(reverse("rgpd:personne", args=[world.salarie.pk]))
    assert page.status_code == 200
    taken = client.get(reverse("rgpd:personne_json", args=[world.salarie.pk]))
    assert "attachment" in taken["Content-Disposition"]
    assert json.loads(taken.content)["personne"] == str(world.salarie)
    drawn = client.get(reverse("rgpd:personne_pdf", args=[world.salarie.pk]))
    assert drawn.content.startswith(b"%PDF")
    entries = Entree.objects.filter(action="personne.exportee", objet_id=world.salarie.pk)
    assert [entry.apres["support"] for entry in entries] == ["PDF", "JSON"]
    with pytest.raises(Refus, match="réunies par la structure"):
        note_person_export(world.actors["lecteur"], world.salarie, "PDF")


def test_the_command_writes_the_same_file_within_the_scope(world: World, tmp_path: Path) -> None:
    out = tmp_path / "personne.json"
    compte = world.actors["gestionnaire"].user.username
    told = io.StringIO()
    arguments = {"compte": compte, "fichier": str(out), "stdout": told}
    call_command("export_personne", world.salarie.pk, **arguments)
    assert out.stat().st_mode & 0o777 == 0o600
    assert json.loads(out.read_text())["personne"] == str(world.salarie)
    assert Entree.objects.filter(action="personne.exportee").count() == 1
    stranger = world.actors["autre_structure"].user.username
    hidden = tmp_path / "autre.json"
    for refused in (
        {"compte": stranger, "fichier": str(hidden)},
        {"compte": compte, "fichier": str(tmp_path / "autre.txt")},
        {"compte": compte, "fichier": str(out)},  # an existing file is not overwritten
        {"compte": "personne", "fichier": str(hidden)},
    ):
        errors = io.StringIO()
        with pytest.raises(SystemExit) as status:
            call_command("export_personne", world.salarie.pk, **refused, stderr=errors)
        assert status.value.code == 2
        assert errors.getvalue()
    assert not hidden.exists()
    assert Entree.objects.filter(action="personne.exportee").count() == 1


def assert_without_nir(text: str, where: str) -> None:
    """Neither the number, with or without spaces, nor its token, nor its fingerprint."""
    salarie = Salarie.objects.exclude(nir_chiffre="").get()
    compact = "".join(text.split()).upper()
    for secret in (NIR, NIR[:13], salarie.nir_chiffre, salarie.nir_empreinte):
        assert secret.upper() not in compact, where


def test_the_nir_is_in_no_export(world: World) -> None:
    """Every restitution and every list, for every actor of the access matrix."""
    read = 0
    for name, acting in world.actors.items():
        for key, contents in files_of(acting, world.annexe):
            assert_without_nir(texts_of(cells(contents)), f"{key} {name}")
            read += 1
        client = Client()
        client.force_login(acting.user)
        for page in LISTS:
            answer = client.get(address(page, world), {"_export": "xlsx"})
            if "spreadsheet" in answer.get("Content-Type", ""):
                assert_without_nir(texts_of(cells(answer.getvalue())), f"{page} {name}")
                read += 1
    assert read > 100


def test_the_nir_is_in_no_document_and_no_copy(world: World) -> None:
    for acting in (world.actors["saisie"], world.actors["gestionnaire"]):
        assert_without_nir(as_json(gather(world.salarie, acting)), "copy")
    statement = statement_file(world.etat_valide)
    with statement.contenu.open("rb") as contents:
        assert NIR.encode() not in contents.read()
    entries = Entree.objects.all()
    assert_without_nir("".join(f"{e.objet}{e.avant}{e.apres}{e.motif}" for e in entries), "journal")


def test_only_the_structure_s_pages_show_its_last_digits(world: World) -> None:
    for name, acting in world.actors.items():
        client = Client()
        client.force_login(acting.user)
        answer = client.get(reverse("siae:salarie", args=[world.salarie.pk]))
        shown = "••• 01 06" in answer.text
        assert shown == (name in ("saisie", "responsable")), name
        assert_without_nir(answer.text, name)


def test_no_list_searches_a_nir(world: World) -> None:
    assert not Salarie.objects.search(NIR).exists()
