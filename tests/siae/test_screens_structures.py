"""Screens of the structures and bank details: scope, roles, what is shown and what never is."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from apps.siae import services
from apps.siae.models import CoordonneesBancaires, Structure
from tests.factories import (
    make_bank_details,
    make_financeur,
    make_membership,
    make_organisation,
    make_siae,
    make_siret,
    make_structure,
    make_version,
)
from tests.siae.test_banque import RIB
from tests.siae.test_structures import FICHE

IBAN = "FR76 3000 6000 0112 3456 7890 189"


@pytest.fixture
def lecteur(siae):
    """A reader of the département that co-finances the annex of the structure."""
    version = make_version(siae=siae)
    return make_membership("LECTEUR", version.financeur_cd.organisation)


def page(client, name, *args, **data):
    return client.get(reverse(f"siae:{name}", args=args), data)


def denominations(response):
    return sorted(row.record.denomination for row in response.context["table"].rows)


def test_each_role_lists_its_own_structures(as_user, structure, lecteur, gestionnaire, instructeur):
    """The ASP all, a DDETS its territory, a département those it co-finances."""
    north = make_siae(departement="59L").structure
    other = make_siae(departement="062").structure
    everything = sorted(s.denomination for s in (structure, north, other))
    assert denominations(page(as_user(gestionnaire), "structures")) == everything
    territory = sorted(s.denomination for s in (structure, other))
    assert denominations(page(as_user(instructeur), "structures")) == territory
    assert denominations(page(as_user(lecteur), "structures")) == [structure.denomination]


def test_a_structure_is_sent_to_its_own_page(as_user, saisie, structure):
    response = page(as_user(saisie), "structures")
    assert response.status_code == 302
    assert response["Location"] == reverse("siae:structure", args=[structure.pk])


def test_a_structure_outside_the_scope_is_not_found(as_user, saisie, lecteur, instructeur):
    outside = make_siae(departement="59L").structure
    for membership in (saisie, lecteur, instructeur):
        client = as_user(membership)
        names = (
            "structure",
            "structure_modifier",
            "siret_changer",
            "mesure_ajouter",
            "banque_proposer",
        )
        assert [page(client, name, outside.pk).status_code for name in names] == [404] * 5
        assert page(client, "historique", "structure", outside.pk).status_code == 404


def test_a_measure_is_added_to_a_structure(as_user, structure, siae, instructeur, saisie):
    """Only those it has not are proposed; a company carries no ACI."""
    client = as_user(instructeur)
    url = reverse("siae:mesure_ajouter", args=[structure.pk])
    choices = dict(client.get(url).context["form"].fields["mesure"].choices)
    assert "ACI_DC" not in choices
    assert "EI_DC" in choices
    assert client.post(url, {"mesure": "ACI_DC"}).status_code == 200
    assert client.post(url, {"mesure": "EI_DC"}).status_code == 302
    assert sorted(structure.siaes.values_list("mesure", flat=True)) == ["ACI_DC", "EI_DC"]
    assert as_user(saisie).post(url, {"mesure": "AI_DC"}).status_code == 403
    assert structure.siaes.count() == 2


def test_a_departement_sees_only_the_measures_it_cofinances(as_user, structure, siae, lecteur):
    make_siae(structure, "EI_DC")
    response = page(as_user(lecteur), "structure", structure.pk)
    assert [s.mesure for s in response.context["siaes"]] == ["ACI_DC"]
    assert "<dd>ACI</dd>" in response.content.decode()


@pytest.mark.parametrize(
    ("role", "shown"),
    [("responsable", "full"), ("gestionnaire", "full"), ("saisie", "masked")],
)
def test_who_reads_the_iban(as_user, request, structure, role, shown):
    """In full for the responsable and the ASP, masked for those who enter hours."""
    make_bank_details(structure)
    client = as_user(request.getfixturevalue(role))
    text = page(client, "structure", structure.pk).content.decode()
    assert (IBAN in text) == (shown == "full")
    assert ("FR76 … 0189" in text) == (shown == "masked")


@pytest.mark.parametrize("role", ["lecteur", "instructeur"])
def test_a_departement_and_a_ddets_never_see_bank_details(as_user, request, structure, role):
    make_bank_details(structure)
    response = page(as_user(request.getfixturevalue(role)), "structure", structure.pk)
    text = response.content.decode()
    assert structure.denomination in text
    assert "FR76" not in text
    assert "<h2>Coordonnées bancaires</h2>" not in text
    assert "coordonnees" not in response.context


def test_filters_of_the_structures(as_user, gestionnaire, structure):
    ei = make_siae(mesure="EI_DC", departement="062").structure
    make_bank_details(ei)
    services.change_siret(gestionnaire, ei, make_siret(), date(2023, 4, 1))
    client = as_user(gestionnaire)
    cases = [
        ({"mesure": "EI_DC"}, ei),
        ({"banque": "ACTIVES"}, ei),
        ({"banque": "ABSENTES"}, structure),
        ({"q": structure.siret}, structure),
        ({"q": str(structure.asp_id)}, structure),
        ({"q": ei.siret_signature}, ei),
    ]
    for data, expected in cases:
        assert denominations(page(client, "structures", **data)) == [expected.denomination]
    assert denominations(page(client, "structures", banque="A_CONTROLER")) == []


def test_a_departement_does_not_filter_on_a_measure_it_does_not_see(as_user, structure, lecteur):
    make_siae(structure, "EI_DC")
    assert denominations(page(as_user(lecteur), "structures", mesure="EI_DC")) == []
    assert "banque" not in page(as_user(lecteur), "structures").context["filter"].form.fields


@pytest.mark.parametrize("role", ["gestionnaire", "instructeur", "lecteur"])
def test_the_list_asks_as_many_queries_for_three_rows_as_for_twenty(
    as_user, request, django_assert_max_num_queries, structure, role
):
    client = as_user(request.getfixturevalue(role))
    counts = []
    for more in (2, 17):
        for _ in range(more):
            make_version(siae=make_siae(departement="062"))
        with django_assert_max_num_queries(12) as queries:
            response = page(client, "structures")
        counts.append(len(queries))
    assert len(response.context["table"].rows) == 20
    assert counts[0] == counts[1]


def test_creation_keeps_what_was_typed_when_it_is_refused(as_user, gestionnaire):
    client = as_user(gestionnaire)
    data = FICHE | {"siret": make_siret(), "mesures": ["ACI_DC"], "forme_juridique": "SOCIETE"}
    response = client.post(reverse("siae:structure_creer"), data)
    assert response.status_code == 200
    text = response.content.decode()
    assert "ne peut pas porter d’atelier et chantier d’insertion" in text
    assert 'value="3 rue du Moulin"' in text
    assert not Structure.objects.exists()
    response = client.post(
        reverse("siae:structure_creer"), data | {"forme_juridique": "ASSOCIATION"}
    )
    assert response["Location"] == reverse("siae:structure", args=[Structure.objects.get().pk])


@pytest.mark.parametrize("role", ["saisie", "responsable", "lecteur"])
def test_other_roles_do_not_open_the_creation(as_user, request, role):
    client = as_user(request.getfixturevalue(role))
    before = Structure.objects.count()
    url = reverse("siae:structure_creer")
    data = FICHE | {"siret": make_siret(), "mesures": ["ACI_DC"]}
    assert (client.get(url).status_code, client.post(url, data).status_code) == (403, 403)
    assert Structure.objects.count() == before


def test_the_responsable_edits_contacts_and_nothing_else(as_user, responsable, structure):
    client = as_user(responsable)
    url = reverse("siae:structure_modifier", args=[structure.pk])
    assert list(client.get(url).context["form"].fields) == [
        "adresse_gestion",
        "telephone",
        "correspondant",
        "courriel",
        "revision",
    ]
    former = structure.denomination
    client.post(url, {"telephone": "0321000000", "denomination": "Autre nom"})
    structure.refresh_from_db()
    assert (structure.telephone, structure.denomination) == ("0321000000", former)


def test_the_ddets_changes_the_siret(as_user, instructeur, structure):
    new = make_siret()
    response = as_user(instructeur).post(
        reverse("siae:siret_changer", args=[structure.pk]),
        {"nouveau": new, "effet": "2023-04-01"},
        follow=True,
    )
    structure.refresh_from_db()
    assert structure.siret == new
    assert "Salariés, contrats et annexes restent attachés" in response.content.decode()


def test_bank_details_from_proposal_to_control(as_user, responsable, gestionnaire, structure):
    """The journey: the responsable proposes, the ASP finds it in its queue and checks it."""
    as_user(responsable).post(reverse("siae:banque_proposer", args=[structure.pk]), RIB)
    proposal = CoordonneesBancaires.objects.get()
    client = as_user(gestionnaire)
    queue = page(client, "banques")
    assert [row.record for row in queue.context["table"].rows] == [proposal]
    url = reverse("siae:banque_controler", args=[proposal.pk])
    assert "FR14 2004 1010 0505 0001 3M02 606" in client.get(url).content.decode()
    response = client.post(url, {"decision": "CONTROLER"})
    assert response["Location"] == reverse("siae:structure", args=[structure.pk])
    proposal.refresh_from_db()
    assert (proposal.etat, proposal.controle_par) == ("CONTROLEE", gestionnaire.user)
    assert client.get(url)["Location"] == reverse("siae:structure", args=[structure.pk])


def test_a_rejection_needs_its_reason_on_the_page(as_user, responsable, gestionnaire, structure):
    proposal = services.propose_bank_details(responsable, structure, **RIB)
    client = as_user(gestionnaire)
    url = reverse("siae:banque_controler", args=[proposal.pk])
    response = client.post(url, {"decision": "REJETER"})
    assert response.context["form"].errors == {"motif": ["Indiquez le motif du rejet."]}
    client.post(url, {"decision": "REJETER", "motif": "Titulaire différent"})
    proposal.refresh_from_db()
    assert (proposal.etat, proposal.motif_rejet) == ("REJETEE", "Titulaire différent")
    text = page(as_user(responsable), "structure", structure.pk).content.decode()
    assert "Titulaire différent" in text


def test_the_control_page_refuses_the_person_who_proposed(as_user, responsable, structure):
    proposal = services.propose_bank_details(responsable, structure, **RIB)
    twin = make_membership("GESTIONNAIRE", user=responsable.user)
    client = as_user(twin)
    session = client.session
    session["membership"] = twin.pk
    session.save()
    url = reverse("siae:banque_controler", args=[proposal.pk])
    sentence = "une autre personne doit les contrôler"
    assert sentence in client.get(url).content.decode()
    assert sentence in client.post(url, {"decision": "CONTROLER"}).content.decode()
    proposal.refresh_from_db()
    assert proposal.etat == "PROPOSEE"


def test_the_control_page_tells_of_the_same_account_elsewhere(
    as_user, responsable, gestionnaire, structure
):
    other = make_structure()
    make_bank_details(other, iban="FR1420041010050500013M02606")
    proposal = services.propose_bank_details(responsable, structure, **RIB)
    response = page(as_user(gestionnaire), "banque_controler", proposal.pk)
    assert f"une autre structure : {other.denomination}" in response.content.decode()


@pytest.mark.parametrize("role", ["ORDONNATEUR", "INSTRUCTEUR", "LECTEUR", "RESPONSABLE"])
def test_other_roles_have_no_queue_of_bank_details(as_user, responsable, structure, role):
    proposal = services.propose_bank_details(responsable, structure, **RIB)
    organisation = structure.organisation if role == "RESPONSABLE" else None
    client = as_user(make_membership(role, organisation))
    assert page(client, "banques").status_code == 403
    assert page(client, "banque_controler", proposal.pk).status_code == 403
    client.post(reverse("siae:banque_controler", args=[proposal.pk]), {"decision": "CONTROLER"})
    proposal.refresh_from_db()
    assert proposal.etat == "PROPOSEE"


def test_the_history_is_read_by_the_parties_but_the_departement(
    as_user, responsable, structure, lecteur
):
    services.update_structure(responsable, structure, telephone="0321000000")
    text = page(as_user(responsable), "historique", "structure", structure.pk).content.decode()
    assert "a modifié la structure" in text
    assert page(as_user(lecteur), "historique", "structure", structure.pk).status_code == 403


def test_a_departement_without_an_annex_sees_no_structure(as_user, structure):
    organisation = make_organisation("CD")
    make_financeur("080", organisation=organisation)
    client = as_user(make_membership("LECTEUR", organisation))
    assert denominations(page(client, "structures")) == []
    assert page(client, "structure", structure.pk).status_code == 404
