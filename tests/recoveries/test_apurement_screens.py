"""From the order to the decision, by the screens: each role finds what it has to do, does it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.dashboards.expectations import expectations_of
from apps.recoveries import documents_apurement as documents
from apps.recoveries.chronologie import facts_of
from apps.recoveries.models import (
    Contestation,
    DemandeRemise,
    Extinction,
    ListeNonValeur,
    ProcedureCollective,
)
from apps.recoveries.permissions_apurement import PERSONNES_MORALES
from apps.recoveries.services.abandons import add_line, prepare_list, receive_list, submit_list
from apps.recoveries.services.contestations import contest
from apps.recoveries.services.extinctions import propose_extinction
from apps.rules.explanation import euros
from tests.factories import make_pdf
from tests.recoveries.creances import ON, figures, make_ordre, make_people


def page(member: Membership, name: str, *args: Any) -> str:
    client = Client()
    client.force_login(member.user)
    answer = client.get(reverse(f"apurement:{name}", args=args))
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def send(member: Membership, name: str, *args: Any, **data: Any) -> str:
    """Post a form; returns the text of the page it leads to."""
    client = Client()
    client.force_login(member.user)
    answer = client.post(reverse(f"apurement:{name}", args=args), data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def ordre(db):
    return make_ordre("1000.00")


@pytest.fixture
def people(ordre):
    return make_people(ordre)


def test_a_dispute_from_its_filing_to_its_letter(ordre, people) -> None:
    text = send(people.responsable, "contester", ordre.pk, motif="Heures oubliées.")
    assert "La contestation est enregistrée." in text
    found = Contestation.objects.get()
    assert "n’arrête pas le recouvrement" in page(people.responsable, "contestation", found.pk)
    send(people.ordonnateur, "contestation_suspendre", found.pk, motif="Doute.")
    refused = send(people.ordonnateur, "contestation_decider", found.pk, reduction="1", motif="x")
    assert "pas encore reçu l’avis" in refused
    send(people.gestionnaire, "contestation_instruire", found.pk, avis="Juste.", reduction="400,00")
    done = send(
        people.ordonnateur, "contestation_decider", found.pk, reduction="400,00", motif="Vu."
    )
    assert "La contestation est décidée." in done
    assert figures(ordre)[1] == D("600.00")
    for produce in (documents.written_order, documents.dispute_letter):
        fichier = produce(found.pk)
        assert fichier.type_mime == "application/pdf"
        assert produce(found.pk) == fichier
    titles = [fact.titre for fact in facts_of(ordre)]
    assert titles[0] == "Ordre de recouvrer émis"
    assert set(titles[1:]) == {
        "Contestation",
        "Poursuites suspendues par écrit",
        "Contestation admise en partie",
        "Réduction d’un ordre de recouvrer",
    }
    # The opinion is for the ordonnateur; the debtor reads the decision.
    assert "Juste." not in page(people.responsable, "contestation", found.pk)
    assert "Vu." in page(people.responsable, "contestation", found.pk)


def test_a_legal_person_reads_the_answer_of_the_convention(ordre, people) -> None:
    assert PERSONNES_MORALES in page(people.responsable, "remise_demander", ordre.pk)
    text = send(people.responsable, "remise_demander", ordre.pk, motif="Trésorerie.")
    assert text.count(PERSONNES_MORALES) >= 1
    found = DemandeRemise.objects.get()
    assert found.etat == "NON_ADMISE"
    assert documents.remission_letter(found.pk).taille > 0


def test_a_list_from_its_preparation_to_its_decision(ordre, people) -> None:
    text = send(people.gestionnaire, "liste_preparer", financeur=ordre.financeur.pk)
    assert "ajoutez-y les créances" in text
    liste = ListeNonValeur.objects.get()
    unknown = send(
        people.gestionnaire,
        "ligne_ajouter",
        liste.pk,
        numero="999999",
        motif="DISSOLUTION",
        piece=make_pdf(),
    )
    assert "pas d’ordre de recouvrer n° 999999" in unknown
    send(
        people.gestionnaire,
        "ligne_ajouter",
        liste.pk,
        numero=str(ordre.numero),
        motif="DISSOLUTION",
        piece=make_pdf(),
    )
    ligne = liste.lignes.get()
    before = page(people.comptable, "liste_soumettre", liste.pk)
    assert f"<dt>Total présenté</dt><dd>{euros(D('1000.00'))}</dd>" in before
    assert f"<dt>Financeur</dt><dd>{ordre.financeur}</dd>" in before
    send(people.comptable, "liste_soumettre", liste.pk)
    liste.refresh_from_db()
    # Archived as it was submitted, whatever is paid or decided afterwards.
    assert liste.document == documents.list_slip(liste.pk)
    assert "Réception à enregistrer" in page(people.decideur, "a_decider")
    send(people.decideur, "liste_recevoir", liste.pk, recue_le=today().isoformat())
    waiting = page(people.decideur, "a_decider")
    assert reverse("apurement:ligne_decider", args=[ligne.pk]) in waiting
    assert "jours" in waiting
    assert reverse("apurement:ligne_decider", args=[ligne.pk]) not in page(
        people.lecteur, "a_decider"
    )
    refused = send(people.decideur, "ligne_decider", ligne.pk, admise="non", elements="")
    assert "éléments qui permettent de reprendre" in refused
    assert figures(ordre)[0] == "NOTIFIE"
    send(people.decideur, "ligne_decider", ligne.pk, admise="oui", elements="")
    assert figures(ordre)[0] == "NON_VALEUR"
    assert "Rien à décider" in page(people.decideur, "a_decider")
    assert "1\u00a0000,00\u00a0€" in page(people.decideur, "liste", liste.pk)


def test_a_procedure_from_the_judgment_to_the_extinction(ordre, people) -> None:
    jugement = today() - timedelta(days=10)
    fields = {
        "siret": ordre.structure.siret,
        "nature": "LIQUIDATION",
        "jugement_le": jugement.isoformat(),
        "tribunal": "Tribunal judiciaire d’Arras",
        "piece": make_pdf(),
    }
    wrong = send(people.gestionnaire, "procedure_enregistrer", **fields | {"siret": "1"})
    assert "Aucune structure ne porte ce SIRET" in wrong
    send(people.gestionnaire, "procedure_enregistrer", **fields | {"piece": make_pdf()})
    found = ProcedureCollective.objects.get()
    assert "Ordres dus et non déclarés" in page(people.comptable, "procedure", found.pk)
    send(people.gestionnaire, "procedure_publier", found.pk, bodacc_le=jugement.isoformat())
    send(
        people.gestionnaire,
        "procedure_declarer",
        found.pk,
        declaree_le=today().isoformat(),
        reference="LRAR",
    )
    declared = page(people.comptable, "procedure", found.pk)
    assert "Ordres dus et non déclarés" not in declared
    # Nothing is left to declare: the act is neither offered nor done twice.
    assert reverse("apurement:procedure_declarer", args=[found.pk]) not in declared
    again = send(people.comptable, "procedure_declarer", found.pk)
    assert "Toutes les créances de cette structure sont déjà déclarées." in again
    send(
        people.comptable,
        "procedure_clore",
        found.pk,
        issue="INSUFFISANCE",
        le=today().isoformat(),
        piece=make_pdf(),
    )
    extinction = Extinction.objects.get()
    send(people.ordonnateur, "extinction_prononcer", extinction.pk, prononcee="oui")
    assert figures(ordre)[0] == "ETEINT"


def test_the_page_of_an_order_offers_what_one_may_begin(ordre, people) -> None:
    def offered(member: Membership) -> set[str]:
        client = Client()
        client.force_login(member.user)
        text = client.get(reverse("recoveries:ordre", args=[ordre.pk])).content.decode()
        pages = ("contester", "remise_demander", "extinction_proposer")
        return {p for p in pages if reverse(f"apurement:{p}", args=[ordre.pk]) in text}

    assert offered(people.responsable) == {"contester", "remise_demander"}
    assert offered(people.comptable) == {"contester", "remise_demander", "extinction_proposer"}
    assert offered(people.lecteur) == set()
    send(people.responsable, "contester", ordre.pk, motif="Heures.")
    assert offered(people.responsable) == {"remise_demander"}


def test_home_says_what_is_expected_and_until_when(ordre, people) -> None:
    def expected(member: Membership) -> dict[str, tuple[int, date | None]]:
        found = expectations_of(member, ON)
        words = ("contestation", "non-valeur", "extinction", "créances sont")
        return {
            line.texte: (line.nombre, line.echeance)
            for line in found
            if any(word in line.texte for word in words)
        }

    for member in (people.gestionnaire, people.comptable, people.ordonnateur, people.decideur):
        assert expected(member) == {}
    contest(people.responsable, ordre, motif="Heures.", on=ON)
    liste = prepare_list(people.gestionnaire, ordre.financeur, on=ON)
    add_line(people.gestionnaire, liste, ordre, motif="DISSOLUTION", piece=make_pdf())
    submit_list(people.comptable, liste, on=ON)
    assert expected(people.decideur) == {
        "liste de non-valeurs dont la réception est à enregistrer": (1, None)
    }
    receive_list(people.decideur, liste, recue_le=ON, on=ON)
    assert expected(people.decideur) == {
        "créance présentée en non-valeur, à décider": (1, date(2023, 9, 2))
    }
    assert expected(people.autre_decideur) == {}
    propose_extinction(people.comptable, ordre, motif="DECES", piece=make_pdf(), on=ON)
    assert expected(people.gestionnaire) == {
        "contestation d’un ordre de recouvrer à instruire": (1, None)
    }
    assert expected(people.ordonnateur) == {
        "extinction de créance proposée, à prononcer ou à rejeter": (1, None)
    }


def test_as_many_queries_for_ten_orders_as_for_two(ordre, people) -> None:
    """The list, and what awaits a decision."""
    liste = prepare_list(people.gestionnaire, ordre.financeur, on=ON)
    client = Client()
    client.force_login(people.decideur.user)
    counts = []
    for number in (2, 8):
        ListeNonValeur.objects.update(etat="PREPARATION", soumise_par=None, recue_le=None)
        for _ in range(number):
            add_line(
                people.gestionnaire,
                liste,
                make_ordre("100.00"),
                motif="DISSOLUTION",
                piece=make_pdf(),
            )
        submit_list(people.comptable, liste, on=ON)
        receive_list(people.decideur, liste, recue_le=ON, on=ON)
        for url in (
            reverse("apurement:a_decider"),
            reverse("apurement:liste", args=[liste.pk]),
        ):
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


def test_the_fiche_de_synthese_of_a_natural_person(db) -> None:
    ordre = make_ordre("1000.00", forme="INDIVIDUELLE")
    people = make_people(ordre)
    send(people.responsable, "remise_demander", ordre.pk, motif="Gêne.")
    found = DemandeRemise.objects.get()
    send(people.gestionnaire, "remise_proposer", found.pk, synthese="RSA.", montant="700")
    send(people.ordonnateur, "remise_transmettre", found.pk)
    send(people.decideur, "remise_recevoir", found.pk, recue_le=today().isoformat())
    send(people.decideur, "remise_decider", found.pk, montant="500", motif="Vu la fiche.")
    found.refresh_from_db()
    assert (found.etat, found.montant_accorde) == ("ACCORDEE", D("500.00"))
    assert figures(ordre)[3] == D("500.00")
    assert documents.synthesis(found.pk).taille > 0
    assert documents.remission_letter(found.pk).taille > 0
    assert "RSA." not in page(people.responsable, "remise", found.pk)
    assert found.recue_le == today() >= date(2023, 1, 1)
