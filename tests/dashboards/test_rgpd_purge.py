"""Retention: what is past its term, counted without writing, erased once, and journaled."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Lecture, Membership, Notification, SecondFacteur, User
from apps.annexes.models import VersionAnnexe
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.models import CourrielEnvoye, Fichier, Job
from apps.core.services import store_file
from apps.dashboards.models import DemandeDroit, Purge
from apps.dashboards.rgpd import purge as module
from apps.dashboards.rgpd.purge import purge, review
from apps.dashboards.rgpd.retention import PURGEES, REGLES, Sort
from apps.dashboards.tasks_rgpd import report_retention
from apps.journal.models import Entree
from apps.presence.models import Controle, DocumentEtat, PieceControle, Tirage
from apps.siae.models import Contact, ImportSalaries, Salarie, Siae
from tests.factories import (
    make_contrat,
    make_etat,
    make_membership,
    make_organisation,
    make_siae,
    make_user,
    make_version,
)

ON = date(2026, 6, 1)
OLD = date(2023, 1, 1)


def counts(on: date = ON) -> dict[str, int]:
    return {echu.regle.cle: echu.nombre for echu in review(on) if echu.nombre}


def aged(row: Any, days: int = 3 * 366) -> Any:
    """A row as if it had been created long ago."""
    type(row).objects.filter(pk=row.pk).update(cree_le=timezone.now() - timedelta(days=days))
    return row


def stored(nom: str) -> Fichier:
    return store_file(b"%PDF-1.7", nom=nom, titre=nom, type_mime="application/pdf")


def everything(number: int) -> None:
    """One more of each kind of data that is past its term."""
    siae = make_siae(departement="062")
    version = make_version("CLOTURE", siae=siae)
    contrat = make_contrat(siae)
    etat = make_etat(version.annexe, OLD, [(contrat, Decimal(10))])
    tirage = Tirage.objects.create(
        methode="CIBLE",
        debut=OLD,
        fin=OLD,
        population=1,
        taille=1,
        pieces=["BULLETIN"],
        motif="Essai",
        tire_par=make_user(),
        tire_le=OLD,
    )
    controle = Controle.objects.create(
        tirage=tirage,
        etat_mensuel=etat,
        version=1,
        echeance=OLD,
        etat="CONFORME",
        transmis_le=OLD,
        conclu_par=make_user(),
        conclu_le=date(2023, 5, 2),
        conclusion="Rien",
    )
    PieceControle.objects.create(
        controle=controle,
        nature="BULLETIN",
        fichier=stored(f"piece{number}.pdf"),
        depose_par=make_user(),
        depose_le=OLD,
    )
    _people(number, siae)


def _people(number: int, siae: Siae) -> None:
    """A contact, and an account long closed with what it has left."""
    Contact.objects.create(structure=siae.structure, nom="Anne B", fonction="COMPTABILITE")
    someone = aged(make_user(email="ancien@exemple.fr"))
    Membership.objects.create(
        user=someone,
        organisation=siae.structure.organisation,
        role="SAISIE",
        organisation_type="SIAE",
        debut=date(2014, 1, 1),
        fin=date(2015, 1, 1),
    )
    SecondFacteur.objects.create(user=someone, secret=f"secret{number}")
    DemandeDroit.objects.create(
        numero=number,
        nature="ACCES",
        demandeur="Camille Martin",
        recue_le=date(2020, 1, 1),
        echeance=date(2020, 2, 1),
        enregistree_par=someone,
        enregistree_le=date(2020, 1, 1),
        etat="REPONDUE",
        close_le=date(2020, 1, 15),
    )
    told = Notification.objects.create(
        organisation=siae.structure.organisation, nature="ETAT", titre="Avis", le=OLD
    )
    Lecture.objects.create(notification=told, user=someone)
    aged(
        CourrielEnvoye.objects.create(
            cle=f"x:{number}",
            modele="notification",
            objet_id=1,
            destinataire="a@b.fr",
            sujet="S",
            etat="ENVOYE",
        )
    )
    aged(Job.objects.create(nature="n", titre="t", cle=f"k{number}", etat="TERMINE"))
    aged(
        ImportSalaries.objects.create(
            structure=siae.structure,
            demande_par=someone,
            fichier="f.xlsx",
            applique_le=timezone.now(),
        )
    )


EXPECTED = {
    "salaries": 1,
    "pieces_controle": 1,
    "contacts": 1,
    "comptes_inactifs": 1,
    "comptes_anciens": 1,
    "demandes_droits": 1,
    "notifications": 1,
    "courriels": 1,
    "taches": 1,
    "imports": 1,
}


def test_a_dry_run_counts_and_writes_nothing(db: None) -> None:
    everything(1)
    entries = Entree.objects.count()
    out = io.StringIO()
    call_command("purge", on=ON.isoformat(), stdout=out)
    assert counts() == EXPECTED
    told = out.getvalue()
    assert "Rien n’est effacé : ajoutez --execute." in told
    for cle in EXPECTED:
        assert f"\n{cle} " in told
    assert "31/12/2023" in told  # the oldest fiche: end of its contract
    assert counts() == EXPECTED
    assert (Entree.objects.count(), Purge.objects.count()) == (entries, 0)


def test_execution_erases_once_and_journals_without_a_name(db: None) -> None:
    everything(1)
    piece = PieceControle.objects.get().fichier
    out = io.StringIO()
    call_command("purge", on=ON.isoformat(), execute=True, stdout=out)
    assert counts() == {}
    done = Purge.objects.get()
    assert done.contenu == EXPECTED
    entries = Entree.objects.filter(action="rgpd.purge", objet_id=done.pk)
    assert [entry.apres["lignes"] for entry in entries] == [1] * len(EXPECTED)
    assert "Martin" not in "".join(f"{entry.objet}{entry.apres}" for entry in entries)
    person = Salarie.objects.get()
    assert str(person) == f"PERSONNE ANONYMISÉE n° {person.pk}"
    user = User.objects.get(prenom="Compte anonymisé")
    assert (user.email, user.is_active, user.has_usable_password()) == ("", False, False)
    assert DemandeDroit.objects.get().demandeur == ""
    for model in (
        SecondFacteur,
        Notification,
        Lecture,
        CourrielEnvoye,
        Job,
        ImportSalaries,
        Contact,
        PieceControle,
    ):
        assert model.objects.count() == 0, model
    assert not Fichier.objects.filter(pk=piece.pk).exists()
    assert not default_storage.exists(piece.contenu.name)
    assert "Fichiers supprimés : 1." in out.getvalue()
    # Run again: nothing left, nothing journaled.
    call_command("purge", on=ON.isoformat(), execute=True, stdout=io.StringIO())
    assert (Purge.objects.count(), entries.count()) == (1, len(EXPECTED))


def test_the_number_of_queries_does_not_depend_on_the_rows(db: None) -> None:
    def queries(act: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            act()
        return len(captured)

    everything(1)
    few, few_erased = queries(lambda: review(ON)), queries(lambda: purge(ON))
    for number in range(2, 7):
        everything(number)
    assert queries(lambda: review(ON)) == few
    assert queries(lambda: purge(ON)) == few_erased


def test_what_is_still_needed_waits(db: None) -> None:
    """An open annex, a request without an answer, a contract ended less than two years ago."""
    siae = make_siae(departement="062")
    version = make_version("VALIDE", siae=siae)
    held = make_contrat(siae)
    make_etat(version.annexe, OLD, [(held, Decimal(10))])
    asking = make_contrat(siae).salarie
    DemandeDroit.objects.create(
        numero=1,
        nature="EFFACEMENT",
        salarie=asking,
        demandeur="x",
        recue_le=date(2024, 1, 1),
        echeance=date(2024, 2, 1),
        enregistree_par=make_user(),
        enregistree_le=date(2024, 1, 1),
    )
    make_contrat(siae, debut=date(2024, 1, 1), fin=date(2024, 6, 2))
    found = {echu.regle.cle: echu for echu in review(ON)}["salaries"]
    assert (found.nombre, found.retenus) == (0, 2)
    VersionAnnexe.objects.update(etat="CLOTURE")
    found = {echu.regle.cle: echu for echu in review(ON)}["salaries"]
    assert (found.nombre, found.retenus) == (1, 1)
    later = {echu.regle.cle: echu for echu in review(date(2026, 6, 3))}["salaries"]
    assert later.nombre == 2


@pytest.mark.parametrize(("on", "due"), [(date(2033, 12, 31), 0), (date(2034, 1, 1), 1)])
def test_statements_are_kept_ten_whole_years(db: None, on: date, due: int) -> None:
    etat = make_etat(make_version("CLOTURE").annexe, date(2023, 12, 1))
    DocumentEtat.objects.create(
        etat_mensuel=etat, version=1, etat="VALIDE", fichier=stored("emp.pdf")
    )
    assert counts(on).get("etats_archives", 0) == due


def test_data_still_kept_are_not_erased_by_a_day_to_come(db: None) -> None:
    everything(1)
    with pytest.raises(Refus, match="pas encore venu"):
        purge(today() + timedelta(days=1))
    with pytest.raises(SystemExit):
        call_command(
            "purge",
            on=(today() + timedelta(days=1)).isoformat(),
            execute=True,
            stderr=io.StringIO(),
        )
    with pytest.raises(CommandError, match="n’est pas un jour"):
        call_command("purge", on="demain")
    assert Salarie.objects.get().anonymise_le is None
    assert Purge.objects.count() == 0


def test_a_kind_that_fails_leaves_the_others_done(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything(1)
    failing = next(regle for regle in PURGEES if regle.cle == "contacts")

    def fails(_rows: Any, _on: date) -> int:
        raise RuntimeError("disk")

    broken = tuple(
        regle
        if regle is not failing
        else type(regle)(
            **{name: getattr(regle, name) for name in regle.__slots__} | {"appliquer": fails}
        )
        for regle in PURGEES
    )
    monkeypatch.setattr(module, "PURGEES", broken)
    with pytest.raises(RuntimeError):
        purge(ON)
    monkeypatch.setattr(module, "PURGEES", PURGEES)
    assert "salaries" not in counts()
    assert counts()["contacts"] == 1
    purge(ON)
    assert counts() == {}


def test_the_monthly_report_tells_the_administrators_and_erases_nothing(db: None) -> None:
    everything(1)
    admin = make_organisation("ADMIN")
    make_membership("ADMINISTRATEUR", admin)
    assert report_retention(ON.isoformat()) == EXPECTED
    told = Notification.objects.get(organisation=admin)
    assert "salaries 1" in told.texte
    assert counts() == EXPECTED
    purge(ON)
    assert report_retention(ON.isoformat()) == {}
    assert Notification.objects.filter(organisation=admin).count() == 1


def test_every_rule_says_what_it_does() -> None:
    keys = [regle.cle for regle in REGLES]
    assert len(set(keys)) == len(keys)
    for regle in REGLES:
        acts = regle.sort in (Sort.ANONYMISER, Sort.SUPPRIMER)
        assert (regle.trouver is not None, regle.appliquer is not None) == (acts, acts), regle.cle
        assert regle.annees or regle.duree, regle.cle
    assert PURGEES[0].limite(date(2024, 2, 29)) == date(2022, 3, 1)
