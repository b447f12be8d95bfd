"""What a run owes an annex: which instalment when, amendments, late and re-opened statements."""

from dataclasses import replace
from datetime import date

import pytest

from apps.rules.due import Attente, due_lines
from apps.rules.periods import Month
from tests.rules.dossiers import annexe, etat, etats, executee, run, runs, shown, waiting

PLEINS = ["910.00"] * 12
F = "9827.50"


def test_first_instalment_needs_no_statement():
    """January is paid in January, before any statement exists."""
    lignes, attentes = run([annexe()], {}, "2018-01")
    assert [shown(ligne) for ligne in lignes] == [("2018-01", "forfait", F, "1920.29")]
    assert attentes == []


def test_nothing_is_due_before_the_annex_begins():
    """A run of December 2017 owes nothing to an annex of 2018."""
    assert run([annexe()], etats(PLEINS), "2017-12") == ([], [])


def test_an_instalment_waits_for_every_earlier_statement():
    """March needs January and February, both named while they are missing."""
    history = runs([annexe()], {}, "2018-01", "2018-01")
    lignes, attentes = run([annexe()], {}, "2018-03", history)
    assert lignes == []
    assert waiting(attentes) == [
        ("2018-02", "forfait", ["2018-01"]),
        ("2018-03", "forfait", ["2018-01", "2018-02"]),
    ]


def test_a_gap_holds_everything_after_it():
    """February missing: its own instalment is paid, March to June wait for it alone."""
    valides = etats(PLEINS[:5])
    del valides[Month(2018, 2)]
    lignes, attentes = run([annexe()], valides, "2018-06")
    assert [shown(ligne)[0] for ligne in lignes] == ["2018-01", "2018-02"]
    assert waiting(attentes) == [
        ("2018-03", "forfait", ["2018-02"]),
        ("2018-04", "forfait", ["2018-02"]),
        ("2018-05", "regularisation", ["2018-02"]),
        ("2018-06", "forfait", ["2018-02"]),
    ]


@pytest.mark.parametrize(
    ("valide_le", "paid"),
    [("2018-02-20", True), ("2018-02-21", False), ("2018-01-31", True)],
)
def test_a_statement_counts_from_its_validation(valide_le, paid):
    """Validated on the payment day: it counts; the day after: it waits for the next run."""
    valides = {Month(2018, 1): etat("2018-01", "910.00", valide_le=valide_le)}
    lignes, attentes = run([annexe()], valides, "2018-02", [executee("2018-01", "forfait", F, "0")])
    assert [ligne.mois for ligne in lignes] == ([Month(2018, 2)] if paid else [])
    assert bool(attentes) is not paid


def test_late_instalments_are_released_together_with_the_same_amounts():
    """Everything validated in October: ten months are released at once, at their usual amounts."""
    late = etats(PLEINS)
    in_time = runs([annexe()], late, "2018-01", "2019-01")
    late = {month: replace(one, valide_le=date(2018, 10, 3)) for month, one in late.items()}
    at_once = run([annexe()], late, "2018-10")[0]
    assert [shown(ligne) for ligne in at_once] == [shown(ligne) for ligne in in_time[:10]]


def test_the_version_of_the_month_counts_not_that_of_the_release():
    """June, paid late in August after an amendment of July, keeps the figures of June."""
    versions = [
        annexe(reference="A0 M0"),
        annexe(etp="5.25", cd="20161.00", a_partir_de="2018-07", reference="A0 M1"),
    ]
    valides = etats(PLEINS[:7])
    valides[Month(2018, 5)] = etat("2018-05", "910.00", valide_le="2018-08-01")
    history = runs(versions, valides, "2018-01", "2018-07")
    assert [ligne.mois.month for ligne in history] == [1, 2, 3, 4, 5]
    lignes, attentes = run(versions, valides, "2018-08", history)
    assert [(*shown(ligne)[:3], ligne.version) for ligne in lignes] == [
        ("2018-06", "forfait", F, "A0 M0"),
        ("2018-07", "forfait", "8599.06", "A0 M1"),
        ("2018-08", "regularisation", "8599.06", "A0 M1"),
    ]
    assert attentes == []


def test_an_amendment_announced_for_later_changes_nothing_yet():
    """A version that applies from July is unknown to the run of June."""
    later = annexe(etp="1.00", cd="0.00", a_partir_de="2018-07")
    valides = etats(PLEINS[:5])
    alone = run([annexe()], valides, "2018-06")
    assert run([annexe(), later], valides, "2018-06") == alone


def test_only_the_last_amendment_of_a_month_was_ever_in_force():
    """Two amendments of July: the first is as if it had never been, back-pay included."""
    valides = etats(PLEINS)
    wrong = annexe(unitaires="30000.00", mois=6, cd="0.00", a_partir_de="2018-07")
    right = annexe(etp="5.25", cd="20161.00", a_partir_de="2018-07")
    with_both = runs([annexe(), wrong, right], valides, "2018-01", "2019-01")
    assert with_both == runs([annexe(), right], valides, "2018-01", "2019-01")


class TestRevaluation:
    versions = (
        annexe(debut="2023-01", etp="10.00", unitaires="22289.00", cd="0"),
        annexe(
            debut="2023-01",
            etp="10.00",
            unitaires={"2023-01-01": "22692.00", "2023-05-01": "23196.00"},
            cd="0",
            a_partir_de="2023-09",
        ),
    )

    def test_the_back_pay_comes_with_the_instalment_it_precedes(self):
        """September: 4 366,64 € of rappel, then the new flat amount, in this order."""
        valides = etats(["1516.67"] * 12, 0, debut="2023-01")
        history = runs(self.versions, valides, "2023-01", "2023-08")
        lignes = run(self.versions, valides, "2023-09", history)[0]
        assert [shown(ligne)[:3] for ligne in lignes] == [
            ("2023-09", "rappel", "4366.64"),
            ("2023-09", "forfait", "19330.00"),
        ]

    def test_the_back_pay_is_held_with_that_instalment(self):
        """August's statement late: rappel and instalment wait together, and come together."""
        valides = etats(["1516.67"] * 7, 0, debut="2023-01")
        history = runs(self.versions, valides, "2023-01", "2023-08")
        lignes, attentes = run(self.versions, valides, "2023-09", history)
        assert lignes == []
        assert waiting(attentes) == [("2023-09", "forfait", ["2023-08"])]
        valides[Month(2023, 8)] = etat("2023-08", "1516.67", 0, valide_le="2023-10-02")
        lignes, _ = run(self.versions, valides, "2023-10", history)
        assert [shown(ligne)[:3] for ligne in lignes] == [
            ("2023-09", "rappel", "4366.64"),
            ("2023-09", "forfait", "19330.00"),
        ]

    def test_once_paid_the_back_pay_is_not_paid_again(self):
        """The following months carry no second rappel."""
        valides = etats(["1516.67"] * 12, 0, debut="2023-01")
        lignes = runs(self.versions, valides, "2023-01", "2024-06")
        assert [ligne.nature for ligne in lignes].count("rappel") == 1

    def test_without_an_instalment_left_the_solde_pays(self):
        """A revaluation validated after the last instalment comes with the solde, as hours done."""
        versions = (self.versions[0], replace(self.versions[1], a_partir_de=Month(2024, 1)))
        valides = etats(["1516.67"] * 12, 0, debut="2023-01")
        lignes = runs(versions, valides, "2023-01", "2024-01")
        assert "rappel" not in [ligne.nature for ligne in lignes]
        assert shown(lignes[-1])[:3] == ("2024-01", "solde", "7390.00")
        assert sum(ligne.montant for ligne in lignes) == versions[1].total


class TestShortening:
    """An annex of 2018 brought back to the end of April by an amendment of June."""

    versions = (annexe(), annexe(mois=4, cd="7680.00", a_partir_de="2018-06"))

    def test_an_instalment_executed_before_stays_and_the_solde_recovers_it(self):
        """May was paid in May: the solde of June recovers it, as it exceeds the new total."""
        valides = etats(PLEINS[:4])
        history = runs(self.versions, valides, "2018-01", "2018-05")
        assert shown(history[-1])[:3] == ("2018-05", "regularisation", F)
        lignes, attentes = run(self.versions, valides, "2018-06", history)
        assert [shown(ligne)[:3] for ligne in lignes] == [("2018-05", "solde", "0.00")]
        assert (lignes[0].recouvre_etat + lignes[0].recouvre_cd) == history[-1].montant
        assert attentes == []

    def test_an_instalment_still_held_is_dropped(self):
        """May waits for April's statement: after the amendment it is neither paid nor waiting."""
        valides = etats(PLEINS[:3])
        history = runs(self.versions, valides, "2018-01", "2018-05")
        _, attentes = run(self.versions, valides, "2018-05", history)
        assert waiting(attentes) == [("2018-05", "regularisation", ["2018-04"])]
        lignes, attentes = run(self.versions, valides, "2018-06", history)
        assert lignes == []
        assert waiting(attentes) == [(None, "solde", ["2018-04"])]
        valides[Month(2018, 4)] = etat("2018-04", "910.00", valide_le="2018-07-02")
        lignes, attentes = run(self.versions, valides, "2018-07", history)
        assert [shown(ligne)[:3] for ligne in lignes] == [("2018-05", "solde", "0.00")]
        assert attentes == []

    def test_a_later_extension_does_not_revive_what_was_dropped(self):
        """Extended again from July: May and June stay dropped, July is paid."""
        versions = (*self.versions, annexe(a_partir_de="2018-07"))
        valides = etats(PLEINS[:6])
        valides[Month(2018, 4)] = etat("2018-04", "910.00", valide_le="2018-07-02")
        history = runs(versions, valides, "2018-01", "2018-06")
        assert [shown(ligne)[0] for ligne in history] == [f"2018-0{k}" for k in (1, 2, 3, 4)]
        lignes, attentes = run(versions, valides, "2018-07", history)
        assert [shown(ligne)[:3] for ligne in lignes] == [("2018-07", "forfait", F)]
        assert attentes == []


class TestExtension:
    """Six months extended to twelve by an amendment of the month after the last."""

    versions = (annexe(mois=6, cd="11520.48"), annexe(a_partir_de="2018-07"))

    def test_the_annex_goes_on_without_a_solde(self):
        """July is an instalment like another; the only solde comes in January."""
        lignes = runs(self.versions, etats(PLEINS), "2018-01", "2019-03")
        assert [shown(ligne)[:2] for ligne in lignes] == [
            *((f"2018-{k:02d}", "forfait") for k in (1, 2, 3, 4)),
            ("2018-05", "regularisation"),
            *((f"2018-{k:02d}", "forfait") for k in (6, 7)),
            ("2018-08", "regularisation"),
            *((f"2018-{k:02d}", "forfait") for k in (9, 10)),
            ("2018-11", "regularisation"),
            ("2018-12", "forfait"),
            ("2019-01", "solde"),
        ]
        assert sum(ligne.montant for ligne in lignes) == self.versions[1].total

    def test_the_solde_waits_for_an_amendment_already_known(self):
        """Validated after July's payment day, it applies from August: July settles nothing."""
        versions = (self.versions[0], annexe(a_partir_de="2018-08"))
        history = runs(versions, etats(PLEINS), "2018-01", "2018-06")
        assert run(versions, etats(PLEINS), "2018-07", history) == ([], [])
        lignes, _ = run(versions, etats(PLEINS), "2018-08", history)
        assert [shown(ligne)[:2] for ligne in lignes] == [("2018-08", "regularisation")]

    def test_an_extension_after_an_executed_solde_starts_again_from_the_net_paid(self):
        """Orders of a first solde are counted, and a second one settles the twelve months."""
        before = (self.versions[0],)
        valides = etats(["455.00"] * 6, 2)
        history = runs(before, valides, "2018-01", "2018-07")
        recovered = history[-1].recouvre_etat + history[-1].recouvre_cd
        assert recovered > 0
        after = (self.versions[0], annexe(a_partir_de="2018-08"))
        valides |= etats(["1200.00"] * 6, debut="2018-07")
        lignes = runs(after, valides, "2018-08", "2019-01", history)
        assert [shown(ligne)[:2] for ligne in lignes] == [
            ("2018-08", "regularisation"),
            ("2018-09", "forfait"),
            ("2018-10", "forfait"),
            ("2018-11", "regularisation"),
            ("2018-12", "forfait"),
            ("2019-01", "solde"),
        ]
        assert lignes[-1].sequence == 2
        every = [*history, *lignes]
        net = sum(one.montant - one.recouvre_etat - one.recouvre_cd for one in every)
        # 9 930 h are worth 107 238,54 €, and no order stands any more.
        assert f"{net:.2f}" == "107238.54"
        assert sum(one.recouvre_etat + one.recouvre_cd for one in every) == 0


class TestReopenedStatement:
    """A statement re-opened once the annex is settled."""

    def settled(self, heures="455.00", brsa=2):
        valides = etats([heures] * 12, brsa)
        return valides, runs([annexe()], valides, "2018-01", "2019-01")

    def test_while_it_is_open_the_second_solde_waits(self):
        """March is being corrected: nothing is paid, the wait names March."""
        valides, history = self.settled()
        del valides[Month(2018, 3)]
        lignes, attentes = run([annexe()], valides, "2019-02", history)
        assert lignes == []
        assert attentes == [Attente(None, "solde", (Month(2018, 3),))]

    def test_re_validated_unchanged_nothing_moves(self):
        """The same figures, validated anew: no line."""
        valides, history = self.settled()
        valides[Month(2018, 3)] = etat("2018-03", "455.00", 2, valide_le="2019-02-10")
        assert run([annexe()], valides, "2019-02", history) == ([], [])

    def test_more_hours_reduce_the_orders(self):
        """455 h found again in March: 4 913,75 € of the State's order are withdrawn."""
        valides, history = self.settled()
        valides[Month(2018, 3)] = etat("2018-03", "910.00", 2, valide_le="2019-02-10")
        (ligne,), _ = run([annexe()], valides, "2019-02", history)
        assert (ligne.nature, ligne.sequence, ligne.mois) == ("solde", 2, Month(2019, 1))
        assert (str(ligne.montant), str(ligne.part_cd)) == ("0.00", "0.00")
        assert (str(ligne.recouvre_etat), str(ligne.recouvre_cd)) == ("-4913.75", "0.00")

    def test_a_third_correction_is_counted_from_the_second(self):
        """Back to the first figures: the order is completed by what was withdrawn."""
        valides, history = self.settled()
        valides[Month(2018, 3)] = etat("2018-03", "910.00", 2, valide_le="2019-02-10")
        history += run([annexe()], valides, "2019-02", history)[0]
        valides[Month(2018, 3)] = etat("2018-03", "455.00", 2, valide_le="2019-03-10")
        (ligne,), _ = run([annexe()], valides, "2019-03", history)
        assert ligne.sequence == 3
        assert (str(ligne.recouvre_etat), str(ligne.recouvre_cd)) == ("4913.75", "0.00")

    def test_during_the_year_the_next_regularisation_absorbs_it(self):
        """January corrected in June: executed lines stay, August takes the difference."""
        valides = etats(PLEINS)
        history = runs([annexe()], valides, "2018-01", "2018-07")
        valides[Month(2018, 1)] = etat("2018-01", "455.00", valide_le="2018-07-25")
        lignes, _ = run([annexe()], valides, "2018-08", history)
        assert [shown(ligne)[:3] for ligne in lignes] == [("2018-08", "regularisation", "4913.75")]


def test_a_later_amendment_gives_a_second_solde():
    """The département's amount is lowered after the solde: a re-imputation, no cash."""
    versions = [annexe(), annexe(cd="20000.00", a_partir_de="2019-03", reference="A0 M1")]
    valides = etats(PLEINS)
    history = runs(versions[:1], valides, "2018-01", "2019-01")
    assert run(versions, valides, "2019-02", history) == ([], [])
    (ligne,), attentes = run(versions, valides, "2019-03", history)
    assert attentes == []
    assert (ligne.sequence, ligne.version) == (2, "A0 M1")
    assert (str(ligne.montant), str(ligne.part_etat), str(ligne.part_cd)) == (
        "0.00",
        "3040.96",
        "-3040.96",
    )


def test_a_carence_of_zero_hour_lets_the_annex_end():
    """A missing statement recorded as 0 hour is a validated one: the solde comes."""
    valides = etats(PLEINS[:11])
    history = runs([annexe()], valides, "2018-01", "2019-02")
    assert history[-1].nature == "forfait"
    valides[Month(2018, 12)] = etat("2018-12", "0.00", 0, valide_le="2019-03-15")
    (ligne,), attentes = run([annexe()], valides, "2019-03", history)
    assert (ligne.nature, attentes) == ("solde", [])


def test_statements_after_a_new_end_are_ignored():
    """An annex shortened to April does not count the hours of May."""
    versions = [annexe(cd="0.00"), annexe(mois=4, cd="0.00", a_partir_de="2018-05")]
    four = runs(versions, etats(PLEINS[:4]), "2018-01", "2018-06")
    assert runs(versions, etats(PLEINS), "2018-01", "2018-06") == four
    assert [shown(ligne)[:3] for ligne in four][-1] == ("2018-05", "solde", "0.00")


def test_an_annex_needs_a_version_and_keeps_its_first_month():
    """Misuse is an error at once, not a wrong amount."""
    with pytest.raises(ValueError, match="at least one version"):
        due_lines([], {}, [], Month(2018, 1), date(2018, 1, 20))
    moved = annexe(debut="2018-02", mois=11, cd="0")
    with pytest.raises(ValueError, match="first month"):
        due_lines([annexe(), moved], {}, [], Month(2018, 1), date(2018, 1, 20))


def test_after_a_solde_no_earlier_instalment_is_paid():
    """June was withdrawn from its run and the annex settled without it: a second solde pays it."""
    versions = [annexe(cd="0.00")]
    every = runs(versions, etats(PLEINS), "2018-01", "2019-01")
    without_june = [ligne for ligne in every if ligne.mois != Month(2018, 6)]
    lignes, attentes = run(versions, etats(PLEINS), "2019-02", without_june)
    assert [(*shown(ligne)[:3], ligne.sequence) for ligne in lignes] == [
        ("2019-01", "solde", F, 2),
    ]
    assert attentes == []
