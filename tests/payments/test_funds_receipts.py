"""Funds announced and received: once each, in part, beyond the call, taken back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connections, transaction

from apps.accounts.models import Notification, Role
from apps.core.errors import Refus
from apps.payments import ledger
from apps.payments.models import (
    AppelDeFonds,
    Ecriture,
    Mouvement,
    NotificationDeFonds,
    RecetteDeFonds,
)
from apps.payments.services.extournes import reverse_entry
from apps.payments.services.recettes import notify_funds, record_receipt, withdraw_notice
from tests.factories import delegate, make_financeur, make_membership
from tests.payments.funds import (
    JOUR,
    make_call,
    make_empty_mandat,
    make_people,
    spend,
    treasury_of,
)


@pytest.fixture
def people(db):
    return make_people()


@pytest.fixture
def mandat(people):
    return make_empty_mandat()


def receive(people, mandat, montant="400.00", reference="R1", **fields):
    values = {"recu_le": JOUR, "on": JOUR} | fields
    return record_receipt(
        people.comptable, mandat, montant=Decimal(montant), reference_bancaire=reference, **values
    )


def announce(people, mandat, montant="400.00", reference="MDT-1", **fields):
    return notify_funds(
        people.decideur,
        mandat,
        montant=Decimal(montant),
        ordonnance_le=JOUR,
        reference=reference,
        on=JOUR,
        **fields,
    )


def test_a_receipt_is_posted_on_its_day_and_told(people, mandat):
    Notification.objects.all().delete()
    recette = receive(people, mandat, recu_le=date(2023, 2, 27))
    [entry] = Ecriture.objects.all()
    assert (entry.evenement, entry.reference, entry.jour) == (
        "FONDS_RECUS",
        recette.reference,
        date(2023, 2, 27),
    )
    assert sorted(Mouvement.objects.values_list("compte", "debit", "credit", "mandat")) == [
        ("4671", Decimal("0.00"), Decimal("400.00"), mandat.pk),
        ("515", Decimal("400.00"), Decimal("0.00"), mandat.pk),
    ]
    assert treasury_of(mandat) == Decimal("400.00")
    assert set(Notification.objects.values_list("titre", flat=True)) == {
        "Fonds reçus par l’ASP",
        f"Fonds reçus : {mandat.financeur}",
    }


@pytest.mark.parametrize(
    ("sums", "state", "received", "left"),
    [
        (["400.00"], "PARTIEL", "400.00", "600.00"),
        (["400.00", "600.00"], "ENCAISSE", "1000.00", "0.00"),
        (["1000.00"], "ENCAISSE", "1000.00", "0.00"),
        (["1000.01"], "ENCAISSE", "1000.01", "0.00"),
        (["1000.00", "50.00"], "ENCAISSE", "1050.00", "0.00"),
    ],
)
def test_a_call_received_in_part_in_full_or_beyond(people, mandat, sums, state, received, left):
    """What comes beyond the call is kept as funds of the mandate."""
    appel = make_call(people, mandat)
    for rank, montant in enumerate(sums):
        receive(people, mandat, montant, f"R{rank}", appel=appel)
    appel.refresh_from_db()
    assert (appel.etat, appel.encaisse, appel.reste) == (state, Decimal(received), Decimal(left))
    assert treasury_of(mandat) == Decimal(received)


def test_the_same_line_of_the_statement_is_recorded_once(people, mandat):
    receive(people, mandat)
    with pytest.raises(Refus, match="déjà enregistrée : recette n° 1 de 400,00"):
        receive(people, mandat, "12.00")
    with pytest.raises(Refus, match="déjà enregistrée"):
        receive(people, make_empty_mandat("059"))
    assert RecetteDeFonds.objects.count() == Ecriture.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"montant": "0.00"}, "supérieur à 0,00"),
        ({"montant": "-5.00"}, "supérieur à 0,00"),
        ({"recu_le": date(2023, 3, 2)}, "ne peut pas être à venir"),
        ({"reference": "  "}, "référence de l’opération"),
    ],
)
def test_an_unsound_receipt_is_refused_and_nothing_is_kept(people, mandat, fields, message):
    with pytest.raises(Refus, match=message):
        receive(people, mandat, **fields)
    assert not RecetteDeFonds.objects.exists()
    assert not Ecriture.objects.exists()


def test_the_call_must_be_issued_and_of_the_mandate(people, mandat):
    proposed = make_call(people, mandat, issued=False)
    other = make_call(people, make_empty_mandat("059"))
    with pytest.raises(Refus, match="choisissez un appel émis"):
        receive(people, mandat, appel=proposed)
    with pytest.raises(Refus, match="celui d’une autre convention"):
        receive(people, mandat, appel=other)
    assert not RecetteDeFonds.objects.exists()


def test_the_announcement_must_stand_and_be_of_the_mandate(people, mandat):
    notice = withdraw_notice(people.decideur, announce(people, mandat), motif="Erreur", on=JOUR)
    with pytest.raises(Refus, match="est retirée, ou celle d’une autre convention"):
        receive(people, mandat, notification=notice)
    standing = announce(people, mandat)
    with pytest.raises(Refus, match="est retirée, ou celle d’une autre convention"):
        receive(people, make_empty_mandat("059"), notification=standing)
    assert not RecetteDeFonds.objects.exists()


@pytest.mark.parametrize("role", ["gestionnaire", "ordonnateur", "decideur"])
def test_the_agent_comptable_records_alone(people, mandat, role):
    with pytest.raises(Refus, match="Seul l’agent comptable"):
        record_receipt(
            getattr(people, role),
            mandat,
            montant=Decimal(1),
            recu_le=JOUR,
            reference_bancaire="R1",
            on=JOUR,
        )
    assert not RecetteDeFonds.objects.exists()


def test_a_receipt_is_never_rewritten_nor_deleted(people, mandat):
    receive(people, mandat)
    for act in (
        lambda: RecetteDeFonds.objects.update(montant=Decimal("1.00")),
        lambda: RecetteDeFonds.objects.all().delete(),
    ):
        with pytest.raises(Exception, match="ne se modifie pas"), transaction.atomic():
            act()
    assert RecetteDeFonds.objects.get().montant == Decimal("400.00")


def test_two_connections_record_one_receipt(committed_db):
    """The same line of the statement typed by two people at the same moment."""
    people = make_people()
    mandat = make_empty_mandat()
    appel = make_call(people, mandat)
    barrier, results = Barrier(2), []

    def act() -> None:
        try:
            barrier.wait()
            results.append(receive(people, mandat, appel=appel).numero)
        except Refus as refus:
            results.append(str(refus)[:15])
        finally:
            connections.close_all()

    threads = [Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == [1, "L’opération R1 "]
    assert RecetteDeFonds.objects.count() == Ecriture.objects.count() == 1
    assert AppelDeFonds.objects.get().encaisse == Decimal("400.00")


# --- Taken back ----------------------------------------------------------------------------------
def test_a_receipt_recorded_by_mistake_is_reversed(people, mandat):
    appel = make_call(people, mandat)
    receive(people, mandat, "400.00", "R1", appel=appel)
    receive(people, mandat, "600.00", "R2", appel=appel)
    entry = Ecriture.objects.get(reference="RF-2")
    reverse_entry(people.comptable, entry, motif="Erreur de convention", on=JOUR)
    appel.refresh_from_db()
    assert (appel.etat, appel.encaisse) == ("PARTIEL", Decimal("400.00"))
    assert treasury_of(mandat) == Decimal("400.00")
    recette = RecetteDeFonds.objects.get(numero=2)
    assert (recette.annulee_le, recette.motif_annulation) == (JOUR, "Erreur de convention")
    # The line of the statement may then be recorded as it should have been.
    receive(people, mandat, "60.00", "R2", appel=appel)
    appel.refresh_from_db()
    assert appel.encaisse == Decimal("460.00")
    with pytest.raises(Refus, match="déjà été extournée"):
        reverse_entry(people.comptable, entry, motif="Erreur", on=JOUR)


def test_a_call_is_awaited_again_once_its_only_receipt_is_reversed(people, mandat):
    appel = make_call(people, mandat)
    receive(people, mandat, "1000.00", appel=appel)
    reverse_entry(people.comptable, Ecriture.objects.get(), motif="Erreur", on=JOUR)
    appel.refresh_from_db()
    assert (appel.etat, appel.encaisse) == ("EMIS", 0)


def test_funds_already_spent_are_not_taken_back(people, mandat):
    receive(people, mandat)
    spend(mandat, "0.01", JOUR)
    with pytest.raises(Refus, match="Ces fonds ont déjà servi"):
        reverse_entry(
            people.comptable, Ecriture.objects.get(reference="RF-1"), motif="Erreur", on=JOUR
        )
    assert treasury_of(mandat) == Decimal("399.99")
    assert RecetteDeFonds.objects.get().annulee_le is None


# --- Announced by the département ----------------------------------------------------------------
def test_the_decideur_announces_funds_once(people, mandat):
    appel = make_call(people, mandat)
    notice = announce(people, mandat, appel=appel)
    assert (notice.montant, notice.appel, notice.notifie_par) == (
        Decimal("400.00"),
        appel,
        people.decideur.user,
    )
    with pytest.raises(Refus, match="déjà notifié"):
        announce(people, mandat)
    assert NotificationDeFonds.objects.count() == 1
    assert ledger.treasury([mandat.pk]) == {}  # announced is not received


def test_the_receipt_of_a_call_takes_its_announcement(people, mandat):
    appel = make_call(people, mandat)
    first = announce(people, mandat, appel=appel)
    second = announce(people, mandat, "600.00", "MDT-2", appel=appel)
    assert receive(people, mandat, appel=appel).notification == first
    assert receive(people, mandat, "600.00", "R2", appel=appel).notification == second
    assert receive(people, mandat, "1.00", "R3", appel=appel).notification is None


def test_who_may_not_announce(people, mandat):
    other = make_membership(Role.DECIDEUR, make_financeur("059").organisation)
    for acting, message in (
        (people.lecteur, "Seul un décideur"),
        (people.comptable, "Seul un décideur"),
        (other, "n’est pas celle de votre département"),
    ):
        with pytest.raises(Refus, match=message):
            notify_funds(
                acting,
                mandat,
                montant=Decimal(1),
                ordonnance_le=JOUR,
                reference="M",
                on=JOUR,
            )
    assert not NotificationDeFonds.objects.exists()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"montant": "0"}, "supérieur à 0,00"),
        ({"reference": " "}, "numéro du mandat de paiement"),
    ],
)
def test_an_unsound_announcement_is_refused(people, mandat, fields, message):
    with pytest.raises(Refus, match=message):
        announce(people, mandat, **fields)


def test_the_successor_announces_for_the_departement_it_replaces(people, mandat):
    heir = make_financeur("6AE")
    mandat.financeur.successeur, mandat.financeur.succede_le = heir, date(2023, 1, 1)
    mandat.financeur.save()
    acting = make_membership(Role.DECIDEUR, heir.organisation)
    delegate(acting)
    notice = notify_funds(
        acting, mandat, montant=Decimal(5), ordonnance_le=JOUR, reference="M", on=JOUR
    )
    assert notice in NotificationDeFonds.objects.visible_to(acting)


def test_an_announcement_is_withdrawn_until_something_comes(people, mandat):
    notice = announce(people, mandat)
    with pytest.raises(Refus, match="motif du retrait"):
        withdraw_notice(people.decideur, notice, motif=" ", on=JOUR)
    notice = withdraw_notice(people.decideur, notice, motif="Erreur", on=JOUR)
    assert notice.annulee_le == JOUR
    with pytest.raises(Refus, match="déjà retirée"):
        withdraw_notice(people.decideur, notice, motif="Erreur", on=JOUR)
    again = announce(people, mandat)
    receive(people, mandat, notification=again)
    with pytest.raises(Refus, match="ne se retire plus"):
        withdraw_notice(people.decideur, again, motif="Erreur", on=JOUR)


# --- Scope ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", [AppelDeFonds, NotificationDeFonds, RecetteDeFonds])
def test_each_sees_its_own_funds_only(people, mandat, model):
    appel = make_call(people, mandat)
    make_call(people, mandat, issued=False)
    announce(people, mandat, appel=appel)
    receive(people, mandat, appel=appel)
    other = make_membership(Role.LECTEUR, make_financeur("059").organisation)
    counts = {
        "comptable": model.objects.visible_to(people.comptable).count(),
        "lecteur": model.objects.visible_to(people.lecteur).count(),
        "autre": model.objects.visible_to(other).count(),
        "structure": model.objects.visible_to(make_membership(Role.RESPONSABLE)).count(),
        "ddets": model.objects.visible_to(make_membership(Role.INSTRUCTEUR)).count(),
        "admin": model.objects.visible_to(make_membership(Role.ADMINISTRATEUR)).count(),
    }
    # The call that is only proposed is the ASP's own business.
    all_of_them = 2 if model is AppelDeFonds else 1
    assert counts == {
        "comptable": all_of_them,
        "lecteur": 1,
        "autre": 0,
        "structure": 0,
        "ddets": 0,
        "admin": 0,
    }


def test_a_bank_reference_stands_once_in_the_database(people, mandat):
    recette = receive(people, mandat)
    with pytest.raises(IntegrityError), transaction.atomic():
        RecetteDeFonds.objects.create(
            numero=99,
            mandat=mandat,
            montant=Decimal(1),
            recu_le=JOUR,
            reference_bancaire=recette.reference_bancaire,
            enregistre_par=people.comptable.user,
            enregistre_le=JOUR,
        )
