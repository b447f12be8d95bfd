"""Management fees with two connections at once: one receipt, one invoice."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from django.db import connection

from apps.core.errors import Refus
from apps.payments.ledger import TRESOR_FRAIS, balance_of
from apps.payments.models import Ecriture, EncaissementFrais
from apps.payments.services.encaissements_frais import record_receipt
from tests.payments.fees import JUILLET, make_frais

D = Decimal


def test_two_connections_record_one_receipt(committed_db):
    """The same bank reference at the same time: one entry."""
    frais = make_frais()
    facture = frais.issue(frais.prepare())

    def attempt(_number):
        try:
            record_receipt(
                frais.asp.comptable,
                facture,
                montant=D("100.00"),
                recu_le=JUILLET,
                reference_bancaire="VIR-1",
                on=JUILLET,
            )
        except Refus as refus:
            return str(refus)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(attempt, range(2)))
    assert answers[0] == ""
    assert "déjà enregistrée" in answers[1]
    assert EncaissementFrais.objects.count() == 1
    assert balance_of("FF-1", TRESOR_FRAIS) == D("100.00")


def test_two_connections_issue_one_invoice(committed_db):
    """The second finds it issued; one number, one entry."""
    frais = make_frais()
    facture = frais.prepare()

    def attempt(_number):
        try:
            frais.issue(facture)
        except Refus as refus:
            return str(refus)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(attempt, range(2)))
    assert answers[0] == ""
    assert "à l’état « Émise »" in answers[1]
    assert Ecriture.objects.filter(evenement="FRAIS_FACTURES").count() == 1
