"""What holds whatever the order of events: one test per sentence of the rules' guarantees."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from apps.rules.cofinancement import cash_cd
from apps.rules.due import MoisValide, due_lines
from apps.rules.etats import Etats
from apps.rules.forecast import play
from apps.rules.lignes import Cumul
from apps.rules.schedule import planned_schedule
from apps.rules.simulation import Simulation, parse
from apps.rules.solde import exceeds_tolerance, settle
from tests.rules.dossiers import deterministic
from tests.rules.requests import requests

FAR = date(2099, 1, 1)


def opened(request: dict) -> Simulation:
    return parse(json.dumps(request))


def played(simulation: Simulation):
    debut = simulation.versions[0].debut
    return play(simulation.versions, simulation.mois_valides, (), debut, simulation.jour_paiement)


def lines(simulation: Simulation):
    return [dated.ligne for dated in played(simulation).lignes]


def settled(lignes) -> bool:
    return any(ligne.nature == "solde" for ligne in lignes)


def totals(lignes) -> Cumul:
    cumul = Cumul()
    cumul.add(lignes)
    return cumul


@deterministic
@given(requests())
def test_cash_is_never_negative_and_shares_sum_to_it(request_):
    """No line takes cash back; State and département make the amount, to the cent."""
    for ligne in lines(opened(request_)):
        assert ligne.montant >= 0
        assert ligne.part_etat + ligne.part_cd == ligne.montant
        assert ligne.montant == round(ligne.montant, 2)
        assert ligne.part_cd == round(ligne.part_cd, 2)
        assert 0 <= cash_cd(ligne.montant, ligne.part_cd) <= ligne.montant


@deterministic
@given(requests())
def test_bounds_of_each_instalment(request_):
    """Within [0, F]; a flat share of the département within [0, what is left of its amount]."""
    simulation = opened(request_)
    by_start = {version.a_partir_de: version for version in simulation.versions}
    paid = Cumul()
    instalments = [ligne for ligne in lines(simulation) if ligne.nature != "solde"]
    for ligne in sorted(instalments, key=lambda ligne: ligne.mois):
        if ligne.nature in ("forfait", "regularisation"):
            version = by_start[max(start for start in by_start if start <= ligne.mois)]
            assert ligne.montant <= version.forfait(ligne.mois)
            if ligne.nature == "forfait":
                left = max(Decimal(0), version.montant_cd - paid.cd)
                assert 0 <= ligne.part_cd <= left
            else:
                assert paid.cd + ligne.part_cd <= version.montant_cd
                assert 0 <= paid.cd + ligne.part_cd <= paid.verse + ligne.montant
        else:
            assert ligne.nature == "rappel"
            assert ligne.montant > 0
            assert ligne.part_cd == 0
        paid.add([ligne])


@deterministic
@given(requests(complete=True))
def test_after_the_solde_and_its_orders(request_):
    """min(T, D) ≤ net ≤ T, exactly D or T when something is recovered; the cd in bounds."""
    simulation = opened(request_)
    lignes = lines(simulation)
    assert settled(lignes)
    version = simulation.versions[-1]
    etats = Etats(version.months, simulation.mois_valides, FAR)
    due = min(version.total, etats.earned(version, version.n))
    after = totals(lignes)
    assert due <= after.net <= version.total
    assert 0 <= after.cd_net <= min(version.montant_cd, etats.cost_brsa(version.n))
    assert after.cd_net <= after.net
    over = after.verse - due
    if over > 0 and exceeds_tolerance(version, etats.hours(version.n)):
        assert after.net == due
    elif after.verse > version.total:
        assert after.net == version.total
    else:
        assert after.net == after.verse
    assert after.ordre_etat >= 0
    assert after.ordre_cd >= 0


@deterministic
@given(requests(shorten=False, complete=True), st.data())
def test_the_date_of_validation_changes_no_amount(request_, data):
    """The same statements give the same lines whenever they are validated."""
    in_time = opened(request_)
    later = {
        mois: replace(one, valide_le=one.valide_le + timedelta(days=data.draw(st.integers(0, 200))))
        for mois, one in in_time.mois_valides.items()
    }

    def figures(simulation):
        found = [
            (one.mois, one.nature, one.montant, one.part_cd, one.recouvre_etat, one.recouvre_cd)
            for one in lines(simulation)
        ]
        return sorted(found)

    assert figures(in_time) == figures(replace(in_time, mois_valides=later))


@deterministic
@given(requests())
def test_run_twice_is_run_once(request_):
    """A run played again on what it executed owes nothing more, and waits for the same months."""
    simulation = opened(request_)
    history = []
    campagne = simulation.versions[0].debut
    for _ in range(18):
        day = campagne.day(simulation.jour_paiement)
        arguments = (simulation.versions, simulation.mois_valides)
        first, waits = due_lines(*arguments, history, campagne, day)
        history += first
        assert due_lines(*arguments, history, campagne, day) == ([], waits)
        campagne = campagne + 1


@deterministic
@given(requests())
def test_runs_where_nothing_happens_may_be_skipped(request_):
    """Playing every month of two years gives the lines of the simulator, at the same runs."""
    simulation = opened(request_)
    history, dated = [], []
    campagne = simulation.versions[0].debut
    for _ in range(30):
        day = campagne.day(simulation.jour_paiement)
        new, waits = due_lines(simulation.versions, simulation.mois_valides, history, campagne, day)
        history += new
        dated += [(campagne, ligne) for ligne in new]
        campagne = campagne + 1
    result = played(simulation)
    assert dated == [(one.campagne, one.ligne) for one in result.lignes]
    assert tuple(waits) == result.attentes


@deterministic
@given(requests())
def test_the_order_of_what_was_executed_does_not_matter(request_):
    """Executed lines read back in any order give the same run."""
    simulation = opened(request_)
    debut = simulation.versions[0].debut
    history = [one.ligne for one in played(simulation).lignes if one.campagne < debut + 7]
    arguments = (simulation.versions, simulation.mois_valides)
    campagne = debut + 7
    day = campagne.day(simulation.jour_paiement)
    forwards = due_lines(*arguments, history, campagne, day)
    assert due_lines(*arguments, history[::-1], campagne, day) == forwards


@deterministic
@given(requests())
def test_what_waits_is_named_and_nothing_is_both_paid_and_waiting(request_):
    """Each wait names the months without validated statement, all before it and none validated."""
    simulation = opened(request_)
    result = played(simulation)
    paid = {one.ligne.mois for one in result.lignes if one.ligne.nature != "solde"}
    for attente in result.attentes:
        assert attente.mois_manquants
        for missing in attente.mois_manquants:
            assert missing not in simulation.mois_valides
            assert attente.mois is None or missing < attente.mois
        assert attente.mois not in paid
    has_solde = any(one.ligne.nature == "solde" for one in result.lignes)
    assert has_solde is not any(attente.mois is None for attente in result.attentes)


@deterministic
@given(requests())
def test_every_line_explains_itself(request_):
    """Steps, references and version are there, and the amount of the line is among the values."""
    for ligne in lines(opened(request_)):
        amount = f"{ligne.montant:,.2f}".replace(",", "\u00a0").replace(".", ",") + "\u00a0€"
        values = [etape.valeur for etape in ligne.etapes]
        assert amount in values or (ligne.nature == "solde" and ligne.montant == 0)
        assert all(etape.reference.startswith("Cahier des charges") for etape in ligne.etapes)


@st.composite
def corrections(draw):
    """A settled annex, then statements corrected one after the other."""
    simulation = opened(draw(requests(complete=True)))
    version = simulation.versions[-1]
    changes = []
    for _ in range(draw(st.integers(1, 3))):
        mois = draw(st.sampled_from(version.months))
        before = simulation.mois_valides[mois]
        factor = draw(st.sampled_from((0, 50, 90, 99, 101, 110, 150, 300)))
        hours = round(before.heures * factor / 100, 2)
        brsa = draw(st.integers(0, 8))
        changes.append(MoisValide(mois, hours, brsa, brsa * Decimal("534.82"), before.valide_le))
    return simulation, changes


@deterministic
@given(corrections())
def test_corrections_after_the_solde_end_as_if_settled_once(case):
    """After each later solde, cash, orders and shares are those of one settlement on the totals."""
    simulation, changes = case
    version = simulation.versions[-1]
    history = lines(simulation)
    valides = dict(simulation.mois_valides)
    campagne = max(version.fin, version.a_partir_de) + 30
    for change in changes:
        valides[change.mois] = change
        new, waits = due_lines(simulation.versions, valides, history, campagne, campagne.day(20))
        assert waits == []
        assert len(new) <= 1
        before = totals(history)
        history += new
        after = totals(history)
        etats = Etats(version.months, valides, FAR)
        once = settle(version, etats, Cumul(before.verse, before.cd), 1)
        assert once is not None
        assert after.verse == before.verse + once.montant
        assert (after.ordre_etat, after.ordre_cd) == (once.recouvre_etat, once.recouvre_cd)
        due = min(version.total, etats.earned(version, version.n))
        assert due <= after.net <= version.total
        assert 0 <= after.cd_net <= min(version.montant_cd, etats.cost_brsa(version.n))
        if exceeds_tolerance(version, etats.hours(version.n)):
            assert after.net == due
        campagne = campagne + 1


@deterministic
@given(requests(), st.integers(0, 9))
def test_a_statement_re_opened_during_the_year_keeps_every_guarantee(request_, rank):
    """Corrected after some runs, the annex still ends within its bounds, and pays no cash back."""
    simulation = opened(request_)
    version = simulation.versions[-1]
    assume(all(mois in simulation.mois_valides for mois in version.months))
    mois = version.months[rank % version.n]
    turn = mois + 3
    history = [one.ligne for one in played(simulation).lignes if one.campagne <= turn]
    corrected = dict(simulation.mois_valides)
    corrected[mois] = replace(corrected[mois], heures=corrected[mois].heures * 2)
    after = play(simulation.versions, corrected, history, turn, simulation.jour_paiement)
    every = totals([*history, *(one.ligne for one in after.lignes)])
    etats = Etats(version.months, corrected, FAR)
    due = min(version.total, etats.earned(version, version.n))
    assert all(one.ligne.montant >= 0 for one in after.lignes)
    assert due <= every.net <= version.total


@deterministic
@given(requests())
def test_the_planned_schedule_is_an_annex_of_flat_instalments(request_):
    """Its amounts make at most the total, its shares at most the département's amount."""
    for version in opened(request_).versions:
        schedule = planned_schedule(version)
        assert [row.mois for row in schedule] == list(version.months)
        paid = sum(row.forfait for row in schedule)
        assert version.total - Decimal("0.12") <= paid <= version.total
        borne = sum(row.part_cd for row in schedule)
        assert 0 <= borne <= version.montant_cd
        assert all(row.part_etat + row.part_cd == row.forfait for row in schedule)
        assert [row.mois for row in schedule if row.est_regularisation] == [
            mois for mois in version.months if version.is_regularised(mois)
        ]


def test_the_generator_reaches_what_the_properties_speak_of():
    """The generator gives annexes of several lengths, amended or not: nothing is tested in void."""
    seen = {"avenants": 0, "short": 0, "full": 0}

    @deterministic
    @given(requests())
    def collect(request_):
        seen["avenants"] += bool(request_["avenants"])
        months = opened(request_).versions[0].n
        seen["short" if months < 12 else "full"] += 1

    collect()
    assert min(seen.values()) > 20
