"""Management fees received: once, never more than what is left, by the agent comptable."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from apps.accounts.models import Role
from apps.core.errors import Refus
from apps.payments.ledger import FRAIS_A_RECEVOIR, TRESOR_FRAIS, balance_of
from apps.payments.models import Ecriture, EncaissementFrais, FactureFrais, Mouvement
from apps.payments.services.encaissements_frais import deduct_credit, record_receipt
from apps.payments.services.extournes import reverse_entry
from apps.payments.services.frais import prepare_credit_note
from tests.factories import make_financeur, make_membership
from tests.payments.fees import JUILLET, make_frais

D = Decimal
AOUT = date(2023, 8, 10)
pytestmark = pytest.mark.django_db


@pytest.fixture
def frais():
    return make_frais()


@pytest.fixture
def facture(frais):
    """Invoice FF-1 of 7 360,32 €, issued on 5 July 2023."""
    frais.annexe("2023-03-01")
    return frais.issue(frais.prepare())


def receive(frais, facture, montant="7360.32", reference="VIR-1", on=AOUT, recu_le=AOUT, who=None):
    return record_receipt(
        who or frais.asp.comptable,
        facture,
        montant=D(montant),
        recu_le=recu_le,
        reference_bancaire=reference,
        on=on,
    )


def test_a_receipt_settles_the_invoice(frais, facture):
    """5152 is debited, 4672 is balanced, the invoice is settled."""
    receive(frais, facture)
    facture.refresh_from_db()
    assert facture.etat == "PAYEE"
    assert balance_of("FF-1", FRAIS_A_RECEVOIR) == D("0.00")
    assert balance_of("FF-1", TRESOR_FRAIS) == D("7360.32")
    movements = Ecriture.objects.get(evenement="FRAIS_ENCAISSES").mouvements.all()
    assert {m.mandat_id for m in movements} == {frais.mandat.pk}


def test_in_two_parts(frais, facture):
    """What is left stays due; the second part settles it."""
    receive(frais, facture, "7000.00", "VIR-1")
    left = FactureFrais.objects.with_reste().get(pk=facture.pk)
    assert (left.etat, left.reste) == ("EMISE", D("360.32"))
    receive(frais, facture, "360.32", "VIR-2")
    facture.refresh_from_db()
    assert facture.etat == "PAYEE"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"montant": "7360.33"}, "dépasse ce qui reste à payer"),
        ({"montant": "0.00"}, "supérieur à 0"),
        ({"reference": "  "}, "référence bancaire"),
        ({"recu_le": date(2023, 7, 4)}, "comprise entre l’émission"),
        ({"recu_le": date(2023, 8, 11)}, "comprise entre l’émission"),
    ],
)
def test_what_is_wrong_is_refused(frais, facture, fields, sentence):
    """In words, and nothing is written."""
    with pytest.raises(Refus, match=sentence):
        receive(frais, facture, **fields)
    assert not EncaissementFrais.objects.exists()
    assert balance_of("FF-1", FRAIS_A_RECEVOIR) == D("7360.32")


@pytest.mark.parametrize("who", ["gestionnaire", "ordonnateur"])
def test_only_the_agent_comptable_receives(frais, facture, who):
    with pytest.raises(Refus, match="Seul l’agent comptable"):
        receive(frais, facture, who=getattr(frais.asp, who))
    assert not EncaissementFrais.objects.exists()


def test_a_bank_reference_is_recorded_once(frais, facture):
    """Whatever its case and spaces, for this invoice or another; no entry is left behind."""
    receive(frais, facture, "100.00", "vir 1")
    before = Ecriture.objects.count()
    with pytest.raises(Refus, match="déjà enregistrée"):
        receive(frais, facture, "200.00", " VIR  1 ")
    assert Ecriture.objects.count() == before
    assert EncaissementFrais.objects.count() == 1


def test_an_invoice_prepared_or_settled_receives_nothing(frais, facture):
    """The state table says why."""
    receive(frais, facture)
    with pytest.raises(Refus, match="à l’état « Soldée »"):
        receive(frais, facture, "1.00", "VIR-2")
    frais.annexe("2023-09-01")
    with pytest.raises(Refus, match="à l’état « Préparée »"):
        receive(frais, frais.prepare("S2"), "1.00", "VIR-3")


def test_what_is_cashed_is_no_longer_cancelled(frais, facture):
    """Not even in part."""
    receive(frais, facture, "1.00")
    with pytest.raises(Refus, match="elle ne s’annule plus"):
        prepare_credit_note(frais.asp.gestionnaire, facture, motif="Erreur", on=AOUT)


def test_a_credit_note_prepared_before_the_cash_is_not_issued_after_it(frais, facture):
    """Judged again at the issue."""
    avoir = prepare_credit_note(frais.asp.gestionnaire, facture, motif="Erreur", on=JUILLET)
    receive(frais, facture, "1.00")
    with pytest.raises(Refus, match="elle ne s’annule plus"):
        frais.issue(avoir, on=AOUT)
    facture.refresh_from_db()
    assert facture.etat == "EMISE"


def test_a_credit_of_adjustment_is_deducted_from_an_invoice(frais, facture):
    """34,93 € less to pay, once."""
    version = facture.lignes.get(nature="ACTE").version
    version.etat = "ANNULE"
    version.save()
    avoir = frais.issue(frais.prepare("S2"))
    with pytest.raises(Refus, match="Seul l’agent comptable"):
        deduct_credit(frais.asp.gestionnaire, avoir, facture)
    deduct_credit(frais.asp.comptable, avoir, facture)
    avoir.refresh_from_db()
    assert (avoir.etat, avoir.impute_sur_id) == ("PAYEE", facture.pk)
    assert FactureFrais.objects.with_reste().get(pk=facture.pk).reste == D("7325.39")
    with pytest.raises(Refus, match="Seul un avoir émis et non imputé"):
        deduct_credit(frais.asp.comptable, avoir, facture)
    receive(frais, facture, "7325.39", on=date(2024, 2, 1), recu_le=date(2024, 2, 1))
    facture.refresh_from_db()
    assert facture.etat == "PAYEE"
    references = (facture.reference, avoir.reference)
    assert sum(balance_of(reference, FRAIS_A_RECEVOIR) for reference in references) == 0


def test_a_receipt_by_mistake_is_reversed(frais, facture):
    """The entry is reversed, the invoice is to be paid again, the reference may serve again."""
    receive(frais, facture)
    entry = Ecriture.objects.get(evenement="FRAIS_ENCAISSES")
    reverse_entry(frais.asp.comptable, entry, motif="Autre facture", on=AOUT)
    left = FactureFrais.objects.with_reste().get(pk=facture.pk)
    assert (left.etat, left.reste) == ("EMISE", D("7360.32"))
    assert balance_of("FF-1", FRAIS_A_RECEVOIR) == D("7360.32")
    receive(frais, facture)
    facture.refresh_from_db()
    assert facture.etat == "PAYEE"


def test_a_receipt_never_changes(frais, facture):
    """A trigger holds it."""
    receive(frais, facture)
    for change in (
        lambda: EncaissementFrais.objects.update(montant=1),
        lambda: EncaissementFrais.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="ne se modifie pas"), transaction.atomic():
            change()


def test_after_a_succession_the_successor_is_billed_and_pays(frais):
    """The Haut-Rhin becomes the Collectivité européenne d’Alsace: same mandate, another payer."""
    frais.annexe("2023-03-01")
    successor = make_financeur(
        "6AE", nom="Collectivité européenne d’Alsace", siret="20009433200018"
    )
    frais.cd.successeur, frais.cd.succede_le = successor, date(2023, 7, 1)
    frais.cd.save()
    facture = frais.issue(frais.prepare())
    assert (facture.financeur, facture.siret) == (successor, "20009433200018")
    receive(frais, facture)
    movements = Mouvement.objects.filter(ecriture__reference="FF-1")
    assert {(m.financeur_id, m.mandat_id) for m in movements} == {(successor.pk, frais.mandat.pk)}
    reader = make_membership(Role.LECTEUR, successor.organisation)
    assert FactureFrais.objects.visible_to(reader).get() == facture
