"""The page of an order received: why, until when, and the other order of the same annex."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from tests.security.world import make_world


def test_an_order_says_why_and_its_calendar(db) -> None:
    """The reason in words, the day it was issued, the delays to pay and to contest."""
    world = make_world()
    client = Client()
    client.force_login(world.actors["responsable"].user)
    ordre = world.objects["ordre"]
    text = client.get(reverse("recoveries:ordre", args=[ordre.pk])).content.decode()
    assert "Pourquoi cet ordre ?" in text
    assert "1 avril 2023 : émission de l’ordre" in text
    assert "Dans les 30 jours suivant sa réception" in text
    assert "Dans les deux mois suivant sa réception" in text
    assert "porte sur la même annexe" not in text
