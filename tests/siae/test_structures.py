"""Structures: creation, identity, contacts, change of SIRET; who may do what."""

from __future__ import annotations

from datetime import date

import pytest

from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.siae import services
from apps.siae.models import ChangementSiret, Siae, Structure
from tests.factories import make_membership, make_organisation, make_siret, make_structure

FICHE = {
    "denomination": "Les Jardins d’Artois",
    "forme_juridique": "ASSOCIATION",
    "departement": "62",
    "adresse": "3 rue du Moulin",
    "code_postal": "62000",
    "commune": "Arras",
}


def test_a_structure_is_created_with_its_organisation_and_its_measures(gestionnaire):
    """One SIRET has one ASP id, possibly several measures: one SIAE for each."""
    siret = make_siret()
    created = services.create_structure(
        gestionnaire, mesures=["ACI_DC", "EI_DC"], siret=siret, asp_id=4321, **FICHE
    )
    created.refresh_from_db()
    assert (created.asp_id, created.siret, created.siret_signature) == (4321, siret, siret)
    assert created.departement == "062"
    assert (created.organisation.type, created.organisation.nom) == ("SIAE", FICHE["denomination"])
    assert set(created.siaes.values_list("mesure", flat=True)) == {"ACI_DC", "EI_DC"}
    entry = Entree.objects.get(action="structure.creee")
    assert entry.objet_id == created.pk
    assert entry.apres["mesures"] == ["ACI_DC", "EI_DC"]


def test_the_next_free_asp_id_is_given_when_none_is_known(gestionnaire):
    services.create_structure(
        gestionnaire, mesures=["ACI_DC"], siret=make_siret(), asp_id=1, **FICHE
    )
    second = services.create_structure(
        gestionnaire, mesures=["ACI_DC"], siret=make_siret(), **FICHE
    )
    assert second.asp_id == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mesures": []}, "Choisissez au moins une mesure."),
        ({"mesures": ["CUI"]}, "La mesure « CUI » n’existe pas."),
        (
            {"forme_juridique": "SOCIETE"},
            "La forme juridique « Société commerciale » ne peut pas porter d’atelier et chantier "
            "d’insertion (convention de mandat, article 2).",
        ),
        ({"siret": "12345678901234"}, "Ce SIRET n’existe pas"),
        ({"denomination": ""}, "À renseigner : dénomination."),
        ({"denomination": "x" * 201}, "Au plus 200 caractères pour : dénomination."),
        ({"forme_juridique": "GAEC"}, "« GAEC » n’est pas une valeur admise"),
    ],
)
def test_a_wrong_structure_is_refused_and_nothing_is_written(gestionnaire, changes, sentence):
    fields = {"mesures": ["ACI_DC"], "siret": make_siret(), **FICHE, **changes}
    with pytest.raises(Refus) as refus:
        services.create_structure(gestionnaire, **fields)
    assert str(refus.value).startswith(sentence)
    assert not Structure.objects.exists()
    assert not Siae.objects.exists()


def test_a_company_may_run_an_ei(gestionnaire):
    """Article 2 of the convention lists the employers of ACI only."""
    fields = FICHE | {"forme_juridique": "SOCIETE"}
    created = services.create_structure(
        gestionnaire, mesures=["EI_DC"], siret=make_siret(), **fields
    )
    assert created.forme_juridique == "SOCIETE"


def test_a_siret_belongs_to_one_structure(gestionnaire, structure):
    with pytest.raises(Refus, match="déjà celui de la structure d’identifiant ASP"):
        services.create_structure(gestionnaire, mesures=["ACI_DC"], siret=structure.siret, **FICHE)
    assert Structure.objects.count() == 1


@pytest.mark.parametrize("role", ["SAISIE", "RESPONSABLE", "ORDONNATEUR", "COMPTABLE", "LECTEUR"])
def test_other_roles_do_not_create_structures(db, role):
    with pytest.raises(Refus, match="tenue par la DDETS et par l’ASP"):
        services.create_structure(
            make_membership(role), mesures=["ACI_DC"], siret=make_siret(), **FICHE
        )
    assert not Structure.objects.exists()


def test_a_ddets_creates_in_its_territory_only(db):
    elsewhere = make_membership("INSTRUCTEUR", make_organisation("DDETS", departement="59L"))
    with pytest.raises(Refus, match="pas dans le ressort de votre DDETS"):
        services.create_structure(elsewhere, mesures=["ACI_DC"], siret=make_siret(), **FICHE)
    assert not Structure.objects.exists()


def test_the_responsable_changes_the_contacts(responsable, structure):
    services.update_structure(responsable, structure, telephone="0321000000")
    structure.refresh_from_db()
    assert structure.telephone == "0321000000"
    entry = Entree.objects.get(action="structure.modifiee")
    assert (entry.avant, entry.apres) == ({"telephone": ""}, {"telephone": "0321000000"})


def test_the_responsable_does_not_change_the_identity(responsable, structure):
    before = structure.denomination
    with pytest.raises(Refus, match="tenue par la DDETS et par l’ASP"):
        services.update_structure(responsable, structure, denomination="Autre nom")
    structure.refresh_from_db()
    assert structure.denomination == before
    assert not Entree.objects.exists()


def test_saisie_does_not_change_the_contacts(saisie, structure):
    with pytest.raises(Refus, match=r"^Seul le responsable de la structure"):
        services.update_structure(saisie, structure, telephone="0321000000")
    structure.refresh_from_db()
    assert structure.telephone == ""


def test_a_ddets_does_not_push_a_structure_out_of_its_territory(instructeur, structure):
    with pytest.raises(Refus, match="pas dans le ressort"):
        services.update_structure(instructeur, structure, departement="059")
    structure.refresh_from_db()
    assert structure.departement == "062"


def test_a_new_name_is_that_of_the_organisation_too(gestionnaire, structure):
    services.update_structure(gestionnaire, structure, denomination="Nouveau nom")
    structure.organisation.refresh_from_db()
    assert structure.organisation.nom == "Nouveau nom"


def test_nothing_is_journaled_when_nothing_changes(gestionnaire, structure):
    services.update_structure(gestionnaire, structure, commune=structure.commune)
    assert not Entree.objects.exists()


def test_a_measure_is_added_once(gestionnaire, structure):
    services.add_mesure(gestionnaire, structure, "EI_DC")
    with pytest.raises(Refus, match=r"^La structure est déjà connue pour la mesure EI\.$"):
        services.add_mesure(gestionnaire, structure, "EI_DC")
    assert structure.siaes.count() == 2


def test_a_change_of_siret_keeps_everything_and_its_history(gestionnaire, structure, contrat):
    """A change of SIRET keeps employees, contracts and annexes; the one of signature stays."""
    former, new = structure.siret, make_siret()
    services.change_siret(gestionnaire, structure, new, date(2023, 4, 1))
    structure.refresh_from_db()
    assert (structure.siret, structure.siret_signature) == (new, former)
    change = ChangementSiret.objects.get()
    assert (change.ancien, change.nouveau, change.effet) == (former, new, date(2023, 4, 1))
    contrat.refresh_from_db()
    assert contrat.siae.structure_id == structure.pk
    assert structure.salaries.count() == 1


def test_a_change_of_siret_is_refused_in_a_sentence(gestionnaire, structure):
    services.change_siret(gestionnaire, structure, make_siret(), date(2023, 4, 1))
    other = make_structure()
    cases = [
        (structure.siret_signature[:-1], date(2023, 5, 1), "Le SIRET compte 14 chiffres."),
        (other.siret, date(2023, 5, 1), f"identifiant ASP {other.asp_id}."),
        (make_siret(), date(2023, 4, 1), "la date d’effet doit être postérieure."),
        (make_siret(), date(2023, 6, 2), "n’est pas encore atteinte"),
    ]
    structure.refresh_from_db()
    current = structure.siret
    for siret, effet, sentence in [*cases, (current, date(2023, 5, 1), "déjà le SIRET actuel")]:
        with pytest.raises(Refus) as refus:
            services.change_siret(gestionnaire, structure, siret, effet, on=date(2023, 6, 1))
        assert sentence in str(refus.value)
    structure.refresh_from_db()
    assert structure.siret == current
    assert ChangementSiret.objects.count() == 1


def test_a_structure_does_not_change_its_own_siret(responsable, structure):
    with pytest.raises(Refus, match="tenue par la DDETS et par l’ASP"):
        services.change_siret(responsable, structure, make_siret(), date(2023, 4, 1))
    assert not ChangementSiret.objects.exists()
