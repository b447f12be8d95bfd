"""Volet 2 of a CAOM: CERFA 13999*02, a draft until the signature, then one edition per change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from apps.conventions import services
from apps.conventions.documents import TEMPLATE, draw_volet_draft, volet_context, volet_file
from apps.conventions.forms import ObjectifForm
from apps.conventions.models import Caom, ObjectifCaom
from apps.core.errors import Refus
from apps.core.models import Fichier
from tests.documents.test_notices_and_orders import text_of
from tests.factories import make_financeur, make_membership

ACI = {
    "mesure": "ACI_DC",
    "entrees": 1090,
    "entrees_brsa": 729,
    "entrees_jeunes": 120,
    "entrees_50_et_plus": 88,
    "montant_mensuel": Decimal("534.82"),
    "mois_prevus": 12,
}


@pytest.fixture
def asp(db):
    return make_membership(Role.GESTIONNAIRE)


@pytest.fixture
def caom(asp) -> Caom:
    return services.create_caom(
        asp,
        make_financeur("062", nom="Département du Pas-de-Calais"),
        annee=2023,
        objectifs=[ACI],
    )


def compact(text: str) -> str:
    """Boxes hold one character each: the figures are read without the spaces."""
    return "".join(text.split())


def test_the_form_states_the_objectives_box_by_box(asp, caom):
    """Entries, publics and amount of each section; zero where there is no objective."""
    said = compact(text_of(TEMPLATE, volet_context(caom, caom.objectifs.all(), None)))
    aci, hors_aci = said.split("Aidesattribuéesauxstructures")
    assert "Nombretotald’entréesprévuespendantladuréedelaconvention:1090salariés" in aci
    assert "dont(1):BRSA729Jeune-26120Seniors0ASS0AAH0TH050et+88DELD0Autres0" in aci
    assert "Montantfinancier:4678605,36€(2)soit4678605,36€" in aci
    assert hors_aci.count("Montantfinancier:0,00€(2)soit0,00€") == 3
    assert "(EITI)" not in said
    assert "PROJET" in said
    assert "Pourl’année2023" in said


def test_measures_of_one_kind_add_up_and_the_newest_kind_is_added(asp, caom):
    """ACI under common law and in prison are one section; EITI, newer than it, its own."""
    prison = {**ACI, "mesure": "ACI_MP", "entrees": 10, "entrees_brsa": 1}
    services.adjust_objectif(
        asp, caom, effet=date(2023, 1, 1), **prison | {"entrees_jeunes": 0, "entrees_50_et_plus": 0}
    )
    eiti = {"mesure": "EITI_DC", "entrees": 3, "entrees_brsa": 0}
    services.adjust_objectif(
        asp, caom, effet=date(2023, 1, 1), montant_mensuel=Decimal("1.00"), mois_prevus=1, **eiti
    )
    said = compact(text_of(TEMPLATE, volet_context(caom, caom.objectifs.all(), None)))
    assert "convention:1100salariés" in said
    assert "Montantfinancier:4685023,20€" in said  # 730 × 534,82 × 12
    assert "(EITI)Nombretotald’entréesprévuespendantladuréedelaconvention:3salariés" in said


def test_editions_follow_the_signature_and_each_change(asp, caom, monkeypatch):
    """Not signed: nothing is kept. Signed: an edition; adjusted: another one, the first as it was
    even when it is drawn afterwards."""
    draw_volet_draft(caom, date(2023, 1, 1))
    assert (Fichier.objects.count(), caom.volets.count()) == (0, 0)
    caom = services.sign_caom(asp, caom, date(2023, 1, 16))
    services.adjust_objectif(
        asp,
        caom,
        effet=date(2023, 7, 1),
        accord_le=date(2023, 6, 12),
        **{**ACI, "entrees": 900, "entrees_brsa": 600},
    )
    # Same date as the first edition, recorded after it.
    services.adjust_objectif(
        asp,
        caom,
        effet=date(2023, 1, 1),
        accord_le=date(2023, 6, 12),
        **{**ACI, "mesure": "EI_DC", "entrees_brsa": 2},
    )
    drawn: list[dict] = []

    def keep(template: str, context: dict) -> bytes:
        drawn.append(context)
        return b"%PDF-"

    monkeypatch.setattr("apps.conventions.documents.render_pdf", keep)
    first, second, third = caom.volets.order_by("edition")
    files = [volet_file(volet.pk) for volet in (first, second, third)]
    assert [context["aci"].brsa.strip() for context in drawn] == ["729", "600", "729"]
    assert [context["hors_aci"][0].brsa.strip() for context in drawn] == ["0", "0", "2"]
    assert [c["accord_le"] for c in drawn] == [None, date(2023, 6, 12), date(2023, 6, 12)]
    assert {context["nom_departement"] for context in drawn} == {"Pas-de-Calais"}
    assert [volet_file(volet.pk) for volet in (first, second, third)] == files
    assert len(drawn) == Fichier.objects.count() == 3


def test_the_document_of_a_caom_is_for_those_who_see_it(asp, caom, client: Client):
    """A PDF for the ASP; not found for another département, nor for an edition never issued."""
    address = reverse("conventions:caom_volet", args=[caom.pk])
    client.force_login(asp.user)
    assert client.get(address)["Content-Type"] == "application/pdf"
    assert Fichier.objects.count() == 0
    services.sign_caom(asp, caom, date(2023, 1, 16))
    assert client.get(address).content.startswith(b"%PDF-")
    fichier = caom.volets.get().fichier
    assert fichier.nom == "caom-062-2023-volet-2-1.pdf"
    assert fichier.sha256 in client.get(reverse("conventions:caom", args=[caom.pk])).text
    for asked in ("2", "0", "x", "99999999999"):
        assert client.get(address, {"edition": asked}).status_code == 404
    client.force_login(make_membership(Role.LECTEUR, make_financeur("068").organisation).user)
    assert client.get(address).status_code == 404


def test_a_public_is_part_of_the_entries(asp, caom):
    """Refused with its figures by the page, the service and the database; publics may overlap."""
    too_many = {**ACI, "entrees": 100, "entrees_brsa": 100, "entrees_50_et_plus": 0}
    form = ObjectifForm({**too_many, "effet": "2023-07-01", "entrees_jeunes": "101"}, caom=caom)
    assert form.errors["entrees_jeunes"] == [
        "Ce nombre dépasse le total des entrées prévues (100)."
    ]
    with pytest.raises(Refus, match="120 dépasse le nombre total"):
        services.adjust_objectif(asp, caom, effet=date(2023, 7, 1), **too_many)
    with pytest.raises(IntegrityError), transaction.atomic():
        ObjectifCaom.objects.update(entrees_th=1091)
    whole = dict.fromkeys(ObjectifCaom.PUBLICS, 100)
    services.adjust_objectif(asp, caom, effet=date(2023, 7, 1), **{**too_many, **whole})
    empty = {**too_many, "effet": "2023-07-01", "entrees_jeunes": "", "entrees_50_et_plus": ""}
    form = ObjectifForm(empty, caom=caom)
    assert form.is_valid(), form.errors
    assert form.objectif()["entrees_jeunes"] == 0
