"""Yearly credits of a mandate: intervention and management fees (convention de mandat, art. 3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.conventions import services
from apps.conventions.models import AvenantFinancier
from apps.core.errors import Refus
from tests.factories import make_mandat, make_membership

pytestmark = pytest.mark.django_db

ANNEE_2023 = {
    "annee": 2023,
    "credits_intervention": Decimal("4678605.36"),
    "prix_annexe": Decimal("34.93"),
    "annexes_prevues": 50,
    "forfait_annuel": Decimal("7325.39"),
}


def test_the_fees_left_empty_are_those_of_article_3_2():
    """34,93 × 50 + 7 325,39 = 9 071,89 €."""
    avenant = services.add_avenant_financier(
        make_membership("GESTIONNAIRE"), make_mandat(), **ANNEE_2023
    )
    assert avenant.credits_frais == Decimal("9071.89")


def test_one_avenant_a_year_within_the_period():
    acting, mandat = make_membership("GESTIONNAIRE"), make_mandat()
    services.add_avenant_financier(acting, mandat, **ANNEE_2023)
    with pytest.raises(Refus, match="déjà enregistré"):
        services.add_avenant_financier(acting, mandat, **ANNEE_2023)
    with pytest.raises(Refus, match="n’est pas de sa période"):
        services.add_avenant_financier(acting, mandat, **(ANNEE_2023 | {"annee": 2025}))
    assert AvenantFinancier.objects.count() == 1


@pytest.mark.parametrize("role", ["INSTRUCTEUR", "COMPTABLE", "DECIDEUR"])
def test_it_is_the_gestionnaires_act(role):
    with pytest.raises(Refus):
        services.add_avenant_financier(make_membership(role), make_mandat(), **ANNEE_2023)
    assert not AvenantFinancier.objects.exists()


def test_the_screen_records_it_and_the_mandate_lists_it():
    mandat = make_mandat(fin=date(2024, 12, 31))
    client = Client()
    client.force_login(make_membership("GESTIONNAIRE").user)
    address = reverse("conventions:avenant_financier", args=[mandat.pk])
    figures = {"credits_intervention": "4 678 605,36", "prix_annexe": "34,93"}
    figures |= {"annexes_prevues": "50", "forfait_annuel": "7325,39", "annee": "2024"}
    said = client.post(address, figures, follow=True).content.decode().replace("\xa0", " ")
    assert "L’avenant financier 2024 est enregistré." in said
    assert "9 071,89 €" in said
