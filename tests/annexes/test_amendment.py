"""Amendments: M+1 replaces the version before it, from a given instalment on (spec 02 §6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.annexes import services
from apps.annexes.conditions import conditions_by_annexe
from apps.annexes.models import VersionAnnexe
from apps.core.errors import Refus
from apps.rules.periods import Month
from tests.annexes.conftest import validated
from tests.factories import make_pdf


def amended(cadre, annexe, *, on, **changes):
    """An amendment signed, transmitted and validated on the same day."""
    version = services.open_avenant(
        cadre.ddets, annexe, motif="Évolution de l’activité", on=on, **changes
    )
    services.attach_piece(cadre.ddets, version, make_pdf())
    services.update_version(
        cadre.ddets,
        version,
        revision=version.revision + 1,
        signataire=cadre.signataire,
        signee_le=on,
        on=on,
    )
    services.transmit_annexe(cadre.ddets, version, on=on)
    return services.validate_annexe(cadre.asp, version, on=on)


def test_a_validated_amendment_replaces_the_version_in_force_the_same_day(cadre):
    """M0 is HISTORISE on the very day M1 is VALIDE; the annex now shows M1."""
    first = validated(cadre)
    second = amended(cadre, first.annexe, on=date(2023, 7, 3), etp=Decimal("4.50"))
    first.refresh_from_db()
    second.annexe.refresh_from_db()
    assert (first.etat, first.remplacee_le) == ("HISTORISE", date(2023, 7, 3))
    assert (second.modification, second.etat) == (1, "VALIDE")
    assert second.montant_total == Decimal("100300.50")
    assert second.taux_cd == Decimal("25.59")
    assert second.annexe.courante == second


@pytest.mark.parametrize(
    ("on", "applies_from"),
    [
        (date(2023, 7, 20), date(2023, 7, 1)),
        (date(2023, 7, 21), date(2023, 8, 1)),
        (date(2023, 1, 11), date(2023, 1, 1)),
        (date(2023, 12, 21), date(2024, 1, 1)),
        (date(2024, 5, 2), date(2024, 1, 1)),
    ],
)
def test_an_amendment_applies_from_the_first_instalment_still_to_be_paid(cadre, on, applies_from):
    """Until the payment day, its own month; after, the next one; at most the month after the last.

    The last one then serves the final regularisation only.
    """
    version = validated(cadre)
    amendment = VersionAnnexe(annexe=version.annexe, modification=1)
    assert services.workflow.first_instalment(amendment, version, on) == applies_from


def test_two_amendments_never_apply_in_the_wrong_order(cadre):
    """After one that applies from August, one validated in July applies from August too."""
    first = validated(cadre)
    second = amended(cadre, first.annexe, on=date(2023, 7, 25), etp=Decimal("5.00"))
    third = amended(cadre, first.annexe, on=date(2023, 7, 26), etp=Decimal("4.00"))
    assert (second.a_partir_de, third.a_partir_de) == (date(2023, 8, 1), date(2023, 8, 1))
    versions = conditions_by_annexe([first.annexe_id])[first.annexe_id]
    assert [(v.modification, c.a_partir_de, c.reference) for v, c in versions] == [
        (0, Month(2023, 1), "A0 M0"),
        (1, Month(2023, 8), "A0 M1"),
        (2, Month(2023, 8), "A0 M2"),
    ]


def test_an_annex_may_be_shortened_and_extended(cadre):
    """To eight months, then back to ten; the total follows the months."""
    first = validated(cadre)
    shorter = amended(
        cadre, first.annexe, on=date(2023, 6, 1), fin=date(2023, 8, 31), montant_cd=Decimal(0)
    )
    assert shorter.montant_total == Decimal("89156.00")  # 8 × 11 144,50
    longer = amended(cadre, first.annexe, on=date(2023, 7, 3), fin=date(2023, 10, 31))
    assert longer.montant_total == Decimal("111445.00")


def test_an_amendment_keeps_the_start_and_needs_an_object(cadre):
    """Neither another first month nor an amendment without a reason."""
    annexe = validated(cadre).annexe
    with pytest.raises(Refus, match="premier mois"):
        services.open_avenant(cadre.ddets, annexe, motif="Report", debut=date(2023, 2, 1))
    with pytest.raises(Refus, match="objet de l’avenant"):
        services.open_avenant(cadre.ddets, annexe, motif=" ")
    assert VersionAnnexe.objects.count() == 1


def test_one_amendment_at_a_time(cadre):
    """The second is refused while the first is in preparation."""
    annexe = validated(cadre).annexe
    services.open_avenant(cadre.ddets, annexe, motif="Premier", on=date(2023, 3, 1))
    with pytest.raises(Refus, match="M1 est déjà en préparation"):
        services.open_avenant(cadre.ddets, annexe, motif="Second", on=date(2023, 3, 1))
    assert VersionAnnexe.objects.count() == 2


def test_an_amendment_of_an_annex_no_longer_in_force_cannot_be_transmitted(cadre):
    """Cancelled meanwhile, the annex takes no amendment any more."""
    annexe = validated(cadre).annexe
    amendment = services.open_avenant(cadre.ddets, annexe, motif="Postes", on=date(2023, 3, 1))
    services.cancel_annexe(cadre.asp, annexe, motif="Doublon", on=date(2023, 3, 2))
    with pytest.raises(Refus, match="n’est plus en vigueur"):
        services.transmit_annexe(cadre.ddets, amendment, on=date(2023, 3, 3))


def test_the_draft_of_an_amendment_leaves_the_version_in_force_untouched(cadre):
    """Until it is validated, the screens and the payments keep M0."""
    first = validated(cadre)
    services.open_avenant(
        cadre.ddets, first.annexe, motif="Postes", on=date(2023, 3, 1), etp=Decimal("2.00")
    )
    first.annexe.refresh_from_db()
    assert first.annexe.courante == first
    assert [v for v, _ in conditions_by_annexe([first.annexe_id])[first.annexe_id]] == [first]
