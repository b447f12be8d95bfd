"""`manage.py export`: the file of the page, without the page; refused as the page would."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.models import Job
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.services import request_export
from apps.dashboards.tasks import produce_export
from apps.journal.models import Entree
from tests.documents.conftest import Annee, sheet
from tests.factories import make_membership, make_organisation


def export(out: Path, cle: str, acting: Membership, *options: str) -> bytes:
    call_command("export", cle, "--as", acting.user.username, "--out", str(out), *options)
    return out.read_bytes()


def of_the_job(acting: Membership, cle: str, **criteres: object) -> bytes:
    job = request_export(acting, cle, criteres)
    produce_export(str(job.uuid))
    job.refresh_from_db()
    assert job.etat == Job.Etat.TERMINE, job.message
    with job.fichier.contenu.open("rb") as contents:
        return contents.read()


def criteria(contents: bytes) -> list[list]:
    return [line for line in sheet(contents, "Critères") if line[0] != "Produit le"]


@pytest.mark.parametrize("cle", RESTITUTIONS)
def test_the_file_is_that_of_the_job(annee: Annee, tmp_path, cle):
    """Same cells, same criteria, for the same person; the job and the command are journaled."""
    restitution = RESTITUTIONS[cle]
    acting = annee.lecteur
    if acting.organisation_type not in restitution.audience:
        acting = annee.asp.gestionnaire
    annexe = annee.moitie if "annexe" in restitution.required else None
    options = ["--annexe", annexe.numero] if annexe else []
    contents = export(tmp_path / "f.xlsx", cle, acting, *options)
    expected = of_the_job(acting, cle, annexe=annexe.pk if annexe else None)
    assert sheet(contents) == sheet(expected)
    assert criteria(contents) == criteria(expected)
    assert [path.name for path in tmp_path.iterdir()] == ["f.xlsx"]


def test_each_account_has_its_own_scope(annee: Annee, tmp_path, capsys):
    """The structure of one annex, the département that co-finances, another one: as on screen."""
    structure = make_membership("RESPONSABLE", annee.moitie.siae.structure.organisation)
    counts = []
    for acting in (annee.asp.gestionnaire, annee.lecteur, structure, make_membership("LECTEUR")):
        export(tmp_path / "f.xlsx", "suivi-annexes", acting)
        counts.append(capsys.readouterr().out.rsplit(" : ", 1)[1].strip())
    assert counts == ["4 lignes.", "4 lignes.", "1 ligne.", "0 ligne."]


def test_criteria_are_those_of_the_screen(annee: Annee, tmp_path):
    acting = annee.asp.gestionnaire
    options = ("--from", "2018-07", "--to", "2018-12", "--mesure", "aci", "--departement", "062")
    contents = export(tmp_path / "f.xlsx", "suivi-annexes", acting, *options)
    told = {line[0]: line[1] for line in sheet(contents, "Critères") if line}
    assert (told["Premier mois"], told["Dernier mois"]) == ("juillet 2018", "décembre 2018")
    numbers = [line[1] for line in sheet(contents)[1:]]
    assert annee.six_mois.numero_affiche not in numbers


def test_the_file_handed_over_is_journaled(annee: Annee, tmp_path):
    """As a download, by the membership: which restitution, which criteria, which file."""
    export(tmp_path / "f.xlsx", "suivi-annexes", annee.lecteur, "--from", "2018-01")
    entry = Entree.objects.get(action="export.telecharge")
    assert (entry.utilisateur, entry.organisation) == (
        annee.lecteur.user,
        annee.lecteur.organisation.nom,
    )
    assert (entry.apres["restitution"], entry.apres["debut"]) == ("suivi-annexes", "2018-01-01")
    assert (entry.apres["fichier"], len(entry.apres["sha256"])) == ("f.xlsx", 64)


def refused(capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        call_command("export", *arguments)
    assert stopped.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("cle", "options", "sentence"),
    [
        ("inconnue", (), "n’est pas une restitution. Choisissez parmi :\n  suivi-annexes"),
        ("", (), "Nommez la restitution"),
        ("suivi-annexes", ("--from", "2018-13"), "n’est pas un mois"),
        ("suivi-annexes", ("--from", "2018-05", "--to", "2018-04"), "précède le mois de début"),
        ("suivi-annexes", ("--departement", "099"), "« 099 » : choisissez parmi 062."),
        ("suivi-annexes", ("--departement", "62"), "n’est pas un code de département"),
        ("suivi-annexes", ("--mesure", "XYZ"), "n’est pas une mesure"),
        ("suivi-annexes", ("--annexe", "ACI062180001"), "ne prend pas --annexe"),
        ("realisations-annexe", (), "Indiquez l’annexe financière"),
        ("realisations-annexe", ("--annexe", "ACI999999999"), "n’existe pas ou n’est pas"),
        ("suivi-annexes", ("--organisation", "Autre"), "n’a pas d’habilitation en vigueur pour"),
    ],
)
def test_refusals_leave_no_file(annee: Annee, tmp_path, capsys, cle, options, sentence):
    """A French sentence, status 2, nothing written nor journaled; a previous file is kept."""
    out = tmp_path / "f.xlsx"
    out.write_text("avant")
    arguments = (*([cle] if cle else []), "--as", annee.lecteur.user.username, "--out", str(out))
    assert sentence in refused(capsys, *arguments, *options)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["avant"]
    assert not Entree.objects.filter(action="export.telecharge").exists()


def test_who_may_not_have_a_file(db, tmp_path, capsys):
    """No account, one that has ended, the administration; one of several organisations names it."""
    out = ("--out", str(tmp_path / "f.xlsx"))
    assert "Indiquez le compte" in refused(capsys, "suivi-annexes", *out)
    assert "Aucun compte actif" in refused(capsys, "suivi-annexes", "--as", "x", *out)
    gone = make_membership("LECTEUR")
    gone.debut = timezone.localdate() - timedelta(days=9)
    gone.fin = timezone.localdate() - timedelta(days=1)
    gone.save()
    said = refused(capsys, "suivi-annexes", "--as", gone.user.username, *out)
    assert "n’a plus d’habilitation en vigueur" in said
    admin = make_membership("ADMINISTRATEUR")
    said = refused(capsys, "suivi-annexes", "--as", admin.user.username, *out)
    assert "n’a accès à aucun dossier" in said
    first = make_membership("SAISIE", make_organisation(nom="Alpha"))
    make_membership("SAISIE", make_organisation(nom="Bêta"), user=first.user)
    said = refused(capsys, "suivi-annexes", "--as", first.user.username, *out)
    assert "--organisation parmi Alpha ; Bêta." in said
    assert list(tmp_path.iterdir()) == []
    export(tmp_path / "f.xlsx", "suivi-annexes", first, "--organisation", "bêta")
    assert Entree.objects.get(action="export.telecharge").organisation == "Bêta"


def test_where_a_file_cannot_be_written(db, tmp_path, capsys):
    acting = ("suivi-annexes", "--as", make_membership("LECTEUR").user.username)
    assert "Indiquez le fichier" in refused(capsys, *acting)
    assert "extension .xlsx" in refused(capsys, *acting, "--out", str(tmp_path / "f.csv"))
    assert "n’existe pas" in refused(capsys, *acting, "--out", str(tmp_path / "a" / "f.xlsx"))
    folder = tmp_path / "d.xlsx"
    folder.mkdir()
    assert "est un dossier" in refused(capsys, *acting, "--out", str(folder))
    assert "n’a pas pu être écrit" in refused(capsys, *acting, "--out", "/proc/f.xlsx")
    assert not Entree.objects.filter(action="export.telecharge").exists()


def test_the_help_names_every_file(capsys):
    with pytest.raises(SystemExit):
        call_command("export", "--help")
    text = capsys.readouterr().out
    for key, restitution in RESTITUTIONS.items():
        assert f"{key} " in text
        assert restitution.title in text
