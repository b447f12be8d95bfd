"""The NIR: off by default; where it is kept, encrypted, masked and unique. No export has it:
`tests.dashboards.test_rgpd_nir`."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.core.encryption import decrypt
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.siae import identifiers, services
from apps.siae.models import Salarie
from apps.siae.nir import masked_nir
from tests.factories import make_membership, make_salarie, make_structure

# A valid number of nobody, as the attestation prints it.
NIR, TYPED = "290056200000106", "2 90 05 62 000 001 06"


@pytest.fixture
def kept(settings: Any) -> None:
    settings.NIR_ENABLED = True


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (TYPED, NIR),
        ("2 55 08 14 168 025 38", "255081416802538"),
        ("2 55 08 2a 168 025 97", "255082A16802597"),
    ],
)
def test_a_number_is_read_with_its_key(typed: str, number: str) -> None:
    assert identifiers.read_nir(typed) == number


@pytest.mark.parametrize("typed", ["", "255081416802539", "25508141680", "X55081416802538"])
def test_a_wrong_number_is_refused_in_words(typed: str) -> None:
    with pytest.raises(Refus, match="n’est pas valide"):
        identifiers.read_nir(typed)


def test_it_is_not_collected_by_default(saisie, salarie, as_user) -> None:
    with pytest.raises(Refus, match="n’est pas recueilli"):
        services.record_nir(saisie, salarie, TYPED)
    salarie.refresh_from_db()
    assert (salarie.nir_chiffre, salarie.nir_empreinte) == ("", "")
    client = as_user(saisie)
    assert client.get(reverse("siae:salarie_nir", args=[salarie.pk])).status_code == 404
    page = client.get(reverse("siae:salarie", args=[salarie.pk])).text
    assert "sécurité sociale" not in page


def test_it_is_kept_encrypted_and_the_journal_never_says_it(kept, saisie, salarie) -> None:
    services.record_nir(saisie, salarie, TYPED)
    salarie.refresh_from_db()
    assert NIR not in salarie.nir_chiffre
    assert decrypt(salarie.nir_chiffre) == NIR
    assert len(salarie.nir_empreinte) == 64
    assert masked_nir(salarie) == "••• 01 06"
    entry = Entree.objects.get(action="salarie.nir")
    assert (entry.avant, entry.apres) == ({"nir_enregistre": False}, {"nir_enregistre": True})
    services.record_nir(saisie, salarie, NIR)  # the same number: nothing happens
    assert Entree.objects.filter(action="salarie.nir").count() == 1
    services.record_nir(saisie, salarie, "")
    salarie.refresh_from_db()
    assert (salarie.nir_chiffre, salarie.nir_empreinte) == ("", "")


def test_one_number_is_one_fiche_of_a_structure(kept, saisie, structure, salarie) -> None:
    services.record_nir(saisie, salarie, TYPED)
    other = make_salarie(structure)
    with pytest.raises(Refus, match="Un salarié de la structure porte déjà ce numéro"):
        services.record_nir(saisie, other, TYPED)
    salarie.refresh_from_db()
    with pytest.raises(IntegrityError, match="one_nir_per_structure"), transaction.atomic():
        Salarie.objects.filter(pk=other.pk).update(
            nir_chiffre="x", nir_empreinte=salarie.nir_empreinte
        )
    elsewhere = make_structure()
    theirs = make_salarie(elsewhere)
    services.record_nir(make_membership("SAISIE", elsewhere.organisation), theirs, TYPED)
    theirs.refresh_from_db()
    assert theirs.nir_empreinte == salarie.nir_empreinte


@pytest.mark.parametrize("role", ["gestionnaire", "instructeur"])
def test_only_the_structure_enters_it(kept, request, salarie, role) -> None:
    with pytest.raises(Refus, match="saisis par la structure"):
        services.record_nir(request.getfixturevalue(role), salarie, TYPED)
    salarie.refresh_from_db()
    assert salarie.nir_chiffre == ""


def test_the_structure_sees_the_last_digits_and_nobody_else_anything(
    kept, saisie, gestionnaire, instructeur, salarie, as_user
) -> None:
    client = as_user(saisie)
    entry = reverse("siae:salarie_nir", args=[salarie.pk])
    wrong = client.post(entry, {"nir": "290056200000107"}).text
    assert "n’est pas valide" in wrong
    assert client.post(entry, {"nir": TYPED}).status_code == 302
    fiche = reverse("siae:salarie", args=[salarie.pk])
    page = client.get(fiche).text
    assert "••• 01 06" in page
    assert NIR not in page
    assert "290056" not in client.get(entry).text
    for reader in (gestionnaire, instructeur):
        seen = as_user(reader).get(fiche)
        assert seen.status_code == 200
        assert "sécurité sociale" not in seen.text
        assert "01 06" not in seen.text
