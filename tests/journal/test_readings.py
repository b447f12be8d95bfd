"""Readings of personal data and accounts by others than the structure: one entry a day each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.journal.models import Entree
from apps.journal.services import record_reading
from tests.factories import make_membership, make_siae
from tests.security.test_access_matrix import address, body_of
from tests.security.world import make_world

pytestmark = pytest.mark.django_db

# What is opened, by an agent of the ASP, then by the structure: action, object of the entry.
OPENED = {
    "siae:salarie": ("fiche.consultee", "salarie"),
    "siae:contrat": ("fiche.consultee", "salarie"),
    "siae:historique": ("fiche.consultee", "salarie"),
    "siae:structure": ("banque.consultee", "structure"),
    "siae:banque_controler": ("banque.consultee", "structure"),
    "presence:emp_pdf": ("etat.document_lu", "etat_valide"),
    "presence:signe": ("etat.document_lu", "etat_certifie"),
    "presence:controle_piece": ("controle.piece_lue", "controle"),
}


def readings() -> list[tuple[str, int | None]]:
    return list(
        Entree.objects.filter(action__in={action for action, _ in OPENED.values()}).values_list(
            "action", "objet_id"
        )
    )


def opened(client: Client, url: str) -> int:
    """Status of a page, read to its end: a file is then closed."""
    answer = client.get(url)
    body_of(answer)
    return int(answer.status_code)


@pytest.mark.parametrize("page", OPENED)
def test_a_reading_leaves_one_entry_a_day(page):
    world = make_world()
    action, name = OPENED[page]
    client = Client()
    client.force_login(world.actors["gestionnaire"].user)
    for _ in range(2):
        assert opened(client, address(page, world)) == 200
    assert readings() == [(action, world.objects[name].pk)]
    assert Entree.objects.get(action=action).utilisateur == world.actors["gestionnaire"].user


def test_the_structure_reads_its_own_without_a_trace():
    world = make_world()
    client = Client()
    client.force_login(world.actors["responsable"].user)
    for page in OPENED.keys() - {"siae:banque_controler"}:
        assert opened(client, address(page, world)) == 200, page
    assert readings() == []


def test_another_person_another_day_another_object():
    first, second = make_membership("GESTIONNAIRE"), make_membership("GESTIONNAIRE")
    one, other = make_siae().structure, make_siae().structure
    record_reading(first, "banque.consultee", one)
    record_reading(first, "banque.consultee", one)
    record_reading(second, "banque.consultee", one)
    record_reading(first, "banque.consultee", other)
    assert len(readings()) == 3
    tomorrow = timezone.localtime() + timedelta(days=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("apps.journal.services.timezone.localtime", lambda: tomorrow)
        record_reading(first, "banque.consultee", one)
    assert len(readings()) == 4


def test_a_reading_known_already_costs_one_query(django_assert_num_queries):
    acting, structure = make_membership("GESTIONNAIRE"), make_siae().structure
    record_reading(acting, "banque.consultee", structure)
    with django_assert_num_queries(1):
        record_reading(acting, "banque.consultee", structure)


def test_the_queue_shows_no_whole_account():
    world = make_world()
    client = Client()
    client.force_login(world.actors["gestionnaire"].user)
    text = client.get(reverse("siae:banques")).content.decode()
    assert world.objects["banque"].iban_masque in text
    assert world.objects["banque"].iban_affiche not in text
    assert readings() == []
