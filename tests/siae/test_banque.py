"""Bank details: proposed by the responsable, checked by another at the ASP, in effect later."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.siae import services
from apps.siae.models import CoordonneesBancaires
from tests.factories import make_bank_details, make_membership, put_in_effect

RIB = {
    "titulaire": "Les Jardins d’Artois",
    "iban": "FR14 2004 1010 0505 0001 3M02 606",
    "bic": "PSSTFRPPLIL",
}


@pytest.fixture
def proposal(responsable, structure):
    return services.propose_bank_details(responsable, structure, **RIB)


def states(structure):
    return list(structure.coordonnees_bancaires.order_by("pk").values_list("etat", flat=True))


def test_a_proposal_changes_nothing_until_it_is_activated(structure, proposal):
    assert (proposal.etat, proposal.iban) == ("PROPOSEE", "FR1420041010050500013M02606")
    assert not structure.coordonnees_bancaires.filter(etat="ACTIVE").exists()


def test_effect_replaces_the_former_details_and_keeps_them(structure, proposal, gestionnaire):
    former = make_bank_details(structure)
    put_in_effect(gestionnaire, proposal)
    former.refresh_from_db()
    proposal.refresh_from_db()
    assert (former.etat, proposal.etat) == ("REMPLACEE", "ACTIVE")
    assert proposal.controle_par == gestionnaire.user
    assert proposal.controle_le is not None


def test_the_journal_never_shows_a_whole_iban(structure, proposal, gestionnaire):
    put_in_effect(gestionnaire, proposal)
    for entry in Entree.objects.all():
        assert proposal.iban not in f"{entry.objet}{entry.avant}{entry.apres}"
    entry = Entree.objects.get(action="banque.activee")
    assert entry.apres == {"coordonnees_bancaires": "Les Jardins d’Artois FR14 … 2606"}


def test_a_new_proposal_replaces_the_one_not_yet_checked(responsable, structure, proposal):
    services.propose_bank_details(responsable, structure, **RIB | {"titulaire": "Autre"})
    assert states(structure) == ["REMPLACEE", "PROPOSEE"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"iban": "FR1420041010050500013M02607"}, "Cet IBAN n’est pas valide"),
        ({"bic": "PSST"}, "Le BIC compte 8 ou 11 caractères"),
        ({"titulaire": "  "}, "Le titulaire du compte est obligatoire"),
        ({"titulaire": "x" * 71}, "Le titulaire du compte est obligatoire"),
    ],
)
def test_wrong_details_are_refused(responsable, structure, changes, sentence):
    with pytest.raises(Refus) as refus:
        services.propose_bank_details(responsable, structure, **RIB | changes)
    assert str(refus.value).startswith(sentence)
    assert not CoordonneesBancaires.objects.exists()


def test_every_fault_is_told_at_once(responsable, structure):
    with pytest.raises(Refus) as refus:
        services.propose_bank_details(responsable, structure, titulaire="x", iban="x", bic="x")
    assert len(refus.value.motifs) == 2


def test_the_details_in_use_are_not_proposed_again(responsable, structure, proposal, gestionnaire):
    put_in_effect(gestionnaire, proposal)
    with pytest.raises(Refus, match="déjà celles qui servent aux paiements"):
        services.propose_bank_details(responsable, structure, **RIB)
    assert states(structure) == ["ACTIVE"]


@pytest.mark.parametrize("role", ["SAISIE", "GESTIONNAIRE", "INSTRUCTEUR", "LECTEUR"])
def test_only_the_responsable_proposes(structure, role):
    acting = make_membership(role, structure.organisation if role == "SAISIE" else None)
    with pytest.raises(Refus, match=r"^Seul le responsable"):
        services.propose_bank_details(acting, structure, **RIB)
    assert not CoordonneesBancaires.objects.exists()


def test_the_responsable_of_another_structure_does_not_propose(structure):
    with pytest.raises(Refus, match=r"^Seul le responsable"):
        services.propose_bank_details(make_membership("RESPONSABLE"), structure, **RIB)
    assert not CoordonneesBancaires.objects.exists()


@pytest.mark.parametrize(
    "role", ["RESPONSABLE", "SAISIE", "INSTRUCTEUR", "ORDONNATEUR", "DECIDEUR"]
)
def test_other_roles_do_not_check(structure, proposal, role):
    own = structure.organisation if role in ("RESPONSABLE", "SAISIE") else None
    acting = make_membership(role, own)
    with pytest.raises(Refus, match=r"^Les coordonnées bancaires sont contrôlées par"):
        services.control_bank_details(acting, proposal)
    assert states(structure) == ["PROPOSEE"]


def test_the_person_who_proposed_does_not_check(structure, proposal, responsable):
    """Four eyes: the same person, even with a membership at the ASP, is refused."""
    twin = make_membership("GESTIONNAIRE", user=responsable.user)
    for act in (
        lambda: services.control_bank_details(twin, proposal),
        lambda: services.reject_bank_details(twin, proposal, "Titulaire différent"),
    ):
        with pytest.raises(Refus, match="une autre personne doit les contrôler"):
            act()
    assert states(structure) == ["PROPOSEE"]


def test_the_database_refuses_a_check_by_the_person_who_proposed(structure, proposal):
    with pytest.raises(IntegrityError, match="siae_bank_four_eyes"), transaction.atomic():
        CoordonneesBancaires.objects.filter(pk=proposal.pk).update(
            etat="ACTIVE", controle_par=proposal.propose_par, controle_le=timezone.now()
        )
    assert states(structure) == ["PROPOSEE"]


def test_a_rejection_says_why_and_leaves_the_details_in_use(structure, proposal, gestionnaire):
    make_bank_details(structure)
    services.reject_bank_details(gestionnaire, proposal, "Le titulaire n’est pas la structure.")
    proposal.refresh_from_db()
    assert (proposal.etat, proposal.motif_rejet) == (
        "REJETEE",
        "Le titulaire n’est pas la structure.",
    )
    assert sorted(states(structure)) == ["ACTIVE", "REJETEE"]
    assert Entree.objects.get(action="banque.rejetee").motif == proposal.motif_rejet


def test_a_rejection_has_a_reason(structure, proposal, gestionnaire):
    with pytest.raises(Refus, match=r"^Le motif du rejet est obligatoire"):
        services.reject_bank_details(gestionnaire, proposal, " ")
    assert states(structure) == ["PROPOSEE"]


@pytest.mark.parametrize("etat", ["ACTIVE", "GELEE", "CONTESTEE", "REMPLACEE", "REJETEE"])
@pytest.mark.parametrize("event", ["controler", "rejeter"])
def test_only_a_proposal_is_decided(structure, gestionnaire, etat, event):
    """States × events: what was decided once is not decided again."""
    details = make_bank_details(structure, etat=etat)
    act = {
        "controler": lambda: services.control_bank_details(gestionnaire, details),
        "rejeter": lambda: services.reject_bank_details(gestionnaire, details, "Motif"),
    }[event]
    with pytest.raises(Refus, match="déjà été traitées"):
        act()
    assert states(structure) == [etat]


def test_the_agent_comptable_may_check(structure, proposal):
    services.control_bank_details(make_membership("COMPTABLE"), proposal)
    assert states(structure) == ["CONTROLEE"]
