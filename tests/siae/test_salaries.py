"""Salariés: number within the structure, PASS IAE, plausible identity, who may write."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection

from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.siae import services
from apps.siae.models import Salarie
from tests.factories import make_membership, make_siae, make_structure
from tests.siae.conftest import IDENTITE


def namesake(acting, structure, **changes):
    """A fiche with the names and birth date of another, said to be somebody else."""
    fields = IDENTITE | changes
    return services.create_salarie(acting, structure, autre_personne=True, **fields)


def test_numbers_follow_one_another_within_the_structure(saisie, structure):
    numbers = [namesake(saisie, structure, pass_iae=f"99999000000{n}").numero for n in range(1, 4)]
    other = make_structure()
    first = services.create_salarie(
        make_membership("SAISIE", other.organisation), other, **IDENTITE
    )
    assert numbers == [1, 2, 3]
    assert first.numero == 1


def test_a_fiche_is_kept_as_typed_but_for_spaces(saisie, structure):
    fields = IDENTITE | {"nom": "  Le  Goff", "pass_iae": "99999 00 00001"}
    salarie = services.create_salarie(saisie, structure, **fields)
    salarie.refresh_from_db()
    assert (salarie.nom, salarie.pass_iae) == ("Le Goff", "999990000001")
    assert Entree.objects.get().action == "salarie.cree"


def test_a_known_pass_leads_to_the_existing_fiche(saisie, structure, salarie):
    """The same person hired for another measure keeps one fiche: « rattacher à l'existant »."""
    with pytest.raises(services.SalarieDejaConnu) as refus:
        services.create_salarie(saisie, structure, **IDENTITE | {"nom": "Durant"})
    assert refus.value.salarie == salarie
    assert refus.value.motifs == (
        "Un salarié de la structure porte déjà ce numéro de PASS IAE : DURAND Léa, n° 1. "
        "Rattachez le contrat à la fiche existante.",
    )
    assert Salarie.objects.count() == 1


@pytest.mark.parametrize("nom", ["Durand", "DURAND"])
def test_the_same_identity_under_another_pass_is_refused_in_words(saisie, structure, salarie, nom):
    """Identity mismatch of the fiche salarié (3437), unless it is said to be somebody else."""
    fields = IDENTITE | {"nom": nom, "prenom": "Lea", "pass_iae": "999990000002"}
    with pytest.raises(services.SalarieDejaConnu) as refus:
        services.create_salarie(saisie, structure, **fields)
    assert refus.value.salarie == salarie
    assert refus.value.motifs == (
        "Une fiche porte déjà les mêmes nom, prénom et date de naissance : DURAND Léa, n° 1, sous "
        "le PASS IAE 999990000001. Rattachez le contrat à cette fiche, ou confirmez qu’il s’agit "
        "d’une autre personne.",
    )
    assert Salarie.objects.count() == 1
    assert services.create_salarie(saisie, structure, autre_personne=True, **fields).numero == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"type_employeur": "04"}, "N’indiquez l’employeur précédent que si"),
        ({"en_emploi": True, "sans_emploi_depuis": "01"}, "Le salarié était en emploi"),
        ({"aah_depuis": "01"}, "N’indiquez l’ancienneté que si la case est cochée : AAH."),
        ({"numero_ide": "1234567A"}, "N’indiquez l’identifiant France Travail que si"),
        ({"numero_ide": "12"}, "L’identifiant France Travail compte 11 chiffres"),
    ],
)
def test_an_incoherent_situation_is_refused(saisie, structure, changes, sentence):
    """Return codes 3352, 3353 and 3423 of the fiche salarié, in words."""
    with pytest.raises(Refus) as refus:
        services.create_salarie(saisie, structure, **IDENTITE | changes)
    assert refus.value.motifs[0].startswith(sentence)
    assert not Salarie.objects.exists()


def test_two_persons_on_the_same_fiche_lose_nothing(saisie, salarie):
    """The second is refused with the fiche as the first left it; read again, it is accepted."""
    read = salarie.revision
    services.update_salarie(saisie, salarie, revision=read, commune="Lens")
    with pytest.raises(services.ModifieEntreTemps) as refus:
        services.update_salarie(saisie, salarie, revision=read, commune="Arras")
    assert (refus.value.objet.commune, refus.value.objet.revision) == ("Lens", read + 1)
    salarie.refresh_from_db()
    assert (salarie.commune, salarie.revision) == ("Lens", read + 1)
    services.update_salarie(saisie, salarie, revision=read + 1, commune="Arras")
    assert Entree.objects.filter(action="salarie.modifie").count() == 2


def test_the_same_value_typed_twice_is_not_a_conflict(saisie, salarie):
    read = salarie.revision
    services.update_salarie(saisie, salarie, revision=read, commune="Lens")
    services.update_salarie(saisie, salarie, revision=read, commune="Lens")
    assert Entree.objects.filter(action="salarie.modifie").count() == 1


def test_the_same_pass_may_be_known_to_two_structures(salarie):
    other = make_structure()
    twin = services.create_salarie(make_membership("SAISIE", other.organisation), other, **IDENTITE)
    assert twin.pass_iae == salarie.pass_iae


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pass_iae": "123"}, "Le numéro de PASS IAE compte 12 chiffres."),
        ({"nom": "Durand3"}, "Le nom ne contient que des lettres"),
        ({"prenom": ""}, "Le prénom est obligatoire."),
        ({"nom_naissance": "="}, "Le nom de naissance ne contient que des lettres"),
        ({"pass_fin": date(2022, 12, 31)}, "La fin du PASS IAE ne peut pas précéder son début."),
        (
            {"date_naissance": date(2009, 6, 2)},
            "La date de naissance donne moins de 14 ans au salarié : vérifiez-la.",
        ),
        (
            {"date_naissance": date(1923, 6, 1)},
            "La date de naissance donne 100 ans ou plus au salarié : vérifiez-la.",
        ),
        ({"date_naissance": None}, "À renseigner : date de naissance."),
        ({"civilite": "DR"}, "« DR » n’est pas une valeur admise pour : civilité."),
        ({"orienteur": "77"}, "« 77 » n’est pas une valeur admise pour : orienté par."),
        ({"numero_caf": "1" * 16}, "Au plus 15 caractères pour : numéro CAF."),
    ],
)
def test_a_wrong_fiche_is_refused_and_nothing_is_written(saisie, structure, changes, sentence):
    with pytest.raises(Refus) as refus:
        services.create_salarie(saisie, structure, on=date(2023, 6, 1), **IDENTITE | changes)
    assert refus.value.motifs[0].startswith(sentence)
    assert not Salarie.objects.exists()
    assert not Entree.objects.exists()


def test_fourteen_years_old_that_day_is_accepted(saisie, structure):
    fields = IDENTITE | {"date_naissance": date(2009, 6, 1)}
    assert services.create_salarie(saisie, structure, on=date(2023, 6, 1), **fields).pk


@pytest.mark.parametrize("role", ["GESTIONNAIRE", "INSTRUCTEUR", "LECTEUR", "SAISIE"])
def test_only_the_structure_itself_writes_its_fiches(structure, salarie, role):
    """SAISIE here is that of another structure."""
    acting = make_membership(role)
    for act in (
        lambda: services.create_salarie(acting, structure, **IDENTITE),
        lambda: services.update_salarie(acting, salarie, commune="Lens"),
    ):
        with pytest.raises(Refus, match="saisis par la structure qui les emploie"):
            act()
    salarie.refresh_from_db()
    assert salarie.commune == ""
    assert Salarie.objects.count() == 1


def test_a_correction_is_journaled_with_what_was_before(saisie, salarie):
    services.update_salarie(saisie, salarie, pass_fin=date(2025, 12, 31), commune="Lens")
    salarie.refresh_from_db()
    assert (salarie.pass_fin, salarie.commune) == (date(2025, 12, 31), "Lens")
    entry = Entree.objects.get(action="salarie.modifie")
    assert entry.avant == {"pass_fin": "2024-12-31", "commune": ""}
    assert entry.apres == {"pass_fin": "2025-12-31", "commune": "Lens"}


def test_a_correction_to_the_pass_of_another_fiche_is_refused(saisie, structure, salarie):
    second = namesake(saisie, structure, pass_iae="999990000002")
    with pytest.raises(services.SalarieDejaConnu) as refus:
        services.update_salarie(saisie, second, pass_iae=salarie.pass_iae)
    assert refus.value.salarie == salarie
    second.refresh_from_db()
    assert second.pass_iae == "999990000002"


def test_homonyms_are_the_same_names_and_birth_date(saisie, structure, salarie):
    twin = namesake(saisie, structure, pass_iae="999990000002", nom="DURAND")
    services.create_salarie(
        saisie,
        structure,
        **IDENTITE | {"pass_iae": "999990000003", "date_naissance": date(1991, 1, 1)},
    )
    assert list(Salarie.objects.homonyms_of(salarie)) == [twin]


def test_search_by_names_number_or_pass(saisie, structure, salarie):
    other = services.create_salarie(
        saisie,
        structure,
        **IDENTITE | {"pass_iae": "999990000002", "nom": "Martin", "prenom": "Zoé"},
    )

    def found(text):
        return list(Salarie.objects.search(text).order_by("pk"))

    assert found("léa dur") == [salarie]
    assert found("2") == [other]
    assert found("99999 00 00001") == [salarie]
    assert found("Léa Martin") == []


@pytest.mark.parametrize(
    ("role", "traces"), [("LECTEUR", 1), ("GESTIONNAIRE", 1), ("INSTRUCTEUR", 1), ("SAISIE", 0)]
)
def test_a_reading_by_another_than_the_employer_leaves_one_trace_a_day(salarie, role, traces):
    acting = make_membership(role)
    services.note_reading(acting, salarie)
    services.note_reading(acting, salarie)
    assert Entree.objects.filter(action="fiche.consultee").count() == traces


def test_two_entries_at_once_get_two_numbers(committed_db):
    """The number is given under the lock of the structure."""
    structure = make_siae().structure
    acting = make_membership("SAISIE", structure.organisation)

    def enter(number):
        try:
            services.create_salarie(
                acting,
                structure,
                autre_personne=True,
                **IDENTITE | {"pass_iae": f"99999000000{number}"},
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=enter, args=(n,)) for n in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(structure.salaries.values_list("numero", flat=True)) == [1, 2, 3, 4, 5]
