"""Two acts at the same moment, on two connections: one passes, the other is refused."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal

from django.db import connection

from apps.annexes import services
from apps.annexes.models import VersionAnnexe
from apps.core.errors import Refus
from tests.annexes.conftest import another_siae, make_cadre, transmitted


def together(*acts):
    """Run acts at once, each on its own connection; their refusals, in order, None for none."""
    start = threading.Barrier(len(acts))
    outcome = [None] * len(acts)

    def run(position, act):
        try:
            start.wait()
            act()
        except Refus as refus:
            outcome[position] = str(refus)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


def test_two_validations_cannot_both_take_the_last_of_the_envelope(committed_db):
    """The CAOM has room for one annex of four; two are validated at once."""
    cadre = make_cadre()
    cadre.caom.objectifs.update(entrees_brsa=5, montant=Decimal("32089.20"))
    first = transmitted(cadre)
    second = transmitted(another_siae(cadre))

    def validate(version):
        return lambda: services.validate_annexe(cadre.asp, version, on=date(2023, 1, 10))

    outcome = together(validate(first), validate(second))
    assert sorted(refus is None for refus in outcome) == [False, True]
    refusal = next(filter(None, outcome)).replace("\u00a0", " ")
    assert "CAOM 2023 : 32 089,20 €, déjà engagés 25 671,36 €, cette annexe 25 671,36 €." in refusal
    assert VersionAnnexe.objects.filter(etat="VALIDE").count() == 1


def test_two_validations_of_one_annex_are_one(committed_db):
    """The second finds it validated already."""
    cadre = make_cadre()
    version = transmitted(cadre)

    def validate():
        services.validate_annexe(cadre.asp, version, on=date(2023, 1, 10))

    outcome = together(validate, validate)
    assert sorted(refus is None for refus in outcome) == [False, True]


def test_two_overlapping_annexes_of_one_structure_cannot_both_be_validated(committed_db):
    """Their SIAE is locked: the second one sees the first."""
    cadre = make_cadre()
    versions = [transmitted(cadre), transmitted(cadre)]

    def validate(version):
        return lambda: services.validate_annexe(cadre.asp, version, on=date(2023, 1, 10))

    outcome = together(*map(validate, versions))
    assert sorted(refus is None for refus in outcome) == [False, True]
    assert "couvre déjà la période" in next(filter(None, outcome))


def test_two_numbers_taken_at_once_are_two_numbers(committed_db):
    """The order number is never given twice, nor skipped."""
    cadre = make_cadre()
    other = another_siae(cadre)

    def create(frame):
        return lambda: services.create_annexe(
            frame.ddets, frame.siae, frame.convention, figures=frame.figures(), on=date(2023, 1, 4)
        )

    assert together(create(cadre), create(other)) == [None, None]
    numbers = VersionAnnexe.objects.values_list("annexe__numero", flat=True)
    assert sorted(numbers) == ["ACI062230001", "ACI062230002"]
