"""Contracts: terms, overlaps, renewal, exit; who may write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.journal.history import history_of
from apps.journal.models import Entree
from apps.siae import services
from apps.siae.models import Contrat
from tests.factories import make_membership, make_siae
from tests.siae.conftest import TERMES, refused


def test_a_contract_is_recorded_with_the_rsa_before_hiring(contrat):
    contrat.refresh_from_db()
    assert (contrat.rsa, contrat.rsa_departement) == ("OUI-NM", "062")
    assert contrat.numero_renouvellement == 0
    assert contrat.parent is None
    assert Entree.objects.get(action="contrat.cree").apres["mesure"] == "ACI_DC"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"fin": date(2022, 12, 31)}, "La fin du contrat ne peut pas précéder"),
        ({"debut": date(2006, 5, 3)}, "Le salarié n’a pas 16 ans à la date d’embauche"),
        ({"heures_hebdo": Decimal("48.01")}, "Les heures par semaine doivent être"),
        ({"heures_hebdo": Decimal("0")}, "Les heures par semaine doivent être"),
        ({"salaire_brut": Decimal("-0.01")}, "Le salaire brut ne peut pas être négatif."),
        ({"rsa_departement": ""}, "Indiquez le département qui verse le RSA."),
        ({"rsa": "NON"}, "N’indiquez de département que si"),
        ({"rsa": "PEUT-ETRE"}, "« PEUT-ETRE » n’est pas une valeur admise"),
        ({"forme": "CDD"}, "« CDD » n’est pas une valeur admise pour : forme du contrat."),
        ({"code_rome": "12"}, "Le code ROME compte une lettre et quatre chiffres"),
        ({"rsa_departement": "6"}, "Le département s’écrit sur trois caractères"),
        ({"debut": None}, "À renseigner : date d’embauche."),
        ({"fin": date(2028, 1, 1)}, "Un CDDI ne peut pas dépasser 60 mois"),
    ],
)
def test_wrong_terms_are_refused_and_nothing_is_written(saisie, salarie, siae, changes, sentence):
    refused(lambda: services.create_contrat(saisie, salarie, siae, **TERMES | changes), sentence)
    assert not Contrat.objects.exists()
    assert not Entree.objects.filter(action="contrat.cree").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"heures_hebdo": Decimal("48.00")},
        {"debut": date(2006, 5, 4), "fin": date(2006, 12, 31)},  # sixteen that very day
        {"fin": date(2027, 12, 31)},  # 60 months
        {"rsa": "NON", "rsa_departement": ""},
    ],
)
def test_terms_at_their_limit_are_accepted(saisie, salarie, siae, changes):
    assert services.create_contrat(saisie, salarie, siae, **TERMES | changes).pk


def test_the_measure_is_one_of_the_structure(saisie, salarie):
    refused(
        lambda: services.create_contrat(saisie, salarie, make_siae(), **TERMES),
        "Cette mesure n’est pas l’une de celles de la structure",
    )
    assert not Contrat.objects.exists()


@pytest.mark.parametrize("role", ["GESTIONNAIRE", "INSTRUCTEUR", "LECTEUR", "RESPONSABLE"])
def test_only_the_structure_writes_contracts(salarie, siae, contrat, role):
    """RESPONSABLE here is that of another structure."""
    acting = make_membership(role)
    acts = [
        lambda: services.create_contrat(acting, salarie, siae, **TERMES),
        lambda: services.update_contrat(acting, contrat, heures_hebdo=Decimal(20)),
        lambda: services.renew_contrat(
            acting, contrat, debut=date(2023, 7, 1), fin=date(2023, 12, 31)
        ),
        lambda: services.record_exit(
            acting, contrat, date_sortie=date(2023, 3, 1), motif_sortie="04"
        ),
        lambda: services.cancel_exit(acting, contrat, motif="Erreur"),
    ]
    for act in acts:
        refused(act, "Les salariés et leurs contrats sont saisis par la structure")
    contrat.refresh_from_db()
    assert contrat.heures_hebdo == Decimal("26.00")
    assert contrat.date_sortie is None
    assert Contrat.objects.count() == 1


def test_two_contracts_of_a_person_do_not_overlap(saisie, salarie, siae, contrat):
    overlapping = TERMES | {"debut": date(2023, 6, 30), "fin": date(2023, 12, 31)}
    refused(
        lambda: services.create_contrat(saisie, salarie, siae, **overlapping),
        "Ce salarié a déjà un contrat du 01/01/2023 au 30/06/2023",
    )
    assert Contrat.objects.count() == 1


def test_an_exit_makes_room_for_another_contract(saisie, salarie, siae, contrat):
    services.record_exit(saisie, contrat, date_sortie=date(2023, 3, 31), motif_sortie="25")
    following = TERMES | {"debut": date(2023, 4, 1)}
    assert services.create_contrat(saisie, salarie, siae, **following).pk


def test_the_same_person_may_work_for_two_measures(saisie, salarie, structure, contrat):
    other = make_siae(structure, "EI_DC")
    assert services.create_contrat(saisie, salarie, other, **TERMES).pk


def test_assignments_may_run_at_once(saisie, salarie, structure):
    """CDDU and mission contracts are made per customer: several may run at once."""
    ai = make_siae(structure, "AI_DC")
    terms = TERMES | {"forme": "CDDU"}
    for _ in range(2):
        services.create_contrat(saisie, salarie, ai, **terms)
    assert salarie.contrats.count() == 2


def test_the_database_refuses_two_contracts_at_once(salarie, siae, contrat):
    with pytest.raises(IntegrityError, match="siae_contrat_no_overlap"), transaction.atomic():
        Contrat.objects.create(salarie=salarie, siae=siae, **TERMES)
    assert Contrat.objects.count() == 1


# --- Renewal -----------------------------------------------------------------------------------
def test_a_renewal_inherits_the_rsa_of_the_first_contract(saisie, contrat):
    first = services.renew_contrat(saisie, contrat, debut=date(2023, 7, 1), fin=date(2023, 9, 30))
    second = services.renew_contrat(
        saisie,
        first,
        debut=date(2023, 10, 1),
        fin=date(2023, 12, 31),
        heures_hebdo=Decimal("30.00"),
    )
    assert [first.numero_renouvellement, second.numero_renouvellement] == [1, 2]
    assert first.parent == second.parent == contrat
    assert (second.rsa, second.rsa_departement) == ("OUI-NM", "062")
    assert (first.heures_hebdo, second.heures_hebdo) == (Decimal("26.00"), Decimal("30.00"))


def test_a_renewal_does_not_change_the_rsa(saisie, contrat):
    refused(
        lambda: services.renew_contrat(
            saisie, contrat, debut=date(2023, 7, 1), fin=date(2023, 9, 30), rsa="NON"
        ),
        "La situation au regard du RSA est celle du premier contrat",
    )
    assert Contrat.objects.count() == 1


@pytest.mark.parametrize(
    ("debut", "sentence"),
    [
        (date(2023, 6, 30), "Le renouvellement commence après la fin du contrat qu’il suit, soit"),
        (date(2023, 8, 1), "Plus d’un mois sépare la fin du contrat (30/06/2023)"),
    ],
)
def test_a_renewal_follows_its_contract(saisie, contrat, debut, sentence):
    refused(
        lambda: services.renew_contrat(saisie, contrat, debut=debut, fin=date(2023, 12, 31)),
        sentence,
    )
    assert Contrat.objects.count() == 1


def test_only_the_last_of_a_series_is_renewed(saisie, contrat):
    services.renew_contrat(saisie, contrat, debut=date(2023, 7, 1), fin=date(2023, 9, 30))
    refused(
        lambda: services.renew_contrat(
            saisie, contrat, debut=date(2023, 7, 1), fin=date(2023, 12, 31)
        ),
        "Ce contrat est déjà renouvelé",
    )


def test_a_contract_left_is_not_renewed(saisie, contrat):
    services.record_exit(saisie, contrat, date_sortie=date(2023, 6, 30), motif_sortie="04")
    refused(
        lambda: services.renew_contrat(
            saisie, contrat, debut=date(2023, 7, 1), fin=date(2023, 12, 31)
        ),
        "La sortie du salarié est enregistrée au 30/06/2023",
    )


def test_a_series_of_cddi_lasts_sixty_months_at_most(saisie, contrat):
    renewal = services.renew_contrat(
        saisie, contrat, debut=date(2023, 7, 1), fin=date(2027, 12, 31)
    )
    refused(
        lambda: services.update_contrat(saisie, renewal, fin=date(2028, 1, 1)),
        "Un CDDI ne peut pas dépasser 60 mois",
    )
    renewal.refresh_from_db()
    assert renewal.fin == date(2027, 12, 31)


def test_the_rsa_is_corrected_on_the_first_contract_for_the_whole_series(saisie, contrat):
    renewal = services.renew_contrat(
        saisie, contrat, debut=date(2023, 7, 1), fin=date(2023, 12, 31)
    )
    refused(
        lambda: services.update_contrat(saisie, renewal, rsa="OUI-M"),
        "La situation au regard du RSA est celle du premier contrat de la série",
    )
    services.update_contrat(saisie, contrat, rsa="NON", rsa_departement="")
    entry = history_of(renewal).first()
    assert (entry.action, entry.avant, entry.apres) == (
        "contrat.modifie",
        {"rsa": "OUI-NM", "rsa_departement": "062"},
        {"rsa": "NON", "rsa_departement": ""},
    )
    before = renewal.revision
    renewal.refresh_from_db()
    assert (renewal.rsa, renewal.rsa_departement) == ("NON", "")
    assert renewal.revision == before + 1


# --- Exit --------------------------------------------------------------------------------------
def test_an_exit_has_a_date_and_a_reason(saisie, contrat):
    services.record_exit(saisie, contrat, date_sortie=date(2023, 3, 15), motif_sortie="04")
    contrat.refresh_from_db()
    assert (contrat.date_sortie, contrat.motif_sortie) == (date(2023, 3, 15), "04")
    assert contrat.dernier_jour == date(2023, 3, 15)
    assert Entree.objects.get(action="contrat.sortie").avant == {
        "date_sortie": None,
        "motif_sortie": "",
    }


@pytest.mark.parametrize(
    ("sortie", "motif", "sentence"),
    [
        (None, "04", "La date et le motif de sortie se renseignent ensemble."),
        (date(2023, 3, 1), "", "La date et le motif de sortie se renseignent ensemble."),
        (date(2023, 3, 1), "99", "Choisissez le motif de sortie dans la liste."),
        (date(2022, 12, 31), "04", "La date de sortie doit être comprise entre le 01/01/2023"),
        (date(2023, 7, 1), "04", "La date de sortie doit être comprise entre le 01/01/2023"),
        (date(2023, 4, 2), "04", "La date de sortie n’est pas encore atteinte"),
    ],
)
def test_a_wrong_exit_is_refused(saisie, contrat, sortie, motif, sentence):
    refused(
        lambda: services.record_exit(
            saisie, contrat, date_sortie=sortie, motif_sortie=motif, on=date(2023, 4, 1)
        ),
        sentence,
    )
    contrat.refresh_from_db()
    assert contrat.date_sortie is None


def test_the_exit_is_that_of_the_last_contract_of_the_series(saisie, contrat):
    services.renew_contrat(saisie, contrat, debut=date(2023, 7, 1), fin=date(2023, 12, 31))
    refused(
        lambda: services.record_exit(
            saisie, contrat, date_sortie=date(2023, 6, 30), motif_sortie="04"
        ),
        "Ce contrat a été renouvelé : la sortie s’enregistre sur le dernier",
    )


def test_an_exit_is_withdrawn_with_a_reason(saisie, contrat):
    services.record_exit(saisie, contrat, date_sortie=date(2023, 3, 15), motif_sortie="04")
    refused(
        lambda: services.cancel_exit(saisie, contrat, motif=" "),
        "Indiquez pourquoi la sortie est annulée.",
    )
    services.cancel_exit(saisie, contrat, motif="Erreur de salarié")
    contrat.refresh_from_db()
    assert (contrat.date_sortie, contrat.motif_sortie) == (None, "")
    assert Entree.objects.get(action="contrat.sortie_annulee").motif == "Erreur de salarié"
    refused(
        lambda: services.cancel_exit(saisie, contrat, motif="Encore"),
        "Aucune sortie n’est enregistrée",
    )


def test_an_exit_is_not_withdrawn_over_a_later_contract(saisie, salarie, siae, contrat):
    services.record_exit(saisie, contrat, date_sortie=date(2023, 3, 31), motif_sortie="25")
    services.create_contrat(saisie, salarie, siae, **TERMES | {"debut": date(2023, 4, 1)})
    refused(
        lambda: services.cancel_exit(saisie, contrat, motif="Erreur"),
        "Ce salarié a déjà un contrat du 01/04/2023",
    )
    contrat.refresh_from_db()
    assert contrat.date_sortie == date(2023, 3, 31)
