"""The bilans: the figures of the payments and of the statements, quarter after quarter."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from apps.annexes.models import VersionAnnexe
from apps.dashboards.bilans.calculs import amounts_of, quarter_bilan
from apps.dashboards.bilans.lecture import Faits, read_facts
from apps.dashboards.bilans.objectifs import objectives_bilans
from apps.dashboards.bilans.trimestres import quarters
from apps.dashboards.dossier import Dossier
from apps.dashboards.restitutions.perimetre import read_versions
from apps.dashboards.restitutions.restitution import Criteres
from apps.dashboards.sorties import read_exits
from apps.payments.ledger import paid_by_annexe, to_recover_by_annexe
from apps.payments.models import Versement
from apps.rules.periods import Month, month_range
from apps.siae.models import Contrat, Salarie
from tests.documents.conftest import case
from tests.factories import make_financeur, make_membership
from tests.payments.dossiers import make_annexe, make_asp, run

ON = date(2018, 8, 1)


def facts_of(acting, annexe) -> Faits:
    return read_facts(acting, read_versions(acting, Criteres(annexe=annexe)), ON)[0]


def dossier_of(acting, annexe) -> Dossier:
    return facts_of(acting, annexe).dossier


def gaps_of(line) -> Decimal:
    """What the account says parts the paid from the planned."""
    shown = ("regularise", "rappels", "limites", "non_payes", "hors_periode", "soldes")
    return sum((getattr(line, name) for name in shown), Decimal(0))


def test_quarters_are_counted_from_the_first_month(annee):
    """Four quarters for a year; an annex of four months has a last quarter of one month."""
    year = quarters(dossier_of(annee.lecteur, annee.moitie))
    assert [(q.rang, len(q.months)) for q in year] == [(1, 3), (2, 3), (3, 3), (4, 3)]
    assert year[0].libelle == "de janvier à mars 2018"
    short = quarters(dossier_of(annee.lecteur, annee.ecourtee))
    assert [(q.rang, len(q.months), q.is_complete) for q in short] == [(1, 3, True), (2, 1, True)]


def test_hours_of_a_quarter_and_since_the_beginning(annee):
    """Half of the hours: 1 365 of 2 730 in a quarter, 2 730 of 5 460 after two."""
    facts = facts_of(annee.lecteur, annee.moitie)
    bilan = quarter_bilan(facts, quarters(facts.dossier)[1], ON)
    assert (bilan.heures.theoriques, bilan.heures.realisees) == (
        Decimal("2730.00"),
        Decimal("1365.00"),
    )
    assert (bilan.heures.ecart, bilan.heures.etp, bilan.heures.taux) == (
        Decimal("-1365.00"),
        Decimal("3.00"),
        Decimal("50.00"),
    )
    assert (bilan.cumul.theoriques, bilan.cumul.realisees) == (
        Decimal("5460.00"),
        Decimal("2730.00"),
    )
    assert len(bilan.graphique.abscisses) == 6


def test_amounts_of_a_quarter(annee):
    """April to June: 29 482,50 € planned; month 5 regularised pays nothing where 9 827,50 € were
    planned, and moves 960,46 € from the département to the State."""
    dossier = dossier_of(annee.asp.comptable, annee.moitie)
    etat, cd, both = amounts_of(dossier, dossier.months[3:6], ON)
    assert (both.prevu, both.verse, both.regularise) == (
        Decimal("29482.50"),
        Decimal("19655.00"),
        Decimal("-9827.50"),
    )
    assert cd.regularise == Decimal("-960.46") - Decimal("1920.29")
    assert etat.verse + cd.verse == both.verse


def test_a_later_amendment_does_not_rewrite_a_regularisation(db):
    """All the hours were done until June: May's regularisation moved nothing, whatever the posts
    taken away in July."""
    annexe, asp = make_annexe(case("baisse-des-postes-en-juillet")), make_asp()
    for mois in month_range(Month(2018, 1), Month(2018, 7)):
        run(asp, str(mois))
    dossier = dossier_of(asp.comptable, annexe)
    both = amounts_of(dossier, dossier.months[3:6], ON)[2]
    assert (both.verse, both.regularise) == (Decimal("29482.50"), Decimal("0.00"))


def test_the_final_bilan_is_the_ledger(annee):
    """What each funder paid and claims back is what the ledger says, for every annex."""
    for annexe in annee.annexes:
        dossier = dossier_of(annee.asp.comptable, annexe)
        etat, cd, both = amounts_of(dossier, dossier.months, ON, whole=True)
        paid, left = paid_by_annexe([annexe.pk]), to_recover_by_annexe([annexe.pk])
        for line, financeur in ((etat, annee.etat), (cd, annee.cd)):
            assert line.verse == paid.get((annexe.pk, financeur.pk), Decimal(0))
            assert line.ordres == left.get((annexe.pk, financeur.pk), Decimal(0))
        lines = Versement.objects.executed().filter(annexe=annexe)
        assert both.verse == lines.aggregate(somme=Sum("montant"))["somme"]
        for line in (etat, cd, both):
            assert line.prevu + gaps_of(line) == line.verse


def test_the_annex_cut_short_ends_with_two_orders(annee):
    """39 310,00 € due, 49 137,50 € paid: 9 827,50 € to recover, nothing else left. What was paid
    for May, out of the period since, is of no quarter."""
    dossier = dossier_of(annee.asp.comptable, annee.ecourtee)
    both = amounts_of(dossier, dossier.months, ON, whole=True)[2]
    assert (both.prevu, both.verse, both.ordres, both.net) == (
        Decimal("39310.00"),
        Decimal("49137.50"),
        Decimal("9827.50"),
        Decimal("39310.00"),
    )
    assert (both.hors_periode, both.du, both.trop_verse) == (
        Decimal("9827.50"),
        Decimal("39310.00"),
        Decimal(0),
    )


@pytest.fixture
def year(db):
    """The whole year as planned, four beneficiaries."""
    return make_annexe(case("annee-pleine-realisee"))


def reader_of(annexe):
    return make_membership("LECTEUR", annexe.courante.financeur_cd.organisation)


def leave(contrat: Contrat, jour: date, motif: str) -> None:
    Contrat.objects.filter(pk=contrat.pk).update(date_sortie=jour, motif_sortie=motif)


def test_exits_are_those_of_the_period_counted_by_the_rule(year):
    """Of four exits: one durable, one of another kind, one after 80 days of stay (set aside), one
    death (withdrawn); an exit of the year before is not of the annex."""
    reader = reader_of(year)
    contrats = list(Contrat.objects.filter(siae=year.siae).order_by("pk")[:5])
    first = contrats[0].debut
    leave(contrats[0], date(2018, 5, 31), "04")
    leave(contrats[1], date(2018, 8, 31), "25")
    Contrat.objects.filter(pk=contrats[2].pk).update(debut=date(2018, 1, 1))
    leave(contrats[2], date(2018, 3, 22), "10")
    leave(contrats[3], date(2018, 6, 30), "43")
    if first < date(2018, 1, 1):
        leave(contrats[4], date(2017, 12, 31), "04")
    found = read_exits(reader, [year.courante])[year.pk]
    total = found.total
    assert (total.durables, total.transition, total.autres, total.non_examinees) == (1, 0, 1, 2)
    assert found.between(date(2018, 5, 1), date(2018, 5, 31)).examinees == 1
    assert total.taux_dynamiques == Decimal("50.00")


@pytest.mark.parametrize("etat", ["BROUILLON", "DEBLOQUE"])
def test_hours_being_typed_count_for_nobody(year, etat):
    """The ASP, which sees drafts, reads the exits that the département reads; a re-opened statement
    counts again once certified."""
    leave(Contrat.objects.filter(siae=year.siae).earliest("pk"), date(2018, 5, 31), "04")
    assert read_exits(reader_of(year), [year.courante])[year.pk].total.examinees == 1
    year.etats_mensuels.update(etat=etat)
    for acting in (reader_of(year), make_membership("GESTIONNAIRE")):
        total = read_exits(acting, [year.courante])[year.pk].total
        assert (total.examinees, total.non_examinees) == (0, 1)
        assert facts_of(acting, year).salaries() == set()


def test_entries_are_first_contracts_of_the_period(year):
    reader = reader_of(year)
    contrats = list(Contrat.objects.filter(siae=year.siae).order_by("pk"))
    Contrat.objects.update(debut=date(2017, 6, 1))
    Contrat.objects.filter(pk=contrats[0].pk).update(debut=date(2018, 2, 5))
    Contrat.objects.filter(pk=contrats[1].pk).update(
        debut=date(2018, 2, 6), parent=contrats[2], numero_renouvellement=1
    )
    quarter = (date(2018, 1, 1), date(2018, 3, 31))
    assert facts_of(reader, year).entrees_between(*quarter) == 1
    other = make_membership("LECTEUR", make_financeur("080").organisation)
    assert read_facts(other, [year.courante], ON)[0].entrees_between(*quarter) == 0


def test_objectives_done_and_gap(year):
    """Six posts done as planned; four beneficiaries for five aimed at; no exit has no rate."""
    VersionAnnexe.objects.filter(pk=year.courante_id).update(
        brsa_vises=5, sorties_prevues=2, taux_sorties_durables=25, taux_sorties_positives=15
    )
    year.refresh_from_db()
    rows = objectives_bilans([facts_of(reader_of(year), year)], ON)[0].objectifs
    assert [(row.vise, row.realise, row.ecart) for row in rows[:3]] == [
        (Decimal("6.00"), Decimal("6.00"), Decimal("0.00")),
        (Decimal(5), Decimal("4.00"), Decimal("-1.00")),
        (Decimal(2), Decimal(0), Decimal(-2)),
    ]
    assert (rows[-1].vise, rows[-1].realise, rows[-1].ecart) == (Decimal("40.00"), None, None)


def test_profiles_count_persons_with_an_hour(year):
    """Each person once, whatever the months; shares over all of them; nobody for a stranger."""
    bilan = objectives_bilans([facts_of(reader_of(year), year)], ON)[0]
    assert bilan.salaries == Salarie.objects.filter(structure=year.siae.structure).count()
    assert sum(p.nombre for p in bilan.profils if p.groupe == "Sexe") == bilan.salaries
    other = make_membership("LECTEUR", make_financeur("080").organisation)
    assert objectives_bilans(read_facts(other, [year.courante], ON), ON)[0].salaries == 0


@pytest.mark.parametrize(
    "name", ["bilans", "bilan_intermediaire", "bilan_final", "bilan_objectifs"]
)
def test_pages_open_for_the_departement_and_for_nobody_elses(annee, client: Client, name, settings):
    settings.TODAY = ON
    arguments = {"annexe_id": annee.ecourtee.pk}
    if name == "bilan_intermediaire":
        arguments["trimestre"] = 2
    url = reverse(f"dashboards:{name}", kwargs=arguments)
    client.force_login(annee.lecteur.user)
    assert client.get(url).status_code == 200
    other = make_membership("LECTEUR", make_financeur("080").organisation)
    client.force_login(other.user)
    assert client.get(url).status_code == 404


def test_there_is_no_third_quarter_in_four_months(annee, client: Client):
    client.force_login(annee.lecteur.user)
    url = reverse("dashboards:bilan_intermediaire", args=[annee.ecourtee.pk, 3])
    assert client.get(url).status_code == 404


def test_a_departement_reads_what_both_funders_recover(annee, client: Client):
    """The annex cut short: 1 920,82 € for its share, 7 906,68 € for the State's.

    The reasoning of the final regularisation says both; the order itself stays its creditor's.
    """
    client.force_login(annee.lecteur.user)
    page = client.get(reverse("dashboards:bilan_final", args=[annee.ecourtee.pk]))
    table = page.text.split("De l’échéance au versement</caption>")[1].split("</table>")[0]
    assert "1\xa0920,82" in table
    assert "7\xa0906,68" in table
    assert page.text.count("/ordres/") == 2  # the menu, and the order of its own share
    debt = page.text.index("Dette de la structure")
    assert debt < page.text.index("Heures et postes")
    assert "9\xa0827,50" in page.text[debt : debt + 150]
    assert page.text.count("montants forfaitaires des échéances") == 1
