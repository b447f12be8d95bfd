"""The night job: what is due is done once, what is to be decided is told once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from apps.accounts.models import Notification
from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.recoveries.models import ActeDeRecouvrement
from apps.recoveries.services import ask_plan, grant_plan
from apps.recoveries.tasks import pursue
from tests.recoveries.creances import make_ordre, make_people

DUE = date(2023, 5, 3)
LATE = DUE + timedelta(days=1)
NOTHING = {"plans": 0, "notifies": 0, "relances": 0, "a_decider": 0}


@pytest.fixture
def drawn(monkeypatch):
    """The documents are those of another test."""
    drawn: list[int] = []
    monkeypatch.setattr("apps.recoveries.tasks.acte_file", drawn.append)
    return drawn


def test_each_order_at_its_time_and_once(db, drawn):
    issued, notified = make_ordre(etat="EMIS"), make_ordre()
    reminded, warned = make_ordre(etat="RELANCE"), make_ordre(etat="MIS_EN_DEMEURE")
    make_ordre(etat="FORCE")
    make_people(issued)
    assert pursue(DUE.isoformat()) == NOTHING | {"notifies": 1}
    assert pursue(LATE.isoformat()) == NOTHING | {"relances": 1, "a_decider": 2}
    assert pursue(LATE.isoformat()) == NOTHING | {"a_decider": 2}
    states = [ordre.etat for ordre in (issued, notified, reminded, warned) if not _read(ordre)]
    assert states == ["NOTIFIE", "RELANCE", "RELANCE", "MIS_EN_DEMEURE"]
    assert ActeDeRecouvrement.objects.count() == len(drawn) == 2
    told = Notification.objects.filter(titre="Actes de recouvrement à décider")
    assert [(n.organisation.type, n.roles) for n in told] == [("ASP", ["COMPTABLE"])]


def _read(ordre) -> None:
    ordre.refresh_from_db()


def test_nothing_is_done_of_what_is_suspended_or_paid(db, drawn):
    ordre = make_ordre(etat="NOTIFIE")
    people = make_people(ordre)
    plan = ask_plan(
        people.responsable,
        ordre,
        nombre=2,
        premiere=date(2023, 5, 31),
        motif="T",
        on=date(2023, 5, 2),
    )
    grant_plan(people.comptable, plan, on=date(2023, 5, 2))
    make_ordre(etat="SOLDE", recouvre=D(1000))
    assert pursue(LATE.isoformat()) == NOTHING
    assert drawn == []


def test_a_broken_plan_gives_the_order_back_to_its_pursuit_the_same_night(db, drawn):
    ordre = make_ordre()
    people = make_people(ordre)
    plan = ask_plan(
        people.responsable,
        ordre,
        nombre=2,
        premiere=date(2023, 5, 31),
        motif="T",
        on=date(2023, 5, 2),
    )
    grant_plan(people.comptable, plan, on=date(2023, 5, 2))
    assert pursue("2023-06-15") == NOTHING
    assert pursue("2023-06-16") == NOTHING | {"plans": 1, "relances": 1}


def test_the_plan_of_an_order_ended_otherwise_ends_with_it(db, drawn):
    ordre = make_ordre()
    people = make_people(ordre)
    plan = ask_plan(
        people.responsable,
        ordre,
        nombre=2,
        premiere=date(2023, 5, 31),
        motif="T",
        on=date(2023, 5, 2),
    )
    grant_plan(people.comptable, plan, on=date(2023, 5, 2))
    type(ordre).objects.update(etat="REMIS", abandonne=D(1000))
    assert pursue(LATE.isoformat()) == NOTHING
    plan.refresh_from_db()
    assert (plan.etat, plan.fin_le) == ("TERMINE", LATE)


def test_a_letter_that_cannot_be_drawn_undoes_no_act(db, monkeypatch, caplog):
    """The act is counted and said to nobody as refused: its letter is drawn when asked for."""

    def refuse(acte_id: int) -> None:
        raise Refus("Ce serveur ne produit pas de PDF.")

    monkeypatch.setattr("apps.recoveries.tasks.acte_file", refuse)
    ordre = make_ordre(etat="EMIS")
    assert pursue(DUE.isoformat()) == NOTHING | {"notifies": 1}
    ordre.refresh_from_db()
    assert ordre.etat == "NOTIFIE"
    assert caplog.text == ""


def test_the_letters_are_archived(db):
    issued, notified = make_ordre(etat="EMIS"), make_ordre()
    pursue(LATE.isoformat())
    issued.refresh_from_db()
    assert issued.document is not None
    letter = ActeDeRecouvrement.objects.get(ordre=notified).document
    assert letter.nom == f"relance-ordre-{notified.numero}.pdf"
    assert len(letter.sha256) == 64
    assert Fichier.objects.count() == 2
