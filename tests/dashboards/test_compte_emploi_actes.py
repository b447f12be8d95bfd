"""Acts on a compte d’emploi: who, when, once; the seal of the database; the clock; the check."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.accounts.models import Notification
from apps.conventions.models import ConventionMandat
from apps.core.errors import Refus
from apps.dashboards.comptes.document import account_pdf, account_workbook
from apps.dashboards.comptes.echeances import expected_accounts
from apps.dashboards.comptes.verification import faults
from apps.dashboards.expectations import expectations_of
from apps.dashboards.models import CompteEmploi
from apps.dashboards.services_comptes import (
    COMPTE,
    prepare_account,
    set_account_aside,
    sign_account,
)
from apps.dashboards.tasks_comptes import watch_accounts
from apps.journal.models import Entree
from apps.payments.empreinte import ledger_hash
from apps.payments.models import Cloture, ClotureMandat, Reouverture
from tests.dashboards.grand_livre import NOEL, Book, World, make_world
from tests.factories import make_membership

ON = date(2024, 1, 5)
PROVISOIRE, CERTIFIE = "PROVISOIRE", "CERTIFIE"


@pytest.fixture
def world(db) -> World:
    return make_world()


def prepared(world: World, nature: str = PROVISOIRE, on: date = ON) -> CompteEmploi:
    return prepare_account(world.gestionnaire, world.mandat, NOEL, nature, on=on)


def signed(world: World) -> CompteEmploi:
    return sign_account(world.comptable, prepared(world), on=ON)


def lock_year(world: World) -> Cloture:
    """The lock of 2023, as its owner leaves it."""
    return Cloture.objects.create(
        nature="ANNEE",
        debut=date(2023, 1, 1),
        fin=NOEL,
        ecritures=1,
        debit=0,
        empreinte=ledger_hash(NOEL).sha256,
        verrouille_par=world.comptable.user,
        verrouille_le=ON,
    )


def post(world: World, day: date = date(2023, 11, 3)) -> None:
    version = world.version
    book = Book(version.financeur_cd, world.mandat.financeur, world.mandat, version)
    book.simple("FONDS_RECUS", day, "1.00", "RF-8")


def traces() -> tuple:
    rows = CompteEmploi.objects.order_by("pk").values_list("pk", "etat", "motif", "signe_le")
    return (list(rows), Entree.objects.count(), Notification.objects.count())


def refused(act, match: str) -> None:
    """A refusal changes nothing."""
    before = traces()
    with pytest.raises(Refus, match=match), transaction.atomic():
        act()
    assert traces() == before


def test_prepared_then_signed_by_another(world):
    compte = signed(world)
    assert (compte.etat, compte.signe_le, compte.edition) == ("SIGNE", ON, 1)
    actions = list(Entree.objects.order_by("pk").values_list("action", flat=True))
    assert actions[-2:] == ["compte_emploi.prepare", "compte_emploi.signe"]
    told = Notification.objects.get(organisation=world.decideur.organisation)
    assert "provisoire" in told.texte
    asked = Notification.objects.get(organisation=world.comptable.organisation)
    assert (asked.roles, asked.titre) == (["COMPTABLE"], "Compte d’emploi provisoire à signer")


def test_prepared_twice_is_prepared_once(world):
    first = prepared(world)
    assert prepared(world) == first
    assert CompteEmploi.objects.count() == 1
    assert Entree.objects.filter(action="compte_emploi.prepare").count() == 1


def test_nobody_signs_what_they_have_prepared(world):
    compte = prepare_account(world.comptable, world.mandat, NOEL, PROVISOIRE, on=ON)
    refused(lambda: sign_account(world.comptable, compte, on=ON), "une autre personne")
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        CompteEmploi.objects.filter(pk=compte.pk).update(
            etat="SIGNE", signe_le=ON, signe_par=world.comptable.user
        )


def test_who_may(world):
    compte = prepared(world)
    for someone in (world.ordonnateur, world.decideur):
        refused(
            lambda who=someone: prepare_account(who, world.mandat, NOEL, PROVISOIRE, on=ON),
            "préparé par un gestionnaire",
        )
        refused(
            lambda who=someone: set_account_aside(who, compte, motif="Non", on=ON), "préparé par"
        )
    for someone in (world.gestionnaire, world.ordonnateur, world.decideur):
        refused(lambda who=someone: sign_account(who, compte, on=ON), "signé par l’agent comptable")


@pytest.mark.parametrize("etat", CompteEmploi.Etat.values)
@pytest.mark.parametrize("event", sorted(COMPTE))
def test_states_and_events(world, etat, event):
    compte = prepared(world)
    if etat == "SIGNE":
        sign_account(world.comptable, compte, on=ON)
    elif etat == "ECARTE":
        set_account_aside(world.comptable, compte, motif="Erreur", on=ON)

    def act():
        if event == "signer":
            return sign_account(world.comptable, compte, on=ON)
        return set_account_aside(world.comptable, compte, motif="Erreur", on=ON)

    sources, target = COMPTE[event]
    if etat in sources:
        assert act().etat == target
    else:
        refused(act, "celui-ci est à l’état")


def test_set_aside_with_a_reason_then_prepared_again(world):
    compte = prepared(world)
    refused(lambda: set_account_aside(world.comptable, compte, motif="  ", on=ON), "pourquoi")
    set_account_aside(world.comptable, compte, motif="Écriture oubliée", on=ON)
    again = prepared(world)
    assert (again.edition, again.numero) == (2, compte.numero + 1)


def test_an_entry_posted_meanwhile_is_not_signed(world):
    compte = prepared(world)
    post(world)
    refused(lambda: sign_account(world.comptable, compte, on=ON), "Des écritures ont été passées")
    refused(lambda: prepared(world), "écartez-le")
    set_account_aside(world.gestionnaire, compte, motif="Recette de novembre", on=ON)
    assert sign_account(world.comptable, prepared(world), on=ON).edition == 2


def test_an_entry_of_after_the_period_changes_nothing(world):
    compte = prepared(world)
    post(world, date(2024, 1, 3))
    assert sign_account(world.comptable, compte, on=ON).etat == "SIGNE"


def test_the_same_entries_are_not_rendered_twice(world):
    compte = signed(world)
    refused(lambda: prepared(world), f"n° {compte.numero}, signé le 05/01/2024")
    post(world)
    assert prepared(world).edition == 2


@pytest.mark.parametrize(
    ("day", "on", "match"),
    [
        (date(2023, 12, 30), ON, "dernier jour d’un trimestre"),
        (date(2024, 3, 31), ON, "n’est pas terminée"),
        (NOEL, NOEL, "n’est pas terminée"),
        (date(2021, 12, 31), ON, "prend effet le 01/01/2022"),
    ],
)
def test_periods_refused(world, day, on, match):
    refused(
        lambda: prepare_account(world.gestionnaire, world.mandat, day, PROVISOIRE, on=on), match
    )


def test_a_certified_account_rests_on_a_locked_year(world):
    refused(lambda: prepared(world, CERTIFIE), "L’année 2023 n’est pas verrouillée")
    closing = lock_year(world)
    compte = prepared(world, CERTIFIE)
    assert compte.empreinte_cloture == closing.empreinte
    sign_account(world.comptable, compte, on=ON)
    assert list(faults()) == []
    told = Notification.objects.get(organisation=world.decideur.organisation)
    assert "provisoire" not in told.texte
    refused(lambda: prepared(world), "déjà certifiée")
    march = date(2023, 3, 31)
    refused(
        lambda: prepare_account(world.gestionnaire, world.mandat, march, CERTIFIE, on=ON),
        "31 décembre",
    )


def test_a_year_opened_again_is_not_certified(world):
    closing = lock_year(world)
    compte = prepared(world, CERTIFIE)
    granted = Reouverture.objects.create(
        cloture=closing,
        motif="Erreur",
        etat="ACCORDEE",
        demandee_par=world.comptable.user,
        demandee_le=ON,
        decidee_par=world.ordonnateur.user,
        decidee_le=ON,
    )
    Cloture.objects.filter(pk=closing.pk).update(etat="REOUVERTE", reouverture=granted)
    refused(lambda: sign_account(world.comptable, compte, on=ON), "2023 n’est pas verrouillée")


@pytest.mark.parametrize(
    "change",
    [
        {"contenu": {}},
        {"empreinte": "0" * 64},
        {"etat": "PREPARE", "signe_le": None, "signe_par": None},
        {"signe_le": date(2024, 2, 1)},
        {"arrete_au": date(2022, 12, 31), "annee": 2022},
    ],
)
def test_a_signed_account_never_changes(world, change):
    compte = signed(world)
    with pytest.raises(DatabaseError), transaction.atomic():
        CompteEmploi.objects.filter(pk=compte.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        CompteEmploi.objects.filter(pk=compte.pk).delete()


def test_figures_never_change_even_before_the_signature(world):
    compte = prepared(world)
    with pytest.raises(DatabaseError, match="ne changent pas"), transaction.atomic():
        CompteEmploi.objects.filter(pk=compte.pk).update(contenu={})


def test_documents_are_archived_once(world):
    compte = signed(world)
    pdf, classeur = account_pdf(compte.pk), account_workbook(compte.pk)
    assert (account_pdf(compte.pk), account_workbook(compte.pk)) == (pdf, classeur)
    assert pdf.nom == f"compte-demploi-provisoire-{compte.numero}-2023-12-31.pdf"
    with pytest.raises(DatabaseError, match="une fois pour toutes"), transaction.atomic():
        CompteEmploi.objects.filter(pk=compte.pk).update(document=classeur)


def test_verified_in_the_ledger(world, capsys):
    signed(world)
    assert list(faults()) == []
    call_command("verifier_comptes")
    assert "Comptes d’emploi vérifiés : 1." in capsys.readouterr().out
    post(world)
    assert [fault for fault in faults() if "empreinte" in fault]
    assert [fault for fault in faults() if "chiffres conservés" in fault]
    with pytest.raises(CommandError, match="à examiner : 2"):
        call_command("verifier_comptes")


def test_what_is_expected(world):
    def of(day: date) -> list[tuple[int, bool, bool]]:
        rows = expected_accounts(ConventionMandat.objects.filter(pk=world.mandat.pk), day)
        return [(row.annee, row.est_rendu, row.en_retard) for row in rows]

    assert of(NOEL) == [(2022, False, True)]
    assert of(date(2024, 1, 15)) == [(2023, False, False), (2022, False, True)]
    assert of(date(2024, 1, 16)) == [(2023, False, True), (2022, False, True)]
    signed(world)
    assert of(date(2024, 1, 16)) == [(2023, True, False), (2022, False, True)]
    ClotureMandat.objects.create(
        mandat=world.mandat, cloture_par=world.comptable.user, cloture_le=date(2023, 12, 20)
    )
    assert of(date(2026, 1, 16)) == [(2023, True, False), (2022, False, True)]


def test_the_clock_prepares_on_the_first_of_january_and_reminds(world):
    told = Notification.objects.filter(roles=["COMPTABLE"])
    assert watch_accounts("2023-12-31") == {"prepares": 0, "refuses": 0, "en_attente": 0}
    assert watch_accounts("2024-01-01") == {"prepares": 2, "refuses": 0, "en_attente": 2}
    assert watch_accounts("2024-01-01")["prepares"] == 0
    compte = CompteEmploi.objects.get(mandat=world.mandat)
    assert (compte.prepare_par, compte.nature, compte.annee) == (None, PROVISOIRE, 2023)
    assert told.count() == 2
    watch_accounts("2024-01-10")
    assert told.count() == 2
    watch_accounts("2024-01-11")
    assert told.filter(titre__contains="à signer avant le 15 janvier").count() == 1
    sign_account(world.comptable, compte, on=date(2024, 1, 12))
    assert watch_accounts("2024-01-16")["en_attente"] == 1
    assert told.get(titre="Comptes d’emploi en retard").texte.startswith(
        "Comptes d’emploi de l’année 2023 non signés : 1."
    )


def test_the_home_page_of_the_accountant(world):
    def lines(acting, on: date) -> list[tuple]:
        told = [line for line in expectations_of(acting, on) if "compte" in line.texte]
        return [(line.nombre, line.texte, line.echeance, line.en_retard) for line in told]

    due = date(2024, 1, 15)
    compte = prepared(world)
    assert lines(world.comptable, due) == [(1, "compte d’emploi à signer", due, False)]
    assert lines(world.comptable, date(2024, 1, 16)) == [(1, "compte d’emploi à signer", due, True)]
    assert lines(world.gestionnaire, due) == lines(world.decideur, due) == []
    set_account_aside(world.comptable, compte, motif="Essai", on=ON)
    prepare_account(world.comptable, world.mandat, NOEL, PROVISOIRE, on=ON)
    assert lines(world.comptable, due) == []


def test_a_refusal_of_one_account_does_not_stop_the_others(world, monkeypatch):
    from apps.dashboards import services_comptes

    def gaps(compte):
        return ["Écart."] if compte.mandat == world.autre.reference else []

    monkeypatch.setattr(services_comptes, "gaps_of", gaps)
    assert watch_accounts("2024-01-01") == {"prepares": 1, "refuses": 1, "en_attente": 2}
    assert Notification.objects.filter(titre="Compte d’emploi non préparé").count() == 1


def test_two_connections_prepare_and_sign_once(committed_db):
    world = make_world()
    other = make_membership("COMPTABLE", world.comptable.organisation)
    results: list[object] = []

    def play(act) -> None:
        try:
            results.append(act().pk)
        except Refus as refus:
            results.append(str(refus))
        finally:
            connection.close()

    def together(*acts) -> list[object]:
        results.clear()
        threads = [threading.Thread(target=play, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return list(results)

    made = together(lambda: prepared(world), lambda: prepared(world))
    assert len(set(made)) == CompteEmploi.objects.count() == 1
    compte = CompteEmploi.objects.get()
    done = together(
        lambda: sign_account(world.comptable, compte, on=ON),
        lambda: sign_account(other, compte, on=ON),
    )
    assert compte.pk in done
    assert [text for text in done if text != compte.pk] == [
        "Seul un compte d’emploi à signer peut être signé ; celui-ci est à l’état « Signé »."
    ]
