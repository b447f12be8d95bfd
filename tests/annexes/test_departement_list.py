"""What a département reads of an annex once its money was removed: the version it co-financed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.annexes.models import AnnexeFinanciere
from tests.factories import make_financeur, make_membership, make_version

pytestmark = pytest.mark.django_db


def page_of(acting, address: str) -> str:
    client = Client()
    client.force_login(acting.user)
    return client.get(address).content.decode().replace("\xa0", " ").replace("\u202f", " ")


def test_the_list_shows_the_last_version_the_departement_financed():
    """M1 removes its money and adds posts: the list keeps M0's 133 734,00 €, and so its total."""
    first = make_version(etp=Decimal("6.00"))
    make_version(annexe=first.annexe, etp=Decimal("8.00"), montant_cd=Decimal(0))
    cd = make_membership("LECTEUR", make_financeur("062").organisation)
    seen = page_of(cd, reverse("annexes:liste"))
    assert "133 734,00 €" in seen
    assert "25 671,36 €" in seen
    assert "Remplacée" in seen
    assert "178 312,00 €" not in seen


def test_the_asp_reads_the_version_in_force():
    first = make_version(etp=Decimal("6.00"))
    make_version(annexe=first.annexe, etp=Decimal("8.00"), montant_cd=Decimal(0))
    seen = page_of(make_membership("GESTIONNAIRE"), reverse("annexes:liste"))
    assert "178 312,00 €" in seen
    assert "133 734,00 €" not in seen


def test_the_year_of_the_filter_is_that_of_the_version_seen():
    """An annex extended without its money into the next year is not of that year for it."""
    first = make_version(fin=date(2023, 6, 30), debut=date(2023, 1, 1))
    make_version(annexe=first.annexe, fin=date(2023, 12, 31), montant_cd=Decimal(0))
    cd = make_membership("LECTEUR", make_financeur("062").organisation)
    rows = AnnexeFinanciere.objects.visible_to(cd).with_figures_seen_by(cd)
    assert [row.vue_fin for row in rows] == [date(2023, 6, 30)]


def test_the_documents_of_a_version_without_its_money_are_not_listed():
    first = make_version()
    make_version(annexe=first.annexe, montant_cd=Decimal(0))
    cd = make_membership("LECTEUR", make_financeur("062").organisation)
    seen = page_of(cd, reverse("annexes:documents", args=[first.annexe_id]))
    assert f"{first.annexe} M0" in seen
    assert f"{first.annexe} M1" not in seen
