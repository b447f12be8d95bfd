"""The history of an object: what each act changed, in words, as each reader may read it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.journal.history import changes_of, events, events_of
from apps.journal.models import Entree
from apps.journal.services import record
from apps.siae import services
from tests.factories import make_membership, make_siae
from tests.siae.conftest import IDENTITE, TERMES

pytestmark = pytest.mark.django_db


def changes(**kept):
    entree = Entree(**{"objet_type": "siae.salarie", "avant": {}, "apres": {}} | kept)
    return [(change.libelle, change.avant, change.apres) for change in changes_of(entree)]


def test_codes_dates_and_figures_are_read_in_words():
    """In the order of the object's fields, not of the journal's keys."""
    assert changes(
        avant={"orienteur": "99", "rqth": False, "pass_fin": "2024-12-31", "commune": ""},
        apres={"orienteur": "03", "rqth": True, "pass_fin": "2025-12-31", "commune": "Lens"},
    ) == [
        ("Commune de résidence", "Non renseigné", "Lens"),
        ("Fin du PASS IAE", "31/12/2024", "31/12/2025"),
        ("Orienté par", "Non connu", "France Travail"),
        ("RQTH", "Non", "Oui"),
    ]
    assert changes(
        objet_type="siae.contrat",
        avant={"salaire_brut": "1300.00", "motif_sortie": ""},
        apres={"salaire_brut": "1350.50", "motif_sortie": "04"},
    ) == [
        ("Salaire brut mensuel", "1\xa0300,00", "1\xa0350,50"),
        ("Motif de sortie", "Non renseigné", "Embauche en CDI"),
    ]


def test_what_did_not_change_is_left_out():
    assert changes(avant={"commune": "Lens"}, apres={"commune": "Lens", "numero_caf": ""}) == []


def test_a_number_that_looks_like_a_date_or_a_figure_stays_a_text():
    assert changes(apres={"pass_iae": "999990000001", "nom": "2023-01-01"}) == [
        ("Nom d’usage", "", "2023-01-01"),
        ("Numéro de PASS IAE", "", "999990000001"),
    ]


def test_keys_that_are_no_field_and_objects_that_are_gone_are_still_read():
    assert changes(objet_type="siae.disparu", apres={"effet": "2023-05-01", "un_reste": 2}) == [
        ("Date d’effet", "", "01/05/2023"),
        ("Un reste", "", "2"),
    ]
    assert changes(apres={"titulaire": "2023-99-99"}) == [("Titulaire du compte", "", "2023-99-99")]
    assert changes(objet_type="siae.structure", apres={"mesures": ["ACI_DC", "EI_DC"]}) == [
        ("Mesures", "", "ACI_DC, EI_DC")
    ]


def test_bank_details_are_never_whole():
    """Even if a service kept them whole in the journal."""
    iban = "FR7630006000011234567890189"
    assert changes(objet_type="siae.structure", apres={"iban": iban}) == [
        ("IBAN", "", "FR76 … 0189")
    ]


def test_a_fiche_says_who_for_whom_and_what(client):
    siae = make_siae()
    saisie = make_membership("SAISIE", siae.structure.organisation)
    salarie = services.create_salarie(saisie, siae.structure, **IDENTITE)
    services.update_salarie(saisie, salarie, orienteur="03")
    client.force_login(saisie.user)
    page = client.get(reverse("siae:historique", args=["salarie", salarie.pk])).content.decode()
    assert saisie.user.nom_complet in page
    assert f"({siae.structure.organisation.nom})" in page
    assert "Orienté par" in page
    assert "Non connu" in page
    assert "France Travail" in page


def test_hours_bear_the_name_of_the_person_in_one_query(django_assert_num_queries):
    siae = make_siae()
    saisie = make_membership("SAISIE", siae.structure.organisation)
    salarie = services.create_salarie(saisie, siae.structure, **IDENTITE)
    contrat = services.create_contrat(saisie, salarie, siae, **TERMES)
    entrees = [
        Entree(
            objet_type="presence.etatmensuel",
            action="etat.saisi",
            avant={str(contrat.pk): None},
            apres={str(contrat.pk): f"{hours}.50"},
        )
        for hours in range(5)
    ]
    with django_assert_num_queries(1):
        read = events(entrees, saisie)
    assert [(c.libelle, c.apres) for c in read[4].changements] == [("Heures de DURAND Léa", "4,50")]


def test_a_departement_reads_organisations_not_the_names_of_their_agents():
    siae = make_siae()
    asp, cd = make_membership("GESTIONNAIRE"), make_membership("DECIDEUR")
    record(asp, "structure.modifiee", siae.structure)
    record(cd, "structure.modifiee", siae.structure)
    record(None, "structure.modifiee", siae.structure)
    seen = [(event.auteur, event.organisation) for event in events_of(siae.structure, cd)]
    assert seen == [
        ("Traitement automatique", ""),
        (cd.user.nom_complet, cd.organisation.nom),
        (asp.organisation.nom, ""),
    ]
    assert events_of(siae.structure, asp)[2].auteur == asp.user.nom_complet
