"""The screens of the ASP: queue with anomalies first, validation, batch, re-opening, carence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.presence.models import EtatMensuel
from apps.presence.review import statements_to_review
from apps.presence.services import certify_etat, reopen_etat
from apps.siae.models import Siae
from tests.presence.world import JANVIER, annexe, month, structure


@pytest.fixture(autouse=True)
def sixth_of_june(settings):
    settings.TODAY = date(2023, 6, 6)


@pytest.fixture
def asp(client, world):
    client.force_login(world.gestionnaire.user)
    return client


def plain(world, mois):
    """A statement nothing is found on: the same hours each month, those of the contract."""
    return certify_etat(world.responsable, world.typed(mois, "112.67"), on=date(2023, 6, 1))


def text(response) -> str:
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def test_the_queue_shows_anomalies_first(asp, world):
    """A justification, ineligible hours or a corrected version: each is one; then the oldest."""
    person = world.contrat()
    clean = plain(world, JANVIER)
    corrected = certify_etat(
        world.responsable,
        reopen_etat(world.gestionnaire, plain(world, month(2)), motif="Pièce absente"),
        on=date(2023, 6, 2),
    )
    justified = world.certified(month(3), "140", on=date(2023, 6, 3))
    person.autre_aide_etat = True
    person.save(update_fields=["autre_aide_etat"])
    found = list(statements_to_review(world.gestionnaire))
    # The other aid makes the hours of every month ineligible.
    assert {etat.pk for etat in found if etat.anomalie} == {
        clean.pk,
        corrected.pk,
        justified.pk,
    }
    person.autre_aide_etat = False
    person.save(update_fields=["autre_aide_etat"])

    page = asp.get(reverse("presence:a_valider"))

    rows = [row.record for row in page.context["table"].rows]
    assert [etat.pk for etat in rows] == [corrected.pk, justified.pk, clean.pk]
    assert [etat.anomalie for etat in rows] == [True, True, False]
    assert [etat.heures for etat in rows] == [
        Decimal("112.67"),
        Decimal("140.00"),
        Decimal("112.67"),
    ]
    body = text(page)
    assert "3 états à valider, dont 1 sans anomalie" in body
    assert "Écarts justifiés" in body
    assert "Version 2" in body
    assert body.count('form="lot"') == 1
    assert f'id="etat-{clean.pk}"' in body


def test_the_queue_counts_ineligible_hours(world):
    world.contrat()
    world.contrat(forme="CTT")
    plain(world, JANVIER)
    [etat] = statements_to_review(world.gestionnaire)
    assert (etat.heures, etat.heures_ineligibles, etat.lignes_declarees, etat.anomalie) == (
        Decimal("225.34"),
        Decimal("112.67"),
        2,
        True,
    )


def test_the_queue_holds_certified_statements_of_annexes_in_force_only(world):
    world.contrat()
    world.validated(JANVIER, "112.67")
    world.typed(month(2), "112.67")
    siae = Siae.objects.create(structure=structure("Les Vergers"), mesure="ACI_DC")
    EtatMensuel.objects.create(
        annexe=annexe(siae, etat="PROVISOIRE"),
        mois=JANVIER,
        etat="SAISI",
        certifie_par=world.saisie.user,
    )
    assert list(statements_to_review(world.gestionnaire)) == []


def test_a_batch_is_restated_then_validated(asp, world):
    """The page of confirmation names what was ticked and its total; the rest stays."""
    world.contrat()
    first, second, third = (plain(world, month(number)) for number in (1, 2, 3))
    url = reverse("presence:valider_lot")

    page = asp.get(url, {"etat": [first.pk, second.pk]})
    body = text(page)
    assert "2 états mensuels, 225,34 h déclarées." in body
    assert "Janvier 2023" in body
    assert "Février 2023" in body
    assert "Mars 2023" not in body
    assert f'value="{first.pk}"' in body
    assert EtatMensuel.objects.filter(etat="VALIDE").count() == 0

    response = asp.post(url, {"etat": [first.pk, second.pk]}, follow=True)

    assert "2 états mensuels sont validés." in text(response)
    assert set(EtatMensuel.objects.filter(etat="VALIDE", valide_le=date(2023, 6, 6))) == {
        first,
        second,
    }
    third.refresh_from_db()
    assert third.etat == "SAISI"


def test_all_statements_without_anomaly_at_once(asp, world):
    world.contrat()
    clean = [plain(world, month(number)) for number in (1, 2)]
    odd = world.certified(month(3), "140", on=date(2023, 6, 3))
    page = asp.get(reverse("presence:valider_lot"), {"tous": "1"})
    assert {etat.pk for etat in page.context["etats"]} == {etat.pk for etat in clean}
    asp.post(reverse("presence:valider_lot"), {"etat": [etat.pk for etat in clean]})
    odd.refresh_from_db()
    assert odd.etat == "SAISI"
    assert EtatMensuel.objects.filter(etat="VALIDE").count() == 2


def test_a_long_queue_is_validated_in_several_batches(asp, world, monkeypatch):
    """Beyond, the form of the confirmation would be too long to be accepted: the page says so."""
    monkeypatch.setattr("apps.presence.views_asp.LOT_MAX", 2)
    world.contrat()
    january, february, _march = (plain(world, month(number)) for number in (1, 2, 3))
    url = reverse("presence:valider_lot")
    page = asp.get(url, {"tous": "1"})
    assert [etat.pk for etat in page.context["etats"]] == [january.pk, february.pk]
    assert "s’arrête à 2 états mensuels" in text(page)
    asp.post(url, {"etat": [january.pk, february.pk]})
    assert "s’arrête" not in text(asp.get(url, {"tous": "1"}))


def test_a_statement_with_an_anomaly_is_not_validated_in_a_batch(asp, world):
    world.contrat()
    clean = plain(world, JANVIER)
    odd = world.certified(month(2), "140", on=date(2023, 6, 3))
    response = asp.post(reverse("presence:valider_lot"), {"etat": [clean.pk, odd.pk]})
    assert "Un état mensuel de la sélection a changé" in text(response)
    assert set(EtatMensuel.objects.values_list("etat", flat=True)) == {"SAISI"}


def test_an_empty_batch_says_what_to_do(asp, world):
    body = text(asp.get(reverse("presence:valider_lot")))
    assert "Cochez au moins un état mensuel sans anomalie" in body
    assert asp.post(reverse("presence:valider_lot"), {"etat": "x"}).status_code == 200


def test_one_statement_is_looked_at_then_validated(asp, world):
    world.contrat(nom="Alpha")
    etat = world.certified(JANVIER, "140", on=date(2023, 6, 3))
    url = reverse("presence:valider", args=[etat.pk])
    body = text(asp.get(url))
    assert "plus de 110 % des 112,67 h prévues" in body
    assert "plus de 110 % des 112,67 h prévues par le contrat.</dt><dd>Vérifié.</dd>" in body
    assert asp.post(url).url == reverse("presence:a_valider")
    etat.refresh_from_db()
    assert (etat.etat, etat.valide_le, etat.valide_par) == (
        "VALIDE",
        date(2023, 6, 6),
        world.gestionnaire.user,
    )
    again = asp.post(url)
    assert "Cet état mensuel est déjà validé." in text(again)


def test_reopening_asks_for_the_reason(asp, world):
    world.contrat()
    etat = world.validated()
    url = reverse("presence:rouvrir", args=[etat.pk])
    assert "version 2" in text(asp.get(url))
    assert asp.post(url, {"motif": ""}).context["form"].errors.keys() == {"motif"}
    etat.refresh_from_db()
    assert etat.etat == "VALIDE"

    response = asp.post(url, {"motif": "Heures oubliées"})

    assert response.url == reverse("presence:saisie", args=[world.annexe.pk, JANVIER])
    etat.refresh_from_db()
    assert (etat.etat, etat.version, etat.motif_deblocage) == ("DEBLOQUE", 2, "Heures oubliées")


def test_carence_is_recorded_after_the_delay(asp, world):
    url = reverse("presence:carence", args=[world.annexe.pk, JANVIER])
    saisie = reverse("presence:saisie", args=[world.annexe.pk, JANVIER])
    assert "Constater la carence" in text(asp.get(saisie))
    assert asp.post(url, {"motif": "LRAR du 10/05/2023"}).url == saisie
    assert EtatMensuel.objects.get().etat == "CARENCE"
    assert "Carence constatée par l’ASP le 06/06/2023" in text(asp.get(saisie))


def test_carence_is_refused_before_the_delay(asp, world):
    may = reverse("presence:carence", args=[world.annexe.pk, month(5)])
    saisie = reverse("presence:saisie", args=[world.annexe.pk, month(5)])
    assert "Constater la carence" not in text(asp.get(saisie))
    assert "jusqu’au 30/06/2023" in text(asp.post(may, {"motif": "LRAR"}))
    assert not EtatMensuel.objects.exists()


@pytest.mark.parametrize(
    "role",
    ["saisie", "responsable", "ordonnateur", "comptable", "ddets", "lecteur", "decideur", "admin"],
)
def test_the_acts_of_the_asp_are_closed_to_the_others(client, world, role):
    world.contrat()
    etat = plain(world, JANVIER)
    client.force_login(getattr(world, role).user)
    on_object = 404 if role == "admin" else 403
    for name, args, expected in (
        ("a_valider", [], 403),
        ("valider_lot", [], 403),
        ("valider", [etat.pk], on_object),
        ("rouvrir", [etat.pk], on_object),
        ("carence", [world.annexe.pk, JANVIER], on_object),
    ):
        url = reverse(f"presence:{name}", args=args)
        assert client.get(url).status_code == expected, name
        if name != "a_valider":
            data = {"motif": "x", "etat": etat.pk}
            assert client.post(url, data).status_code == expected, name
    etat.refresh_from_db()
    assert (etat.etat, etat.version) == ("SAISI", 1)


def test_the_queue_takes_as_many_queries_for_2_statements_as_for_5(
    asp, world, django_assert_max_num_queries
):
    world.contrat()
    counts = []
    for numbers in (range(1, 3), range(3, 6)):
        for number in numbers:
            plain(world, month(number))
        with django_assert_max_num_queries(10) as captured:
            page = asp.get(reverse("presence:a_valider"))
        counts.append(len(captured))
    assert len(page.context["table"].rows) == 5
    assert counts[0] == counts[1]
