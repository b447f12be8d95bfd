"""Rows of the grid saved together (a paste): each has its own verdict, none stops the others."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.journal.models import Entree
from apps.presence.models import EtatMensuel, LignePresence
from apps.presence.services import LineInput, certify_etat, save_lines
from apps.siae.models import Siae
from tests.presence.world import JANVIER, World, contrat, month, structure


@pytest.fixture(autouse=True)
def third_of_february(settings):
    settings.TODAY = date(2023, 2, 3)


def send(client, world: World, typed: dict, mois: date = JANVIER, revision: int = 1):
    """Post the hours of several contracts, all read empty at this revision."""
    data = {}
    for row, hours in typed.items():
        data[f"lu_{row.pk}"] = json.dumps([revision, None, None, ""])
        data[f"heures_{row.pk}"] = hours
    return client.post(reverse("presence:lignes", args=[world.annexe.pk, mois]), data)


def hours_of(contrat) -> Decimal | None:
    line = LignePresence.objects.filter(contrat=contrat).first()
    return line.heures_declarees if line else None


def test_rows_sent_together_are_saved_with_one_entry_of_the_journal(client, world):
    first, second = world.contrat(), world.contrat()
    client.force_login(world.saisie.user)
    answer = send(client, world, {first: "112,67", second: "7h30"}).json()
    assert (hours_of(first), hours_of(second)) == (Decimal("112.67"), Decimal("7.50"))
    assert json.loads(answer["lignes"][str(first.pk)]["lu"]) == [2, "112.67", None, ""]
    assert answer["lignes"][str(second.pk)]["valeurs"]["heures"] == "7,50"
    assert (answer["totaux"]["saisies"], answer["totaux"]["heures"]) == (2, "120,17\xa0h")
    assert {flag["contrat_id"] for flag in answer["drapeaux"]} == {first.pk, second.pk}
    assert Entree.objects.filter(action="etat.saisi").count() == 1


def test_a_row_changed_by_somebody_else_is_shown_and_the_others_are_saved(client, world):
    theirs, mine = world.contrat(), world.contrat()
    save_lines(world.responsable, world.opened(), [LineInput(theirs.pk, 1, Decimal(80))])
    client.force_login(world.saisie.user)
    rows = send(client, world, {theirs: "95", mine: "60"}).json()["lignes"]
    assert (hours_of(theirs), hours_of(mine)) == (80, 60)
    conflict = rows[str(theirs.pk)]
    assert conflict["auteur"] == world.responsable.user.nom_complet
    assert (conflict["valeurs"]["heures"], json.loads(conflict["lu"])[0]) == ("80,00", 2)
    assert "auteur" not in rows[str(mine.pk)]


def test_a_refused_row_says_why_and_the_others_are_saved(client, world):
    """A figure the form refuses; a contract that is not open in the month."""
    good, ambiguous = world.contrat(), world.contrat()
    ended = world.contrat(debut=date(2022, 1, 1), fin=date(2022, 6, 30))
    client.force_login(world.saisie.user)
    rows = send(client, world, {good: "60", ambiguous: "1.234,5", ended: ""}).json()["lignes"]
    assert (hours_of(good), hours_of(ambiguous)) == (60, None)
    assert "peut se lire de plusieurs façons" in rows[str(ambiguous.pk)]["erreurs"]["heures"][0]
    assert "n’est plus ouvert dans le mois" in rows[str(ended.pk)]["erreurs"]["ligne"][0]


def test_a_certified_statement_takes_no_rows_any_longer(client, world):
    one = world.contrat()
    certify_etat(world.responsable, world.typed(), justification="Vérifié.", on=date(2023, 2, 1))
    client.force_login(world.saisie.user)
    response = send(client, world, {one: "12"}, revision=2)
    assert (response.status_code, response.json()["ferme"]) == (409, True)
    assert hours_of(one) == 100


def test_rows_of_another_structure_or_month_are_not_written(client, world):
    mine = world.contrat()
    theirs = contrat(Siae.objects.create(structure=structure("Ailleurs"), mesure="ACI_DC"))
    client.force_login(world.saisie.user)
    assert send(client, world, {mine: "10"}, month(6)).status_code == 422
    assert not EtatMensuel.objects.exists()
    assert send(client, world, {theirs: "10"}).json()["lignes"] == {}
    assert hours_of(theirs) is None


def test_sixty_rows_take_as_many_queries_as_three(client, world):
    client.force_login(world.saisie.user)
    counts = []
    for size in (3, 57):
        contrats = [world.contrat() for _ in range(size)]
        world.opened()
        with CaptureQueriesContext(connection) as captured:
            assert send(client, world, dict.fromkeys(contrats, "50")).status_code == 200
        counts.append(sum("SAVEPOINT" not in query["sql"] for query in captured))
    assert counts[0] == counts[1] <= 20, "\n".join(q["sql"][:150] for q in captured)
    assert LignePresence.objects.filter(heures_declarees=50).count() == 60
