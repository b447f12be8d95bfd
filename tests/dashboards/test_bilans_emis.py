"""Bilans issued after the runs: which, when, for whom, once, and as they were ever after."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Notification
from apps.dashboards import emission
from apps.dashboards.bilans.document import figures_of
from apps.dashboards.emission import issue_bilans
from apps.dashboards.models import BilanEmis
from apps.journal.models import Entree
from apps.payments.models import Campagne, Versement
from apps.presence.models import EtatMensuel, LignePresence
from apps.rules.periods import Month, month_range
from tests.documents.conftest import case
from tests.factories import make_financeur, make_membership, make_organisation
from tests.payments.dossiers import make_annexe, make_asp, run

HOURS = """
    SELECT SUM(l.heures_eligibles) FROM presence_lignepresence l
      JOIN presence_etatmensuel e ON e.id = l.etat_mensuel_id AND l.version = e.version
     WHERE e.annexe_id = %s AND e.mois BETWEEN %s AND %s AND e.etat = 'VALIDE'
"""


def issue(annee, month: int) -> int:
    campagne = Campagne.objects.get(mois=date(2018, month, 1))
    return issue_bilans(campagne, annee.asp.comptable, campagne.jour_paiement)


def issued(annexe) -> list[tuple[str, int, int]]:
    rows = BilanEmis.objects.filter(annexe=annexe).order_by("numero")
    return list(rows.values_list("nature", "trimestre", "edition"))


@pytest.fixture
def emis(annee):
    """The bilans of the seven runs, each issued after its run."""
    for month in range(1, 8):
        issue(annee, month)
    return annee


def test_which_bilans_are_issued(emis):
    """A quarter with its regularisation; those without one, the final and the objectives with the
    final regularisation; nothing for an annex that waits for its statements."""
    assert issued(emis.moitie) == [("INTERMEDIAIRE", 1, 1)]
    assert issued(emis.ecourtee) == [
        ("INTERMEDIAIRE", 1, 1),
        ("INTERMEDIAIRE", 2, 1),
        ("FINAL", 0, 1),
        ("OBJECTIFS", 0, 1),
    ]
    assert issued(emis.six_mois)[-2:] == [("FINAL", 0, 1), ("OBJECTIFS", 0, 1)]
    numbers = list(BilanEmis.objects.order_by("numero").values_list("numero", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_quarter_waits_for_its_regularisation(annee):
    """Quarter 1 is regularised with May's instalment: nothing before that run."""
    for month in range(1, 5):
        assert issue(annee, month) == 0
    assert issue(annee, 5) > 0
    bilan = BilanEmis.objects.get(annexe=annee.moitie)
    assert (bilan.campagne.mois, bilan.emis_le) == (date(2018, 5, 1), date(2018, 5, 20))


def test_figures_are_those_of_the_statements_and_of_the_lines(emis):
    """Against sums made by SQL: hours of the quarter, euros of the regularised line."""
    bilan = figures_of(BilanEmis.objects.get(annexe=emis.moitie))
    with connection.cursor() as cursor:
        cursor.execute(HOURS, [emis.moitie.pk, "2018-01-01", "2018-03-31"])
        hours = cursor.fetchone()[0]
    assert bilan.heures.realisees == hours == Decimal("1365.00")
    assert bilan.heures.ecart == Decimal("-1365.00")
    line = Versement.objects.executed().get(annexe=emis.moitie, nature="regularisation")
    (regularisation,) = bilan.regularisations
    assert (regularisation.montant, regularisation.mois) == (line.montant, Month(2018, 5))
    assert [vars_of(step) for step in regularisation.etapes] == line.calcul
    assert regularisation.effet == Decimal("-9827.50")
    *shares, (_label, _planned, paid_in_may, effect) = regularisation.par_financeur
    assert (paid_in_may, effect) == (line.montant, Decimal("-9827.50"))
    assert [share[2] for share in shares] == [line.part_etat, line.part_cd]
    assert sum(share[3] for share in shares) == effect
    paid = Versement.objects.executed().filter(annexe=emis.moitie, mois__lte=date(2018, 3, 1))
    assert bilan.montants[-1].verse == paid.aggregate(somme=Sum("montant"))["somme"]
    # 1 365 h at 19 655 € a year of 1 820 h, half of what was paid.
    account = bilan.montants[-1]
    assert (account.du, account.trop_verse) == (Decimal("14741.25"), Decimal("14741.25"))
    people = LignePresence.objects.filter(etat_mensuel__annexe=emis.moitie).values("salarie")
    assert bilan.salaries == people.distinct().count()


def vars_of(step) -> dict[str, str]:
    return step.as_dict()


def test_the_final_bilan_names_the_debt(emis):
    """9 827,50 € to recover in two orders, reasoned by the lines of the final regularisation."""
    bilan = figures_of(BilanEmis.objects.get(annexe=emis.ecourtee, nature="FINAL"))
    assert bilan.dette == Decimal("9827.50") == sum(ordre.montant for ordre in bilan.ordres)
    assert [ordre.montant for ordre in bilan.ordres] == [Decimal("7906.68"), Decimal("1920.82")]
    solde = Versement.objects.executed().get(annexe=emis.ecourtee, nature="solde")
    assert [vars_of(step) for step in bilan.regularisations[0].etapes] == solde.calcul
    assert bilan.regularisations[0].a_recouvrer == Decimal("9827.50")
    assert bilan.montants[-1].trop_verse == 0
    assert bilan.reste_du == bilan.dette


def test_an_issued_bilan_does_not_follow_a_correction(emis):
    """March is opened again and typed lower: what was issued stays, the run issues nothing new."""
    before = BilanEmis.objects.get(annexe=emis.moitie).contenu
    march = EtatMensuel.objects.get(annexe=emis.moitie, mois=date(2018, 3, 1))
    LignePresence.objects.filter(etat_mensuel=march).update(heures_declarees=1, heures_eligibles=1)
    issue(emis, 7)
    assert BilanEmis.objects.get(annexe=emis.moitie).contenu == before


def test_a_statement_opened_again_delays_the_bilan(annee):
    """The bilan left aside comes after the next run."""
    EtatMensuel.objects.filter(annexe=annee.moitie, mois=date(2018, 3, 1)).update(etat="DEBLOQUE")
    issue(annee, 5)
    assert issued(annee.moitie) == []
    EtatMensuel.objects.filter(annexe=annee.moitie, mois=date(2018, 3, 1)).update(etat="VALIDE")
    issue(annee, 6)
    assert issued(annee.moitie) == [("INTERMEDIAIRE", 1, 1)]


def test_an_annex_closed_meanwhile_has_its_bilans(annee):
    """The issuing of July was lost and the annex closed: the next run's issues what it should."""
    for month in range(1, 7):
        issue(annee, month)
    settled = annee.six_mois
    assert ("FINAL", 0, 1) not in issued(settled)
    settled.versions.update(etat="CLOTURE")
    run(annee.asp, "2018-08")
    issue(annee, 8)
    assert issued(settled)[-2:] == [("FINAL", 0, 1), ("OBJECTIFS", 0, 1)]


def test_twice_is_once(emis):
    """Bilans, journal and notifications."""
    counts = [m.objects.count() for m in (BilanEmis, Entree, Notification)]
    for month in range(1, 8):
        issue(emis, month)
    assert [m.objects.count() for m in (BilanEmis, Entree, Notification)] == counts


def test_a_crash_in_the_middle_loses_and_repeats_nothing(annee, monkeypatch):
    """The second batch fails: started again, the same bilans with the same gapless numbers."""
    monkeypatch.setattr(emission, "BATCH", 1)
    kept = emission.read_facts
    calls = []

    def fail_once(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("worker lost")
        return kept(*arguments)

    monkeypatch.setattr(emission, "read_facts", fail_once)
    with pytest.raises(RuntimeError):
        issue(annee, 7)
    first = BilanEmis.objects.count()
    assert first > 0
    issue(annee, 7)
    numbers = sorted(BilanEmis.objects.values_list("numero", flat=True))
    assert len(numbers) > first
    assert numbers == list(range(1, len(numbers) + 1))
    assert Notification.objects.filter(titre__startswith="Bilans émis").count() == len(
        {n.organisation_id for n in Notification.objects.filter(titre__startswith="Bilans émis")}
    )


@pytest.mark.parametrize(
    "act",
    ["UPDATE {} SET emis_le = '2000-01-01'", "UPDATE {} SET contenu = '{{}}'", "DELETE FROM {}"],
)
def test_the_database_refuses_any_change(emis, act):
    with (
        pytest.raises(DatabaseError, match=r"never changes|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(act.format("dashboards_bilanemis"))


def test_queries_do_not_depend_on_the_number_of_annexes(db):
    """One annex or four: the same number of queries for a run that settles them all."""

    def queries(count: int, first: Month) -> int:
        request = json.loads(json.dumps(case("annee-pleine-realisee")))
        asp = make_asp()
        for _ in range(count):
            make_annexe(request)
        for mois in month_range(first, first + 4):
            run(asp, str(mois))
        campagne = Campagne.objects.latest("numero")
        with CaptureQueriesContext(connection) as captured:
            assert issue_bilans(campagne, asp.comptable, campagne.jour_paiement) == count
        return len(captured)

    with transaction.atomic():
        few = queries(1, Month(2018, 1))
        transaction.set_rollback(True)
    assert queries(4, Month(2018, 1)) == few


def test_who_reads_an_issued_bilan(emis):
    """Its structure, its DDETS, the ASP, the département of its version, and nobody else."""
    annexe = emis.ecourtee
    structure = annexe.siae.structure
    readers = {
        "structure": make_membership("RESPONSABLE", structure.organisation),
        "ddets": make_membership("INSTRUCTEUR", make_organisation("DDETS", departement="062")),
        "cd": emis.lecteur,
        "other cd": make_membership("LECTEUR", make_financeur("080").organisation),
        "other structure": make_membership("RESPONSABLE", make_organisation("SIAE")),
        "other ddets": make_membership(
            "INSTRUCTEUR", make_organisation("DDETS", departement="059")
        ),
    }
    seen = {
        name: BilanEmis.objects.visible_to(acting).filter(annexe=annexe).count()
        for name, acting in readers.items()
    }
    assert seen == {
        "structure": 4,
        "ddets": 4,
        "cd": 4,
        "other cd": 0,
        "other structure": 0,
        "other ddets": 0,
    }


def test_who_is_told(emis):
    """The structure and the département, once per run, without an amount."""
    told = Notification.objects.filter(titre="Bilans émis : campagne n° 5")
    organisations = set(told.values_list("organisation", flat=True))
    assert emis.moitie.siae.structure.organisation_id in organisations
    assert emis.cd.organisation_id in organisations
    assert told.count() == len(organisations)
    assert not any("€" in row.texte for row in told)


def test_a_successor_is_told(annee):
    """The département that took the territory over reads these bilans, hence is told of them."""
    new = make_financeur("6AE")
    type(new).objects.filter(pk=annee.cd.pk).update(successeur=new, succede_le=date(2018, 5, 1))
    issue(annee, 5)
    told = Notification.objects.filter(titre__startswith="Bilans émis")
    assert told.filter(organisation=new.organisation).count() == 1
