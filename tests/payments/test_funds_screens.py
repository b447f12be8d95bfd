"""What waits for funds, said to each party: screens, schedule, notice, comparison."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.models import Notification, Role
from apps.payments.comparison import compare_campagne
from apps.payments.documents import TEMPLATE as AVIS
from apps.payments.documents import notice_context
from apps.payments.models import (
    AvisDePaiement,
    Campagne,
)
from apps.payments.services import (
    prepare_campagne,
)
from tests.documents.test_notices_and_orders import text_of
from tests.factories import make_membership
from tests.payments.dossiers import leave_funds, make_annexe, make_asp, run
from tests.payments.test_funds import CD, ETAT, ZERO
from tests.payments.test_preparation import FEVRIER, FLAT, JANVIER, with_statements


@pytest.fixture
def asp(db):
    return make_asp()


@pytest.fixture
def two(asp):
    """Two annexes, the funds of one: 2 000,00 € for 2 × 1 920,29 €."""
    first, second = make_annexe(with_statements(3)), make_annexe(with_statements(3))
    leave_funds("2000.00")
    return first, second


def test_the_comparison_leads_from_the_lines_to_the_cash(asp, two):
    """January short, February released: each step of both months, whose sum is transferred."""
    run(asp, "2018-01")
    leave_funds("50000.00")
    campagne = prepare_campagne(asp.gestionnaire, FEVRIER)
    steps = compare_campagne(campagne).decaissement
    assert [(step.libelle, step.avant, step.apres) for step in steps] == [
        ("Versements", 2 * FLAT, 2 * FLAT),
        ("En attente de fonds", -CD, ZERO),
        ("Parts en attente versées", ZERO, CD),
        ("Viré", FLAT + ETAT, campagne.montant_vire),
    ]
    assert steps[-1].ecart == 2 * CD
    assert compare_campagne(Campagne.objects.get(mois=JANVIER)).decaissement[-1].avant == ZERO


def test_screens_say_what_waits_to_each_party(asp, two, client):
    """The run, its transfers, its funds, the schedule, the line and its notice."""
    _first, second = two
    campagne = run(asp, "2018-01")
    client.force_login(asp.gestionnaire.user)
    page = client.get(reverse("payments:campagne", args=[campagne.pk])).content.decode()
    assert "1\u00a0920,29\u00a0€" in page
    assert "Dû = viré + compensé + en attente + retenu + écarté, au centime." in page
    answer = client.get(reverse("payments:campagne_virements", args=[campagne.pk]))
    assert [row.record.montant for row in answer.context["table"].rows] == [FLAT, ETAT]
    answer = client.get(reverse("payments:campagne_fonds", args=[campagne.pk]))
    assert [row.record.especes for row in answer.context["table"].rows] == [CD]
    (short,) = answer.context["fonds"]
    assert (short.attente, short.reste, short.manque) == (
        CD,
        Decimal("79.71"),
        Decimal("1840.58"),
    )

    structure = make_membership(Role.RESPONSABLE, second.siae.structure.organisation)
    departement = make_membership(Role.LECTEUR, second.courante.financeur_cd.organisation)
    line = campagne.versements.get(annexe=second)
    for acting, sees_transfer in ((structure, True), (departement, False)):
        client.force_login(acting.user)
        page = client.get(reverse("payments:versement", args=[line.pk])).content.decode()
        assert "elle attend les fonds du département" in page
        assert ("IAE-000001-000002" in page) is sees_transfer
        page = client.get(reverse("payments:echeancier", args=[second.pk])).content.decode()
        assert "Part du département en attente de fonds : 1\u00a0920,29\u00a0€." in page
        assert "Payé en partie" in page
        page = client.get(reverse("payments:retenues")).content.decode()
        assert "Le département verse des fonds, la campagne suivante paie sa part." in page
    told = Notification.objects.filter(le=date(2018, 1, 20)).values_list("organisation", "titre")
    assert set(told) >= {
        (structure.organisation_id, "Part du département en attente de fonds"),
        (departement.organisation_id, "Fonds insuffisants : une part de vos paiements attend"),
    }


def test_the_notice_says_what_waits_and_what_is_released(asp, two):
    """Short month: the part is taken off. Next: it is added, with the reference of the transfer."""
    _first, second = two
    run(asp, "2018-01")
    leave_funds("50000.00")
    run(asp, "2018-02")
    short, released = AvisDePaiement.objects.filter(annexe=second).order_by("numero")
    said = text_of(AVIS, notice_context(short))
    assert "janvier 2018 Part du département en attente de fonds −1 920,29 € 0,00 €" in said
    assert "Montant versé à votre structure 7 907,21 €" in said
    assert "Virement IAE-000001-000002, 7 907,21 €" in said
    assert "dans la limite des fonds qu’il a versés" in said
    assert notice_context(short)["cumul"] == {"montant": ETAT, "etat": ETAT, "cd": ZERO}
    said = text_of(AVIS, notice_context(released))
    assert "janvier 2018 Part du département qui attendait des fonds 1 920,29 €" in said
    assert "Total 11 747,79 € 7 907,21 € 3 840,58 €" in said
    assert "dans la limite des fonds" not in said
    assert notice_context(released)["cumul"]["montant"] == 2 * FLAT
