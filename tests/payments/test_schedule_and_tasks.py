"""Schedule of an annex, scheduled tasks, and the search for what was not paid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.accounts.models import Notification, Role
from apps.core.models import Job
from apps.payments import tasks, watch
from apps.payments.models import Campagne, Versement
from apps.payments.schedule import schedule_of
from apps.payments.services import abandon_campagne, prepare_campagne, withdraw_line
from tests.factories import make_membership, make_version
from tests.payments.banque import answer, rejected
from tests.payments.dossiers import make_annexe, make_asp, run, signed_run
from tests.payments.test_preparation import FEVRIER, FLAT, JANVIER, MARS, REQUEST, with_statements


@pytest.fixture
def asp(db):
    return make_asp()


def summary(annexe, acting=None) -> list[tuple]:
    return [(f"{row.mois:%m}", row.nature, row.etat) for row in schedule_of(annexe, acting)]


def test_a_new_annex_is_planned_month_by_month(asp):
    """Twelve planned instalments, months 5, 8 and 11 regularised, Σ = total."""
    annexe = make_annexe(REQUEST)
    rows = schedule_of(annexe)
    assert [row.etat for row in rows] == ["PREVU"] * 12
    regularised = [f"{row.mois:%m}" for row in rows if row.nature == "regularisation"]
    assert regularised == ["05", "08", "11"]
    assert sum(row.montant for row in rows) == Decimal("117930.00")
    assert rows[0].part_cd == Decimal("1920.29")


def test_a_departement_does_not_read_what_is_planned_without_its_money(asp):
    """January paid with it, then an amendment removes it: the months to come are not its own."""
    annexe = make_annexe(with_statements(1))
    reader = make_membership(Role.LECTEUR, annexe.courante.financeur_cd.organisation)
    run(asp, "2018-01")
    assert len(summary(annexe, reader)) == 12
    unit = ((JANVIER, Decimal("19655.00")),)
    make_version(annexe=annexe, debut=JANVIER, unitaires=unit, montant_cd=Decimal(0))
    annexe.refresh_from_db()
    assert summary(annexe, reader) == [("01", "forfait", "PAYE")]
    assert len(summary(annexe, asp.gestionnaire)) == 12


def test_a_transfer_sent_back_is_not_paid_until_it_is_sent_again(asp):
    """A fault of the file itself holds nothing: the run of February sends January again."""
    annexe = make_annexe(with_statements(2))
    reader = make_membership(Role.LECTEUR, annexe.courante.financeur_cd.organisation)
    virement = run(asp, "2018-01").virements.get()
    answer(asp, [rejected(virement, "TM01")])
    assert summary(annexe)[0] == ("01", "forfait", "REJETE")
    assert "sera émis de nouveau" in schedule_of(annexe)[0].motif
    assert summary(annexe, reader)[0] == ("01", "forfait", "PAYE")
    prepare_campagne(asp.gestionnaire, FEVRIER)
    assert summary(annexe)[0] == ("01", "forfait", "REJETE")
    abandon_campagne(asp.gestionnaire, Campagne.objects.latest("pk"), motif="À reprendre")
    run(asp, "2018-02")
    assert [row[2] for row in summary(annexe)[:2]] == ["PAYE", "PAYE"]


def test_paid_held_proposed_and_planned(asp):
    """January paid, February held, then proposed once its statement is validated."""
    annexe = make_annexe(REQUEST | {"mois": [{"mois": "2018-01", "heures": "910.00", "brsa": 4}]})
    run(asp, "2018-01")
    run(asp, "2018-02")
    assert summary(annexe)[:3] == [
        ("01", "forfait", "PAYE"),
        ("02", "forfait", "RETENU"),
        ("03", "forfait", "PREVU"),
    ]
    held = schedule_of(annexe)[1]
    assert (held.montant, held.part_etat) == (FLAT, None)
    assert held.motif == "État mensuel non validé : janvier 2018."
    annexe.etats_mensuels.update(etat="VALIDE", valide_le=date(2018, 3, 10))
    prepare_campagne(asp.gestionnaire, MARS)
    assert summary(annexe)[:3] == [
        ("01", "forfait", "PAYE"),
        ("02", "forfait", "PROPOSE"),
        ("03", "forfait", "RETENU"),
    ]
    reader = make_membership(Role.SAISIE, annexe.siae.structure.organisation)
    assert summary(annexe, reader)[:3] == [
        ("01", "forfait", "PAYE"),
        ("02", "forfait", "RETENU"),
        ("03", "forfait", "PREVU"),
    ]


def test_a_settled_annex_ends_with_its_final_regularisation(asp):
    """Nothing is planned any more once the solde is paid."""
    annexe = make_annexe(with_statements(2) | {"fin": "2018-02-28", "montant_cd": "3000.00"})
    for month in ("2018-01", "2018-02", "2018-03"):
        run(asp, month)
    assert summary(annexe) == [
        ("01", "forfait", "PAYE"),
        ("02", "forfait", "PAYE"),
        ("03", "solde", "PAYE"),
    ]


def test_the_monthly_task_prepares_once_for_nobody_s_account(
    asp, django_capture_on_commit_callbacks
):
    """Run twice = once; a person still has to control, approve and sign."""
    make_annexe(REQUEST)
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.prepare_monthly(on="2018-01-20")
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.prepare_monthly(on="2018-01-20") is None
    campagne = Campagne.objects.get()
    assert (campagne.mois, campagne.etat, campagne.prepare_par) == (JANVIER, "PREPAREE", None)
    assert (Job.objects.count(), Job.objects.get().etat) == (1, "TERMINE")


def test_the_monthly_task_waits_while_another_run_is_open(asp, django_capture_on_commit_callbacks):
    """January not executed yet: February's job ends with the sentence, nothing is prepared."""
    make_annexe(REQUEST)
    prepare_campagne(asp.gestionnaire, JANVIER)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.prepare_monthly(on="2018-02-20")
    job = Job.objects.get()
    assert job.etat == "ECHEC"
    assert "est en cours : exécutez-la ou abandonnez-la" in job.message
    assert Campagne.objects.count() == 1


def test_a_job_started_again_finds_its_run(asp, django_capture_on_commit_callbacks):
    """The worker died after the commit: the second life of the job prepares nothing more."""
    make_annexe(REQUEST)
    with django_capture_on_commit_callbacks(execute=True):
        job = tasks.request_preparation(asp.gestionnaire, JANVIER)
    Job.objects.update(etat="EN_COURS")
    tasks.prepare(str(job.uuid))
    assert (Campagne.objects.count(), Versement.objects.count()) == (1, 1)
    job.refresh_from_db()
    assert job.etat == "TERMINE"


def test_an_execution_job_runs_twice_as_once(asp, django_capture_on_commit_callbacks):
    """Delivered twice, the message pays once, on the day that was asked."""
    make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")
    with django_capture_on_commit_callbacks(execute=True):
        job = tasks.request_execution(asp.comptable, campagne, on=date(2018, 1, 22))
    Job.objects.filter(pk=job.pk).update(etat="EN_COURS")
    tasks.execute(str(job.uuid))
    line = Versement.objects.get()
    assert (line.statut, line.execute_le) == ("EXECUTE", date(2018, 1, 22))


def test_an_ended_membership_executes_nothing(asp, django_capture_on_commit_callbacks):
    """The right is checked when the work is done, not only when it is asked."""
    make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")
    job = tasks.request_execution(asp.comptable, campagne)
    asp.comptable.fin = date(2020, 12, 31)
    asp.comptable.save()
    tasks.execute(str(job.uuid))
    job.refresh_from_db()
    assert (job.etat, Versement.objects.executed().count()) == ("ECHEC", 0)
    assert "a pris fin" in job.message


# --- What did not happen ------------------------------------------------------------------------
NIGHT = {"oubliees": 0, "sans_suite": 0, "retenues": 0, "non_renvoyes": 0}


def test_a_statement_that_released_nothing_is_told(asp):
    """Validated before the payment day, its annex in no run of the month, no reason said."""
    make_annexe(with_statements(1))
    run(asp, "2018-01")
    run(asp, "2018-02")
    silent = make_annexe(with_statements(1))
    (alert,) = watch.validated_unreleased(date(2018, 2, 21))
    assert (alert.annexe_id, alert.mois) == (silent.pk, FEVRIER)
    assert tasks.alert_unpaid_due(on="2018-02-21")["sans_suite"] == 1
    told = Notification.objects.get(titre="Échéances dues et absentes des campagnes")
    assert "États mensuels validés sans versement ni retenue : 1." in told.texte


def test_due_and_in_no_run(asp):
    """No run in February: the annex due on the 20th is found the next morning, not before."""
    annexe = make_annexe(with_statements(1))
    run(asp, "2018-01")
    assert watch.unpaid_due(date(2018, 2, 19)) == []
    (alert,) = watch.unpaid_due(date(2018, 2, 21))
    assert (alert.annexe_id, alert.mois, alert.montant) == (annexe.pk, FEVRIER, FLAT)
    assert tasks.alert_unpaid_due(on="2018-02-21") == NIGHT | {"oubliees": 1}
    run(asp, "2018-02")
    assert watch.unpaid_due(date(2018, 2, 21)) == []


def test_an_abandoned_run_is_not_a_payment(asp):
    """Its lines are due again: the alert says so."""
    make_annexe(REQUEST)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    assert watch.unpaid_due(date(2018, 1, 21)) == []
    abandon_campagne(asp.gestionnaire, campagne, motif="Essai")
    assert len(watch.unpaid_due(date(2018, 1, 21))) == 1


def test_a_withdrawn_line_is_not_forgotten(asp):
    """A person set it aside: it is known, hence not among the forgotten."""
    make_annexe(REQUEST)
    make_annexe(REQUEST)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    withdraw_line(asp.gestionnaire, campagne.versements.first(), motif="Contrôle")
    assert watch.unpaid_due(date(2018, 1, 21)) == []


def test_held_for_more_than_45_days(asp):
    """Held since 20 February: an alert from 6 April on, with its reason."""
    annexe = make_annexe(REQUEST)
    for month in ("2018-01", "2018-02", "2018-03"):
        run(asp, month)
    assert watch.held_too_long(date(2018, 4, 5)) == []
    (alert,) = watch.held_too_long(date(2018, 4, 6))
    assert (alert.annexe_id, alert.mois, alert.depuis) == (annexe.pk, FEVRIER, date(2018, 2, 20))
    assert alert.motif == "État mensuel non validé : janvier 2018."


def test_nobody_executes_automatically(asp):
    """An execution without a person behind it is refused."""
    make_annexe(REQUEST)
    campagne = signed_run(asp, "2018-01")
    job = Job.objects.create(
        nature="payments.execute",
        titre="Essai",
        cle="essai",
        parametres={"campagne": campagne.pk, "on": "2018-01-20"},
    )
    tasks.execute(str(job.uuid))
    job.refresh_from_db()
    assert job.message == "Une campagne est exécutée par une personne, jamais automatiquement."
    assert Versement.objects.executed().count() == 0
