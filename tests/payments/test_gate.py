"""The control of a run: what was recorded adds up, and is what is due now, to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.annexes.models import Suspension
from apps.core.errors import Refus
from apps.payments.models import Campagne
from apps.payments.reglements import settle
from apps.payments.services import (
    control_campagne,
    prepare_campagne,
    withdraw_line,
)
from apps.presence.models import EtatMensuel
from tests.payments.dossiers import make_annexe, make_asp, run, statements
from tests.payments.test_preparation import FEVRIER, FLAT, JANVIER, REQUEST, with_statements

Etat = Campagne.Etat


@pytest.fixture
def asp(db):
    return make_asp()


def test_totals_that_are_not_the_sum_of_the_lines_stop_the_run(asp):
    """One cent is enough."""
    make_annexe(REQUEST)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    Campagne.objects.update(montant=FLAT + Decimal("0.01"), part_etat=Decimal("7907.22"))
    with pytest.raises(Refus, match="ne sont pas la somme de ses lignes"):
        control_campagne(asp.gestionnaire, campagne)
    campagne.refresh_from_db()
    assert campagne.etat == "PREPAREE"


def test_an_amount_changed_since_the_preparation_stops_the_run(asp):
    """A statement re-opened meanwhile: the line is no longer due, the run starts again."""
    annexe = make_annexe(with_statements(1))
    run(asp, "2018-01")
    campagne = prepare_campagne(asp.gestionnaire, FEVRIER)
    EtatMensuel.objects.filter(annexe=annexe).update(etat="DEBLOQUE")
    with pytest.raises(Refus, match="Le montant dû a changé depuis la préparation"):
        control_campagne(asp.gestionnaire, campagne)
    campagne.refresh_from_db()
    assert campagne.etat == "PREPAREE"


def test_an_order_changed_since_the_preparation_stops_the_run(asp):
    """A final regularisation without cash: only the orders it will issue have changed."""
    months = statements("2018-01", ["910.00"] * 3 + ["200.00"] * 9, brsa=4)
    annexe = make_annexe(REQUEST | {"mois": months})
    for month in range(1, 13):
        run(asp, f"2018-{month:02d}")
    campagne = prepare_campagne(asp.gestionnaire, date(2019, 1, 1))
    (line,) = campagne.versements.all()
    assert (line.montant, line.recouvre_etat) == (Decimal("0.00"), Decimal("49353.49"))
    lowered = annexe.etats_mensuels.get(mois=date(2018, 6, 1)).lignes.order_by("pk").first()
    lowered.heures_eligibles -= 50
    lowered.save()
    with pytest.raises(Refus, match="Le montant dû a changé depuis la préparation"):
        control_campagne(asp.gestionnaire, campagne)


def test_a_line_set_aside_no_longer_counts_in_the_control(asp):
    """Withdrawn because its annex was suspended meanwhile: the rest of the run goes on."""
    suspended, paid = make_annexe(REQUEST), make_annexe(REQUEST)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    Suspension.objects.create(
        annexe=suspended, motif="DECISION", detail="Contrôle", depuis=date(2018, 1, 15)
    )
    with pytest.raises(Refus, match="Le montant dû a changé"):
        control_campagne(asp.gestionnaire, campagne)
    withdraw_line(asp.gestionnaire, campagne.versements.get(annexe=suspended), motif="Contrôle")
    assert control_campagne(asp.gestionnaire, campagne).etat == Etat.CONTROLEE
    assert [line.annexe for line in campagne.versements.proposed()] == [paid]


def test_what_is_due_and_in_no_run_stops_it(asp):
    """A line that vanished from the run is found again by the control."""
    make_annexe(REQUEST)
    forgotten = make_annexe(REQUEST)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    campagne.versements.filter(annexe=forgotten).delete()
    Campagne.objects.update(
        nombre_versements=1,
        montant=FLAT,
        part_etat=Decimal("7907.21"),
        part_cd=Decimal("1920.29"),
    )
    settle(Campagne.objects.get())
    with pytest.raises(Refus) as refusal:
        control_campagne(asp.gestionnaire, campagne)
    assert refusal.value.motifs == (
        "Échéances dues ou à retenir qui ne figurent pas dans la campagne : 1.",
        "Abandonnez cette campagne et préparez-la de nouveau.",
        f"Échéance du mois absente de la campagne : {forgotten}.",
    )


def test_a_cd_amount_exceeded_stops_the_run(asp):
    """The département never bears more than its amount on the annex."""
    make_annexe(REQUEST)
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    (line,) = campagne.versements.all()
    line.version.montant_cd = Decimal("1920.28")
    line.version.save(update_fields=["montant_cd"])
    with pytest.raises(Refus, match="Montant du département dépassé : ACI 062"):
        control_campagne(asp.gestionnaire, campagne)


def test_a_hold_lifted_meanwhile_does_not_stop_the_run(asp):
    """A structure suspended at the preparation is paid by the next run, not added to this one."""
    annexe = make_annexe(REQUEST)
    suspension = Suspension.objects.create(
        annexe=annexe, motif="DECISION", detail="Contrôle.", depuis=date(2018, 1, 8)
    )
    campagne = prepare_campagne(asp.gestionnaire, JANVIER)
    suspension.levee_le = date(2018, 1, 19)
    suspension.save()
    assert control_campagne(asp.gestionnaire, campagne).etat == "CONTROLEE"
    assert campagne.versements.count() == 0
