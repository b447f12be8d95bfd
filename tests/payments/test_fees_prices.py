"""New prices of the fees each January, and the clock that prepares invoices and prices."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.accounts.models import Notification
from apps.conventions.models import AvenantFinancier
from apps.core.errors import Refus
from apps.payments.facturation import tarif_of
from apps.payments.models import AvisTarif, FactureFrais
from apps.payments.services.tarifs import notify_tarif, prepare_tarif
from apps.payments.tasks_frais import prepare_fees
from apps.rules.indexation import Tarif
from tests.factories import make_user, make_valeur
from tests.payments.fees import make_frais

pytestmark = pytest.mark.django_db
D = Decimal
JANVIER_2024, JANVIER_2025 = date(2024, 1, 5), date(2025, 1, 5)


@pytest.fixture
def frais():
    """A mandate of 2023 to 2025; the index of August 2022, a gap, was approved by the ASP."""
    make_valeur(
        fichier="ipc",
        serie="hors_tabac",
        effet=date(2022, 8, 1),
        connu_le=date(2023, 1, 2),
        montant=D("112.60"),
        etat="APPROUVEE",
        decidee_par=make_user(),
        decidee_le=date(2023, 1, 3),
    )
    return make_frais()


def test_prices_follow_the_index_year_after_year(frais):
    """34,93 × 118,00 / 112,60 = 36,61, then × 120,01 / 118,00 = 37,23: on the rounded price."""
    first = prepare_tarif(frais.asp.gestionnaire, frais.mandat, 2024, on=JANVIER_2024)
    assert (first.prix_annexe, first.forfait_annuel) == (D("36.61"), D("7676.70"))
    assert tarif_of(frais.mandat, 2024) == Tarif(D("34.93"), D("7325.39"))  # not notified yet
    notify_tarif(frais.asp.ordonnateur, first, on=JANVIER_2024)
    assert tarif_of(frais.mandat, 2024) == Tarif(D("36.61"), D("7676.70"))
    second = prepare_tarif(frais.asp.gestionnaire, frais.mandat, 2025, on=JANVIER_2025)
    assert (second.prix_annexe, second.forfait_annuel) == (D("37.23"), D("7807.46"))
    assert len(second.calcul) == 4


def test_an_avenant_of_the_year_sets_its_own_prices(frais):
    """It prevails over the index, and over what was notified."""
    notified = prepare_tarif(frais.asp.gestionnaire, frais.mandat, 2024, on=JANVIER_2024)
    notify_tarif(frais.asp.ordonnateur, notified, on=JANVIER_2024)
    AvenantFinancier.objects.create(
        mandat=frais.mandat,
        annee=2024,
        credits_intervention=1,
        credits_frais=1,
        prix_annexe=D("36.00"),
        forfait_annuel=D("7500.00"),
        annexes_prevues=60,
    )
    assert tarif_of(frais.mandat, 2024) == Tarif(D("36.00"), D("7500.00"))


@pytest.mark.parametrize(
    ("annee", "on", "sentence"),
    [
        (2023, JANVIER_2024, "choisissez une année de sa période"),  # the first year of the mandate
        (2026, JANVIER_2025, "choisissez une année de sa période"),
        (2025, JANVIER_2024, "août 2024 n’est pas renseigné"),  # not published yet
        (2025, date(2023, 7, 1), "ne sont pas encore publiés"),
    ],
)
def test_prices_that_cannot_be_computed(frais, annee, on, sentence):
    """Refused in words; nothing is written."""
    with pytest.raises(Refus, match=sentence):
        prepare_tarif(frais.asp.gestionnaire, frais.mandat, annee, on=on)
    assert not AvisTarif.objects.exists()


def test_prepared_by_one_notified_by_another(frais):
    """Prepared twice is once; the département is told; once notified, it never changes."""
    avis = prepare_tarif(frais.asp.gestionnaire, frais.mandat, 2024, on=JANVIER_2024)
    assert prepare_tarif(frais.asp.gestionnaire, frais.mandat, 2024, on=JANVIER_2024).pk == avis.pk
    with pytest.raises(Refus, match="Seul un ordonnateur"):
        notify_tarif(frais.asp.gestionnaire, avis, on=JANVIER_2024)
    with pytest.raises(IntegrityError, match="notice_four_eyes"), transaction.atomic():
        AvisTarif.objects.update(
            etat="NOTIFIE", notifie_par=avis.prepare_par, notifie_le=JANVIER_2024
        )
    notify_tarif(frais.asp.ordonnateur, avis, on=JANVIER_2024)
    assert Notification.objects.filter(organisation=frais.cd.organisation).count() == 1
    with pytest.raises(Refus, match="ont déjà été notifiés"):
        notify_tarif(frais.asp.ordonnateur, avis, on=JANVIER_2024)
    with pytest.raises(Refus, match="ont été notifiés le 05/01/2024"):
        prepare_tarif(frais.asp.gestionnaire, frais.mandat, 2024, on=JANVIER_2024)


def test_a_letter_sent_is_frozen(frais, settings, tmp_path):
    """Once archived, not even its owner changes it."""
    from apps.payments.documents_frais import tarif_file

    avis = prepare_tarif(frais.asp.gestionnaire, frais.mandat, 2024, on=JANVIER_2024)
    notify_tarif(frais.asp.ordonnateur, avis, on=JANVIER_2024)
    assert tarif_file(avis.pk) == tarif_file(avis.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        AvisTarif.objects.update(prix_annexe=1)


def test_the_clock_prepares_each_semester_once(frais):
    """July: S1. January: S2 of the year before, and the prices of the new one."""
    frais.annexe("2023-03-01")
    frais.annexe("2023-09-01")
    assert prepare_fees("2023-07-05") == {"factures": 1, "tarifs": 0}
    assert prepare_fees("2023-07-05") == {"factures": 0, "tarifs": 0}
    assert prepare_fees("2024-01-05") == {"factures": 1, "tarifs": 1}
    assert prepare_fees("2024-01-05") == {"factures": 0, "tarifs": 0}
    periods = FactureFrais.objects.order_by("pk").values_list("annee", "periode", "montant")
    assert list(periods) == [(2023, "S1", D("7360.32")), (2023, "S2", D("34.93"))]
    prepared = FactureFrais.objects.first()
    assert prepared.preparee_par is None
    # Whoever of the ordonnateurs issues what the clock prepared.
    assert frais.issue(FactureFrais.objects.get(periode="S1")).numero == 1


def test_the_clock_leaves_what_a_person_prepared(frais):
    """The four eyes rest on who prepared."""
    facture = frais.prepare("S1")
    assert prepare_fees("2023-07-05")["factures"] == 0
    facture.refresh_from_db()
    assert facture.preparee_par == frais.asp.gestionnaire.user
