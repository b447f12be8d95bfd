"""The contracts across a structure, a series in words, contacts, suggestions of structures."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.siae import services
from apps.siae.models import Contact
from tests.factories import make_membership, make_organisation, make_siae, make_version
from tests.siae.conftest import IDENTITE, TERMES

TODAY = date(2023, 5, 15)


@pytest.fixture
def people(saisie, structure, siae, monkeypatch):
    """Four contracts on 15 May 2023: current, ending, left, to come with a short PASS IAE."""
    monkeypatch.setattr("apps.siae.filters.today", lambda: TODAY)
    made = {}
    cases = {
        "Actuel": ({"fin": date(2023, 12, 31)}, {"pass_fin": date(2023, 7, 15)}),
        "Bientot": ({"fin": date(2023, 7, 15)}, {}),
        "Echu": ({"fin": date(2023, 3, 31), "rsa": "NON", "rsa_departement": ""}, {}),
        "Futur": ({"debut": date(2023, 6, 1)}, {}),
        "Parti": ({"fin": date(2023, 6, 30)}, {}),
    }
    for number, (nom, (terms, identity)) in enumerate(cases.items()):
        fields = IDENTITE | {"nom": nom, "pass_iae": f"99999000000{number}"} | identity
        person = services.create_salarie(saisie, structure, **fields)
        made[nom] = services.create_contrat(saisie, person, siae, **TERMES | terms)
    services.record_exit(
        saisie, made["Parti"], date_sortie=date(2023, 4, 30), motif_sortie="04", on=TODAY
    )
    return made


def listed(client, **data):
    response = client.get(reverse("siae:contrats"), data)
    assert response.status_code == 200
    return [row.record.salarie.nom for row in response.context["table"].rows]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, ["Actuel", "Bientot", "Echu", "Futur", "Parti"]),
        ({"situation": "EN_COURS"}, ["Actuel", "Bientot"]),
        ({"situation": "FIN_PROCHE"}, ["Bientot", "Futur"]),
        ({"situation": "PASS_PROCHE"}, ["Actuel"]),
        ({"situation": "A_VENIR"}, ["Futur"]),
        ({"situation": "SORTIE"}, ["Parti"]),
        ({"situation": "ECHU"}, ["Echu"]),
        ({"brsa": "NON"}, ["Echu"]),
        ({"q": "actuel"}, ["Actuel"]),
        ({"mesure": "EI_DC"}, []),
    ],
)
def test_filters_of_the_contracts(as_user, saisie, people, data, expected):
    assert sorted(listed(as_user(saisie), **data)) == expected


def test_a_renewed_contract_is_no_longer_to_be_renewed(as_user, saisie, people):
    services.renew_contrat(
        saisie, people["Bientot"], debut=date(2023, 7, 16), fin=date(2023, 12, 31)
    )
    assert sorted(listed(as_user(saisie), situation="FIN_PROCHE")) == ["Futur"]


def test_the_list_asks_as_many_queries_for_one_contract_as_for_five(
    as_user, saisie, structure, siae, people, django_assert_max_num_queries
):
    client = as_user(saisie)
    counts = []
    for data in ({"q": "actuel"}, {"q": "a"}, {}):
        with django_assert_max_num_queries(12) as queries:
            listed(client, **data)
        counts.append(len(queries))
    assert len(set(counts)) == 1


def test_others_see_the_contracts_of_their_scope(as_user, people, gestionnaire, instructeur, siae):
    assert len(listed(as_user(gestionnaire), structure=str(siae.structure.asp_id))) == 5
    assert listed(as_user(gestionnaire), structure="Introuvable") == []
    assert len(listed(as_user(instructeur))) == 5
    elsewhere = make_membership("INSTRUCTEUR", make_organisation("DDETS", departement="059"))
    assert listed(as_user(elsewhere)) == []


def test_a_departement_reads_the_contracts_of_its_periods(as_user, people, siae):
    version = make_version(siae=siae, debut=date(2023, 1, 1), fin=date(2023, 3, 31))
    cd = make_membership("LECTEUR", version.financeur_cd.organisation)
    assert sorted(listed(as_user(cd))) == ["Actuel", "Bientot", "Echu", "Parti"]
    assert as_user(cd).get(reverse("siae:contrat", args=[people["Futur"].pk])).status_code == 404


def test_a_contract_shows_its_series_in_order(as_user, saisie, people):
    first = people["Bientot"]
    second = services.renew_contrat(saisie, first, debut=date(2023, 7, 16), fin=date(2023, 9, 30))
    for contrat in (first, second):
        response = as_user(saisie).get(reverse("siae:contrat", args=[contrat.pk]))
        series = [row.record.pk for row in response.context["table"].rows]
        assert series == [first.pk, second.pk]
    assert "Oui, non majoré" in response.content.decode()


def test_a_contract_changed_meanwhile_shows_both_values(as_user, saisie, people):
    contrat = people["Actuel"]
    services.update_contrat(saisie, contrat, code_rome="A1203")
    typed = TERMES | {"fin": "2023-12-31", "code_rome": "K2204", "revision": "1"}
    typed["debut"] = "2023-01-01"
    response = as_user(saisie).post(reverse("siae:contrat_modifier", args=[contrat.pk]), typed)
    assert response.status_code == 409
    assert [
        (line["libelle"], line["enregistre"], line["saisi"])
        for line in response.context["form"].conflit["differences"]
    ] == [("Code ROME", "A1203", "K2204")]
    contrat.refresh_from_db()
    assert contrat.code_rome == "A1203"


CONTACT = {"nom": "Anne Petit", "fonction": "DIRECTION", "courriel": "anne@exemple.fr"}


def test_a_contact_is_added_and_withdrawn(as_user, responsable, structure):
    client = as_user(responsable)
    client.post(reverse("siae:contact_ajouter", args=[structure.pk]), CONTACT)
    page = client.get(reverse("siae:structure", args=[structure.pk])).content.decode()
    assert "Anne Petit, Direction" in page
    contact = Contact.objects.get()
    assert (
        "Anne Petit"
        in client.get(reverse("siae:contact_retirer", args=[contact.pk])).content.decode()
    )
    client.post(reverse("siae:contact_retirer", args=[contact.pk]))
    assert not Contact.objects.exists()
    entries = Entree.objects.filter(action__startswith="structure.contact")
    assert [entry.action for entry in entries] == [
        "structure.contact_retire",
        "structure.contact_ajoute",
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"courriel": ""}, "Indiquez un téléphone ou une adresse"),
        ({}, "Cette personne est déjà enregistrée"),
    ],
)
def test_a_refused_contact_changes_nothing(responsable, structure, changes, sentence):
    services.add_contact(responsable, structure, **CONTACT)
    with pytest.raises(Refus, match=sentence):
        services.add_contact(responsable, structure, **CONTACT | changes)
    assert Contact.objects.count() == 1


def test_data_entry_does_not_change_the_contacts(saisie, structure):
    with pytest.raises(Refus, match="Seul le responsable"):
        services.add_contact(saisie, structure, **CONTACT)
    assert not Contact.objects.exists()


def test_a_structure_changed_meanwhile_shows_both_values(as_user, responsable, structure):
    services.update_structure(responsable, structure, telephone="0321000000")
    typed = {"telephone": "0321999999", "revision": "1"}
    url = reverse("siae:structure_modifier", args=[structure.pk])
    response = as_user(responsable).post(url, typed)
    assert response.status_code == 409
    structure.refresh_from_db()
    assert structure.telephone == "0321000000"


def test_suggestions_are_those_of_the_readers_scope(as_user, gestionnaire, instructeur, structure):
    make_siae(departement="059", denomination="Chantier du Nord")
    structure.denomination = "Chantier de l’Artois"
    structure.save()
    url = reverse("siae:structures_suggestions")

    def suggested(client, text):
        answer = client.get(url, {"champ": "structure", "structure": text})
        return [str(s) for s in answer.context["structures"]]

    asp = as_user(gestionnaire)
    assert suggested(asp, "chantier") == ["Chantier de l’Artois", "Chantier du Nord"]
    assert suggested(asp, str(structure.siret)) == ["Chantier de l’Artois"]
    assert suggested(asp, "c") == []
    assert suggested(asp, "\0chan\0tier") == ["Chantier de l’Artois", "Chantier du Nord"]
    assert suggested(as_user(instructeur), "chantier") == ["Chantier de l’Artois"]
