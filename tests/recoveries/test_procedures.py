"""Collective procedures: pursuit stopped, debts declared in time, end by insufficient assets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.errors import Refus
from apps.recoveries.models import DeclarationCreance, Extinction, ProcedureCollective
from apps.recoveries.poursuites import suspensions_by_order, suspensions_of
from apps.recoveries.services.extinctions import decide_extinction
from apps.recoveries.services.procedures import (
    close_procedure,
    convert_procedure,
    declare_debts,
    open_procedure,
    publish_procedure,
)
from apps.recoveries.transitions_apurement import PROCEDURE, reached
from tests.factories import make_pdf, make_siae
from tests.recoveries.creances import ON, figures, make_ordre, make_people, pay

JUGEMENT, BODACC, LIMIT = date(2023, 4, 20), date(2023, 4, 30), date(2023, 6, 30)


@pytest.fixture
def siae(db):
    return make_siae(departement="062")


@pytest.fixture
def ordre(siae):
    return make_ordre("1000.00", siae=siae)


@pytest.fixture
def people(ordre):
    return make_people(ordre)


def opened(people, ordre, **fields) -> ProcedureCollective:
    values = {
        "nature": "REDRESSEMENT",
        "jugement_le": JUGEMENT,
        "tribunal": "Tribunal judiciaire d’Arras",
        "piece": make_pdf(),
        "bodacc_le": BODACC,
        "on": ON,
    } | fields
    return open_procedure(people.gestionnaire, ordre.structure, **values)


def declared(people, procedure, day: date = ON, **fields):
    values = {"declaree_le": day, "reference": "LRAR 1", "on": date(2023, 9, 1)} | fields
    return declare_debts(people.comptable, procedure, **values)


def test_states_and_events() -> None:
    for event, (_sources, target) in PROCEDURE.items():
        assert reached(ProcedureCollective(etat="OUVERTE"), event) == target
        with pytest.raises(Refus, match="« Close »"):
            reached(ProcedureCollective(etat="CLOSE"), event)


def test_the_judgment_stops_the_pursuit_of_all_the_orders_of_the_structure_only(
    siae, ordre, people
) -> None:
    other_share = make_ordre("500.00", siae=make_siae(siae.structure, "EI_DC"), de_l_etat=True)
    stranger = make_ordre("80.00")
    opened(people, ordre)
    for stopped in (ordre, other_share):
        (suspension,) = suspensions_of(stopped, ON)
        assert "redressement judiciaire, jugement du 20/04/2023" in suspension.texte
        assert suspension.depuis == JUGEMENT
    assert suspensions_of(stranger, ON) == []
    with CaptureQueriesContext(connection) as queries:
        suspensions_by_order([ordre.pk, other_share.pk, stranger.pk], ON)
    assert len(queries) == 3


DECLARATIONS = [
    # declared on, late
    (LIMIT, False),
    (date(2023, 7, 1), True),
]


@pytest.mark.parametrize(("day", "late"), DECLARATIONS)
def test_debts_are_declared_within_two_months_of_the_publication(ordre, people, day, late) -> None:
    procedure = opened(people, ordre)
    assert procedure.limite_declaration == LIMIT
    pay(ordre, "100.00")
    if late:
        with pytest.raises(Refus, match="relevé de forclusion"):
            declared(people, procedure, day)
        assert not DeclarationCreance.objects.exists()
    (row,) = declared(people, procedure, day, precisions="Relevé demandé." if late else "")
    assert (row.ordre, row.montant, row.hors_delai) == (ordre, D("900.00"), late)
    with pytest.raises(Refus, match="déjà déclarées"):
        declared(people, procedure, day, precisions="Encore.")


def test_what_the_dates_refuse(ordre, people) -> None:
    cases = [
        ({"jugement_le": date(2023, 5, 3), "bodacc_le": None}, "jugement ne peut pas être"),
        ({"bodacc_le": date(2023, 4, 19)}, "ne peut pas précéder le jugement"),
        ({"tribunal": " "}, "Indiquez le tribunal"),
    ]
    for fields, sentence in cases:
        with pytest.raises(Refus, match=sentence), transaction.atomic():
            opened(people, ordre, **fields)
    assert not ProcedureCollective.objects.exists()
    procedure = opened(people, ordre, bodacc_le=None)
    with pytest.raises(Refus, match="déjà ouverte"):
        opened(people, ordre)
    publish_procedure(people.gestionnaire, procedure, bodacc_le=BODACC, on=ON)
    with pytest.raises(Refus, match="précéder le jugement"):
        declared(people, procedure, date(2023, 4, 1))
    with pytest.raises(IntegrityError, match="one_open_procedure"), transaction.atomic():
        ProcedureCollective.objects.create(
            structure=ordre.structure,
            nature="LIQUIDATION",
            jugement_le=JUGEMENT,
            tribunal="T",
            piece=procedure.piece,
            enregistree_le=ON,
            enregistree_par=people.gestionnaire.user,
        )


def test_insufficient_assets_propose_the_extinction_of_each_order(ordre, people) -> None:
    """The judgment is the proof of each; the ordonnateur pronounces."""
    procedure = opened(people, ordre)
    convert_procedure(people.gestionnaire, procedure, le=ON, on=ON)
    with pytest.raises(Refus, match="agent comptable"):
        close_procedure(
            people.gestionnaire, procedure, issue="INSUFFISANCE", le=ON, piece=make_pdf(), on=ON
        )
    (found,) = close_procedure(
        people.comptable, procedure, issue="INSUFFISANCE", le=ON, piece=make_pdf(), on=ON
    )
    procedure.refresh_from_db()
    assert (procedure.etat, procedure.nature, procedure.issue) == (
        "CLOSE",
        "LIQUIDATION",
        "INSUFFISANCE",
    )
    assert (found.motif, found.montant, found.piece) == (
        "INSUFFISANCE",
        D("1000.00"),
        procedure.piece_cloture,
    )
    decide_extinction(people.ordonnateur, found, prononcee=True, on=ON)
    assert figures(ordre) == ("ETEINT", D("1000.00"), D(0), D("1000.00"))


@pytest.mark.parametrize("issue", ["PLAN", "PASSIF_ETEINT"])
def test_another_end_lets_the_pursuit_go_on(ordre, people, issue) -> None:
    procedure = opened(people, ordre)
    assert (
        close_procedure(people.gestionnaire, procedure, issue=issue, le=ON, piece=make_pdf(), on=ON)
        == []
    )
    assert suspensions_of(ordre, ON) == []
    assert not Extinction.objects.exists()
    assert figures(ordre)[0] == "NOTIFIE"


def test_who_sees_a_procedure(ordre, people) -> None:
    found = opened(people, ordre)
    seen = ProcedureCollective.objects.visible_to
    for who in (people.gestionnaire, people.responsable, people.decideur):
        assert list(seen(who)) == [found]
    assert list(seen(people.autre_decideur)) == []
