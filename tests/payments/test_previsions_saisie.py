"""The next payments with the hours being entered: the fragment beside the monthly grid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.annexes.models import AnnexeFinanciere
from apps.siae.models import Contrat
from tests.factories import (
    make_contrat,
    make_etat,
    make_financeur_etat,
    make_membership,
    make_version,
)

JUIN = date(2023, 6, 1)
PLANNED = Decimal("182.00")


@pytest.fixture
def annexe(db: None, settings: Any) -> AnnexeFinanciere:
    """6 posts at 22 289 €: 11 144,50 € and 910 h a month; January to May done as planned."""
    settings.TODAY = date(2023, 7, 3)
    make_financeur_etat()
    annexe = make_version().annexe
    contrats = [make_contrat(annexe.siae) for _ in range(5)]
    for number in range(1, 6):
        make_etat(annexe, date(2023, number, 1), [(contrat, PLANNED) for contrat in contrats])
    return annexe


def shown(client: Any, acting: Membership, annexe: AnnexeFinanciere, **headers: Any) -> Any:
    client.force_login(acting.user)
    url = reverse("payments:previsions_saisie", args=[annexe.pk, JUIN])
    return client.get(url, headers=headers)


def enter(annexe: AnnexeFinanciere, hours: str) -> None:
    contrats = Contrat.objects.filter(siae=annexe.siae)
    make_etat(annexe, JUIN, [(contrat, Decimal(hours)) for contrat in contrats], etat="BROUILLON")


def amounts(page: Any) -> list[tuple[str, Decimal]]:
    return [(str(run["campagne"]), run["montant"]) for run in page.context["campagnes"]]


def test_without_any_hour_the_month_counts_as_in_the_annex(client: Any, annexe: Any) -> None:
    acting = make_membership(Role.SAISIE, annexe.siae.structure.organisation)
    page = shown(client, acting, annexe)
    # Nothing was paid yet: seven instalments in July, the regularisation of August at its most.
    assert amounts(page) == [
        ("2023-07", Decimal("78011.50")),
        ("2023-08", Decimal("11144.50")),
        ("2023-09", Decimal("11144.50")),
    ]
    assert page.context["heures"] is None
    assert "7 échéances" in page.content.decode()


def test_hours_missing_in_june_lower_the_regularisation_of_august(client: Any, annexe: Any) -> None:
    """5 × 150 = 750 h for 910: 160 h × 22 289 / 1 820 = 1 959,47 € less."""
    enter(annexe, "150.00")
    acting = make_membership(Role.SAISIE, annexe.siae.structure.organisation)
    page = shown(client, acting, annexe)
    assert page.context["heures"] == Decimal("750.00")
    assert dict(amounts(page))["2023-08"] == Decimal("9185.03")


def test_the_fragment_is_a_part_of_the_page(client: Any, annexe: Any) -> None:
    enter(annexe, "182.00")
    acting = make_membership(Role.RESPONSABLE, annexe.siae.structure.organisation)
    part = shown(client, acting, annexe, **{"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert part.strip() in shown(client, acting, annexe).content.decode()


def test_a_departement_and_another_structure_do_not_read_it(client: Any, annexe: Any) -> None:
    """403 to who reads the annex but not its entry, 404 to who sees none of it."""
    cd = make_membership(Role.LECTEUR, annexe.courante.financeur_cd.organisation)
    assert shown(client, cd, annexe).status_code == 403
    assert shown(client, make_membership(Role.RESPONSABLE), annexe).status_code == 404


def test_the_queries_do_not_grow_with_the_employees(
    client: Any, annexe: Any, django_assert_max_num_queries: Any
) -> None:
    enter(annexe, "182.00")
    acting = make_membership(Role.SAISIE, annexe.siae.structure.organisation)
    shown(client, acting, annexe)
    url = reverse("payments:previsions_saisie", args=[annexe.pk, JUIN])
    counts = []
    for _ in range(2):
        with django_assert_max_num_queries(15) as captured:
            client.get(url, headers={"HX-Request": "true"})
        counts.append(len(captured))
        etat = annexe.etats_mensuels.get(mois=JUIN)
        for _ in range(20):
            contrat = make_contrat(annexe.siae)
            etat.lignes.create(contrat=contrat, salarie=contrat.salarie, heures_declarees=10)
    assert counts[0] == counts[1]
