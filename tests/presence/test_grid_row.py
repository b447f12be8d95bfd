"""A row of the grid saved as it is typed: what is written, what is answered, what is refused."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.journal.models import Entree
from apps.presence.models import EtatMensuel, LignePresence
from apps.presence.services import LineInput, certify_etat, save_lines
from apps.siae.codes import MotifSortie
from apps.siae.models import Contrat, Siae
from tests.presence.world import JANVIER, World, contrat, month, structure

REASON = MotifSortie.values[0]


@pytest.fixture(autouse=True)
def third_of_february(settings):
    settings.TODAY = date(2023, 2, 3)


def send(client, world: World, contrat: Contrat, read=(1, None, None, ""), **typed: str):
    """Post one row as the page does; `read` is what its hidden field kept."""
    url = reverse("presence:ligne", args=[world.annexe.pk, JANVIER, contrat.pk])
    data = {f"lu_{contrat.pk}": json.dumps(list(read))}
    for name in ("heures", "salaire", "commentaire"):
        data[f"{name}_{contrat.pk}"] = typed.pop(name, "")
    return client.post(url, data | typed)


def line_of(contrat: Contrat) -> LignePresence:
    return LignePresence.objects.get(contrat=contrat)


def test_a_row_is_saved_and_answered_with_its_revision_and_the_totals(client, world):
    contrat = world.contrat(rsa="OUI-M", rsa_departement="062")
    world.contrat()
    client.force_login(world.saisie.user)
    response = send(client, world, contrat, heures="112,67", salaire="1 200,50", commentaire="Vu")
    assert response.status_code == 200
    saved = line_of(contrat)
    assert (saved.heures_declarees, saved.salaire_brut, saved.commentaire, saved.revision) == (
        Decimal("112.67"),
        Decimal("1200.50"),
        "Vu",
        2,
    )
    answer = response.json()
    assert answer["valeurs"] == {"heures": "112,67", "salaire": "1200,50", "commentaire": "Vu"}
    assert json.loads(answer["lu"]) == [2, "112.67", "1200.50", "Vu"]
    # 112,67 × 12 / 1 820 = 0,74 ETP; 0,74 / 6 = 12,33 %.
    assert answer["totaux"] == {
        "saisies": 1,
        "heures": "112,67\xa0h",
        "eligibles": "112,67\xa0h",
        "etp": "0,74",
        "brsa": 1,
        "taux": "12,33\xa0%",
    }
    assert Entree.objects.filter(action="etat.saisi").count() == 1


def test_the_first_row_opens_the_statement_and_tells_what_is_known_of_all(client, world):
    """The page could not know the eligibility of contracts that had no line yet."""
    mine = world.contrat()
    other = world.contrat(salarie_pass_fin=date(2022, 12, 31))
    client.force_login(world.saisie.user)
    flags = {flag["contrat_id"]: flag for flag in send(client, world, mine).json()["drapeaux"]}
    assert flags[mine.pk]["motif"] == ""
    assert "PASS IAE" in flags[other.pk]["motif"]
    assert EtatMensuel.objects.get().lignes.count() == 2
    assert send(client, world, mine, heures="10").json()["drapeaux"] == []


def test_a_row_changed_by_somebody_else_answers_with_their_value_and_is_left_alone(client, world):
    contrat = world.contrat()
    etat = world.opened()
    save_lines(world.responsable, etat, [LineInput(contrat.pk, 1, Decimal(80))])
    client.force_login(world.saisie.user)
    response = send(client, world, contrat, heures="95")
    assert response.status_code == 409
    answer = response.json()
    assert answer["auteur"] == world.responsable.user.nom_complet
    assert (answer["valeurs"]["heures"], json.loads(answer["lu"])[0]) == ("80,00", 2)
    assert line_of(contrat).heures_declarees == 80
    # Keeping one's own value is saving it again over the revision one has now seen.
    kept = send(client, world, contrat, json.loads(answer["lu"]), heures="95")
    assert (kept.status_code, line_of(contrat).heures_declarees) == (200, 95)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("heures", "213", "213,00\xa0h saisies, le maximum est de 212,57\xa0h pour 31 jours"),
        ("heures", "1.234,5", "peut se lire de plusieurs façons"),
        ("heures", "-1", "Le nombre d’heures ne peut pas être négatif."),
        ("salaire", "beaucoup", "n’est pas un nombre"),
        ("commentaire", "x" * 301, "300 caractères"),
    ],
)
def test_what_is_refused_is_said_for_its_field_and_nothing_is_written(
    client, world, field, typed, words
):
    contrat = world.contrat()
    client.force_login(world.saisie.user)
    response = send(client, world, contrat, **{field: typed})
    assert response.status_code == 422
    (said,) = response.json()["erreurs"][field]
    assert words in said
    assert not EtatMensuel.objects.exists()


def test_hours_and_exit_are_saved_together(client, world):
    contrat = world.contrat()
    client.force_login(world.saisie.user)
    leaving = {"date_sortie": "2023-01-15", "motif_sortie": REASON}
    response = send(client, world, contrat, heures="40", **leaving)
    assert response.status_code == 200
    contrat.refresh_from_db()
    assert (contrat.date_sortie, line_of(contrat).heures_declarees) == (date(2023, 1, 15), 40)
    assert response.json()["sortie"].startswith("Sortie le 15/01/2023 : ")


@pytest.mark.parametrize(
    ("hours", "leaving", "why"),
    [
        # 15 days × 48 / 7 = 102,86 h.
        ("150", {"date_sortie": "2023-01-15"}, "le maximum est de 102,86\xa0h pour 15 jours"),
        ("40", {"date_sortie": "2022-01-15"}, ""),
        ("40", {"date_sortie": "2023-01-15", "motif_sortie": ""}, "obligatoire"),
        ("40", {"date_sortie": ""}, "obligatoire"),
    ],
)
def test_neither_hours_nor_exit_when_one_of_them_is_refused(client, world, hours, leaving, why):
    contrat = world.contrat()
    client.force_login(world.saisie.user)
    response = send(client, world, contrat, heures=hours, **{"motif_sortie": REASON} | leaving)
    assert response.status_code == 422
    assert why in str(response.json()["erreurs"]).replace("\\xa0", "\xa0")
    contrat.refresh_from_db()
    assert contrat.date_sortie is None
    assert not LignePresence.objects.filter(heures_declarees__isnull=False).exists()


def test_a_certified_statement_takes_no_row_any_longer(client, world):
    contrat = world.contrat()
    certify_etat(world.responsable, world.typed(), justification="Vérifié.", on=date(2023, 2, 1))
    client.force_login(world.saisie.user)
    response = send(client, world, contrat, (2, "100.00", None, ""), heures="12")
    assert (response.status_code, response.json()["ferme"]) == (409, True)
    assert line_of(contrat).heures_declarees == 100


def test_a_row_of_another_structure_or_month_is_not_written(client, world):
    mine = world.contrat()
    theirs = contrat(Siae.objects.create(structure=structure("Ailleurs"), mesure="ACI_DC"))
    client.force_login(world.saisie.user)
    url = reverse("presence:ligne", args=[world.annexe.pk, month(6), mine.pk])
    assert client.post(url, {f"lu_{mine.pk}": '[1, null, null, ""]'}).status_code == 422
    url = reverse("presence:ligne", args=[world.annexe.pk, JANVIER, theirs.pk])
    assert client.post(url, {}).status_code == 404
    assert not EtatMensuel.objects.exists()


def test_saving_a_row_takes_ten_queries_whatever_the_number_of_employees(client, world):
    """Transactions apart (BEGIN, COMMIT are savepoints in a test)."""
    contrats = [world.contrat() for _ in range(3)]
    etat = world.typed()
    client.force_login(world.saisie.user)
    counts = []
    for hours in ("50", "60"):
        revision = line_of(contrats[0]).revision
        read = [revision, str(line_of(contrats[0]).heures_declarees), None, ""]
        with CaptureQueriesContext(connection) as captured:
            assert send(client, world, contrats[0], read, heures=hours).status_code == 200
        counts.append(sum("SAVEPOINT" not in query["sql"] for query in captured))
        for _ in range(30):
            contrats.append(world.contrat())
        etat = world.typed()
    assert counts[0] == counts[1] <= 10, "\n".join(
        q["sql"][:110] + q["sql"][-60:] for q in captured
    )
    assert etat.lignes.count() == 63
