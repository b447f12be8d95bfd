"""Succession of a département: balances before and after, four eyes, who is posted to since."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.db.models import F, Sum

from apps.accounts.models import Notification
from apps.conventions.models import Financeur
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments import ledger
from apps.payments.holds import situation_of
from apps.payments.models import Campagne, Ecriture, Mouvement, Succession
from apps.payments.reprises import BILAN, documents_of, totals_of
from apps.payments.schemes import order_entry, simple_entry
from apps.payments.services.successions import (
    grant_succession,
    propose_succession,
    refuse_succession,
)
from tests.factories import make_membership, make_organisation
from tests.payments.dossiers import make_annexe, make_asp, run, statements
from tests.payments.test_preparation import REQUEST

D = Decimal
EFFET, GRANTED = date(2018, 7, 1), date(2018, 7, 5)
LAW = "Décret n° 2019-142 du 27 février 2019"


@pytest.fixture
def asp(db):
    return make_asp()


@pytest.fixture
def annexe(asp):
    """No hour in three months: both funders have an order. Another annex was paid besides."""
    make_annexe(REQUEST)
    months = statements("2018-01", ["0.00", "0.00", "0.00"])
    made = make_annexe(REQUEST | {"fin": "2018-03-31", "montant_cd": "5760.24", "mois": months})
    for month in range(1, 5):
        run(asp, f"2018-{month:02d}")
    return made


@pytest.fixture
def former(annexe):
    return Financeur.objects.get(code="062")


@pytest.fixture
def heir(former):
    return Financeur.objects.create(
        type="CD", code="6AE", nom="Collectivité", organisation=make_organisation("CD")
    )


@pytest.fixture
def proposed(asp, former, heir):
    return propose_succession(
        asp.gestionnaire, former, heir, effet=EFFET, texte=LAW, on=date(2018, 6, 1)
    )


def balances(**only) -> dict[tuple, Decimal]:
    """Balances other than 0 per (funder, mandate, account)."""
    rows = (
        Mouvement.objects.filter(**only)
        .order_by()
        .values_list("financeur__code", "mandat", "compte")
        .annotate(solde=Sum(F("debit") - F("credit")))
    )
    return {(f, m, c): solde for f, m, c, solde in rows if solde}


def state() -> tuple:
    return (
        balances(),
        Ecriture.objects.count(),
        list(Succession.objects.values_list("pk", "etat", "decidee_le", "motif_refus")),
        list(Financeur.objects.order_by("pk").values_list("successeur", "succede_le")),
        Entree.objects.count(),
        Notification.objects.count(),
    )


def refused(act, sentence: str) -> None:
    before = state()
    with pytest.raises(Refus, match=sentence), transaction.atomic():
        act()
    assert state() == before


def test_every_balance_passes_and_what_was_borne_stays(asp, former, heir, proposed):
    mandat = former.mandats.get()
    before = balances()
    moved = {key: s for key, s in before.items() if key[0] == "062" and key[2] in BILAN}
    assert {compte for _f, _m, compte in moved} == {"463", "515", "4671"}
    grant_succession(asp.ordonnateur, proposed, on=GRANTED)
    connection.check_constraints()
    after = balances()
    left = {key: solde for key, solde in after.items() if key[0] == "062"}
    assert left == {
        ("062", mandat.pk, "657"): before["062", mandat.pk, "657"],
        ("062", mandat.pk, "451"): -before["062", mandat.pk, "657"],
    }
    taken = {(m, c): s for (f, m, c), s in after.items() if f == "6AE"}
    assert taken == {
        **{(m, c): s for (_f, m, c), s in moved.items()},
        (mandat.pk, "451"): before["062", mandat.pk, "657"],
    }
    # The State is not concerned, the mandate neither gains nor loses.
    assert {k: s for k, s in after.items() if k[0] == "ETAT"} == {
        k: s for k, s in before.items() if k[0] == "ETAT"
    }
    for funder in ("062", "6AE"):
        assert sum(s for (f, _m, _c), s in after.items() if f == funder) == 0
    assert ledger.treasury([mandat.pk]) == {mandat.pk: before["062", mandat.pk, "515"]}
    assert not totals_of(former)
    assert set(Ecriture.objects.filter(evenement="REPRISE").values_list("jour", flat=True)) == {
        GRANTED
    }


def test_orders_pass_one_by_one_with_what_is_left_of_them(asp, annexe, former, heir, proposed):
    order = annexe.ordres.get(financeur=former)
    assert [(p.reference, p.solde) for p in documents_of(former)] == [
        (order.reference, order.montant)
    ]
    cash = simple_entry(
        "ENCAISSEMENT",
        ledger.Piece(annexe.pk, order.structure_id, reference=order.reference),
        D("10.00"),
        "Encaissement",
        financeur_id=former.pk,
        mandat_id=order.mandat_id,
    )
    kept = replace(cash, evenement="EXCEDENT", poses=(replace(cash.poses[0], credit="466"),))
    with transaction.atomic():
        ledger.post([cash, kept], date(2018, 6, 15))
    grant_succession(asp.ordonnateur, proposed, on=GRANTED)
    left = order.montant - D("10.00")
    assert ledger.balance_of(order.reference, "463") == left
    orders = ledger.orders_by_annexe([annexe.pk])
    was, now = orders[annexe.pk, former.pk], orders[annexe.pk, heir.pk]
    assert (was.emis, was.recouvre, was.abandonne, was.reste) == (D(10), D(10), 0, 0)
    assert (now.emis, now.recouvre, now.abandonne, now.reste) == (left, 0, 0, left)
    assert ledger.to_recover_by_annexe([annexe.pk])[annexe.pk, former.pk] == 0
    assert ledger.balance_of(order.reference, "466") == -D(10)
    assert balances(annexe=annexe, compte="466") == {("6AE", order.mandat_id, "466"): -D(10)}
    assert ledger.paid_by_annexe([annexe.pk]).keys() >= {(annexe.pk, former.pk)}


def test_what_is_posted_since_is_posted_to_the_successor(asp, annexe, former, heir, proposed):
    grant_succession(asp.ordonnateur, proposed, on=GRANTED)
    order = annexe.ordres.get(financeur=former)
    piece = ledger.Piece(annexe.pk, order.structure_id, reference=order.reference)
    entry = order_entry(piece, former.pk, order.mandat_id, -order.montant, "Réduction")
    with transaction.atomic():
        [posted] = ledger.post([entry], date(2018, 7, 2))
    assert set(posted.mouvements.values_list("financeur", flat=True)) == {heir.pk}
    assert ledger.balance_of(order.reference, "463") == 0
    assert ledger.payer_on(former.pk, EFFET) == heir.pk
    assert ledger.payer_on(heir.pk, EFFET) == heir.pk
    refused(lambda: ledger.payer_on(former.pk, date(2018, 6, 30)), "datez l’opération du 01/07")
    refused(lambda: ledger.post([entry], date(2018, 6, 30)), "ont été repris par")


def test_nothing_is_posted_elsewhere_before_it_is_granted(former, heir, proposed):
    assert ledger.payer_on(former.pk, date(2018, 8, 1)) == former.pk


def test_who_proposes_and_who_decides(asp, former, heir):
    def propose(acting=asp.gestionnaire, old=former, new=heir, texte=LAW):
        return propose_succession(acting, old, new, effet=EFFET, texte=texte)

    etat = Financeur.objects.get(type="ETAT")
    refused(lambda: propose(asp.comptable), "Seul un gestionnaire")
    refused(lambda: propose(texte=" "), "texte qui fonde")
    refused(lambda: propose(new=former), "pas à lui-même")
    refused(lambda: propose(new=etat), "deux départements")
    refused(lambda: propose(old=etat), "deux départements")
    found = propose()
    assert found.reference == "SU-1"
    refused(propose, "déjà proposée \\(SU-1\\)")
    for acting in (asp.gestionnaire, asp.comptable):
        refused(lambda a=acting: grant_succession(a, found, on=GRANTED), "Seul un ordonnateur")
    both = make_membership("ORDONNATEUR", asp.ordonnateur.organisation, user=asp.gestionnaire.user)
    refused(lambda: grant_succession(both, found, on=GRANTED), "une autre personne")


def test_when_it_is_granted(asp, proposed):
    before = date(2018, 6, 30)
    refused(lambda: grant_succession(asp.ordonnateur, proposed, on=before), "à compter de ce jour")
    campagne = Campagne.objects.create(
        numero=99, mois=date(2018, 7, 1), jour_paiement=date(2018, 7, 20)
    )
    refused(lambda: grant_succession(asp.ordonnateur, proposed, on=GRANTED), "n° 99 est en cours")
    campagne.etat = "ABANDONNEE"
    campagne.save()
    grant_succession(asp.ordonnateur, proposed, on=GRANTED)
    refused(lambda: grant_succession(asp.ordonnateur, proposed, on=GRANTED), "Accordée")
    assert Entree.objects.filter(action="succession.accordee").count() == 1
    told = Notification.objects.filter(titre="Succession d’un département")
    assert told.count() == 3


def test_a_refused_succession_leaves_the_way_to_another(asp, former, heir, proposed):
    refused(lambda: refuse_succession(asp.ordonnateur, proposed, motif=" "), "motif du refus")
    refuse_succession(asp.ordonnateur, proposed, motif="Texte non publié")
    assert former.successeur is None
    again = propose_succession(asp.gestionnaire, former, heir, effet=EFFET, texte=LAW)
    assert again.numero == 2


def test_the_successor_of_a_successor_is_named_itself(asp, former, heir, proposed):
    grant_succession(asp.ordonnateur, proposed, on=GRANTED)
    third = Financeur.objects.create(type="CD", code="099", nom="Troisième")
    refused(
        lambda: propose_succession(asp.gestionnaire, third, former, effet=EFFET, texte=LAW),
        "lui-même un successeur",
    )
    following = propose_succession(asp.gestionnaire, heir, third, effet=date(2018, 9, 1), texte=LAW)
    grant_succession(asp.ordonnateur, following, on=date(2018, 9, 1))
    assert ledger.payer_on(former.pk, date(2018, 9, 1)) == third.pk
    assert not totals_of(heir)


def test_four_eyes_are_held_by_the_database(asp, proposed):
    author = asp.gestionnaire.user
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Succession.objects.update(etat="ACCORDEE", decidee_par=author, decidee_le=GRANTED)
    other = asp.ordonnateur.user
    with pytest.raises(IntegrityError, match="granted_from_its_day"), transaction.atomic():
        Succession.objects.update(etat="ACCORDEE", decidee_par=other, decidee_le=date(2018, 6, 30))
    grant_succession(asp.ordonnateur, proposed, on=GRANTED)
    with pytest.raises(DatabaseError, match="ne se modifie pas"), transaction.atomic():
        Succession.objects.update(effet=date(2018, 1, 1))


def test_two_connections_move_the_balances_once(committed_db):
    asp = make_asp()
    make_annexe(REQUEST)
    run(asp, "2018-01")
    former = Financeur.objects.get(code="062")
    heir = Financeur.objects.create(type="CD", code="6AE", nom="Collectivité")
    proposed = propose_succession(asp.gestionnaire, former, heir, effet=EFFET, texte=LAW)
    barrier, results = Barrier(2), []

    def grant() -> None:
        try:
            barrier.wait()
            results.append(grant_succession(asp.ordonnateur, proposed, on=GRANTED).etat)
        except Refus:
            results.append("refus")
        finally:
            connections.close_all()

    threads = [Thread(target=grant) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["ACCORDEE", "refus"]
    assert not totals_of(former)
    entries = Ecriture.objects.filter(evenement="REPRISE")
    # The funds received, and the annex paid.
    assert entries.count() == 2


def test_a_family_goes_through_every_succession(db):
    """Annexes and conventions of the one before are those of the last one, and the contrary."""
    first, second, last, apart = (
        Financeur.objects.create(type="CD", code=code, nom=code)
        for code in ("062", "6AE", "7AE", "059")
    )
    for former, heir in ((first, second), (second, last)):
        former.successeur, former.succede_le = heir, EFFET
        former.save()
    situation = situation_of([], [], EFFET)
    everyone = {first.pk, second.pk, last.pk}
    for financeur in (first, second, last):
        found = situation.family(financeur.pk)
        assert (found[0], set(found), len(found)) == (financeur.pk, everyone, 3)
    assert situation.family(apart.pk) == [apart.pk]
    last.successeur, last.succede_le = first, EFFET
    last.save()
    assert set(situation_of([], [], EFFET).family(second.pk)) == everyone
