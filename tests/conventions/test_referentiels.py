"""Dated values of the law: proposed by one person of the ASP, approved by another, then used."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError, ProgrammingError
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Notification
from apps.annexes.effect import effect_of
from apps.annexes.services import revaluation
from apps.conventions import services
from apps.conventions.models import ValeurReferentiel
from apps.conventions.referentiels import SERIES, gaps
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.rules import parameter
from apps.rules.parameter import ParametreInconnu, montants_mensuels_cd, montants_unitaires
from tests.factories import make_membership, make_organisation, make_valeur, make_version

pytestmark = pytest.mark.django_db

LE = date(2024, 2, 1)
ARRETE = {
    "fichier": "montants_unitaires",
    "serie": "ACI_DC",
    "effet": date(2024, 1, 1),
    "connu_le": date(2024, 1, 30),
    "montant": Decimal("23456.00"),
    "reference": "arrêté du 29 janvier 2024",
}


@pytest.fixture
def asp():
    organisation = make_organisation("ASP")
    return (
        make_membership("GESTIONNAIRE", organisation),
        make_membership("COMPTABLE", organisation),
    )


def proposed(acting, **changes) -> ValeurReferentiel:
    return services.propose_valeur(acting, on=LE, **(ARRETE | changes))


def amounts(connu_le: date = LE) -> tuple:
    year = (date(2024, 1, 1), date(2024, 12, 31))
    return montants_unitaires("ACI_DC", *year, connu_le)


def test_a_proposed_value_serves_only_once_somebody_else_approved_it(asp):
    before = amounts()
    valeur = proposed(asp[0])
    assert amounts() == before
    services.approve_valeur(asp[1], valeur, on=LE)
    assert amounts() == ((date(2024, 1, 1), Decimal("23456.00")),)
    acts = Entree.objects.filter(objet_id=valeur.pk, action__startswith="referentiel.")
    assert list(acts.order_by("pk").values_list("action", flat=True)) == [
        "referentiel.propose",
        "referentiel.approuve",
    ]


def test_the_asp_is_told_to_decide_then_the_proposer_what_was_decided(asp):
    valeur = proposed(asp[0])
    services.refuse_valeur(asp[1], valeur, motif="Un zéro de trop", on=LE)
    told = Notification.objects.order_by("pk").values_list("titre", "personne")
    assert list(told) == [
        ("Valeur à approuver : Montant unitaire annuel par ETP – ACI", None),
        ("Valeur refusée : Montant unitaire annuel par ETP – ACI", asp[0].user.pk),
    ]


def test_an_annex_transmitted_before_the_publication_keeps_what_was_known(asp):
    """Published on 30 January: on the 29th, the amount of 2023 still stands."""
    services.approve_valeur(asp[1], proposed(asp[0]), on=LE)
    assert amounts(date(2024, 1, 29)) == ((date(2023, 5, 1), Decimal("23196.00")),)


def test_nobody_approves_what_she_proposed_and_the_base_says_so_too(asp):
    valeur = proposed(asp[0])
    with pytest.raises(Refus, match="une autre personne de l’ASP doit l’approuver"):
        services.approve_valeur(asp[0], valeur, on=LE)
    valeur.refresh_from_db()
    assert (valeur.etat, valeur.decidee_par) == ("PROPOSEE", None)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        ValeurReferentiel.objects.filter(pk=valeur.pk).update(
            etat="APPROUVEE", decidee_par=asp[0].user, decidee_le=LE
        )


def test_an_approved_value_never_changes_again(asp):
    """Neither by a second decision, nor by hand in the base."""
    valeur = services.approve_valeur(asp[1], proposed(asp[0]), on=LE)
    with pytest.raises(Refus, match="déjà été décidée"):
        services.refuse_valeur(asp[1], valeur, motif="Erreur", on=LE)
    change = "UPDATE conventions_valeurreferentiel SET montant = 1"
    for statement in (change, "DELETE FROM conventions_valeurreferentiel"):
        with (
            pytest.raises((InternalError, ProgrammingError), match="never changes"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    valeur.refresh_from_db()
    assert valeur.montant == Decimal("23456.00")


def test_a_refused_value_says_why_and_may_be_proposed_again(asp):
    valeur = proposed(asp[0], montant=Decimal("234560.00"))
    with pytest.raises(Refus, match="Indiquez le motif"):
        services.refuse_valeur(asp[1], valeur, motif=" ", on=LE)
    services.refuse_valeur(asp[1], valeur, motif="Un zéro de trop", on=LE)
    services.approve_valeur(asp[1], proposed(asp[0]), on=LE)
    assert amounts()[-1][1] == Decimal("23456.00")


def test_a_corrected_text_is_a_new_value_of_the_same_effect(asp):
    """The corrected one counts from its own publication; before it, the first."""
    services.approve_valeur(asp[1], proposed(asp[0]), on=LE)
    with pytest.raises(Refus, match="déjà une valeur"):
        proposed(asp[0])
    corrected = proposed(asp[0], connu_le=LE, montant=Decimal("23465.00"))
    services.approve_valeur(asp[1], corrected, on=LE)
    assert amounts() == ((date(2024, 1, 1), Decimal("23465.00")),)
    assert amounts(date(2024, 1, 31)) == ((date(2024, 1, 1), Decimal("23456.00")),)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"montant": Decimal(0)}, "supérieure à 0"),
        ({"reference": " "}, "référence du texte"),
        ({"connu_le": date(2024, 2, 2)}, "ne peut pas être à venir"),
        ({"serie": "ACI_XX"}, "n’existe pas"),
    ],
)
def test_what_is_refused(asp, changes, sentence):
    with pytest.raises(Refus, match=sentence):
        proposed(asp[0], **changes)
    assert not ValeurReferentiel.objects.exists()


@pytest.mark.parametrize("role", ["ORDONNATEUR", "COMPTABLE", "INSTRUCTEUR", "DECIDEUR"])
def test_only_a_gestionnaire_proposes(role):
    with pytest.raises(Refus, match="gestionnaire de l’ASP"):
        proposed(make_membership(role))
    assert not ValeurReferentiel.objects.exists()


def test_one_proposal_at_a_time_for_an_effect(asp):
    proposed(asp[0])
    with pytest.raises(Refus, match="attend déjà d’être approuvée"):
        proposed(asp[0], connu_le=date(2024, 1, 31))


def test_a_gap_of_the_tables_is_filled_by_a_value(asp):
    """The prisons of early 2022 had no amount: asked for, an error; completed, a figure."""
    serie = SERIES["montants_unitaires", "ACI_MP"]
    gap = gaps(serie)[0]
    with pytest.raises(ParametreInconnu, match="n’est pas renseigné"):
        montants_unitaires("ACI_MP", gap.effet, gap.effet, LE)
    filled = proposed(asp[0], serie="ACI_MP", effet=gap.effet, reference="arrêté retrouvé")
    services.approve_valeur(asp[1], filled, on=LE)
    assert gap.effet not in [valeur.effet for valeur in gaps(serie)]
    assert montants_unitaires("ACI_MP", gap.effet, gap.effet, LE)[-1][1] == Decimal("23456.00")


def test_the_rsa_of_mayotte_may_be_recorded(asp):
    with pytest.raises(ParametreInconnu, match="Mayotte"):
        montants_mensuels_cd(LE, "976")
    rsa = proposed(asp[0], fichier="rsa", serie="montants_MAYOTTE", montant=Decimal("267.39"))
    services.approve_valeur(asp[1], rsa, on=LE)
    assert montants_mensuels_cd(LE, "976") == ((date(2024, 1, 1), Decimal("267.39")),)


def test_before_approval_one_reads_which_annexes_would_change(asp):
    """6 posts over 2023 at 22 289 €, 6 months of them at 24 289 €: 6 000 € more."""
    due = [(date(2022, 8, 1), Decimal("22289.00")), (date(2023, 1, 1), Decimal("22692.00"))]
    due.append((date(2023, 5, 1), Decimal("23196.00")))
    version = make_version(unitaires=due)
    make_version(unitaires=due, departement="976")
    valeur = proposed(asp[0], effet=date(2023, 7, 1), montant=Decimal("25196.00"))
    effect = effect_of(valeur, LE)
    assert [ligne.version for ligne in effect.lignes] == [version]
    assert effect.difference == Decimal("6000.00")
    assert revaluation.preview("ACI_DC", LE).lignes == ()  # nothing has changed


def test_the_rsa_of_mayotte_concerns_its_annexes_only(asp):
    make_version()
    make_version(departement="976")
    make_version(departement="976")
    for serie, count in (("montants", 1), ("montants_MAYOTTE", 2)):
        value = proposed(asp[0], fichier="rsa", serie=serie, effet=date(2023, 7, 1))
        assert effect_of(value, LE).nombre == count


def test_a_page_or_a_run_reads_the_table_once(asp, django_assert_num_queries):
    services.approve_valeur(asp[1], proposed(asp[0]), on=LE)
    with django_assert_num_queries(1), parameter.one_reading():
        for _ in range(50):
            amounts()
            montants_mensuels_cd(LE)


def test_the_revaluation_costs_one_query_more_whatever_the_number(django_assert_max_num_queries):
    for _ in range(8):
        make_version()
    with django_assert_max_num_queries(6):
        assert len(revaluation.preview("ACI_DC", LE).lignes) == 8


def test_the_screens_from_proposal_to_approval(asp):
    """Typed in French, refused when absurd, approved by somebody else; the author sees why not."""
    author, other = Client(), Client()
    author.force_login(asp[0].user)
    other.force_login(asp[1].user)
    address = reverse("conventions:valeur_proposer", args=["montants_unitaires", "ACI_DC"])
    fields = {"effet": "2024-01-01", "connu_le": "2024-01-30", "reference": "arrêté"}
    said = author.post(address, fields | {"montant": "beaucoup"}).content.decode()
    assert "Erreur –" in said
    assert not ValeurReferentiel.objects.exists()
    author.post(address, fields | {"montant": "23 456,00"})
    valeur = ValeurReferentiel.objects.get()
    page = reverse("conventions:valeur", args=[valeur.pk])
    assert "une autre personne de l’ASP doit l’approuver" in author.get(page).content.decode()
    author.post(page, {"decision": "APPROUVER"})
    other.post(page, {"decision": "REFUSER"})
    valeur.refresh_from_db()
    assert valeur.etat == "PROPOSEE"
    other.post(page, {"decision": "APPROUVER"})
    valeur.refresh_from_db()
    assert (valeur.etat, valeur.decidee_par) == ("APPROUVEE", asp[1].user)
    listed = author.get(reverse("conventions:referentiel", args=["montants_unitaires", "ACI_DC"]))
    assert "23 456,00 €" in listed.content.decode().replace("\xa0", " ")


def test_the_page_of_the_referentials_costs_the_same_whatever_their_number(asp):
    client = Client()
    client.force_login(asp[0].user)
    counts = []
    for number in (1, 10):
        for month in range(number):
            make_valeur(effet=date(2030 + number, month + 1, 1))
        with connection.execute_wrapper(_counting(counts)):
            client.get(reverse("conventions:referentiels"))
        counts.append("—")
    first, rest = "".join(counts).split("—")[:2]
    assert len(first) == len(rest)


def _counting(counts: list[str]):
    def count(execute, sql, params, many, context):
        counts.append(".")
        return execute(sql, params, many, context)

    return count
