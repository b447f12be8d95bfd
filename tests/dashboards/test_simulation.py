"""Random years of money: twenty seeds, the same seed the same year, a planted fault is found."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.dashboards.simulation import annee, invariants
from apps.dashboards.simulation.annee import InvariantRompu, simulate
from apps.payments.models import Campagne

SEEDS = range(1, 21)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_year_keeps_every_invariant(db, seed):
    """On failure the message gives the events: `simulate_year --seed N` plays them again."""
    played = simulate(seed)
    assert len(played.evenements) > 50
    assert not Campagne.objects.exists()


def test_the_same_seed_plays_the_same_year(db, monkeypatch):
    monkeypatch.setattr(annee, "MOIS", 4)
    assert simulate(7).evenements == simulate(7).evenements


def test_a_planted_fault_stops_the_year_and_names_it(db, monkeypatch):
    """A transfer of one euro too much, as soon as a run has sent some."""
    monkeypatch.setattr(annee, "MOIS", 4)
    real, planted = invariants.faults, []

    def tamper() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE payments_campagne SET montant_vire = montant_vire + 1 "
                "WHERE etat = 'EXECUTEE' AND montant_vire > 0"
            )
            planted.append(cursor.rowcount)
        return real()

    monkeypatch.setattr(invariants, "faults", tamper)
    with pytest.raises(InvariantRompu) as broken:
        simulate(1)
    assert sum(planted) > 0
    assert "Graine 1." in str(broken.value)
    assert "montant viré de la campagne différent de ses virements" in str(broken.value)


def test_the_command_counts_the_years(db, monkeypatch):
    monkeypatch.setattr(annee, "MOIS", 1)
    out = StringIO()
    call_command("simulate_year", "--seed", "3", "--count", "2", stdout=out)
    assert out.getvalue().startswith("Années jouées : 2 ;")
    assert "invariants rompus : 0" in out.getvalue()
    with pytest.raises(CommandError, match="au moins 1"):
        call_command("simulate_year", "--count", "0")


def test_the_command_refuses_a_database_that_has_runs(db):
    Campagne.objects.create(numero=1, mois="2023-01-01", jour_paiement="2023-01-20")
    with pytest.raises(CommandError, match="a déjà des campagnes"):
        call_command("simulate_year")
