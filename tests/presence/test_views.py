"""The screens of the structure: follow-up, entry, conflict, certification; who sees what."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.annexes.models import VersionAnnexe
from apps.presence.models import EtatMensuel
from apps.presence.services import LineInput, reopen_etat, save_lines
from apps.siae.models import Siae
from tests.presence.world import JANVIER, World, annexe, membership, month, structure


@pytest.fixture(autouse=True)
def third_of_february(settings):
    settings.TODAY = date(2023, 2, 3)


def address(world: World, name: str = "saisie", mois: date = JANVIER) -> str:
    return reverse(f"presence:{name}", args=[world.annexe.pk, mois])


def shown(client, url: str) -> dict[str, str]:
    """The fields of the entry form as the page shows them, ready to be posted."""
    form = client.get(url).context["form"]
    return {
        name: "" if (value := form[name].value()) is None else str(value) for name in form.fields
    }


def text(response) -> str:
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def signed_in(client, acting):
    client.force_login(acting.user)
    return client


def test_a_month_is_entered_saved_and_certified(client, world):
    """The whole way of the structure: entry, totals of the server, certification, state."""
    world.contrat(nom="Alpha", rsa="OUI-M", rsa_departement="062")
    absent = world.contrat(nom="Bravo")
    signed_in(client, world.responsable)
    data = shown(client, address(world))
    assert not EtatMensuel.objects.exists()  # reading writes nothing

    first, second = (key for key in data if key.startswith("heures_"))
    data |= {first: "112,67", second: "0"}
    response = client.post(address(world), data, follow=True)

    assert response.redirect_chain == [(address(world), 302)]
    page = text(response)
    assert "2 lignes sont enregistrées." in page
    totals = response.context["sheet"].totaux
    assert (totals.declarees, totals.eligibles, totals.salaries, totals.brsa) == (
        Decimal("112.67"),
        Decimal("112.67"),
        1,
        1,
    )
    # 112,67 × 12 / 1 820 = 0,74 ETP; 0,74 / 6 = 12,33 %.
    assert (totals.etp, totals.taux) == (Decimal("0.74"), Decimal("12.33"))
    assert 'data-total="taux">12,33 %</dd>' in page

    response = client.post(address(world, "certifier"), {"honneur": "on"}, follow=True)

    assert "L’état mensuel de janvier 2023 est certifié." in text(response)
    etat = EtatMensuel.objects.get()
    assert (etat.etat, etat.certifie_le) == ("SAISI", date(2023, 2, 3))
    assert etat.lignes.get(contrat=absent).heures_declarees == 0
    assert "form" not in response.context


@pytest.mark.parametrize("typed", ["7h30", "7:30", "7,5", "7.50"])
def test_hours_are_read_as_people_write_them(client, world, typed):
    contrat = world.contrat()
    signed_in(client, world.saisie)
    data = shown(client, address(world)) | {f"heures_{contrat.pk}": typed}
    client.post(address(world), data)
    assert EtatMensuel.objects.get().lignes.get().heures_declarees == Decimal("7.50")


def test_an_impossible_value_is_said_beside_its_field_and_nothing_typed_is_lost(client, world):
    good, bad = world.contrat(nom="Alpha"), world.contrat(nom="Bravo")
    signed_in(client, world.saisie)
    data = shown(client, address(world))
    data |= {f"heures_{good.pk}": "50", f"heures_{bad.pk}": "213"}

    response = client.post(address(world), data)

    assert response.status_code == 200
    page = text(response)
    assert (
        f'<a href="#id_heures_{bad.pk}">Heures de BRAVO Camille</a> : 213,00 h '
        "saisies, le maximum est de 212,57 h pour 31 jours"
    ) in page
    assert response.context["form"][f"heures_{good.pk}"].value() == "50"
    assert not EtatMensuel.objects.exists()


def test_only_the_rows_changed_on_the_page_are_written(client, world):
    """A colleague saved another line meanwhile: no conflict for a row left alone."""
    mine, theirs = world.contrat(), world.contrat()
    etat = world.opened()
    signed_in(client, world.saisie)
    data = shown(client, address(world)) | {f"heures_{mine.pk}": "10"}
    save_lines(world.responsable, etat, [LineInput(theirs.pk, 1, Decimal(20))])

    response = client.post(address(world), data)

    assert response.status_code == 302
    assert etat.lignes.get(contrat=mine).heures_declarees == 10
    assert etat.lignes.get(contrat=theirs).heures_declarees == 20


def test_a_conflict_shows_both_values_and_the_next_save_decides(client, world):
    """Status 409; the other rows are saved; saving again with the value kept overwrites."""
    disputed, free = world.contrat(), world.contrat()
    etat = world.opened()
    signed_in(client, world.saisie)
    data = shown(client, address(world))
    data |= {f"heures_{disputed.pk}": "95", f"heures_{free.pk}": "60"}
    save_lines(world.responsable, etat, [LineInput(disputed.pk, 1, Decimal(80))])

    response = client.post(address(world), data)

    assert response.status_code == 409
    name = world.responsable.user.nom_complet
    assert f"{name} a enregistré 80,00 h ; vous aviez saisi 95,00 h." in text(response)
    assert etat.lignes.get(contrat=disputed).heures_declarees == 80
    assert etat.lignes.get(contrat=free).heures_declarees == 60

    form = response.context["form"]
    again = {
        name: "" if (value := form[name].value()) is None else str(value) for name in form.fields
    }
    assert again[f"heures_{disputed.pk}"] == "95.00" or again[f"heures_{disputed.pk}"] == "95"
    assert json.loads(again[f"lu_{disputed.pk}"])[:2] == [2, "80.00"]
    assert client.post(address(world), again).status_code == 302
    assert etat.lignes.get(contrat=disputed).heures_declarees == 95


def test_last_month_is_taken_again_on_request(client, world):
    contrat = world.contrat()
    world.certified(JANVIER, "88.00")
    signed_in(client, world.saisie)
    url = address(world, mois=month(2))
    client.post(url, shown(client, url))
    assert EtatMensuel.objects.get(mois=month(2)).lignes.get().heures_declarees is None

    client.post(url, shown(client, url) | {"reprendre": "1"})

    line = EtatMensuel.objects.get(mois=month(2)).lignes.get()
    assert (line.contrat_id, line.heures_declarees) == (contrat.pk, Decimal("88.00"))


def test_an_empty_statement_can_be_entered_and_certified(client, world):
    signed_in(client, world.responsable)
    response = client.post(address(world), {"vide": "1", "certifier": "1"})
    assert response.url == address(world, "certifier")
    client.post(response.url, {"honneur": "on"})
    assert EtatMensuel.objects.get().etat == "SAISI"


def test_warnings_ask_for_a_word_and_blocking_findings_hide_the_button(client, world):
    """Each finding has its own word; an empty one is said beside its field."""
    contrat = world.contrat(nom="Alpha")
    world.typed(hours="140")
    signed_in(client, world.responsable)
    url, word = address(world, "certifier"), f"mot_depassement-{contrat.pk}"
    assert "plus de 110 % des 112,67 h prévues" in text(client.get(url))

    refused = client.post(url, {"honneur": "on"})
    assert refused.context["form"].errors.keys() == {word}
    assert EtatMensuel.objects.get().etat == "BROUILLON"
    without_honour = client.post(url, {word: "Renfort"})
    assert without_honour.context["form"].errors.keys() == {"honneur"}

    world.contrat(nom="Bravo")
    page = text(client.get(url))
    assert "À corriger avant de certifier" in page
    assert "Certifier l’état mensuel</button>" not in page


def test_the_certification_page_is_not_for_the_role_saisie(client, world):
    world.contrat()
    world.typed()
    signed_in(client, world.saisie)
    assert client.get(address(world, "certifier")).status_code == 403
    assert "passer à la certification" not in text(client.get(address(world)))
    assert client.post(address(world, "certifier"), {"honneur": "on"}).status_code == 403
    assert EtatMensuel.objects.get().etat == "BROUILLON"


def test_a_certified_statement_is_read_and_no_longer_written(client, world):
    contrat = world.contrat()
    world.certified()
    signed_in(client, world.responsable)
    response = client.get(address(world))
    assert "form" not in response.context
    response = client.post(address(world), {f"heures_{contrat.pk}": "1"})
    assert response.status_code == 409
    assert "plus ouvert à la saisie" in text(response)
    assert EtatMensuel.objects.get().lignes.get().heures_declarees == 100


def test_a_reopened_statement_says_why_and_keeps_its_first_version(client, world):
    contrat = world.contrat()
    etat = reopen_etat(world.gestionnaire, world.validated(), motif="Heures oubliées")
    save_lines(world.saisie, etat, [LineInput(contrat.pk, 1, Decimal(110))])
    signed_in(client, world.saisie)
    page = text(client.get(address(world)))
    assert "L’ASP a rouvert cet état mensuel" in page
    assert "Motif : Heures oubliées" in page
    first = client.get(address(world) + "?version=1").context["sheet"]
    assert (first.version, first.totaux.declarees, first.is_final) == (1, Decimal(100), True)
    for odd in ("0", "3", "9999", "x", "-1"):
        assert client.get(f"{address(world)}?version={odd}").context["sheet"].version == 2


EVERYBODY = [
    "saisie",
    "responsable",
    "gestionnaire",
    "ordonnateur",
    "comptable",
    "ddets",
    "lecteur",
    "decideur",
    "admin",
]


@pytest.mark.parametrize("role", EVERYBODY)
def test_who_sees_a_certified_statement(client, world, role):
    """Everybody of the case, and the administrator sees none."""
    world.contrat(nom="Alpha")
    etat = world.certified()
    signed_in(client, getattr(world, role))
    expected = 404 if role == "admin" else 200
    assert client.get(address(world)).status_code == expected
    assert client.get(reverse("presence:historique", args=[etat.pk])).status_code == expected
    visible = EtatMensuel.objects.visible_to(getattr(world, role))
    assert set(visible) == (set() if role == "admin" else {etat})


def test_a_draft_is_not_shown_to_the_departement(client, world):
    world.contrat()
    etat = world.typed()
    assert set(EtatMensuel.objects.visible_to(world.lecteur)) == set()
    assert set(EtatMensuel.objects.visible_to(world.ddets)) == {etat}
    assert signed_in(client, world.lecteur).get(address(world)).status_code == 404


def test_nobody_sees_the_statements_of_others(client, world):
    """Another structure, another territory, another département, an annex without its money."""
    world.contrat()
    etat = world.certified()
    far = structure("Les Vergers", "059")
    other_siae = Siae.objects.create(structure=far, mesure="ACI_DC")
    unfunded = annexe(other_siae)
    for acting in (
        membership(far.organisation, "RESPONSABLE"),
        membership(_organisation("DDETS", "059"), "INSTRUCTEUR"),
        membership(_organisation("CD"), "LECTEUR"),
    ):
        signed_in(client, acting)
        assert client.get(address(world)).status_code == 404
        assert client.post(address(world), {"vide": "1"}).status_code == 404
        assert client.get(reverse("presence:historique", args=[etat.pk])).status_code == 404
        assert set(EtatMensuel.objects.visible_to(acting)) == set()
    EtatMensuel.objects.create(
        annexe=unfunded, mois=JANVIER, etat="SAISI", certifie_par=world.saisie.user
    )
    assert set(EtatMensuel.objects.visible_to(world.lecteur)) == {etat}


def _organisation(kind: str, departement: str = ""):
    from tests.presence.world import organisation

    return organisation(kind, f"{kind} {departement}", departement)


@pytest.mark.parametrize(
    "mois",
    [date(2022, 12, 1), date(2024, 1, 1), date(2023, 3, 1)],
    ids=["before", "after", "future"],
)
def test_a_month_that_is_not_of_the_annex_or_not_begun_is_not_found(client, world, mois):
    signed_in(client, world.saisie)
    assert client.get(address(world, mois=mois)).status_code == 404


def test_a_malformed_month_is_not_found(client, world):
    signed_in(client, world.saisie)
    assert client.get(address(world).replace("2023-01", "2023-13")).status_code == 404


def test_the_follow_up_shows_each_month_in_its_state(client, world, settings):
    settings.TODAY = date(2023, 5, 2)
    world.contrat()
    world.validated(JANVIER)
    world.certified(month(2))
    world.typed(month(3), "1")
    signed_in(client, world.saisie)
    page = client.get(reverse("presence:liste"))
    assert "<h1>Suivi mensuel 2023</h1>" in text(page)
    cells = [str(cell) for row in page.context["table"].rows for _column, cell in row.items()]
    expected = ["Validé", "Certifié", "Saisie", "À saisir", "À saisir", *["À venir"] * 7]
    for cell, word in zip(cells[1:], expected, strict=True):
        assert word in cell
    assert [("href" in cell) for cell in cells[1:]] == [True] * 5 + [False] * 7


def test_a_late_month_is_said_so(client, world, settings):
    settings.TODAY = date(2023, 3, 1)
    for role in ("saisie", "gestionnaire", "ddets"):
        page = text(signed_in(client, getattr(world, role)).get(reverse("presence:liste")))
        assert page.count("Retard</span>") == 1, role


def test_the_years_around_are_one_click_away(client, world, settings):
    """The year shown is marked; no year that the list does not offer."""
    settings.TODAY = date(2023, 3, 1)
    client = signed_in(client, world.gestionnaire)
    page = text(client.get(reverse("presence:liste")))
    assert '<a class="fr-tag" href="?annee=2023" aria-current="true">2023</a>' in page
    assert 'href="?annee=2022"' in page
    assert 'href="?annee=2024"' in page
    assert 'href="?annee=2025"' not in text(client.get(reverse("presence:liste"), {"annee": 2024}))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("annee=2023", True),
        ("annee=2022", False),
        ("annee=n’importe", True),
        ("q=jardins", True),
        ("q=vergers", False),
        ("mesure=ACI_DC", True),
        ("mesure=EI_DC", False),
        ("situation=SAISI", True),
        ("situation=VALIDE", False),
        ("situation=RETARD", False),
    ],
)
def test_the_follow_up_is_filtered(client, world, query, found):
    world.contrat()
    world.certified()
    page = signed_in(client, world.gestionnaire).get(reverse("presence:liste") + "?" + query)
    assert page.status_code == 200
    assert len(page.context["table"].rows) == (1 if found else 0)


def test_the_follow_up_keeps_to_its_scope(client, world):
    VersionAnnexe.objects.update(etat="PROVISOIRE")
    for role, count in (("saisie", 1), ("ddets", 1), ("lecteur", 0), ("admin", 0)):
        page = signed_in(client, getattr(world, role)).get(reverse("presence:liste"))
        assert len(page.context["table"].rows) == count, role


def test_the_entry_page_takes_as_many_queries_for_5_rows_as_for_50(
    client, world, django_assert_max_num_queries
):
    signed_in(client, world.saisie)
    counts = []
    for many in (5, 45):
        for _ in range(many):
            world.contrat()
        world.typed(JANVIER, "100")
        with django_assert_max_num_queries(15) as captured:
            page = client.get(address(world))
        counts.append(len(captured))
    assert len(page.context["sheet"].rows) == 50
    assert counts[0] == counts[1]


def test_the_follow_up_takes_as_many_queries_for_1_annex_as_for_20(
    client, world, django_assert_max_num_queries
):
    signed_in(client, world.gestionnaire)
    counts = []
    for many in (0, 19):
        for number in range(many):
            siae = Siae.objects.create(structure=structure(f"S{number}"), mesure="ACI_DC")
            EtatMensuel.objects.create(annexe=annexe(siae), mois=JANVIER)
        with django_assert_max_num_queries(12) as captured:
            page = client.get(reverse("presence:liste"))
        counts.append(len(captured))
    assert len(page.context["table"].rows) == 20
    assert counts[0] == counts[1]
