"""Locks of months and years: their order, what they refuse, their fingerprint, four eyes."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from itertools import product
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Notification
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.payments import ledger
from apps.payments.clotures import locked_through, next_year_to_lock, year_locked
from apps.payments.empreinte import ledger_hash
from apps.payments.models import Campagne, Cloture, Ecriture, Mouvement, Reouverture
from apps.payments.schemes import simple_entry
from apps.payments.services.periodes import (
    grant_reopening,
    lock_month,
    lock_year,
    refuse_reopening,
    request_reopening,
)
from apps.payments.transitions_comptabilite import TABLES, next_state_of
from tests.factories import make_membership
from tests.payments.dossiers import make_asp, make_financeurs

JANUARY, FEBRUARY, MARCH = (date(2018, month, 1) for month in (1, 2, 3))
LATER = date(2019, 1, 15)


@pytest.fixture
def asp(db):
    return make_asp()


@pytest.fixture
def mandat(asp):
    """A département whose funds were received on 1 January 2016, first day of the ledger."""
    _etat, cd = make_financeurs()
    return cd.mandats.get()


def post(mandat, jour: date, montant: str = "100.00") -> Ecriture:
    projet = simple_entry(
        "FONDS_RECUS",
        ledger.Piece(reference="RF-1"),
        Decimal(montant),
        "Fonds reçus",
        financeur_id=mandat.financeur_id,
        mandat_id=mandat.pk,
    )
    with transaction.atomic():
        [entry] = ledger.post([projet], jour)
        connection.check_constraints()
    return entry


def lock_until(asp, last: date) -> list[Cloture]:
    """Every month from the first of the ledger, January 2016, to that of `last`."""
    months = [(2016 + n // 12, n % 12 + 1) for n in range((last.year - 2016) * 12 + last.month)]
    return [lock_month(asp.comptable, date(y, m, 1), on=LATER) for y, m in months]


def state() -> tuple:
    """Everything that these acts write."""
    return (
        list(Cloture.objects.order_by("pk").values_list("pk", "etat", "empreinte")),
        list(Reouverture.objects.order_by("pk").values_list("pk", "etat", "motif_refus")),
        Ecriture.objects.count(),
        Mouvement.objects.count(),
        Entree.objects.count(),
        Notification.objects.count(),
    )


def refused(act, sentence: str) -> None:
    before = state()
    with pytest.raises(Refus, match=sentence), transaction.atomic():
        act()
    assert state() == before


def test_a_locked_month_bears_the_fingerprint_of_the_ledger(asp, mandat):
    post(mandat, date(2016, 2, 3))
    january, february = lock_until(asp, date(2016, 2, 1))
    assert (january.debut, january.fin) == (date(2016, 1, 1), date(2016, 1, 31))
    assert (january.ecritures, january.debit) == (1, Decimal("50000000.00"))
    assert (february.ecritures, february.debit) == (2, Decimal("50000100.00"))
    assert february.verrouille_par == asp.comptable.user
    assert january.empreinte != february.empreinte
    # Read again from the first entry, or continued from the month before: the same.
    assert ledger_hash(february.fin).sha256 == february.empreinte
    assert ledger_hash(february.fin, since=january).sha256 == february.empreinte
    assert locked_through() == date(2016, 2, 29)
    assert Entree.objects.filter(action="cloture.verrouillee").count() == 2


def test_the_fingerprint_is_the_documented_one(asp, mandat):
    """Computed by hand from the format of docs/accounting.md."""
    entry = Ecriture.objects.get()
    lines = [
        f"E|{entry.numero}|2016-01-01|FONDS_RECUS|ESSAI-{mandat.pk}|||||Fonds reçus",
        f"M|515|{mandat.financeur_id}|{mandat.pk}|||50000000.00|0.00",
        f"M|4671|{mandat.financeur_id}|{mandat.pk}|||0.00|50000000.00",
    ]
    january = hashlib.sha256(("\n2016-01\n" + "".join(f"{x}\n" for x in lines)).encode())
    february = hashlib.sha256(f"{january.hexdigest()}\n2016-02\n".encode())
    assert [lock.empreinte for lock in lock_until(asp, date(2016, 2, 1))] == [
        january.hexdigest(),
        february.hexdigest(),
    ]


def test_a_bar_in_a_text_does_not_make_two_ledgers_alike(asp, mandat):
    def posted(libelle: str, reference: str) -> str:
        with transaction.atomic():
            projet = simple_entry(
                "FONDS_RECUS",
                ledger.Piece(reference=reference),
                Decimal("1.00"),
                libelle,
                financeur_id=mandat.financeur_id,
                mandat_id=mandat.pk,
            )
            ledger.post([projet], date(2016, 1, 2))
            found = ledger_hash(date(2016, 1, 31)).sha256
            transaction.set_rollback(True)
        return found

    assert posted("b", "a|") != posted("|b", "a")
    assert posted("a\nb", "") != posted("a\\nb", "")


ORDER = {
    "the next one before": (date(2016, 2, 1), LATER, "verrouillez d’abord janvier 2016"),
    "before the ledger": (date(2015, 12, 1), LATER, "premier mois à verrouiller"),
    "not over": (date(2016, 1, 1), date(2016, 1, 31), "n’est pas terminé"),
}


@pytest.mark.parametrize(("mois", "on", "sentence"), ORDER.values(), ids=ORDER.keys())
def test_months_are_locked_in_order_once_over(asp, mandat, mois, on, sentence):
    refused(lambda: lock_month(asp.comptable, mois, on=on), sentence)


def test_an_empty_ledger_has_nothing_to_lock(asp):
    refused(lambda: lock_month(asp.comptable, JANUARY, on=LATER), "aucune écriture")


def test_a_run_in_progress_keeps_its_month_open(asp, mandat):
    Campagne.objects.create(numero=7, mois=date(2016, 1, 1), jour_paiement=date(2016, 1, 20))
    refused(lambda: lock_month(asp.comptable, date(2016, 1, 1), on=LATER), "n° 7")
    Campagne.objects.update(etat="ABANDONNEE")
    Campagne.objects.create(numero=8, mois=date(2016, 2, 1), jour_paiement=date(2016, 2, 20))
    lock_month(asp.comptable, date(2016, 1, 1), on=LATER)


def test_locking_twice_is_locking_once(asp, mandat):
    first = lock_month(asp.comptable, date(2016, 1, 1), on=LATER)
    before = state()
    assert lock_month(asp.comptable, date(2016, 1, 1), on=LATER) == first
    assert state() == before


@pytest.mark.parametrize("role", ["gestionnaire", "ordonnateur"])
def test_only_the_agent_comptable_locks(asp, mandat, role):
    acting = getattr(asp, role)
    refused(lambda: lock_month(acting, date(2016, 1, 1), on=LATER), "Seul l’agent comptable")
    refused(lambda: lock_year(acting, 2016, on=LATER), "Seul l’agent comptable")


def test_nothing_is_posted_on_a_locked_day(asp, mandat):
    lock_until(asp, date(2016, 1, 1))
    for jour in (date(2016, 1, 31), date(2016, 1, 1), date(2015, 12, 31)):
        refused(lambda jour=jour: post(mandat, jour), "sont verrouillés : datez l’opération")
    post(mandat, date(2016, 2, 1))


@pytest.mark.parametrize("alias", ["default", "owner"])
def test_the_database_refuses_an_entry_on_a_locked_day(committed_db, alias):
    """Whoever asks, in SQL, for an entry or for movements added to one."""
    asp = make_asp()
    _etat, cd = make_financeurs()
    mandat = cd.mandats.get()
    lock_until(asp, date(2016, 1, 1))
    entry, before = Ecriture.objects.get(), state()
    insert = (
        "INSERT INTO payments_ecriture (numero, jour, evenement, libelle, reference, cree_le)"
        " VALUES (99, %s, 'LIQUIDATION', 'Essai', '', now())"
    )
    add = (
        "INSERT INTO payments_mouvement (ecriture_id, compte_id, financeur_id, mandat_id, debit,"
        " credit) VALUES (%s, '515', %s, %s, 5, 0), (%s, '4671', %s, %s, 0, 5)"
    )
    side = (entry.pk, mandat.financeur_id, mandat.pk)
    for statement, values in ((insert, ["2016-01-31"]), (add, [*side, *side])):
        with (
            pytest.raises(DatabaseError, match="verrouillés jusqu'au 31/01/2016"),
            transaction.atomic(using=alias),
        ):
            connections[alias].cursor().execute(statement, values)
    assert state() == before


def test_a_year_is_locked_after_its_months_and_the_year_before(asp, mandat):
    lock_until(asp, date(2016, 11, 1))
    refused(lambda: lock_year(asp.comptable, 2016, on=LATER), "douze mois")
    locks = lock_until(asp, date(2017, 12, 1))
    assert next_year_to_lock() == 2016
    refused(lambda: lock_year(asp.comptable, 2017, on=LATER), "année précédente")
    year = lock_year(asp.comptable, 2016, on=LATER)
    assert year.empreinte == locks[11].empreinte
    assert year_locked(2016)
    assert not year_locked(2017)
    assert lock_year(asp.comptable, 2016, on=LATER) == year
    lock_year(asp.comptable, 2017, on=LATER)
    assert next_year_to_lock() is None


def test_opening_a_month_again_opens_what_follows_and_its_year(asp, mandat):
    locks = lock_until(asp, date(2017, 2, 1))
    lock_year(asp.comptable, 2016, on=LATER)
    march = locks[2]
    demande = request_reopening(asp.comptable, march, motif=" Recette oubliée ", on=LATER)
    assert (demande.motif, demande.etat) == ("Recette oubliée", "DEMANDEE")
    assert locked_through() == date(2017, 2, 28)
    grant_reopening(asp.ordonnateur, demande, on=LATER)
    assert locked_through() == date(2016, 2, 29)
    assert not year_locked(2016)
    opened = Cloture.objects.filter(etat="REOUVERTE", reouverture=demande)
    assert opened.filter(nature="MOIS").count() == 12
    assert opened.filter(nature="ANNEE").count() == 1
    assert Entree.objects.filter(action="cloture.rouverte").count() == 13
    post(mandat, date(2016, 3, 31))
    # Locked again: another row, another fingerprint; the former one stays as a trace.
    again = lock_month(asp.comptable, date(2016, 3, 1), on=LATER)
    assert again.pk != march.pk
    assert again.empreinte != march.empreinte
    assert ledger_hash(again.fin).sha256 == again.empreinte
    titles = set(Notification.objects.values_list("titre", flat=True))
    assert {"Réouverture d’un mois comptable demandée", "Mois comptable rouvert"} <= titles


def test_a_refused_request_opens_nothing(asp, mandat):
    [january] = lock_until(asp, date(2016, 1, 1))
    demande = request_reopening(asp.comptable, january, motif="Oubli", on=LATER)
    refused(lambda: refuse_reopening(asp.ordonnateur, demande, motif=" "), "motif du refus")
    refuse_reopening(asp.ordonnateur, demande, motif="Sans objet", on=LATER)
    assert locked_through() == date(2016, 1, 31)
    refused(lambda: grant_reopening(asp.ordonnateur, demande), "Seule une demande en attente")


def test_who_asks_and_who_decides(asp, mandat):
    [january, _february] = lock_until(asp, date(2016, 2, 1))
    ask = request_reopening
    refused(lambda: ask(asp.ordonnateur, january, motif="x"), "Seul l’agent comptable")
    refused(lambda: ask(asp.comptable, january, motif=" "), "motif de la réouverture")
    demande = ask(asp.comptable, january, motif="Oubli", on=LATER)
    refused(lambda: ask(asp.comptable, january, motif="x"), "déjà demandée")
    for acting in (asp.gestionnaire, asp.comptable):
        refused(lambda a=acting: grant_reopening(a, demande), "Seul un ordonnateur")
    both = make_membership("ORDONNATEUR", asp.ordonnateur.organisation, user=asp.comptable.user)
    refused(lambda: grant_reopening(both, demande), "une autre personne")
    refused(lambda: refuse_reopening(both, demande, motif="x"), "une autre personne")


def test_four_eyes_are_held_by_the_database(asp, mandat):
    [january] = lock_until(asp, date(2016, 1, 1))
    demande = request_reopening(asp.comptable, january, motif="Oubli", on=LATER)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Reouverture.objects.update(
            etat="ACCORDEE", decidee_par=asp.comptable.user, decidee_le=LATER
        )
    # A lock is not opened without a request that was granted, nor changed otherwise.
    changes = [
        {"etat": "REOUVERTE"},
        {"etat": "REOUVERTE", "reouverture": demande},
        {"empreinte": "0" * 64},
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            Cloture.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Cloture.objects.all()._raw_delete("default")
    grant_reopening(asp.ordonnateur, demande, on=LATER)
    with pytest.raises(DatabaseError, match="décidée ne se modifie pas"), transaction.atomic():
        Reouverture.objects.update(motif="Autre")


def test_a_year_is_opened_by_one_of_its_months(asp, mandat):
    lock_until(asp, date(2016, 12, 1))
    year = lock_year(asp.comptable, 2016, on=LATER)
    refused(lambda: request_reopening(asp.comptable, year, motif="x"), "par l’un de ses mois")


def test_what_rests_on_a_lock_may_refuse_its_opening(asp, mandat, monkeypatch):
    """Accounts certified on a year register a step: nothing is opened when it refuses."""
    [january] = lock_until(asp, date(2016, 1, 1))
    demande = request_reopening(asp.comptable, january, motif="Oubli", on=LATER)

    def refuse(*_args) -> None:
        raise Refus("Le compte d’emploi 2016 est certifié.")

    monkeypatch.setattr("apps.payments.services.periodes.REOPENING_STEPS", [refuse])
    refused(lambda: grant_reopening(asp.ordonnateur, demande), "certifié")


STATES = [
    (model, event, etat)
    for model, (table, _words) in TABLES.items()
    for event, etat in product(table, model.Etat)
]


@pytest.mark.parametrize(("model", "event", "etat"), STATES)
def test_states_and_events(model, event, etat):
    """What is not in the table is refused, and says the present state."""
    table, _words = TABLES[model]
    sources, target = table[event]
    objet = model(etat=etat)
    if etat in sources:
        assert next_state_of(objet, event) == target
    else:
        with pytest.raises(Refus, match=str(etat.label)):
            next_state_of(objet, event)


def test_posting_and_locking_at_once_never_leave_an_entry_in_a_locked_month(committed_db):
    """Two connections: either the entry is in the fingerprint, or it is refused."""
    asp = make_asp()
    _etat, cd = make_financeurs()
    mandat = cd.mandats.get()
    barrier, results = Barrier(2), []

    def attempt(act) -> None:
        try:
            barrier.wait()
            act()
        except Refus:
            results.append("refus")
        finally:
            connections.close_all()

    acts = (
        lambda: post(mandat, date(2016, 1, 20)),
        lambda: lock_month(asp.comptable, date(2016, 1, 1), on=LATER),
    )
    threads = [Thread(target=attempt, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    january = Cloture.objects.get()
    assert january.ecritures == Ecriture.objects.count() == (1 if results else 2)
    assert ledger_hash(january.fin).sha256 == january.empreinte


def test_queries_of_a_lock_and_of_a_post_are_constant(asp, mandat):
    def counted(act) -> int:
        with CaptureQueriesContext(connection) as queries:
            act()
        return len(queries)

    one = counted(lambda: lock_month(asp.comptable, date(2016, 1, 1), on=LATER))
    first = counted(lambda: post(mandat, date(2016, 2, 1)))
    for day in range(2, 20):
        post(mandat, date(2016, 2, day))
    assert counted(lambda: post(mandat, date(2016, 2, 20))) == first
    assert counted(lambda: lock_month(asp.comptable, date(2016, 2, 1), on=LATER)) <= one + 1
