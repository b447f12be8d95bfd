"""The alerts: each rule with its figure and its day, the scope of each reader, constant queries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere, Suspension, VersionAnnexe
from apps.dashboards.alertes import registre
from apps.dashboards.alertes.alerte import Alerte, Gravite, Nature
from apps.dashboards.alertes.registre import alerts_of
from apps.dashboards.alertes.seuils import USUELS
from apps.dashboards.alertes.situation import read_situations
from apps.dashboards.restitutions.restitution import Criteres
from apps.rules.explanation import NBSP
from apps.rules.periods import Month, month_range
from apps.siae.models import Contrat
from tests.documents.conftest import case
from tests.factories import make_financeur, make_membership, make_organisation
from tests.payments.dossiers import make_annexe, make_asp, run

ON = date(2018, 6, 25)


def months_of(request: dict[str, Any], count: int, **changes: Any) -> dict[str, Any]:
    """The same annex with its first statements only, changed."""
    return {**request, "mois": [{**month, **changes} for month in request["mois"][:count]]}


def play(last: Month) -> None:
    asp = make_asp()
    for mois in month_range(Month(2018, 1), last):
        run(asp, str(mois))


def by_kind(acting: Membership, on: date = ON) -> dict[str, Alerte]:
    found = alerts_of(acting, Criteres(), on)
    kinds = {alert.nature.value: alert for alert in found}
    assert len(kinds) == len(found), "one alert of each kind expected"
    return kinds


def reader_of(annexe: AnnexeFinanciere) -> Membership:
    return make_membership("LECTEUR", annexe.courante.financeur_cd.organisation)


def said(text: str) -> str:
    return text.replace(NBSP, " ")


@pytest.fixture
def half(db: None) -> AnnexeFinanciere:
    """Half of the hours until May 2018, paid until June."""
    annexe = make_annexe(months_of(case("moitie-des-heures"), 5))
    play(Month(2018, 6))
    return annexe


@pytest.fixture
def whole(db: None) -> AnnexeFinanciere:
    """All the hours until May 2018, paid until June."""
    annexe = make_annexe(months_of(case("annee-pleine-realisee"), 5))
    play(Month(2018, 6))
    return annexe


def test_half_of_the_hours(half):
    """Under-realisation since January; 14 741,25 € paid too much for the five months validated;
    the order announced is the one that twelve such months end with."""
    found = by_kind(reader_of(half))
    low = found["SOUS_REALISATION"]
    assert (said(low.chiffre), low.depuis) == ("50,00 %", date(2018, 1, 31))
    assert said(low.texte).startswith("2 275,00 heures réalisées sur 4 550,00 prévues de janvier à")
    # 2 275 hours missing of the 10 920 of the year, which is worth 117 930,00 €.
    assert (low.montant, low.taux) == (Decimal("24568.75"), Decimal("50.00"))
    assert low.gravite == Gravite.PRIORITAIRE
    assert low.url == reverse("dashboards:postes", args=[half.pk])
    overpaid = found["TROP_PERCU"]
    assert said(overpaid.chiffre) == "14 741,25 €"
    assert overpaid.depuis == date(2018, 6, 10)
    assert "un ordre de recouvrer de 29 482,50 € est prévisible" in said(overpaid.texte)


def test_an_annex_as_planned_says_nothing(whole):
    assert alerts_of(reader_of(whole), Criteres(), ON) == []


@pytest.mark.parametrize(
    ("heures", "kind"),
    [
        ("819.00", None),  # 90 % exactly
        ("818.90", "SOUS_REALISATION"),
        ("1001.00", None),  # 110 % exactly
        ("1001.10", "SUR_REALISATION"),
    ],
)
def test_realisation_speaks_strictly_beyond_its_thresholds(db, heures, kind):
    annexe = make_annexe(months_of(case("annee-pleine-realisee"), 5, heures=heures))
    found = {a.nature for a in alerts_of(reader_of(annexe), Criteres(), ON)}
    assert found & {Nature.SOUS_REALISATION, Nature.SUR_REALISATION} == ({kind} if kind else set())


def test_a_late_statement(db):
    """April is not entered by the end of May: late since 1 June, 25 days on 25 June."""
    annexe = make_annexe(months_of(case("annee-pleine-realisee"), 3))
    late = by_kind(reader_of(annexe))["ETAT_EN_RETARD"]
    assert (said(late.chiffre), late.depuis) == (
        "1 mois, en retard de 25 jours",
        date(2018, 6, 1),
    )
    assert "État mensuel d’avril 2018" in late.texte
    assert late.url == reverse("presence:liste", query={"annee": 2018, "q": annexe.numero})


def test_on_the_last_day_of_the_delay_nothing_is_late(db):
    annexe = make_annexe(months_of(case("annee-pleine-realisee"), 3))
    assert "ETAT_EN_RETARD" not in by_kind(reader_of(annexe), date(2018, 5, 31))


def test_what_a_late_statement_holds_is_one_alert(db):
    """May and June wait for the statement of April: two instalments, told with their cause; told
    by themselves when the reader does not follow late statements."""
    annexe = make_annexe(months_of(case("annee-pleine-realisee"), 3))
    play(Month(2018, 6))
    reader = reader_of(annexe)
    found = by_kind(reader)
    late = found["ETAT_EN_RETARD"]
    assert "RETENUE" not in found
    assert late.montant == Decimal("19655.00")
    assert "2 échéances, 19 655,00 € tous financeurs confondus, attendent" in said(late.texte)
    alone = replace(USUELS, ignorees=frozenset({Nature.ETAT_EN_RETARD}))
    told = registre.judge(registre.read_pressing(reader, Criteres(), ON), alone).alertes
    held = next(alert for alert in told if alert.nature == Nature.RETENUE)
    assert (said(held.chiffre), held.depuis) == ("19 655,00 €", date(2018, 5, 20))
    assert held.url == reverse("payments:echeancier", args=[annexe.pk])


def test_a_decided_suspension_is_told_with_its_reason(whole):
    Suspension.objects.create(
        annexe=whole, motif="DECISION", detail="Contrôle sur place.", depuis=date(2018, 6, 15)
    )
    found = by_kind(reader_of(whole))["SUSPENSION"]
    assert (said(found.chiffre), found.depuis) == ("10 jours", date(2018, 6, 15))
    assert found.texte.endswith("Contrôle sur place.")


def test_the_amount_of_the_departement(db):
    """23 040,96 € for the year. Six beneficiaries cost 2 880,12 € then 2 908,86 € a month: it runs
    out in August. Two cost a third of it: half of the amount will not be used."""
    six = make_annexe(months_of(case("annee-pleine-realisee"), 5, brsa=6))
    fast = by_kind(reader_of(six))["CD_EPUISE"]
    assert fast.chiffre == "août 2018"
    acting = reader_of(six)
    two = make_annexe(months_of(case("annee-pleine-realisee"), 5, brsa=2))
    slow = [
        alert
        for alert in alerts_of(acting, Criteres(), ON)
        if alert.annexe == two and alert.nature == Nature.CD_NON_CONSOMME
    ]
    assert [said(alert.chiffre) for alert in slow] == ["50,28 % attendus"]


def test_fewer_beneficiaries_than_aimed(whole):
    """Four present, five aimed at, since the first month."""
    VersionAnnexe.objects.filter(pk=whole.courante_id).update(brsa_vises=5)
    found = by_kind(reader_of(whole))["BRSA"]
    assert (found.chiffre, found.depuis) == ("4 sur 5", date(2018, 1, 1))


def test_exits_below_the_objective(whole):
    """One exit in three leads to something, where 60 % were aimed at; two exits say nothing."""
    VersionAnnexe.objects.filter(pk=whole.courante_id).update(taux_sorties_durables=60)
    contrats = list(Contrat.objects.filter(siae=whole.siae).order_by("pk")[:3])
    for contrat, motif in zip(contrats, ("04", "25", "26"), strict=True):
        assert "SORTIES" not in by_kind(reader_of(whole))
        Contrat.objects.filter(pk=contrat.pk).update(
            date_sortie=date(2018, 5, 31), motif_sortie=motif
        )
    found = by_kind(reader_of(whole))["SORTIES"]
    assert (said(found.chiffre), found.depuis) == ("33,33 %", date(2018, 5, 31))
    assert found.url == reverse("dashboards:bilan_objectifs", args=[whole.pk])


@pytest.mark.parametrize(
    ("on", "gravite"),
    [
        (date(2018, 4, 30), None),
        (date(2018, 5, 1), Gravite.A_SURVEILLER),
        (date(2018, 5, 30), Gravite.PRIORITAIRE),
        (date(2018, 6, 30), Gravite.PRIORITAIRE),
        (date(2018, 7, 1), None),
    ],
)
def test_an_annex_near_its_end_without_a_renewal(db, on, gravite):
    annexe = make_annexe(case("annexe-de-six-mois"))
    found = by_kind(reader_of(annexe), on).get("FIN_SANS_SUITE")
    assert (found and found.gravite) == gravite


def test_an_annex_that_has_ended_without_what_follows(db):
    """The day after its end, for a year; what is being drawn up or waits for the ASP is told apart,
    what is in force ends the alert. The département is told so of its own annex, no more."""
    annexe = make_annexe(case("annexe-de-six-mois"))
    cd, on = reader_of(annexe), date(2018, 7, 1)
    territory = annexe.siae.structure.departement
    ddets = make_membership("INSTRUCTEUR", make_organisation("DDETS", departement=territory))
    readers = (cd, ddets, make_membership("GESTIONNAIRE"))
    first = by_kind(cd, on)["FINIE_SANS_SUITE"]
    assert (first.depuis, said(first.chiffre), first.is_urgent) == (on, "1 jour", True)
    assert len({by_kind(reader, on)["FINIE_SANS_SUITE"].action for reader in readers}) == 3
    assert "FINIE_SANS_SUITE" in by_kind(cd, date(2019, 6, 30))
    assert "FINIE_SANS_SUITE" not in by_kind(cd, date(2019, 7, 1))

    following = make_annexe(case("annexe-de-six-mois")).courante
    following.annexe.siae = following.siae = annexe.siae
    AnnexeFinanciere.objects.filter(pk=following.annexe_id).update(
        siae=annexe.siae, numero=annexe.numero, renouvellement=annexe.renouvellement + 1
    )
    for etat, kind in (
        ("PROVISOIRE", "RENOUVELLEMENT_A_FINIR"),
        ("SAISI", "RENOUVELLEMENT_TRANSMIS"),
        ("VALIDE", None),
    ):
        VersionAnnexe.objects.filter(pk=following.pk).update(
            siae=annexe.siae, debut=on, fin=date(2018, 12, 31), etat=etat
        )
        for reader in readers:
            told = {a.nature for a in alerts_of(reader, Criteres(), on)} & {
                Nature.FINIE_SANS_SUITE,
                Nature.RENOUVELLEMENT_A_FINIR,
                Nature.RENOUVELLEMENT_TRANSMIS,
            }
            assert told == ({kind} if kind else set()), (etat, reader)


def test_unpaid_orders_of_ones_own_share(annee):
    """The annex cut short: the département reads its order, the ASP both; each what is left."""
    on = date(2018, 12, 1)

    def orders(acting: Membership) -> list[str]:
        alerts = alerts_of(acting, Criteres(), on)
        return [said(a.chiffre) for a in alerts if a.nature == Nature.ORDRE_IMPAYE]

    assert orders(annee.lecteur) == ["1 920,82 €"]
    assert sorted(orders(annee.asp.comptable)) == ["1 920,82 €", "7 906,68 €"]


def test_scope_of_each_reader(half):
    """Another département, another territory, another structure and the administration read
    nothing of it; its own structure does."""
    others = [
        make_membership("LECTEUR", make_financeur("080").organisation),
        make_membership("INSTRUCTEUR", make_organisation("DDETS", departement="080")),
        make_membership("RESPONSABLE"),
        make_membership("ADMINISTRATEUR"),
    ]
    assert [alerts_of(other, Criteres(), ON) for other in others] == [[], [], [], []]
    own = make_membership("RESPONSABLE", half.siae.structure.organisation)
    assert "SOUS_REALISATION" in by_kind(own)


def test_a_departement_does_not_learn_of_an_annex_it_does_not_pay_for(half):
    """Its share withdrawn by an amendment, it is told nothing more of the hours."""
    reader = reader_of(half)
    VersionAnnexe.objects.filter(pk=half.courante_id).update(montant_cd=0, financeur_cd=None)
    assert alerts_of(reader, Criteres(), ON) == []


def test_closed_annexes_that_owe_nothing_are_not_read_again(annee, monkeypatch):
    """Years of them must not weigh: of four closed annexes, the one with an order is read."""
    VersionAnnexe.objects.filter(etat="VALIDE").update(etat="CLOTURE")
    read: list[int] = []

    def recording(acting, versions, on):
        read.extend(version.annexe_id for version in versions)
        return read_situations(acting, versions, on)

    monkeypatch.setattr(registre, "read_situations", recording)
    found = alerts_of(annee.lecteur, Criteres(), ON)
    assert read == sorted({alert.annexe.pk for alert in found}) == [annee.ecourtee.pk]


def test_the_number_of_queries_does_not_depend_on_the_number_of_annexes(db):
    """Two annexes or twelve: the same queries."""
    acting = make_membership("GESTIONNAIRE")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert alerts_of(acting, Criteres(), ON)
        return len(captured)

    for _ in range(2):
        make_annexe(months_of(case("moitie-des-heures"), 3))
    few = queries()
    for _ in range(10):
        make_annexe(months_of(case("moitie-des-heures"), 3))
    assert queries() == few <= 16


def test_the_page_counts_and_filters(half, client: Client, settings):
    """Counts per kind; a kind, a gravity, a structure; words when nothing answers."""
    settings.TODAY = ON
    client.force_login(reader_of(half).user)
    page = client.get(reverse("dashboards:alertes"))
    assert page.context["total"] == page.context["nombre"] > 1
    assert "Sous-réalisation : 1" in page.text
    only = client.get(reverse("dashboards:alertes", query={"nature": "TROP_PERCU"}))
    assert only.context["nombre"] == 1
    assert only.context["total"] == page.context["total"]
    number = client.get(reverse("dashboards:alertes", query={"q": half.numero}))
    assert number.context["nombre"] == page.context["total"]
    none = client.get(reverse("dashboards:alertes", query={"q": "personne"}))
    assert none.context["nombre"] == 0
    assert "Effacer les filtres" in none.text


def test_no_alert_says_what_it_means(whole, client: Client, settings):
    settings.TODAY = ON
    client.force_login(reader_of(whole).user)
    assert "Rien ne sort de l’ordinaire" in client.get(reverse("dashboards:alertes")).text


def test_the_file_holds_the_alerts_of_the_page(half, settings):
    from apps.dashboards.restitutions.alertes import ALERTES

    settings.TODAY = ON
    reader = reader_of(half)
    rows = list(ALERTES.rows(reader, Criteres()))
    alerts = alerts_of(reader, Criteres(), ON)
    assert [(row["nature"], row["chiffre"]) for row in rows] == [
        (alert.nature.label, alert.chiffre) for alert in alerts
    ]
    assert ALERTES.count(reader, Criteres()) == len(alerts)
    assert Decimal(len(rows)) > 1
