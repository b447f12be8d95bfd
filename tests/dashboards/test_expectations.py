"""« Ce qui est attendu de vous »: each role's lines, their counts, deadlines and scope."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.annexes.models import Suspension, VersionAnnexe
from apps.dashboards.expectations import expectations_of, next_payment_day
from apps.payments.models import Campagne, Retenue, Versement
from apps.presence.models import EtatMensuel
from apps.recoveries.models import OrdreDeRecouvrer
from tests.factories import (
    make_bank_details,
    make_financeur,
    make_membership,
    make_organisation,
    make_siae,
    make_structure,
    make_user,
    make_version,
)

ON = date(2023, 4, 15)


def lines(acting: Membership, on: date = ON) -> dict[str, tuple[int, date | None]]:
    return {line.texte: (line.nombre, line.echeance) for line in expectations_of(acting, on)}


def of_structure(version: VersionAnnexe, role: Role = Role.RESPONSABLE) -> Membership:
    return make_membership(role, version.siae.structure.organisation)


def make_etat(version: VersionAnnexe, month: int, etat: str) -> EtatMensuel:
    someone = make_user()
    return EtatMensuel.objects.create(
        annexe=version.annexe,
        mois=date(2023, month, 1),
        etat=etat,
        certifie_par=None if etat == "BROUILLON" else someone,
        valide_par=someone if etat in ("VALIDE", "CARENCE") else None,
        valide_le=date(2023, month + 1, 10) if etat in ("VALIDE", "CARENCE") else None,
    )


def make_run(number: int, etat: str, month: int = 4) -> Campagne:
    people = [make_user() for _ in range(4)]
    return Campagne.objects.create(
        numero=number,
        mois=date(2023, month, 1),
        jour_paiement=date(2023, month, 20),
        etat=etat,
        prepare_par=people[0],
        approuve_par=people[1] if etat in ("APPROUVEE", "VISEE", "EXECUTEE") else None,
        vise_par=people[2] if etat in ("VISEE", "EXECUTEE") else None,
    )


def make_order(version: VersionAnnexe, number: int, *, amount: str = "10.00") -> OrdreDeRecouvrer:
    structure = version.siae.structure
    run = make_run(number, "ABANDONNEE", month=1)
    line = Versement.objects.create(
        campagne=run,
        annexe=version.annexe,
        version=version,
        structure=structure,
        mois=date(2023, 1, 1),
        nature="solde",
        sequence=number,
        montant=0,
        part_etat=0,
        part_cd=0,
    )
    return OrdreDeRecouvrer.objects.create(
        numero=number,
        annexe=version.annexe,
        structure=structure,
        financeur=make_financeur(structure.departement),
        versement=line,
        montant_initial=Decimal("10.00"),
        montant=Decimal(amount),
        emis_le=date(2023, 4, 1),
        emis_par=make_user(),
    )


# --- Structures --------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.SAISIE, Role.RESPONSABLE])
def test_a_structure_enters_each_month_whose_last_day_has_come(db: None, role: Role) -> None:
    """On 15 April, March is to enter by 30 April; January and February are late; April is not
    over."""
    acting = of_structure(make_version(), role)
    assert lines(acting) == {
        "états mensuels en retard : les paiements des annexes concernées sont suspendus": (2, None),
        "état mensuel à saisir et à certifier": (1, date(2023, 4, 30)),
    }


def test_a_month_is_expected_from_its_very_last_day(db: None) -> None:
    acting = of_structure(make_version())
    assert lines(acting, date(2023, 1, 30)) == {}
    assert lines(acting, date(2023, 1, 31)) == {
        "état mensuel à saisir et à certifier": (1, date(2023, 2, 28))
    }
    assert lines(acting, date(2023, 2, 28))["états mensuels à saisir et à certifier"] == (
        2,
        date(2023, 2, 28),
    )
    assert lines(acting, date(2023, 3, 1))[
        "état mensuel en retard : les paiements de l’annexe sont suspendus"
    ] == (1, None)


def test_a_statement_begun_is_still_expected_and_a_certified_one_is_not(db: None) -> None:
    version = make_version()
    make_etat(version, 1, "VALIDE")
    make_etat(version, 2, "SAISI")
    make_etat(version, 3, "BROUILLON")
    assert lines(of_structure(version)) == {
        "état mensuel à saisir et à certifier": (1, date(2023, 4, 30))
    }


def test_a_reopened_statement_is_expected_and_a_carence_is_not(db: None) -> None:
    version = make_version()
    make_etat(version, 1, "CARENCE")
    make_etat(version, 2, "DEBLOQUE")
    make_etat(version, 3, "VALIDE")
    assert lines(of_structure(version)) == {
        "état mensuel rouvert par l’ASP, à compléter et à certifier de nouveau": (1, None)
    }


@pytest.mark.parametrize("etat", ["BROUILLON", "SAISI", "REJETE", "CLOTURE", "ANNULE"])
def test_an_annex_not_in_force_expects_nothing(db: None, etat: str) -> None:
    assert lines(of_structure(make_version(etat))) == {}


def test_a_provisional_annex_expects_its_statements(db: None) -> None:
    acting = of_structure(make_version("PROVISOIRE"))
    assert lines(acting, date(2023, 1, 31)) == {
        "état mensuel à saisir et à certifier": (1, date(2023, 2, 28))
    }


def test_a_structure_is_told_of_suspensions_and_orders_of_its_own_only(db: None) -> None:
    mine, other = make_version(), make_version()
    for version in (mine, other):
        for month in (1, 2, 3):
            make_etat(version, month, "VALIDE")
        Suspension.objects.create(
            annexe=version.annexe, motif="DECISION", detail="Contrôle", depuis=date(2023, 4, 1)
        )
    Suspension.objects.create(
        annexe=mine.annexe,
        motif="EMP_NON_SAISI",
        detail="Janvier",
        depuis=date(2023, 3, 1),
        levee_le=date(2023, 3, 2),
    )
    make_order(mine, 1)
    make_order(mine, 2, amount="0.00")
    make_order(other, 3)
    assert lines(of_structure(mine)) == {
        "annexe dont les paiements sont suspendus": (1, None),
        "ordre de recouvrer à payer": (1, None),
    }


# --- DDETS -------------------------------------------------------------------------------------
def test_a_ddets_sees_what_it_has_to_finish_on_its_territory(db: None) -> None:
    for etat, count in (("REJETE", 1), ("BROUILLON", 2), ("PROVISOIRE", 1), ("SAISI", 3)):
        for _ in range(count):
            make_version(etat)
    make_version("REJETE", siae=make_siae(departement="059"))
    ddets = make_membership(Role.INSTRUCTEUR, make_organisation("DDETS", departement="062"))
    assert lines(ddets, date(2023, 1, 15)) == {
        "annexe rejetée par l’ASP, à corriger et à transmettre de nouveau": (1, None),
        "annexes ou avenants en brouillon, à transmettre à l’ASP": (2, None),
        "annexe provisoire de renouvellement, à compléter et à transmettre": (1, None),
    }


def test_a_ddets_sees_the_late_statements_of_its_territory(db: None) -> None:
    make_version()
    make_version(siae=make_siae(departement="059"))
    ddets = make_membership(Role.INSTRUCTEUR, make_organisation("DDETS", departement="062"))
    assert lines(ddets) == {
        "états mensuels en retard : les paiements des annexes concernées sont suspendus": (2, None)
    }


# --- ASP ---------------------------------------------------------------------------------------
def test_a_gestionnaire_validates_checks_and_prepares(db: None) -> None:
    make_version("SAISI")
    in_force = make_version()
    make_etat(in_force, 2, "SAISI")
    make_etat(in_force, 3, "SAISI")
    make_bank_details(make_structure(), etat="PROPOSEE")
    make_bank_details(make_structure())
    make_bank_details(make_structure(), etat="GELEE")
    gestionnaire = make_membership(Role.GESTIONNAIRE)
    assert lines(gestionnaire) == {
        "annexe ou avenant à valider": (1, None),
        "états mensuels certifiés, à valider": (2, date(2023, 4, 20)),
        "proposition de coordonnées bancaires à contrôler": (1, None),
        "compte gelé après une contestation, à vérifier avec la structure": (1, None),
        "campagne de paiement d’avril 2023 à préparer": (1, date(2023, 4, 20)),
    }


def test_a_statement_of_a_provisional_annex_is_not_to_validate_yet(db: None) -> None:
    """The queue of statements does not hold it: it waits for its annex."""
    make_etat(make_version("PROVISOIRE"), 2, "SAISI")
    assert not any("certifié" in texte for texte in lines(make_membership(Role.GESTIONNAIRE)))


def test_a_run_prepared_is_to_control_and_no_longer_to_prepare(db: None) -> None:
    make_run(1, "PREPAREE")
    assert lines(make_membership(Role.GESTIONNAIRE)) == {
        "campagne de paiement préparée, à contrôler": (1, date(2023, 4, 20))
    }


def test_what_the_last_executed_run_held_is_to_be_released(db: None) -> None:
    """Holds of an earlier run, paid or named again since, do not count."""
    version = make_version()
    for number, month in ((1, 3), (2, 4)):
        run = make_run(number, "EXECUTEE", month=month)
        for worked in range(1, month):
            Retenue.objects.create(
                campagne=run,
                annexe=version.annexe,
                mois=date(2023, worked, 1),
                nature="forfait",
                motif="EMP_MANQUANT",
                detail="Janvier 2023",
                montant_prevu=Decimal("10.00"),
            )
    found = lines(make_membership(Role.GESTIONNAIRE))
    assert found == {"échéances retenues à la dernière campagne, à débloquer": (3, None)}


def test_an_abandoned_run_is_to_prepare_again(db: None) -> None:
    make_run(1, "ABANDONNEE")
    assert lines(make_membership(Role.GESTIONNAIRE)) == {
        "campagne de paiement d’avril 2023 à préparer": (1, date(2023, 4, 20))
    }


@pytest.mark.parametrize(
    ("etat", "role", "text"),
    [
        (
            "CONTROLEE",
            Role.ORDONNATEUR,
            "campagne de paiement contrôlée, à approuver",
        ),
        ("APPROUVEE", Role.COMPTABLE, "campagne de paiement approuvée, à viser"),
        ("VISEE", Role.COMPTABLE, "campagne de paiement visée, à exécuter"),
    ],
)
def test_each_stage_of_a_run_is_expected_from_one_role(
    db: None, etat: str, role: Role, text: str
) -> None:
    make_run(1, etat)
    assert lines(make_membership(role)) == {text: (1, date(2023, 4, 20))}
    others = {Role.GESTIONNAIRE, Role.ORDONNATEUR, Role.COMPTABLE} - {role}
    assert [lines(make_membership(other)) for other in others] == [{}, {}]


def test_the_next_payment_day() -> None:
    assert next_payment_day(date(2023, 4, 20)) == date(2023, 4, 20)
    assert next_payment_day(date(2023, 4, 21)) == date(2023, 5, 20)
    assert next_payment_day(date(2023, 12, 31)) == date(2024, 1, 20)


# --- Départements ------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.LECTEUR, Role.DECIDEUR])
def test_a_departement_sees_only_what_it_cofinances(db: None, role: Role) -> None:
    mine = make_version()
    without_its_money = make_version(montant_cd=Decimal(0), financeur_cd=None)
    elsewhere = make_version(siae=make_siae(departement="059"))
    for number, version in enumerate((mine, without_its_money, elsewhere), start=1):
        Suspension.objects.create(
            annexe=version.annexe, motif="DECISION", detail="Contrôle", depuis=date(2023, 4, 1)
        )
        if version != without_its_money:
            make_order(version, number)
    cd = make_membership(role, make_financeur("062").organisation)
    assert lines(cd) == {
        "annexe dont les paiements sont suspendus": (1, None),
        "états mensuels en retard : les paiements des annexes concernées sont suspendus": (2, None),
        "ordre de recouvrer émis pour votre part": (1, None),
    }


# --- The page ----------------------------------------------------------------------------------
def test_the_administrator_sees_no_case(db: None) -> None:
    make_version()
    admin = make_membership(Role.ADMINISTRATEUR)
    assert lines(admin) == {"habilitation en vigueur à tenir à jour": (1, None)}


def test_the_page_shows_each_line_with_its_link_and_deadline(
    db: None, client: Client, settings: Any
) -> None:
    settings.TODAY = ON
    client.force_login(of_structure(make_version()).user)
    page = client.get("/").text
    assert "Au plus tard le 30 avril 2023" in page
    assert f'href="{reverse("presence:liste")}"' in page
    assert "Rien n’est attendu" not in page


def test_a_departement_follows_and_finds_its_dashboards(db: None, client: Client) -> None:
    """What is late is for others to do; its dashboards are one click away."""
    client.force_login(make_membership(Role.LECTEUR, make_financeur("062").organisation).user)
    page = client.get("/").text
    assert "<h2>À suivre</h2>" in page
    assert "Rien à suivre aujourd’hui" in page
    for name in ("alertes", "suivi_postes", "suivi_caom", "restitutions"):
        assert f'href="{reverse(f"dashboards:{name}")}"' in page


def test_the_page_says_when_nothing_is_expected(db: None, client: Client) -> None:
    client.force_login(make_membership(Role.ORDONNATEUR).user)
    assert "Rien n’est attendu de vous aujourd’hui" in client.get("/").text


@pytest.mark.parametrize("role", list(Role))
def test_the_number_of_queries_does_not_depend_on_the_number_of_cases(
    db: None, role: Role, django_assert_num_queries: Any
) -> None:
    version = make_version()
    if role in (Role.SAISIE, Role.RESPONSABLE):
        acting = of_structure(version, role)
    elif role in (Role.LECTEUR, Role.DECIDEUR):
        acting = make_membership(role, make_financeur("062").organisation)
    else:
        acting = make_membership(role)
    with CaptureQueriesContext(connection) as few:
        expectations_of(acting, ON)
    for siae in (make_siae(version.siae.structure, "EI_DC"), make_siae(), make_siae()):
        make_etat(make_version(siae=siae), 1, "SAISI")
    assert len(few) <= 16  # one or two for each line; the agent comptable has the most
    with django_assert_num_queries(len(few)):
        expectations_of(acting, ON)
