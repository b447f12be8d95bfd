"""Import of salariés and contracts: the preview says what the confirmation writes, row by row."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.siae import services
from apps.siae.importation import application
from apps.siae.importation.columns import COLONNES, PAR_NOM, as_typed
from apps.siae.importation.lecture import read_workbook
from apps.siae.importation.modele import write_model
from apps.siae.models import Contrat, ImportSalaries, Salarie
from apps.siae.tasks import forget
from config.celery import app
from tests.factories import make_membership, make_siae
from tests.siae.conftest import IDENTITE

PERSONNE = {
    "civilite": "Mme",
    "nom": "Martin",
    "prenom": "Zoé",
    "date_naissance": date(1992, 3, 4),
    "pass_iae": 999990000007,
    "pass_debut": "01/01/2023",
    "pass_fin": date(2024, 12, 31),
    "code_postal": 1000,
    "orienteur": "France Travail",
    "rqth": "oui",
}
EMBAUCHE = {
    "forme": "CDDI",
    "debut": date(2023, 1, 1),
    "fin": date(2023, 6, 30),
    "heures_hebdo": 26,
    "salaire_brut": 1300.5,
    "rsa": "Oui, non majoré",
    "rsa_departement": 62,
}


def workbook(*rows, names=None):
    """A file whose columns are those of the rows (or `names`), headings as in the model."""
    names = names or list(dict.fromkeys(name for row in rows for name in row))
    book = Workbook()
    book.active.append([PAR_NOM[name].titre for name in names])
    for row in rows:
        book.active.append([row.get(name) for name in names])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    file.name = "salaries.xlsx"
    return file


def proposed(acting, structure, *rows):
    lignes = read_workbook(workbook(*rows))
    return services.propose_import(acting, structure, fichier="salaries.xlsx", lignes=lignes)


def effects(results):
    return [(result.ligne, result.fiche, result.contrat) for result in results]


def test_the_model_is_read_back_as_it_is_offered(saisie, structure, salarie):
    """Pre-filled, sent back untouched: nothing changes."""
    book = load_workbook(io.BytesIO(write_model([salarie])))
    sheet = book.worksheets[0]
    assert [cell.value.removesuffix(" *") for cell in sheet[1]] == [c.titre for c in COLONNES]
    assert len(sheet.data_validations.dataValidation) == sum(bool(c.liste) for c in COLONNES)
    file = io.BytesIO(write_model([salarie]))
    lignes = read_workbook(file)
    demande = services.propose_import(saisie, structure, fichier="x.xlsx", lignes=lignes)
    assert effects(application.preview(saisie, demande)) == [(2, "INCHANGE", "")]


def test_a_person_and_a_contract_are_created(saisie, structure, siae):
    demande = proposed(saisie, structure, PERSONNE | EMBAUCHE)
    assert effects(application.preview(saisie, demande)) == [(2, "CREE", "CREE")]
    assert not Salarie.objects.exists()
    assert not Entree.objects.exists()
    assert effects(application.apply(saisie, demande)) == [(2, "CREE", "CREE")]
    person = Salarie.objects.get()
    assert (person.pass_iae, person.code_postal, person.orienteur, person.rqth) == (
        "999990000007",
        "01000",
        "03",
        True,
    )
    contrat = Contrat.objects.get()
    assert (contrat.siae, contrat.rsa_departement, str(contrat.salaire_brut)) == (
        siae,
        "062",
        "1300.50",
    )


def test_an_applied_import_keeps_no_personal_data_and_is_not_applied_twice(saisie, structure, siae):
    demande = proposed(saisie, structure, PERSONNE)
    application.apply(saisie, demande)
    demande.refresh_from_db()
    assert demande.lignes == []
    entry = Entree.objects.get(action="salarie.import")
    assert entry.apres == {
        "fichier": "salaries.xlsx",
        "lignes_importees": 1,
        "lignes_refusees": 0,
    }
    with pytest.raises(Refus, match="déjà été importé"):
        application.apply(saisie, demande)
    assert Salarie.objects.count() == 1


def test_an_empty_cell_leaves_the_fiche_as_it_is(saisie, structure, salarie):
    services.update_salarie(saisie, salarie, commune="Lens", rqth=True)
    known = {name: IDENTITE[name] for name in IDENTITE}
    demande = proposed(saisie, structure, known | {"commune": None, "zrr": "Oui"})
    assert effects(application.apply(saisie, demande)) == [(2, "MIS_A_JOUR", "")]
    salarie.refresh_from_db()
    assert (salarie.commune, salarie.rqth, salarie.zrr) == ("Lens", True, True)


def test_a_contract_is_corrected_renewed_and_ended(saisie, structure, siae, salarie, contrat):
    person = dict(IDENTITE)
    corrected = person | {"debut": date(2023, 1, 1), "heures_hebdo": 30}
    renewed = person | {
        "debut": date(2023, 7, 1),
        "fin": date(2023, 12, 31),
        "renouvellement": "Oui",
        "date_sortie": date(2023, 9, 30),
        "motif_sortie": "Embauche en CDI",
    }
    demande = proposed(saisie, structure, corrected, renewed)
    assert effects(application.apply(saisie, demande)) == [
        (2, "INCHANGE", "MIS_A_JOUR"),
        (3, "INCHANGE", "CREE"),
    ]
    first, second = Contrat.objects.order_by("debut")
    assert str(first.heures_hebdo) == "30.00"
    assert (second.parent, second.rsa, second.numero_renouvellement) == (first, "OUI-NM", 1)
    assert (second.date_sortie, second.motif_sortie) == (date(2023, 9, 30), "04")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pass_iae": "12"}, "Colonne E (Numéro de PASS IAE) : Le numéro de PASS IAE compte"),
        ({"date_naissance": "31/02/1990"}, "Colonne D (Date de naissance) : "),
        (
            {"orienteur": "Mon voisin"},
            "Colonne I (Orienté par) : « Mon voisin » n’est pas dans la liste",
        ),
        ({"rqth": "peut-être"}, "Colonne J (RQTH) : "),
        ({"nom": None}, "À renseigner : colonne B (Nom d’usage)."),
        ({"heures_hebdo": 26}, "Indiquez la date d’embauche du contrat, ou laissez vide : Heures"),
        (EMBAUCHE | {"forme": "CDI"}, "Colonne K (Forme du contrat) : "),
        (EMBAUCHE | {"mesure": "ETTI"}, "Colonne R (Mesure) : indiquez l’une des mesures"),
        (EMBAUCHE | {"renouvellement": "Oui"}, "Il n’y a pas de contrat précédent"),
        (EMBAUCHE | {"heures_hebdo": 60}, "Les heures par semaine doivent être"),
        (
            EMBAUCHE | {"date_sortie": date(2023, 2, 1)},
            "À renseigner : Motif de sortie.",
        ),
    ],
)
def test_a_refused_row_says_where_and_the_others_are_kept(
    saisie, structure, siae, changes, sentence
):
    other = PERSONNE | {"nom": "Petit", "pass_iae": "999990000008"}
    demande = proposed(saisie, structure, PERSONNE | changes, other)
    first, second = application.apply(saisie, demande)
    assert first.motifs[0].startswith(sentence), first.motifs
    assert (second.ligne, second.fiche) == (3, "CREE")
    assert [person.nom for person in Salarie.objects.all()] == ["Petit"]


def test_the_same_identity_under_another_pass_is_refused(saisie, structure, salarie):
    typed = IDENTITE | {"pass_iae": "999990000009"}
    (result,) = application.preview(saisie, proposed(saisie, structure, typed))
    assert result.motifs[0].startswith("Une fiche porte déjà les mêmes nom, prénom")


def test_nothing_is_written_when_every_row_is_refused(saisie, structure):
    demande = proposed(saisie, structure, PERSONNE | {"pass_iae": "1"})
    with pytest.raises(Refus, match="Aucune ligne ne peut être importée"):
        application.apply(saisie, demande)
    demande.refresh_from_db()
    assert demande.applique_le is None


@pytest.mark.parametrize(
    ("nom", "value", "typed"),
    [
        ("orienteur", 3, "03"),
        ("orienteur", "03 - France Travail", "03"),
        ("orienteur", "france travail", "03"),
        ("civilite", "MME", "MME"),
        ("rsa", "OUI-M", "OUI-M"),
        ("rqth", True, "True"),
        ("rqth", "X", "True"),
        ("rqth", "Non", "False"),
        ("telephone", 321000000, "0321000000"),
        ("departement_naissance", 62, "062"),
        ("debut", date(2023, 1, 2), "2023-01-02"),
        ("numero_caf", date(2023, 1, 2), "02/01/2023"),
    ],
)
def test_cells_are_read_as_a_page_would(nom, value, typed):
    assert as_typed(PAR_NOM[nom], value) == typed


def test_the_journey_from_the_file_to_the_list(as_user, saisie, structure, siae):
    client = as_user(saisie)
    bad = PERSONNE | {"nom": "Petit", "pass_iae": "1"}
    file = workbook(PERSONNE | EMBAUCHE, bad)
    response = client.post(reverse("siae:salaries_importer"), {"fichier": file})
    preview = response["Location"]
    text = client.get(preview).content.decode()
    assert "1 ligne acceptée, 1 refusée" in text
    assert "Ligne 3, PETIT Zoé" in text
    assert not Salarie.objects.exists()
    response = client.post(preview, follow=True)
    assert "1 ligne est importée. 1 refusée" in response.content.decode()
    assert Contrat.objects.count() == 1
    assert client.get(preview).status_code == 404


def test_a_file_at_fault_is_said_beside_the_field(as_user, saisie):
    file = io.BytesIO(b"nom;prenom")
    file.name = "salaries.csv"
    response = as_user(saisie).post(reverse("siae:salaries_importer"), {"fichier": file})
    assert response.context["form"].errors["fichier"][0].startswith("Ce fichier n’est pas")
    assert not ImportSalaries.objects.exists()


def test_another_person_does_not_confirm_it(as_user, saisie, responsable, structure):
    demande = proposed(saisie, structure, PERSONNE)
    stranger = make_membership("SAISIE", make_siae().structure.organisation)
    for acting in (responsable, stranger):
        url = reverse("siae:salaries_import", args=[demande.pk])
        assert as_user(acting).post(url).status_code == 404
    assert not Salarie.objects.exists()


def test_a_control_character_pasted_in_a_fiche_does_not_prevent_the_model(salarie):
    salarie.adresse = "1 rue\x0b de la Paix"
    salarie.save()
    sheet = load_workbook(io.BytesIO(write_model([salarie]))).active
    titles = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, titles.index(PAR_NOM["adresse"].titre) + 1).value == "1 rue de la Paix"


def test_a_new_file_replaces_the_one_that_waits(saisie, structure):
    first = proposed(saisie, structure, PERSONNE)
    second = proposed(saisie, structure, PERSONNE)
    assert list(ImportSalaries.objects.all()) == [second]
    assert first.pk != second.pk


def test_rows_that_nobody_confirms_are_forgotten_after_a_week(saisie, responsable, structure):
    """By the clock: nobody has to send another file."""
    forgotten = proposed(responsable, structure, PERSONNE)
    ImportSalaries.objects.update(cree_le=timezone.now() - timedelta(days=8))
    kept = proposed(saisie, structure, PERSONNE)
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert forget.name in scheduled
    assert (forget(), forget()) == (1, 0)
    assert list(ImportSalaries.objects.all()) == [kept]
    assert forgotten.pk != kept.pk
