"""Pages left open, or tampered with: what is signed is what was read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.presence.models import EtatMensuel
from apps.presence.services import LineInput, certify_etat, reopen_etat, save_lines
from tests.presence.test_views import address, shown, signed_in, text


@pytest.fixture(autouse=True)
def third_of_february(settings):
    settings.TODAY = date(2023, 2, 3)


@pytest.mark.parametrize("read", ['[1, "sNaN", null, ""]', "[" * 5000, '[1, "1e999", null, ""]'])
def test_a_hidden_field_that_was_tampered_with_is_a_row_not_read(client, world, read):
    contrat = world.contrat()
    world.typed(hours="100")
    signed_in(client, world.saisie)
    data = shown(client, address(world)) | {f"lu_{contrat.pk}": read, f"heures_{contrat.pk}": "7"}
    assert client.post(address(world), data).status_code == 302
    assert EtatMensuel.objects.get().lignes.get().heures_declarees == 100


def test_hours_that_changed_since_the_page_are_not_certified(client, world):
    """A colleague types something else meanwhile: the page is shown again, with what is new."""
    contrat = world.contrat()
    etat = world.typed(hours="100")
    signed_in(client, world.responsable)
    url = address(world, "certifier")
    read = client.get(url).context["sheet"].empreinte
    assert f'name="lu" value="{read}"' in client.get(url).text
    save_lines(world.saisie, etat, [LineInput(contrat.pk, 2, Decimal(110))])

    again = client.post(url, {"honneur": "on", "lu": read})
    assert "Des heures ou un contrat ont changé" in text(again)
    assert "110,00 h" in text(again)
    assert EtatMensuel.objects.get().etat == "BROUILLON"
    client.post(url, {"honneur": "on", "lu": again.context["sheet"].empreinte})
    assert EtatMensuel.objects.get().etat == "SAISI"


def test_a_version_certified_since_the_page_is_read_before_it_is_validated(client, world):
    """Re-opened and certified again meanwhile: the button of the former page does nothing."""
    world.contrat()
    signed_in(client, world.gestionnaire)
    etat = certify_etat(world.responsable, world.typed(hours="112.67"), on=date(2023, 2, 1))
    url = reverse("presence:valider", args=[etat.pk])
    assert '<input type="hidden" name="version" value="1">' in client.get(url).text
    reopened = reopen_etat(world.gestionnaire, etat, motif="Heures erronées")
    certify_etat(world.responsable, reopened, on=date(2023, 2, 2))

    page = text(client.post(url, {"version": "1"}))
    assert "une autre version a été ouverte" in page
    assert 'name="version" value="2"' in page
    assert EtatMensuel.objects.get().etat == "SAISI"
    client.post(url, {"version": "2"})
    assert EtatMensuel.objects.get().etat == "VALIDE"
