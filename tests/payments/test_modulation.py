"""Modulated part: notified by the DDETS, validated by the ASP, paid once by the State alone."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.annexes.services import close_annexe
from apps.core.errors import Refus
from apps.dashboards.dossier import read_dossiers
from apps.payments.gate import completeness_faults
from apps.payments.ledger import paid_by_annexe
from apps.payments.liquidation import executed_lines, liquidate
from apps.payments.models import Ecriture, PartModulee, Retenue, Versement
from apps.payments.schedule import schedule_of
from apps.payments.services import abandon_campagne, prepare_campagne, withdraw_line
from apps.payments.services.modulation import (
    notify_modulation,
    refuse_modulation,
    validate_modulation,
)
from apps.payments.transitions_modulation import PART, next_state_of
from apps.presence.models import EtatMensuel
from apps.rules.periods import Month
from tests.factories import make_membership, make_organisation
from tests.payments.dossiers import make_annexe, make_asp, make_financeurs, run, statements

pytestmark = pytest.mark.django_db
D = Decimal
# Three months, 1 post at 21 840 € and 1 820 h: 1 820,00 € a month, 12 € an hour. T = 5 460,00 €.
REQUEST = {
    "mesure": "ACI_DC",
    "debut": "2018-01-01",
    "fin": "2018-03-31",
    "etp": "1.00",
    "montant_unitaire_annuel": "21840.00",
    "heures_annuelles_etp": "1820",
    "montant_cd": "1000.00",
    "mois": statements("2018-01", ["150.00", "150.00", "150.00"], brsa=1),
}
# 450 h × 12 € = 5 400,00 €; 5,55 % of it.
BASE, PART_555 = D("5400.00"), D("299.70")
MAI = date(2018, 5, 2)


@pytest.fixture
def asp():
    return make_asp()


@pytest.fixture
def ddets():
    return make_membership(Role.INSTRUCTEUR, make_organisation("DDETS", departement="062"))


@pytest.fixture
def settled(asp):
    """An annex whose final regularisation is paid in April 2018."""
    annexe = make_annexe(REQUEST)
    for month in ("2018-01", "2018-02", "2018-03", "2018-04"):
        run(asp, month)
    return annexe


def notify(ddets, annexe, taux="5.55", on=MAI, **fields):
    values = {"reference": "DDETS-2018-7", "notifiee_le": date(2018, 5, 1)} | fields
    return notify_modulation(ddets, annexe, taux=D(taux), on=on, **values)


def validated(asp, ddets, annexe, **fields):
    return validate_modulation(asp.gestionnaire, notify(ddets, annexe, **fields), on=MAI)


def test_the_part_is_computed_from_the_hours_and_frozen(settled, ddets):
    """5,55 % of 5 400,00 €; explained step by step."""
    part = notify(ddets, settled)
    assert (part.base, part.montant, part.etat) == (BASE, PART_555, "NOTIFIEE")
    assert [step["valeur"].replace("\u00a0", " ") for step in part.calcul] == [
        "450,00 h",
        "5 400,00 €",
        "299,70 €",
    ]


def test_validated_it_is_paid_once_by_the_next_run(settled, asp, ddets):
    """One line, the State's, after those of the annex; two runs make one payment."""
    before = paid_by_annexe([settled.pk])
    validated(asp, ddets, settled)
    run(asp, "2018-05")
    line = Versement.objects.get(nature="modulation")
    assert (line.montant, line.part_etat, line.part_cd) == (PART_555, PART_555, D("0.00"))
    assert (line.mois, line.sequence, line.statut) == (date(2018, 4, 1), 1, "EXECUTE")
    assert line.calcul[0]["calcul"] == "notification DDETS-2018-7 du 01/05/2018"
    etat, cd = make_financeurs()
    after = paid_by_annexe([settled.pk])
    assert after[settled.pk, etat.pk] - before[settled.pk, etat.pk] == PART_555
    assert after.get((settled.pk, cd.pk)) == before.get((settled.pk, cd.pk))
    entries = Ecriture.objects.filter(versement=line)
    assert sorted(e.evenement for e in entries) == ["LIQUIDATION", "PAIEMENT"]
    with pytest.raises(Refus, match="rien de nouveau"):
        prepare_campagne(asp.gestionnaire, date(2018, 5, 1), on=date(2018, 5, 25))
    run(asp, "2018-06")
    assert Versement.objects.filter(nature="modulation").count() == 1


def test_not_notified_nor_refused_nothing_is_paid(settled, asp, ddets):
    """Waiting for the ASP, or refused with a reason: no line."""
    part = notify(ddets, settled)
    assert not Versement.objects.filter(campagne=run(asp, "2018-05")).exists()
    refuse_modulation(asp.gestionnaire, part, motif="Taux illisible", on=MAI)
    assert not Versement.objects.filter(campagne=run(asp, "2018-06")).exists()
    again = notify(ddets, settled, taux="10.00")
    assert (again.montant, PartModulee.objects.count()) == (D("540.00"), 2)


def test_validated_after_the_payment_day_it_waits_for_the_next_run(settled, asp, ddets):
    """Rights are judged on the nominal payment day."""
    part = notify(ddets, settled)
    validate_modulation(asp.gestionnaire, part, on=date(2018, 5, 21))
    assert not Versement.objects.filter(campagne=run(asp, "2018-05")).exists()
    assert run(asp, "2018-06").montant == PART_555


@pytest.mark.parametrize("taux", ["-0.01", "10.01", "5.555"])
def test_a_rate_outside_the_text(settled, ddets, taux):
    with pytest.raises(Refus, match="entre 0 et 10 %"):
        notify(ddets, settled, taux=taux)
    assert not PartModulee.objects.exists()


def test_the_database_bounds_the_rate(settled, ddets):
    part = notify(ddets, settled)
    with pytest.raises(IntegrityError, match="modulation_rate"), transaction.atomic():
        PartModulee.objects.filter(pk=part.pk).update(taux=D("10.01"))


def test_a_rate_of_zero_pays_nothing(settled, asp, ddets):
    """The decision is kept; no line of 0."""
    part = validated(asp, ddets, settled, taux="0.00")
    assert (part.montant, part.etat) == (D("0.00"), "VALIDEE")
    assert not Versement.objects.filter(campagne=run(asp, "2018-05")).exists()


def test_once_per_annex(settled, asp, ddets):
    """A second notification is refused, whatever became of the first but a refusal."""
    notify(ddets, settled)
    with pytest.raises(Refus, match="elle n’en a qu’une"):
        notify(ddets, settled, taux="1.00")


def test_before_the_final_regularisation_nothing_is_notified(asp, ddets):
    annexe = make_annexe(REQUEST)
    run(asp, "2018-01")
    with pytest.raises(Refus, match="régularisation finale de cette annexe n’est pas payée"):
        notify(ddets, annexe)


def test_a_statement_reopened_since_stops_it(settled, asp, ddets):
    """At the notification and at the validation; other hours, another notification."""
    part = notify(ddets, settled)
    etat = EtatMensuel.objects.get(annexe=settled, mois=date(2018, 2, 1))
    EtatMensuel.objects.filter(pk=etat.pk).update(etat="DEBLOQUE", valide_le=None)
    with pytest.raises(Refus, match="février 2018"):
        validate_modulation(asp.gestionnaire, part, on=MAI)
    EtatMensuel.objects.filter(pk=etat.pk).update(etat="VALIDE", valide_le=date(2018, 5, 2))
    etat.lignes.update(heures_eligibles=D("100.00"))
    with pytest.raises(Refus, match="Le socle réalisé a changé"):
        validate_modulation(asp.gestionnaire, part, on=MAI)
    part.refresh_from_db()
    assert part.etat == "NOTIFIEE"


@pytest.mark.parametrize("role", ["gestionnaire", "ordonnateur", "comptable"])
def test_only_the_ddets_notifies(settled, asp, role):
    with pytest.raises(Refus, match="Seul un instructeur"):
        notify(getattr(asp, role), settled)


def test_a_ddets_notifies_on_its_territory_only(settled):
    other = make_membership(Role.INSTRUCTEUR, make_organisation("DDETS", departement="059"))
    with pytest.raises(Refus, match="un autre département"):
        notify(other, settled)


def test_only_a_gestionnaire_of_the_asp_decides(settled, asp, ddets):
    part = notify(ddets, settled)
    for who in (ddets, asp.ordonnateur, asp.comptable):
        with pytest.raises(Refus, match="Seul un gestionnaire"):
            validate_modulation(who, part, on=MAI)
    with pytest.raises(Refus, match="Indiquez le motif du refus"):
        refuse_modulation(asp.gestionnaire, part, motif=" ", on=MAI)
    part.refresh_from_db()
    assert part.etat == "NOTIFIEE"


def test_every_state_and_every_event():
    for event, (sources, target) in PART.items():
        for etat in PartModulee.Etat:
            part = PartModulee(etat=etat)
            if etat in sources:
                assert next_state_of(part, event) == target
            else:
                with pytest.raises(Refus, match=f"« {etat.label} »"):
                    next_state_of(part, event)


def test_held_withdrawn_or_abandoned_as_every_line(settled, asp, ddets):
    """Without bank details it is held; withdrawn, it comes back; then it is paid."""
    validated(asp, ddets, settled)
    accounts = settled.siae.structure.coordonnees_bancaires
    accounts.update(etat="REMPLACEE")
    held = prepare_campagne(asp.gestionnaire, date(2018, 5, 1), on=date(2018, 5, 20))
    assert not held.versements.exists()
    retenue = Retenue.objects.get(campagne=held)
    assert (retenue.nature, retenue.motif) == ("modulation", "BANQUE")
    assert retenue.montant_prevu == PART_555
    abandon_campagne(asp.gestionnaire, held, motif="Compte à activer")
    accounts.update(etat="ACTIVE")
    campagne = prepare_campagne(asp.gestionnaire, date(2018, 5, 1), on=date(2018, 5, 20))
    assert completeness_faults(campagne) == []
    withdraw_line(asp.gestionnaire, campagne.versements.get(), motif="À vérifier")
    abandon_campagne(asp.gestionnaire, campagne, motif="Reprise")
    assert run(asp, "2018-05").montant == PART_555


def test_it_stands_beside_the_total_of_the_annex(settled, asp, ddets):
    """What the rules and the bilans read is the same before and after; the schedule shows it."""
    lines = executed_lines([settled.pk])
    dossier = read_dossiers(asp.gestionnaire, [settled.courante], MAI)[0]
    validated(asp, ddets, settled)
    run(asp, "2018-05")
    assert executed_lines([settled.pk]) == lines
    after = read_dossiers(asp.gestionnaire, [settled.courante], MAI)[0]
    assert (after.executees, after.soldee) == (dossier.executees, dossier.soldee)
    shown = [(row.nature, row.etat, row.montant) for row in schedule_of(settled)]
    assert shown[-1] == ("modulation", "PAYE", PART_555)


def test_a_departement_sees_none_of_it(settled, asp, ddets):
    """Neither the line, nor the part, nor its hold; the structure sees its own."""
    part = validated(asp, ddets, settled)
    run(asp, "2018-05")
    cd = make_membership(Role.LECTEUR, make_financeurs()[1].organisation)
    siae = make_membership(Role.RESPONSABLE, settled.siae.structure.organisation)
    seen = Versement.objects.visible_to(cd).filter(annexe=settled)
    assert seen.exists()
    assert not seen.filter(nature="modulation").exists()
    assert not PartModulee.objects.visible_to(cd).exists()
    assert PartModulee.objects.visible_to(siae).get() == part
    assert Versement.objects.visible_to(siae).filter(nature="modulation").count() == 1


def test_an_annex_is_not_closed_before_it_is_paid(settled, asp, ddets):
    """Closed, it would be in no run any more."""
    validated(asp, ddets, settled)
    with pytest.raises(Refus, match="part modulée a été notifiée"):
        close_annexe(asp.gestionnaire, settled, on=MAI)
    run(asp, "2018-05")
    close_annexe(asp.gestionnaire, settled, on=date(2018, 5, 25))
    with pytest.raises(Refus, match="n’est pas en vigueur"):
        notify(ddets, settled)


def test_one_query_for_all_the_parts(settled, asp, ddets):
    """The liquidation asks as many queries with a part as without."""

    def queries():
        with CaptureQueriesContext(connection) as captured:
            list(liquidate(Month.parse("2018-05"), date(2018, 5, 20)))
        return len(captured)

    without = queries()
    validated(asp, ddets, settled)
    assert queries() == without
