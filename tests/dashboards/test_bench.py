"""`manage.py bench`: it measures what it says, and leaves nothing behind."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.accounts.models import Organisation
from apps.annexes.models import AnnexeFinanciere
from apps.core.models import Fichier
from apps.journal.models import Entree, Scelle
from apps.presence.models import LignePresence
from tests.documents.conftest import six_persons
from tests.payments.dossiers import make_annexe


def files() -> set[Path]:
    return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


def test_the_bench_of_exports_measures_and_leaves_nothing(db: None, tmp_path: Path) -> None:
    """Its own rows only, whatever the database holds; none is left, nor any file."""
    make_annexe(six_persons())
    models = (Organisation, AnnexeFinanciere, LignePresence, Fichier)
    before, kept = [model.objects.count() for model in models], files()
    printed, figures = StringIO(), tmp_path / "bench.json"
    call_command("bench", "exports", rows=310, json=figures, stdout=printed, stderr=StringIO())
    assert [model.objects.count() for model in models] == before
    assert files() == kept
    report = json.loads(figures.read_text(encoding="utf-8"))
    assert (report["lignes"], report["colonnes"], len(report["requetes"])) == (310, 27, 1)
    assert [len(report[key]) for key in ("export_s", "openpyxl_s", "rapports")] == [3, 3, 3]
    targets = {target["libelle"]: target for target in report["cibles"]}
    ratio = targets["Rapport à openpyxl seul"]
    assert ratio["mesure"] == sorted(report["rapports"])[1]
    assert ratio["atteinte"] is (ratio["mesure"] <= 0.25)
    assert "310 lignes × 27 colonnes" in printed.getvalue()


def test_a_bench_of_nothing_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="au moins 1"):
        call_command("bench", "exports", rows=0)


def test_the_bench_of_the_journal_measures_and_leaves_nothing(db: None, tmp_path: Path) -> None:
    printed, figures = StringIO(), tmp_path / "bench.json"
    before = Entree.objects.count()
    call_command("bench", "journal", rows=300, json=figures, stdout=printed, stderr=StringIO())
    assert (Entree.objects.count(), Scelle.objects.count()) == (before, 0)
    report = json.loads(figures.read_text(encoding="utf-8"))
    assert report["banc"] == f"journal de {before + 300} entrées, 1 scellés"
    assert report["Vérification complète"]["secondes"] > 0
    assert "Vérification ÷ lecture seule" in printed.getvalue()
