"""Financeurs, CAOM, conventions de mandat and conventions IAE: services and screens."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.annexes.consumption import consumption_of
from apps.conventions import services
from apps.conventions.envelope import envelope_of
from apps.conventions.models import Caom, ConventionIae, ConventionMandat, Financeur, ObjectifCaom
from apps.core.errors import Refus
from apps.journal.history import history_of
from tests.factories import (
    make_caom,
    make_financeur,
    make_financeur_etat,
    make_mandat,
    make_membership,
    make_organisation,
    make_siae,
    make_version,
)

OBJECTIF = {
    "mesure": "ACI_DC",
    "entrees": 800,
    "entrees_brsa": 729,
    "montant_mensuel": Decimal("534.82"),
    "mois_prevus": 12,
}


@pytest.fixture
def asp(db):
    return make_membership("GESTIONNAIRE")


@pytest.fixture
def ddets(db):
    return make_membership("INSTRUCTEUR", make_organisation("DDETS", departement="062"))


def as_(membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def text_of(response) -> str:
    return response.content.decode().replace("\u00a0", " ").replace("’", "'")


def test_the_caom_of_pas_de_calais_2023(asp):
    """729 × 534,82 € × 12 = 4 678 605,36 €; signed once, both acts recorded."""
    caom = services.create_caom(asp, make_financeur("062"), annee=2023, objectifs=[OBJECTIF])
    enveloppe = envelope_of(caom, date(2023, 3, 1))
    assert (enveloppe.montant, enveloppe.beneficiaires) == (Decimal("4678605.36"), 729)
    services.sign_caom(asp, caom, date(2023, 7, 3))
    with pytest.raises(Refus, match="déjà été signée le 03/07/2023"):
        services.sign_caom(asp, caom, date(2023, 8, 1))
    caom.refresh_from_db()
    assert caom.signee_le == date(2023, 7, 3)
    assert [e.action for e in history_of(caom)] == ["caom.signee", "caom.creee"]


def test_one_caom_a_year_and_never_with_the_state(asp):
    """Twice the same year, or the State: refused, nothing written."""
    financeur = make_financeur("062")
    services.create_caom(asp, financeur, annee=2023)
    with pytest.raises(Refus, match="déjà enregistrée"):
        services.create_caom(asp, financeur, annee=2023)
    with pytest.raises(Refus, match="avec un département"):
        services.create_caom(asp, make_financeur_etat(), annee=2023)
    assert Caom.objects.count() == 1


def test_an_objective_adjusted_by_letters_counts_from_its_date(asp):
    """600 beneficiaries from 1 July: the envelope of June and that of July differ."""
    caom = make_caom()
    accord = {"effet": date(2023, 7, 1), "accord_le": date(2023, 6, 12)}
    services.adjust_objectif(asp, caom, **accord, **{**OBJECTIF, "entrees_brsa": 600})
    caom = Caom.objects.get(pk=caom.pk)
    assert envelope_of(caom, date(2023, 6, 30)).beneficiaires == 729
    assert envelope_of(caom, date(2023, 7, 1)).montant == Decimal("3850704.00")
    with pytest.raises(Refus, match="déjà effet le 01/07/2023"):
        services.adjust_objectif(asp, caom, effet=date(2023, 7, 1), **OBJECTIF)
    assert ObjectifCaom.objects.count() == 2


def test_a_signature_is_of_a_day_that_is_past_and_near(asp, settings):
    """Tomorrow, or two years before: refused, nothing signed and no edition."""
    settings.TODAY = date(2024, 2, 21)
    caom = services.create_caom(asp, make_financeur("062"), annee=2024, objectifs=[OBJECTIF])
    for day, why in ((date(2024, 2, 22), "à venir"), (date(2022, 12, 31), "01/01/2023")):
        with pytest.raises(Refus, match=why):
            services.sign_caom(asp, caom, day)
    client, address = as_(asp), reverse("conventions:caom_signer", args=[caom.pk])
    assert "ne s'annule pas" in text_of(client.get(address))
    assert client.post(address, {"signee_le": "2024-02-20"}).status_code != 302
    caom.refresh_from_db()
    assert (caom.signee_le, caom.volets.count()) == (None, 0)
    services.sign_caom(asp, caom, date(2024, 2, 21))


def test_an_objective_is_of_the_year_and_agreed(asp, settings):
    """Outside the year, or on a signed CAOM without an agreement signed since: refused."""
    settings.TODAY = date(2023, 6, 15)
    caom = make_caom()
    for effet, accord_le, why in (
        (date(2022, 12, 31), date(2023, 6, 1), "n’est pas de cette année"),
        (date(2024, 1, 1), date(2023, 6, 1), "n’est pas de cette année"),
        (date(2023, 7, 1), None, "indiquez la date de signature"),
        (date(2023, 7, 1), date(2023, 1, 1), "entre la signature"),
        (date(2023, 7, 1), date(2023, 6, 16), "entre la signature"),
    ):
        with pytest.raises(Refus, match=why):
            services.adjust_objectif(asp, caom, effet=effet, accord_le=accord_le, **OBJECTIF)
    assert ObjectifCaom.objects.count() == 1


def test_a_mandate_is_recorded_with_its_credits_then_signed(asp):
    """34,93 × 50 + 7 325,39 = 9 071,89 € of fees foreseen."""
    mandat = services.create_mandat(
        asp,
        make_financeur("062"),
        reference="062-2023",
        debut=date(2023, 1, 1),
        fin=date(2023, 12, 31),
        avance=Decimal("4678605.36"),
        avenants=[
            {
                "annee": 2023,
                "credits_intervention": Decimal("4678605.36"),
                "credits_frais": Decimal("9071.89"),
                "prix_annexe": Decimal("34.93"),
                "forfait_annuel": Decimal("7325.39"),
                "annexes_prevues": 50,
            }
        ],
    )
    assert mandat.avenants.get().frais_previsionnels == Decimal("9071.89")
    assert not mandat.engages_on(date(2023, 3, 1))
    mandat = services.sign_mandat(asp, mandat, date(2023, 1, 2))
    assert mandat.engages_on(date(2023, 3, 1))


def test_a_mandate_lasts_at_most_three_years_more(asp):
    """Art. 9: renewable within the limit of three years beyond the first period."""
    fields = {"reference": "R", "debut": date(2023, 1, 1), "avance": Decimal(0)}
    with pytest.raises(Refus, match="trois ans"):
        services.create_mandat(asp, make_financeur(), fin=date(2028, 1, 1), **fields)
    with pytest.raises(Refus, match="précède"):
        services.create_mandat(asp, make_financeur(), fin=date(2022, 12, 31), **fields)
    assert not ConventionMandat.objects.exists()


@pytest.mark.parametrize(
    ("received", "ends"),
    [
        (date(2023, 3, 15), date(2023, 9, 15)),
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2022, 12, 31), date(2023, 6, 30)),
    ],
)
def test_a_denounced_mandate_takes_no_new_annex_after_six_months(asp, received, ends):
    """Art. 10: six months' notice from the registered letter; the day before still engages."""
    mandat = make_mandat(fin=date(2024, 12, 31))
    mandat = services.denounce_mandat(asp, mandat, recue_le=received, motif="Délibération")
    assert mandat.denoncee_le == ends
    assert mandat.engages_on(date(2023, 1, 2))
    assert not mandat.engages_on(ends)
    with pytest.raises(Refus, match="n’engage déjà plus"):
        services.denounce_mandat(asp, mandat, recue_le=received, motif="Encore")


def test_who_records_what(asp, ddets):
    """The ASP everything; the DDETS its own territory's CAOM and conventions; others nothing."""
    nord = make_financeur("059")
    services.create_caom(ddets, make_financeur("062"), annee=2023)
    siae = make_siae()
    dates = {"debut": date(2023, 1, 1), "fin": date(2025, 12, 31), "signee_le": date(2023, 1, 2)}
    services.create_convention(ddets, siae, numero="062 010123 ACI 00001", **dates)
    lecteur = make_membership("LECTEUR")
    for act in (
        lambda: services.create_caom(ddets, nord, annee=2023),
        lambda: services.create_caom(lecteur, nord, annee=2023),
        lambda: services.create_financeur(ddets, type="CD", code="080", nom="Somme"),
        lambda: services.create_convention(
            ddets, make_siae(departement="059"), numero="059 010123 ACI 00001", **dates
        ),
        lambda: services.create_convention(lecteur, siae, numero="2", **dates),
        lambda: services.sign_mandat(ddets, make_mandat(), date(2023, 1, 2)),
    ):
        with pytest.raises(Refus):
            act()
    assert (Caom.objects.count(), ConventionIae.objects.count()) == (1, 1)
    assert not Financeur.objects.filter(code="080").exists()


def test_one_state_and_one_funder_per_code(asp):
    """Neither a second State nor the same code twice."""
    services.create_financeur(asp, type="ETAT", code="ETAT", nom="État")
    with pytest.raises(Refus, match="déjà le code"):
        services.create_financeur(asp, type="CD", code="ETAT", nom="Autre")
    with pytest.raises(Refus, match="déjà enregistré"):
        services.create_financeur(asp, type="ETAT", code="ET2", nom="Autre")
    assert Financeur.objects.count() == 1


def test_an_annex_counts_on_the_caom_of_its_year_and_its_amendment_with_it(asp):
    """Signed in 2023, amended in 2024: still on 2023; the successor takes its predecessor's."""
    financeur = make_financeur("068")
    caom = make_caom(financeur, 2023)
    siae = make_siae(departement="068")
    first = make_version(siae=siae)
    make_version(annexe=first.annexe, signee_le=date(2024, 2, 1), montant_cd=Decimal("100.00"))
    assert consumption_of(caom).engage == Decimal("100.00")
    alsace = make_financeur("6AE", nom="Collectivité européenne d’Alsace")
    financeur.successeur, financeur.succede_le = alsace, date(2024, 1, 1)
    financeur.save()
    assert consumption_of(make_caom(alsace, 2023)).engage == Decimal("0.00")
    caom.objectifs.all().delete()
    caom.delete()
    assert consumption_of(Caom.objects.get(financeur=alsace)).engage == Decimal("100.00")


def test_the_pages_show_the_figures_to_those_concerned(asp, ddets):
    """List, CAOM with its consumption, mandate; a structure has none of it, another CD neither."""
    caom, mandat = make_caom(), make_mandat()
    make_version()
    cd = make_membership("LECTEUR", caom.financeur.organisation)
    for membership in (asp, ddets, cd):
        client = as_(membership)
        assert "4 678 605,36 €" in text_of(client.get(reverse("conventions:caoms")))
        assert "534,82 €" in text_of(client.get(reverse("conventions:caom", args=[caom.pk])))
        page = text_of(client.get(reverse("annexes:consommation", args=[caom.pk])))
        assert "25 671,36 €" in page
        assert "4 652 934,00 €" in page
        assert client.get(reverse("conventions:mandat", args=[mandat.pk])).status_code == 200
    other = as_(make_membership("LECTEUR"))
    for name, pk in (
        ("conventions:caom", caom.pk),
        ("conventions:mandat", mandat.pk),
        ("annexes:consommation", caom.pk),
    ):
        assert other.get(reverse(name, args=[pk])).status_code == 404
    assert as_(make_membership("RESPONSABLE")).get(reverse("conventions:caoms")).status_code == 403


def test_a_caom_is_recorded_and_signed_in_the_browser(ddets):
    """Its first objective with it; then a second one, then the signature."""
    financeur = make_financeur("062")
    client = as_(ddets)
    typed = {key: str(value).replace(".", ",") for key, value in OBJECTIF.items()}
    response = client.post(
        reverse("conventions:caom_creer"), typed | {"financeur": financeur.pk, "annee": "2023"}
    )
    caom = Caom.objects.get()
    assert response.url == reverse("conventions:caom", args=[caom.pk])
    assert envelope_of(caom, date(2023, 1, 1)).montant == Decimal("4678605.36")
    client.post(
        reverse("conventions:caom_objectif", args=[caom.pk]),
        typed | {"mesure": "EI_DC", "effet": "2023-01-01", "entrees_brsa": "10"},
    )
    assert caom.objectifs.count() == 2
    client.post(
        reverse("conventions:caom_signer", args=[caom.pk]),
        {"signee_le": "2023-07-03", "confirmation": "on"},
    )
    caom.refresh_from_db()
    assert caom.signee_le == date(2023, 7, 3)


def test_an_adjustment_starts_from_the_last_objective(ddets):
    """Everything but its date: one types only what the exchange of letters changes."""
    client = as_(ddets)
    typed = {key: str(value).replace(".", ",") for key, value in OBJECTIF.items()}
    financeur = make_financeur("062")
    client.post(
        reverse("conventions:caom_creer"), typed | {"financeur": financeur.pk, "annee": "2023"}
    )
    caom = Caom.objects.get()
    form = client.get(reverse("conventions:caom_objectif", args=[caom.pk])).context["form"]
    assert (form["entrees_brsa"].value(), form["montant_mensuel"].value()) == (729, "534,82")
    assert form["effet"].value() is None


@pytest.mark.parametrize("name", ["entrees", "entrees_brsa", "montant_mensuel"])
def test_figures_beyond_any_departement_are_refused_in_the_form(ddets, name):
    """They would not fit in the columns: said beside the field, nothing is recorded."""
    typed = {key: str(value).replace(".", ",") for key, value in OBJECTIF.items()}
    typed |= {"financeur": make_financeur("062").pk, "annee": "2023", name: "9999999999"}
    answer = as_(ddets).post(reverse("conventions:caom_creer"), typed)
    assert name in answer.context["form"].errors
    assert not Caom.objects.exists()


def test_a_mandate_is_signed_and_denounced_in_the_browser(asp):
    """A second signature is refused with its sentence on the page."""
    mandat = make_mandat(signee_le=None, fin=date(2024, 12, 31))
    client = as_(asp)
    url = reverse("conventions:mandat_signer", args=[mandat.pk])
    client.post(url, {"signee_le": "2023-01-02", "modalite": "AVANCE_UNIQUE"})
    assert "déjà été signée le 02/01/2023" in text_of(
        client.post(url, {"signee_le": "2023-02-02", "modalite": "AVANCE_UNIQUE"})
    )
    client.post(
        reverse("conventions:mandat_denoncer", args=[mandat.pk]),
        {"recue_le": "2023-03-15", "motif": "Délibération"},
    )
    mandat.refresh_from_db()
    assert (mandat.signee_le, mandat.denoncee_le) == (date(2023, 1, 2), date(2023, 9, 15))


def test_a_convention_is_recorded_in_the_browser(ddets):
    """For a structure of the territory only."""
    siae, elsewhere = make_siae(), make_siae(departement="059")
    typed = {"numero": "062 010123 ACI 00001", "debut": "2023-01-01", "fin": "2025-12-31"}
    typed["signee_le"] = "2023-01-02"
    client, url = as_(ddets), reverse("conventions:convention_creer")
    client.post(url, typed | {"siae": elsewhere.pk})
    assert not ConventionIae.objects.exists()
    client.post(url, typed | {"siae": siae.pk})
    assert ConventionIae.objects.get().siae == siae


def test_thirty_caom_cost_as_many_queries_as_three(asp, django_assert_num_queries):
    """The list runs a constant number of queries."""
    client, url = as_(asp), reverse("conventions:caoms")
    financeur = make_financeur()
    for year in (2020, 2021, 2022):
        make_caom(financeur, year)
    client.get(url)
    with CaptureQueriesContext(connection) as three:
        client.get(url)
    for year in range(2023, 2050):
        make_caom(financeur, year)
    with django_assert_num_queries(len(three)):
        client.get(url)
