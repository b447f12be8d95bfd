"""`document` and `verifier_documents`: the PDF files of the product without a browser."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.core.models import Fichier
from apps.journal.models import Entree
from apps.payments.documents import produce_notices
from apps.payments.models import AvisDePaiement
from apps.recoveries.models import OrdreDeRecouvrer
from tests.factories import make_caom


def run(name: str, *args: str) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    out, err = StringIO(), StringIO()
    try:
        call_command(name, *args, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_each_document_is_the_archived_one(annee, tmp_path):
    """Drawn and archived the first time, given as issued afterwards; each time in the journal."""
    annexe = annee.ecourtee
    avis = AvisDePaiement.objects.filter(annexe=annexe).first()
    ordre = OrdreDeRecouvrer.objects.first()
    transfers = Fichier.objects.count()  # the file of each run, there already
    asked = {
        "notification": f"{annexe}M0",
        "emp": f"{annexe}/2018-02",
        "avis": str(avis.numero),
        "ordre": str(ordre.numero),
    }
    for nom, identifiant in asked.items():
        out = tmp_path / f"{nom}.pdf"
        assert run("document", nom, identifiant, "--out", str(out)) == (
            0,
            f"{out} : {out.stat().st_size} octets.\n",
            "",
        )
        first = out.read_bytes()
        assert first.startswith(b"%PDF-")
        assert run("document", nom, identifiant, "--out", str(out))[0] == 0
        assert out.read_bytes() == first
    assert Fichier.objects.count() == transfers + 4
    taken = Entree.objects.filter(action="document.extrait")
    assert taken.count() == 8
    avis.refresh_from_db()
    facts = taken.filter(objet_type="payments.avisdepaiement").first()
    assert facts.apres == {"fichier": avis.fichier.nom, "sha256": avis.fichier.sha256}


@pytest.mark.parametrize(
    ("nom", "identifiant", "sentence"),
    [
        ("facture", "1", "« facture » n’est pas un document"),
        ("avis", "99", "Aucun document ne correspond à « 99 »"),
        ("avis", "douze", "« douze » n’est pas un numéro d’avis"),
        ("avis", "٣", "n’est pas un numéro"),
        ("emp", "ACI062230001A0", "une barre oblique et le mois"),
        ("notification", "ACI999A0M0", "Aucun document"),
        ("notification", "", "Nommez le document"),
        ("bilan", "1", "Aucun document"),
        ("caom", "062-2031", "une fois la CAOM signée"),
        ("ordre", "abc", "« abc » n’est pas un numéro d’ordre"),
        ("caom", "062", "écrivez le département et l’année, par exemple 062-2023"),
        ("manuel", "../settings", "n’est pas un manuel"),
    ],
)
def test_refusals_leave_nothing(db, tmp_path, nom, identifiant, sentence):
    make_caom(annee=2031, signee_le=None)
    status, _, told = run("document", nom, identifiant, "--out", str(tmp_path / "x.pdf"))
    assert (status, list(tmp_path.iterdir())) == (2, [])
    assert sentence in told
    assert not Entree.objects.filter(action="document.extrait").exists()


def test_where_the_document_goes(db, tmp_path):
    """Not a PDF name, no such folder, no name: said before anything is looked for."""
    for path in (tmp_path / "a.txt", tmp_path / "absent" / "a.pdf", ""):
        assert run("document", "avis", "1", "--out", str(path))[0] == 2


def test_archives_are_checked_against_their_hash(annee):
    """Sound, then one altered and one missing: each is named, and the exit status tells."""
    transfers = Fichier.objects.count()  # the file of each run, checked as well
    produced = produce_notices(annee.ecourtee.avis.order_by("pk").first().campagne)
    checked = transfers + len(produced)
    status, told, _ = run("verifier_documents")
    assert (status, told) == (0, f"Documents vérifiés : {checked} ; en défaut : 0.\n")
    altered, missing, expired = produced[:3]
    Path(altered.contenu.path).write_bytes(b"%PDF-1.7")
    missing.contenu.storage.delete(missing.contenu.name)
    expired.contenu.storage.delete(expired.contenu.name)
    Fichier.objects.filter(pk=expired.pk).update(expire_le=date(2019, 1, 1))
    status, told, wrong = run("verifier_documents")
    assert status == 1
    assert f"{altered.nom} ({altered.contenu.name}) : contenu modifié." in wrong
    assert f"{missing.nom} ({missing.contenu.name}) : fichier manquant." in wrong
    assert told == f"Documents vérifiés : {checked - 1} ; en défaut : 2.\n"
