"""An amendment validated when the instalment of the month is paid already, or will be as it is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.template.loader import render_to_string

from apps.annexes.documents import notification_context
from apps.annexes.services.workflow import engaged, first_instalment
from apps.payments.models import Versement
from apps.payments.services import (
    abandon_campagne,
    approve_campagne,
    control_campagne,
    prepare_campagne,
)
from tests.payments.dossiers import add_version, make_annexe, make_asp, make_financeurs, run
from tests.payments.test_preparation import FEVRIER, REQUEST, with_statements

ON = date(2018, 2, 10)  # before the payment day
MARS = date(2018, 3, 1)


@pytest.fixture
def asp(db):
    return make_asp()


@pytest.fixture
def annexe(asp):
    annexe = make_annexe(with_statements(2))
    run(asp, "2018-01")
    return annexe


def applies_from(annexe) -> date:
    version = annexe.courante
    return first_instalment(version, version, ON, engaged=engaged([annexe.pk], ON))


def test_it_applies_to_the_instalment_of_the_month_while_nothing_is_approved(asp, annexe):
    """A run that is only controlled will be prepared again with the new version."""
    assert applies_from(annexe) == FEVRIER
    control_campagne(asp.gestionnaire, prepare_campagne(asp.gestionnaire, FEVRIER))
    assert applies_from(annexe) == FEVRIER


def test_it_applies_to_the_next_one_once_the_run_is_approved(asp, annexe):
    """Its figures are frozen; a run given up leaves the month to the amendment."""
    campagne = control_campagne(asp.gestionnaire, prepare_campagne(asp.gestionnaire, FEVRIER))
    campagne = approve_campagne(asp.ordonnateur, campagne)
    assert applies_from(annexe) == MARS
    abandon_campagne(asp.comptable, campagne, motif="Reprise")
    assert applies_from(annexe) == FEVRIER


def test_the_back_pay_is_not_lost_when_the_month_was_paid_early(asp, annexe):
    """Paid on the 5th, revalued on the 10th from January: March brings the back-pay of both."""
    run(asp, "2018-02", day=5)
    first = applies_from(annexe)
    assert first == MARS
    _etat, cd = make_financeurs()
    annexe.versions.update(etat="HISTORISE")
    figures = REQUEST | {"montant_unitaire_annuel": "20000.00", "a_partir_de": f"{first:%Y-%m}"}
    annexe.courante = add_version(annexe, figures, modification=1, cd=cd)
    annexe.save()
    annexe.versions.filter(pk=annexe.courante_id).update(validee_le=ON)
    letter = notification_context(annexe.versions.get(pk=annexe.courante_id))
    run(asp, "2018-03")
    rappel = Versement.objects.get(annexe=annexe, nature="rappel")
    # (6 × 20 000 − 6 × 19 655) / 12 = 172,50 a month, for January and February.
    assert rappel.montant == Decimal("345.00")
    # Its letter said so: paid, back-pay and instalments to come lead to the amount of the annex.
    assert (letter["verse"].net, letter["rappel"].montant) == (Decimal("19655.00"), rappel.montant)
    assert letter["mois_rappel"] == "de janvier à février 2018"
    assert letter["cumul"] == Decimal("120000.00")
    assert letter["cumul"] == letter["cumul_etat"] + letter["cumul_cd"]
    letter_text = render_to_string("annexes/notification_pdf.html", {"emetteur": {}, **letter})
    assert "Rappel de janvier à février 2018" in letter_text
