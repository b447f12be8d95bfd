"""The draw of the statements to control: its size, its order, its field; two draws at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Notification
from apps.journal.models import Entree
from apps.presence.models import Tirage
from apps.presence.services import (
    Champ,
    Demande,
    draw_sample,
    population_of,
    reopen_etat,
    sample_size,
    target_etat,
)
from apps.presence.services.sampling import draw_order
from tests.presence.test_controles import CHAMP, DEMANDE, ECHEANCE, JOUR, refused
from tests.presence.world import JANVIER, World, month


@pytest.fixture(autouse=True)
def third_of_july(settings):
    settings.TODAY = JOUR


@pytest.mark.parametrize(
    ("population", "taille", "taux", "expected"),
    [
        (100, 10, None, 10),
        (5, 10, None, 5),
        (100, None, 10, 10),
        (101, None, 10, 11),
        (3, None, 1, 1),
        (7, None, 100, 7),
    ],
)
def test_the_size_of_a_sample(population, taille, taux, expected):
    """A rate is rounded up, a size never exceeds the population."""
    assert sample_size(population, taille=taille, taux=taux) == expected


def test_the_same_seed_draws_the_same_statements():
    assert draw_order(42, [1, 2, 3, 4, 5]) == draw_order(42, [5, 4, 3, 2, 1])
    assert draw_order(42, range(1, 9)) != draw_order(43, range(1, 9))


def test_a_draw_is_journaled_with_its_seed_and_asks_for_the_documents(world):
    world.contrat()
    etats = [world.validated(month(number)) for number in range(1, 5)]

    tirage = draw_sample(world.gestionnaire, CHAMP, DEMANDE, taille=2, graine=7, on=JOUR)

    chosen = draw_order(7, [etat.pk for etat in etats])[:2]
    assert [c.etat_mensuel_id for c in tirage.controles.order_by("pk")] == chosen
    assert (tirage.population, tirage.taille, tirage.methode) == (4, 2, "ALEATOIRE")
    entry = Entree.objects.get(action="tirage.effectue")
    assert (entry.apres["graine"], entry.apres["etats"]) == ("7", chosen)
    assert Entree.objects.filter(action="controle.demande").count() == 2
    told = Notification.objects.get(nature="CONTROLE")
    assert told.organisation == world.responsable.organisation
    assert (told.url, "31/07/2023" in told.texte) == (reverse("presence:controles"), True)


def test_a_draw_takes_as_many_queries_for_2_statements_as_for_8(world):
    world.contrat()
    for number in range(1, 11):
        world.validated(month(number))
    counts = []
    for size in (2, 8):
        with CaptureQueriesContext(connection) as queries:
            draw_sample(world.gestionnaire, CHAMP, DEMANDE, taille=size, on=JOUR)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_two_draws_at_once_never_take_the_same_statement(committed_db):
    """The second waits for the first, and draws among what is left."""
    world = World()
    world.contrat()
    for number in range(1, 5):
        world.validated(month(number))

    def draw() -> set[int]:
        try:
            tirage = draw_sample(world.gestionnaire, CHAMP, DEMANDE, taille=3, on=JOUR)
            return set(tirage.controles.values_list("etat_mensuel_id", flat=True))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        first, second = (done.result() for done in [people.submit(draw) for _ in range(2)])
    assert sorted([len(first), len(second)]) == [1, 3]
    assert not first & second


def test_only_certified_statements_not_controlled_yet_are_drawn(world):
    world.contrat()
    world.typed(month(5))
    certified, controlled = world.certified(month(2)), world.validated(month(1))
    target_etat(world.gestionnaire, controlled, DEMANDE, on=JOUR)
    assert list(population_of(CHAMP)) == [certified]
    assert not population_of(Champ(month(3), month(4))).exists()
    assert not population_of(Champ(JANVIER, month(12), departement="059")).exists()
    assert not population_of(Champ(JANVIER, month(12), mesure="EI_DC")).exists()
    # A new version is another statement: it may be controlled again.
    reopen_etat(world.gestionnaire, controlled, motif="Erreur", on=JOUR)
    world.certified(month(1), on=JOUR)
    assert set(population_of(CHAMP)) == {certified, controlled}


@pytest.mark.parametrize(
    ("champ", "demande", "sizes", "said"),
    [
        (CHAMP, DEMANDE, {}, "un nombre d’états mensuels ou un taux"),
        (CHAMP, DEMANDE, {"taille": 1, "taux": 1}, "un nombre d’états mensuels ou un taux"),
        (Champ(month(8), month(9)), DEMANDE, {"taille": 1}, "élargissez les mois"),
        (CHAMP, Demande([], ECHEANCE, "Objet"), {"taille": 1}, "au moins une pièce"),
        (CHAMP, Demande(["BULLETIN"], JOUR, "Objet"), {"taille": 1}, "postérieure à aujourd’hui"),
        (CHAMP, Demande(["BULLETIN"], ECHEANCE, "  "), {"taille": 1}, "l’objet du contrôle"),
        (CHAMP, Demande(["BULLETIN"], ECHEANCE, "x" * 301), {"taille": 1}, "300 caractères"),
    ],
)
def test_a_draw_that_makes_no_sense_is_refused(world, champ, demande, sizes, said):
    world.contrat()
    world.validated()
    assert said in refused(lambda: draw_sample(world.gestionnaire, champ, demande, **sizes))
    assert not Tirage.objects.exists()
