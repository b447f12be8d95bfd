"""Screens of the salariés and contracts: the structure's entry, the others' reading."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from apps.journal.models import Entree
from apps.siae import services
from apps.siae.models import Contrat, Salarie
from tests.factories import make_membership, make_siae, make_version
from tests.siae.conftest import IDENTITE, TERMES

FICHE = {
    "civilite": "MME",
    "nom": "Durand",
    "prenom": "Léa",
    "date_naissance": "1990-05-04",
    "pass_iae": "99999 00 00001",
    "pass_debut": "2023-01-01",
    "pass_fin": "2024-12-31",
    "orienteur": "99",
}
CONTRAT = {
    "forme": "CDDI",
    "debut": "2023-01-01",
    "fin": "2023-06-30",
    "heures_hebdo": "26",
    "salaire_brut": "1 300,00",
    "rsa": "OUI-NM",
    "rsa_departement": "62",
}


@pytest.fixture
def lecteur(siae):
    version = make_version(siae=siae)
    return make_membership("LECTEUR", version.financeur_cd.organisation)


@pytest.fixture
def etranger(db):
    """Somebody who enters hours for another structure."""
    return make_membership("SAISIE", make_siae().structure.organisation)


def page(client, name, *args, **data):
    return client.get(reverse(f"siae:{name}", args=args), data)


def people(response):
    return [str(row.record) for row in response.context["table"].rows]


def add(saisie, structure, number, **fields):
    values = IDENTITE | {"pass_iae": f"9999900{number:05d}"} | fields
    return services.create_salarie(saisie, structure, autre_personne=True, **values)


def test_from_a_person_to_a_contract(as_user, saisie, structure, siae):
    """The journey: enter the fiche, then the contract, and find both on the fiche."""
    client = as_user(saisie)
    response = client.post(reverse("siae:salarie_creer"), FICHE)
    salarie = Salarie.objects.get()
    assert response["Location"] == reverse("siae:contrat_creer", args=[salarie.pk])
    response = client.post(response["Location"], CONTRAT | {"siae": siae.pk})
    assert response["Location"] == reverse("siae:salarie", args=[salarie.pk])
    contrat = Contrat.objects.get()
    assert (contrat.rsa_departement, str(contrat.salaire_brut)) == ("062", "1300.00")
    text = client.get(response["Location"]).content.decode()
    assert "DURAND Léa, n° 1" in text
    assert "Oui, non majoré (062)" in text


def test_a_known_pass_offers_to_attach_to_the_existing_fiche(as_user, saisie, salarie):
    response = as_user(saisie).post(reverse("siae:salarie_creer"), FICHE | {"nom": "Durant"})
    assert response.status_code == 200
    text = response.content.decode()
    assert reverse("siae:contrat_creer", args=[salarie.pk]) in text
    assert "Rattacher à l’existant" in text
    assert 'value="Durant"' in text
    assert Salarie.objects.count() == 1


def test_the_same_identity_under_another_pass_shows_both(as_user, saisie, salarie):
    """Attach, correct the fiche or say that it is somebody else: no second person by accident."""
    typed = FICHE | {"pass_iae": "999990000002"}
    response = as_user(saisie).post(reverse("siae:salarie_creer"), typed)
    assert [
        (line["libelle"], line["enregistre"], line["saisi"])
        for line in response.context["differences"]
    ] == [("Numéro de PASS IAE", "999990000001", "999990000002")]
    assert Salarie.objects.count() == 1


def test_somebody_else_of_the_same_name_has_a_fiche(as_user, saisie, salarie):
    typed = FICHE | {"pass_iae": "999990000002", "choix": "autre"}
    as_user(saisie).post(reverse("siae:salarie_creer"), typed)
    assert Salarie.objects.count() == 2


def test_the_known_fiche_is_corrected_by_what_is_typed(as_user, saisie, salarie):
    typed = FICHE | {"pass_iae": "999990000002", "choix": "corriger", "revision": "1"}
    response = as_user(saisie).post(reverse("siae:salarie_creer"), typed)
    assert response["Location"] == reverse("siae:contrat_creer", args=[salarie.pk])
    assert [(s.numero, s.pass_iae) for s in Salarie.objects.all()] == [(1, "999990000002")]


def test_a_fiche_changed_meanwhile_shows_both_values(as_user, saisie, salarie):
    """409, the typed value kept in the form; sent again, it is written."""
    client = as_user(saisie)
    url = reverse("siae:salarie_modifier", args=[salarie.pk])
    services.update_salarie(saisie, salarie, commune="Lens")
    typed = FICHE | {"commune": "Arras", "revision": "1"}
    response = client.post(url, typed)
    text = response.content.decode()
    assert response.status_code == 409
    assert saisie.user.nom_complet in text
    assert [
        (line["libelle"], line["enregistre"], line["saisi"])
        for line in response.context["form"].conflit["differences"]
    ] == [("Commune de résidence", "Lens", "Arras")]
    assert 'name="revision" value="2"' in text
    salarie.refresh_from_db()
    assert salarie.commune == "Lens"
    assert client.post(url, typed | {"revision": "2"}).status_code == 302
    salarie.refresh_from_db()
    assert salarie.commune == "Arras"


def test_a_field_left_alone_takes_the_value_saved_meanwhile(as_user, saisie, salarie):
    """Only what one has changed oneself is in question: the rest follows the other's changes."""
    client = as_user(saisie)
    url = reverse("siae:salarie_modifier", args=[salarie.pk])
    form = client.get(url).context["form"]
    read = {f"initial-{name}": form[name].value() or "" for name in form.fields}
    services.update_salarie(saisie, salarie, orienteur="03", commune="Lens")
    typed = FICHE | read | {"orienteur": "99", "commune": "Arras", "revision": "1"}
    response = client.post(url, typed)
    form = response.context["form"]
    assert [line["nom"] for line in form.conflit["differences"]] == ["commune"]
    assert (form["commune"].value(), form["orienteur"].value()) == ("Arras", "03")
    again = {name: form[name].value() or "" for name in form.fields}
    assert client.post(url, {k: v for k, v in again.items() if v != ""}).status_code == 302
    salarie.refresh_from_db()
    assert (salarie.commune, salarie.orienteur) == ("Arras", "03")


def test_correcting_a_known_fiche_empties_nothing(as_user, saisie, salarie):
    services.update_salarie(saisie, salarie, commune="Lens", rqth=True, orienteur="03")
    typed = FICHE | {"pass_iae": "999990000002", "choix": "corriger", "revision": "2"}
    as_user(saisie).post(reverse("siae:salarie_creer"), typed)
    salarie.refresh_from_db()
    assert (salarie.pass_iae, salarie.commune, salarie.rqth, salarie.orienteur) == (
        "999990000002",
        "Lens",
        True,
        "03",
    )


def test_self_employed_fields_are_those_of_an_eiti(as_user, saisie, structure, salarie):
    client, url = as_user(saisie), reverse("siae:salarie_modifier", args=[salarie.pk])
    assert "cape" not in client.get(url).context["form"].fields
    make_siae(structure, "EITI_DC")
    assert "cape" in client.get(url).context["form"].fields
    assert "CAPE" in page(client, "salarie", salarie.pk).content.decode()


def test_faults_stand_beside_their_fields(as_user, saisie):
    response = as_user(saisie).post(
        reverse("siae:salarie_creer"), FICHE | {"pass_iae": "12", "prenom": ""}
    )
    errors = response.context["form"].errors
    assert errors["pass_iae"] == ["Le numéro de PASS IAE compte 12 chiffres."]
    assert set(errors) == {"pass_iae", "prenom"}
    assert 'value="Durand"' in response.content.decode()
    assert not Salarie.objects.exists()


def test_a_refused_contract_loses_nothing_typed(as_user, saisie, salarie, siae, contrat):
    response = as_user(saisie).post(
        reverse("siae:contrat_creer", args=[salarie.pk]),
        CONTRAT | {"siae": siae.pk, "salaire_brut": "1 450,55"},
    )
    text = response.content.decode()
    assert "Ce salarié a déjà un contrat du 01/01/2023 au 30/06/2023" in text
    assert 'value="1 450,55"' in text
    assert Contrat.objects.count() == 1


def test_warnings_are_shown_once_the_contract_is_kept(as_user, saisie, salarie, siae):
    response = as_user(saisie).post(
        reverse("siae:contrat_creer", args=[salarie.pk]),
        CONTRAT | {"siae": siae.pk, "forme": "CTT"},
        follow=True,
    )
    assert "n’est pas admise en ACI" in response.content.decode()
    assert Contrat.objects.count() == 1


def test_the_measure_of_another_structure_is_not_offered(as_user, saisie, salarie):
    response = as_user(saisie).post(
        reverse("siae:contrat_creer", args=[salarie.pk]), CONTRAT | {"siae": make_siae().pk}
    )
    assert list(response.context["form"].errors) == ["siae"]
    assert not Contrat.objects.exists()


def test_correct_renew_leave_and_withdraw(as_user, saisie, contrat):
    client = as_user(saisie)
    fiche = reverse("siae:salarie", args=[contrat.salarie_id])
    response = client.post(
        reverse("siae:contrat_modifier", args=[contrat.pk]), CONTRAT | {"heures_hebdo": "28"}
    )
    assert response["Location"] == fiche
    url = reverse("siae:contrat_renouveler", args=[contrat.pk])
    proposed = client.get(url).context["form"].initial
    assert (proposed["debut"], str(proposed["heures_hebdo"])) == (date(2023, 7, 1), "28.00")
    response = client.post(url, CONTRAT | {"debut": "2023-07-01", "fin": "2023-12-31"})
    assert response["Location"] == fiche
    renewal = contrat.renouvellements.get()
    assert renewal.rsa == "OUI-NM"
    client.post(
        reverse("siae:contrat_sortie", args=[renewal.pk]),
        {"date_sortie": "2023-09-15", "motif_sortie": "04"},
    )
    renewal.refresh_from_db()
    assert renewal.date_sortie == date(2023, 9, 15)
    assert "15/09/2023 : Embauche en CDI" in client.get(fiche).content.decode()
    client.post(
        reverse("siae:contrat_annuler_sortie", args=[renewal.pk]), {"motif": "Mauvais salarié"}
    )
    renewal.refresh_from_db()
    assert renewal.date_sortie is None


def test_the_forms_of_a_renewal_do_not_offer_the_rsa(as_user, saisie, contrat):
    renewal = services.renew_contrat(
        saisie, contrat, debut=date(2023, 7, 1), fin=date(2023, 12, 31)
    )
    client = as_user(saisie)
    for name, target in (("contrat_modifier", renewal), ("contrat_renouveler", renewal)):
        fields = page(client, name, target.pk).context["form"].fields
        assert not {"rsa", "rsa_departement", "siae"} & set(fields)
    first = page(client, "contrat_modifier", contrat.pk).context["form"].fields
    assert {"rsa", "rsa_departement"} <= set(first)


def test_another_structure_finds_nothing(as_user, etranger, salarie, contrat):
    client = as_user(etranger)
    for name in ("salarie", "salarie_modifier", "contrat_creer"):
        assert page(client, name, salarie.pk).status_code == 404
    names = ("contrat_modifier", "contrat_renouveler", "contrat_sortie", "contrat_annuler_sortie")
    for name in names:
        assert page(client, name, contrat.pk).status_code == 404
        assert client.post(reverse(f"siae:{name}", args=[contrat.pk]), {}).status_code == 404
    assert people(page(client, "salaries")) == []


@pytest.mark.parametrize("role", ["gestionnaire", "instructeur", "lecteur"])
def test_the_administrations_read_and_do_not_write(as_user, request, role, salarie, contrat):
    client = as_user(request.getfixturevalue(role))
    assert page(client, "salarie", salarie.pk).status_code == 200
    text = page(client, "salarie", salarie.pk).content.decode()
    assert reverse("siae:salarie_modifier", args=[salarie.pk]) not in text
    assert reverse("siae:contrat_modifier", args=[contrat.pk]) not in text
    assert page(client, "salarie_creer").status_code == 403
    url = reverse("siae:contrat_sortie", args=[contrat.pk])
    data = {"date_sortie": "2023-03-01", "motif_sortie": "04"}
    assert client.post(url, data).status_code == 403
    contrat.refresh_from_db()
    assert contrat.date_sortie is None


def test_a_departement_sees_the_contracts_of_its_annex_only(
    as_user, saisie, structure, salarie, siae, contrat, lecteur
):
    """Item 2 of the cahier des charges, §3.1: for the periods of its annexes, nothing else."""
    before = services.create_contrat(
        saisie,
        salarie,
        siae,
        **TERMES | {"debut": date(2022, 1, 1), "fin": date(2022, 12, 31)},
    )
    ei = services.create_contrat(saisie, salarie, make_siae(structure, "EI_DC"), **TERMES)
    only_before = add(saisie, structure, 7, nom="Ancien")
    services.create_contrat(
        saisie,
        only_before,
        siae,
        **TERMES | {"debut": date(2022, 1, 1), "fin": date(2022, 12, 31)},
    )
    client = as_user(lecteur)
    response = page(client, "salarie", salarie.pk)
    seen = {row.record.pk for row in response.context["table"].rows}
    assert seen == {contrat.pk}
    assert not seen & {before.pk, ei.pk}
    assert people(page(client, "salaries")) == ["DURAND Léa"]
    assert page(client, "salarie", only_before.pk).status_code == 404
    assert people(page(client, "salaries", mesure="EI_DC")) == []
    assert people(page(client, "salaries", mois="12/2022")) == []


def test_a_reading_by_a_departement_is_journaled_and_shows_no_phone(
    as_user, saisie, salarie, contrat, lecteur
):
    services.update_salarie(saisie, salarie, telephone="0611223344")
    text = page(as_user(lecteur), "salarie", salarie.pk).content.decode()
    assert "0611223344" not in text
    entry = Entree.objects.get(action="fiche.consultee")
    assert (entry.utilisateur, entry.objet_id) == (lecteur.user, salarie.pk)
    assert "0611223344" in page(as_user(saisie), "salarie", salarie.pk).content.decode()
    assert Entree.objects.filter(action="fiche.consultee").count() == 1


def test_filters_of_the_salaries(as_user, saisie, structure, siae, contrat, gestionnaire):
    spring = add(saisie, structure, 2, nom="Petit", prenom="Ali")
    services.create_contrat(
        saisie, spring, siae, **TERMES | {"debut": date(2023, 4, 1), "fin": date(2023, 9, 30)}
    )
    services.record_exit(
        saisie, spring.contrats.get(), date_sortie=date(2023, 7, 31), motif_sortie="25"
    )
    ei = add(saisie, structure, 3, nom="Roux", prenom="Eva")
    services.create_contrat(saisie, ei, make_siae(structure, "EI_DC"), **TERMES)
    client = as_user(saisie)
    cases = [
        ({}, ["DURAND Léa", "PETIT Ali", "ROUX Eva"]),
        ({"q": "petit"}, ["PETIT Ali"]),
        ({"q": "3"}, ["ROUX Eva"]),
        ({"q": "999990000001"}, ["DURAND Léa"]),
        ({"mois": "03/2023"}, ["DURAND Léa", "ROUX Eva"]),
        ({"mois": "juillet 2023"}, ["PETIT Ali"]),
        ({"mois": "08/2023"}, []),
        ({"mesure": "EI_DC"}, ["ROUX Eva"]),
        ({"mesure": "EI_DC", "mois": "07/2023"}, []),
    ]
    for data, expected in cases:
        assert people(page(client, "salaries", **data)) == expected, data
    asp = as_user(gestionnaire)
    assert len(people(page(asp, "salaries", structure=structure.asp_id))) == 3
    assert people(page(asp, "salaries", structure=structure.asp_id + 1)) == []


@pytest.mark.parametrize("role", ["saisie", "gestionnaire", "lecteur"])
def test_the_list_asks_as_many_queries_for_three_people_as_for_twenty(
    as_user, request, saisie, structure, siae, django_assert_max_num_queries, role
):
    client = as_user(request.getfixturevalue(role))
    counts, number = [], 0
    for more in (3, 17):
        for _ in range(more):
            number += 1
            person = add(saisie, structure, number)
            services.create_contrat(saisie, person, siae, **TERMES)
        with django_assert_max_num_queries(12) as queries:
            response = page(client, "salaries")
        counts.append(len(queries))
    assert len(people(response)) == 20
    assert counts[0] == counts[1]


def test_the_fiche_asks_as_many_queries_for_one_contract_as_for_five(
    as_user, saisie, salarie, contrat, django_assert_max_num_queries
):
    client = as_user(saisie)
    counts = []
    for months in (0, 4):
        last = contrat
        for month in range(months):
            last = services.renew_contrat(
                saisie, last, debut=date(2023, 7 + month, 1), fin=date(2023, 7 + month, 30)
            )
        with django_assert_max_num_queries(12) as queries:
            response = page(client, "salarie", salarie.pk)
        counts.append(len(queries))
    assert len(response.context["table"].rows) == 5
    assert counts[0] == counts[1]


def test_the_history_of_a_contract_says_who_and_what(as_user, saisie, contrat):
    text = page(as_user(saisie), "historique", "contrat", contrat.pk).content.decode()
    assert f"{saisie.user.nom_complet}" in text
    assert "a enregistré le contrat" in text


def test_the_empty_list_says_what_to_do(as_user, saisie):
    text = page(as_user(saisie), "salaries").content.decode()
    assert "Enregistrer un salarié" in text
    assert "Aucun salarié" in text


def test_pages_are_closed_to_visitors(client, salarie):
    response = client.get(reverse("siae:salarie", args=[salarie.pk]))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("accounts:connexion"))
