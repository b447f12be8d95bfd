"""The list of issued bilans, across the annexes: scope, filters, the way from the notification."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Notification
from apps.dashboards.emission import issue_bilans
from apps.dashboards.models import BilanEmis
from apps.payments.models import Campagne
from tests.factories import make_financeur, make_membership, make_organisation, make_version


@pytest.fixture
def emis(annee, settings):
    """The bilans of the seven runs."""
    settings.TODAY = date(2018, 8, 1)
    for campagne in Campagne.objects.order_by("numero"):
        issue_bilans(campagne, annee.asp.comptable, campagne.jour_paiement)
    return annee


def listed(acting, **query) -> list[int]:
    """Numbers of the bilans in the list, in its order."""
    client = Client()
    client.force_login(acting.user)
    answer = client.get(reverse("dashboards:bilans_emis"), {"per_page": 100, **query})
    assert answer.status_code == 200
    return [row.record.numero for row in answer.context["table"].page.object_list]


def numbers(**criteria) -> list[int]:
    rows = BilanEmis.objects.filter(**criteria).order_by("-numero")
    return list(rows.values_list("numero", flat=True))


def test_each_filter_keeps_what_it_says(emis):
    """Against the rows of the database; the latest first."""
    reader = emis.lecteur
    assert listed(reader) == numbers()
    assert len(numbers()) > len(numbers(nature="FINAL")) > 0
    assert listed(reader, nature="FINAL") == numbers(nature="FINAL")
    assert listed(reader, campagne=6) == numbers(campagne__numero=6)
    structure = emis.moitie.siae.structure.denomination
    assert listed(reader, q=structure) == numbers(annexe__siae__structure__denomination=structure)
    typed = " ".join(emis.ecourtee.numero)
    assert listed(reader, q=typed) == numbers(annexe__numero=emis.ecourtee.numero)
    last = numbers()[0]
    assert last in listed(reader, q=str(last))
    assert listed(reader, mesure=emis.moitie.siae.mesure) == numbers()
    assert listed(reader, mesure="ETTI") == []
    day = "2018-05-20"
    assert listed(reader, emis_apres=day, emis_avant=day) == numbers(emis_le=date(2018, 5, 20))
    assert (listed(reader, annee=2018), listed(reader, annee=2019)) == (numbers(), [])


def test_each_row_opens_its_bilan_and_its_document(emis):
    client = Client()
    client.force_login(emis.lecteur.user)
    page = client.get(reverse("dashboards:bilans_emis"), {"per_page": 100}).content.decode()
    for bilan in BilanEmis.objects.filter(annexe=emis.ecourtee):
        rank = f"trimestre-{bilan.trimestre}" if bilan.trimestre else bilan.nature.lower()
        address = f"/bilans/{bilan.annexe_id}/{rank}/"
        assert f'href="{address}?edition=1"' in page
        assert f'href="{address}pdf/?edition=1"' in page
        assert client.get(f"{address}?edition=1").status_code == 200


def test_who_lists_which(emis):
    other_structure = make_membership("RESPONSABLE", make_organisation("SIAE"))
    other_ddets = make_membership("INSTRUCTEUR", make_organisation("DDETS", departement="059"))
    other_cd = make_membership("LECTEUR", make_financeur("080").organisation)
    for acting in (other_structure, other_ddets, other_cd):
        assert listed(acting) == []
    own = make_membership("RESPONSABLE", emis.ecourtee.siae.structure.organisation)
    assert listed(own) == numbers(annexe=emis.ecourtee) != []


def test_the_notification_leads_to_the_bilans_of_its_run(emis):
    told = Notification.objects.filter(
        titre="Bilans émis : campagne n° 6", organisation=emis.cd.organisation
    ).get()
    client = Client()
    client.force_login(emis.lecteur.user)
    table = client.get(told.url).context["table"]
    assert [row.record.numero for row in table.page.object_list] == numbers(campagne__numero=6)


def test_a_departement_keeps_the_bilans_of_the_versions_with_its_money(emis):
    """An amendment removes its money: the bilans issued on it stay, those issued after do not come,
    and the pages of the former still open."""
    annexe = emis.moitie
    kept = numbers(annexe=annexe)
    version = make_version(annexe=annexe, montant_cd=Decimal(0))
    first = BilanEmis.objects.get(annexe=annexe)
    BilanEmis.objects.create(
        numero=999,
        annexe=annexe,
        version=version,
        campagne=first.campagne,
        nature="INTERMEDIAIRE",
        trimestre=2,
        emis_le=date(2018, 7, 20),
        contenu=first.contenu,
    )
    assert listed(emis.lecteur, q=annexe.numero) == kept != []
    assert listed(make_membership("GESTIONNAIRE"), q=annexe.numero) == [999, *kept]
    client = Client()
    client.force_login(emis.lecteur.user)
    pages = reverse("dashboards:bilan_intermediaire", args=[annexe.pk, 1], query={"edition": 1})
    assert client.get(pages).status_code == 200
    hidden = reverse("dashboards:bilan_intermediaire", args=[annexe.pk, 2], query={"edition": 1})
    assert client.get(hidden).status_code == 404
