"""State of the journal, for administrators: seals and verifications, nothing of the cases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Notification
from apps.accounts.tasks import publish_seal
from apps.core.models import CourrielEnvoye
from apps.journal.models import Entree, Scelle
from apps.journal.seals import seal_entries
from apps.journal.services import record
from apps.journal.verification import verify_journal
from tests.factories import make_membership, make_siae, make_user

pytestmark = pytest.mark.django_db
PAGE = "accounts:journal"


@pytest.fixture
def administrateur():
    return make_membership("ADMINISTRATEUR")


def show(client, acting):
    client.force_login(acting.user)
    return client.get(reverse(PAGE)).content.decode()


def test_nothing_is_sealed_yet(client, administrateur):
    text = show(client, administrateur)
    assert "Aucun scellé" in text
    assert "n’a pas encore été vérifié" in text
    assert "en retard" not in text


def test_seals_and_the_last_verification_without_the_cases(client, administrateur):
    structure = make_siae().structure
    record(None, "structure.modifiee", structure, motif="Motif à ne pas montrer")
    (seal,) = seal_entries(older_than=timedelta(0))
    verify_journal()
    text = show(client, administrateur)
    assert seal.empreinte in text
    assert "1 entrée et 1 scellé ont été recalculés : aucune anomalie" in text
    assert "Motif à ne pas montrer" not in text
    assert structure.denomination not in text


def test_an_anomaly_is_shown(client, administrateur):
    record(None, "structure.modifiee", make_siae().structure)
    seal_entries(older_than=timedelta(0))
    verify_journal({7: "0" * 64})
    text = show(client, administrateur)
    assert "a trouvé 1 anomalie." in text
    assert "Scellé n° 7 manquant" in text


def test_entries_that_wait_too_long_are_told(client, administrateur, monkeypatch):
    record(None, "structure.modifiee", make_siae().structure)
    assert Entree.objects.count() >= 1
    later = timezone.now() + timedelta(hours=3)
    monkeypatch.setattr("apps.accounts.views.journal.timezone.now", lambda: later)
    assert "Le scellement est en retard" in show(client, administrateur)


def test_the_agents_comptables_keep_the_last_seal():
    comptable = make_membership("COMPTABLE", user=make_user(email="comptable@asp.example"))
    assert publish_seal() == 0
    record(None, "structure.modifiee", make_siae().structure)
    (seal,) = seal_entries(older_than=timedelta(0))
    assert publish_seal() == seal.numero
    told = Notification.objects.get()
    assert f"{seal.numero}:{seal.empreinte}" in told.texte
    assert told.roles == ["COMPTABLE"]
    assert CourrielEnvoye.objects.get().destinataire == comptable.user.email
    assert Scelle.objects.count() == 1
