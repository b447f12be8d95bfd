"""A statement re-opened: what is typed again is the structure's until it is certified."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.presence.models import LignePresence
from apps.presence.services import LineInput, reopen_etat, save_lines
from tests.presence.world import JANVIER, end_of


@pytest.fixture
def typed_again(world):
    """January validated at 100 h, re-opened, then 61 h typed and not certified."""
    world.contrat(nom="DUVAL")
    etat = world.validated(JANVIER)
    etat = reopen_etat(world.gestionnaire, etat, motif="Contrôle.", on=end_of(JANVIER))
    (line,) = etat.lignes.current()
    save_lines(world.saisie, etat, [LineInput(line.contrat_id, line.revision, Decimal(61))])
    return etat


def sheet(client, world, who, etat, **query):
    client.force_login(who.user)
    return client.get(reverse("presence:saisie", args=[world.annexe.pk, JANVIER]), query).text


@pytest.mark.parametrize("version", ["", "1", "2"])
def test_a_departement_reads_the_version_certified(client, world, typed_again, version):
    page = sheet(client, world, world.lecteur, typed_again, version=version)
    assert "100,00" in page
    assert "61,00" not in page
    assert "version 1 sur 2" in page


def test_the_others_read_what_is_typed(client, world, typed_again):
    assert "61,00" in sheet(client, world, world.saisie, typed_again)
    assert "61,00" in sheet(client, world, world.gestionnaire, typed_again)


def test_there_is_nothing_to_print_for_a_departement(client, world, typed_again):
    url = reverse("presence:emp_pdf", args=[typed_again.pk])
    assert url not in sheet(client, world, world.lecteur, typed_again)
    assert client.get(url).status_code == 404
    client.force_login(world.saisie.user)
    assert client.get(url).status_code == 200


def test_its_files_hold_no_line_being_typed(world, typed_again):
    """Only the lines certified, by the one scope that exports and screens go through."""
    seen = LignePresence.objects.visible_to(world.lecteur)
    assert [line.heures_declarees for line in seen] == [Decimal("100.00")]
    everything = LignePresence.objects.visible_to(world.gestionnaire)
    assert everything.count() == 2
