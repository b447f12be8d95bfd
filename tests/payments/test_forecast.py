"""What an amendment would change, by the rules that pay (spec 02 §6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.payments.forecast import forecast_amendment
from apps.payments.models import Versement
from apps.rules.periods import Month
from tests.factories import make_membership, make_organisation, make_version


@pytest.fixture
def amendment(db):
    """6 posts all the year without the département; 4,50 in an amendment being drafted."""
    version = make_version(montant_cd=Decimal(0), brsa_vises=0)
    return make_version(
        "BROUILLON",
        annexe=version.annexe,
        etp=Decimal("4.50"),
        montant_cd=Decimal(0),
        brsa_vises=0,
    )


def amounts(prevision):
    return {(str(row.mois), row.nature): (row.avant, row.apres) for row in prevision.lignes}


def test_before_the_payment_day_every_instalment_from_the_month_on_changes(amendment):
    """Validated on 10 July with nothing paid yet: January to June stay, July takes the new flat
    amount, the regularisations take back what was too much."""
    prevision = forecast_amendment(amendment, date(2023, 7, 10))
    assert prevision.a_partir_de == Month(2023, 7)
    rows = amounts(prevision)
    for month in ("2023-01", "2023-02", "2023-03", "2023-04", "2023-06"):
        assert rows[month, "forfait"] == (Decimal("11144.50"), Decimal("11144.50"))
    assert rows["2023-07", "forfait"] == (Decimal("11144.50"), Decimal("8358.38"))
    assert prevision.total_avant == Decimal("133734.00")
    assert prevision.total_apres - prevision.ordres_apres <= Decimal("100300.50")
    assert prevision.ordres_avant == Decimal("0.00")


def test_nothing_is_written(amendment):
    """A forecast is no payment, and the draft keeps no date."""
    forecast_amendment(amendment, date(2023, 7, 10))
    amendment.refresh_from_db()
    assert (amendment.etat, amendment.a_partir_de) == ("BROUILLON", None)
    assert not Versement.objects.exists()


def test_the_fragment_is_for_those_who_instruct_and_control(amendment, settings):
    """DDETS and ASP; 403 for the others; 404 elsewhere and for what is no amendment to come."""
    settings.TODAY = date(2023, 7, 10)
    structure = amendment.siae.structure
    ddets = make_membership("INSTRUCTEUR", make_organisation("DDETS", departement="062"))
    elsewhere = make_membership("INSTRUCTEUR", make_organisation("DDETS", departement="059"))
    own = make_membership("RESPONSABLE", structure.organisation)

    def get(membership, pk=amendment.pk):
        client = Client()
        client.force_login(membership.user)
        return client.get(reverse("payments:prevision", args=[pk]))

    response = get(ddets)
    assert response.status_code == 200
    assert "133 734,00 €" in response.content.decode().replace("\u00a0", " ")
    assert get(make_membership("GESTIONNAIRE")).status_code == 200
    assert get(own).status_code == 403
    assert get(elsewhere).status_code == 404
    assert get(ddets, amendment.annexe.courante_id).status_code == 404
