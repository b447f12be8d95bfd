"""What the worker does on the statements beside the daily check: their documents."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from apps.presence.services import reopen_etat
from apps.presence.tasks import draw_statement
from tests.presence.world import JANVIER


def test_the_document_of_a_certified_month_is_drawn_by_the_worker(
    client, world, settings, django_capture_on_commit_callbacks
):
    """Once the certification is committed; a month re-opened meanwhile is left to the next one."""
    settings.TODAY = date(2023, 2, 3)
    world.contrat()
    etat = world.typed(JANVIER, "100.00")
    client.force_login(world.responsable.user)
    address = reverse("presence:certifier", args=[world.annexe.pk, JANVIER])
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"honneur": "on"})
    etat.refresh_from_db()
    assert etat.etat == "SAISI"
    assert etat.documents.get().fichier.nom.endswith("-v1-saisi.pdf")

    reopen_etat(world.gestionnaire, etat, motif="Erreur", on=date(2023, 2, 3))
    assert "en cours de saisie" in draw_statement(etat.pk)
