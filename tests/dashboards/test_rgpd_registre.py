"""The register: read by everybody, built from its tables, and told the same in docs/rgpd.md."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from apps.accounts.models import Role
from apps.dashboards.models import ContactRgpd
from apps.dashboards.rgpd.registre import TRAITEMENTS, sous_traitance
from apps.dashboards.rgpd.retention import REGLES
from apps.journal.models import Entree
from tests.factories import make_financeur, make_mandat, make_membership

DOCS = "docs/rgpd.md"


def retention_table() -> str:
    """The retention table as docs/rgpd.md must have it."""
    rows = [
        "| clé | données | durée | à compter de | au terme | pourquoi |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for regle in REGLES:
        cells = (
            f"`{regle.cle}`",
            regle.donnees,
            regle.duree_en_mots,
            regle.depuis,
            regle.sort.value,
            regle.pourquoi,
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def register_table() -> str:
    """The register as docs/rgpd.md must have it."""
    rows = [
        "| traitement | finalités | base légale | personnes | données | destinataires | durées |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for traitement in TRAITEMENTS:
        cells = (
            traitement.nom,
            " ; ".join(traitement.finalites),
            traitement.base,
            traitement.personnes,
            " ; ".join(traitement.donnees),
            " ; ".join(traitement.destinataires),
            ", ".join(f"`{cle}`" for cle in traitement.regles),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def test_the_document_says_what_the_code_does(root: Path) -> None:
    text = (root / DOCS).read_text(encoding="utf-8")
    assert retention_table() in text
    assert register_table() in text


def test_every_clause_of_the_sub_processor_has_its_line(root: Path) -> None:
    """Annexe 2 of the convention, a) to o): where it is met, or an honest « non »."""
    text = (root / DOCS).read_text(encoding="utf-8")
    for clause in "abcdefghijklmno":
        assert f"| {clause}) " in text, clause


def test_every_rule_is_that_of_a_processing_activity() -> None:
    named = [cle for traitement in TRAITEMENTS for cle in traitement.regles]
    assert sorted(named) == sorted(regle.cle for regle in REGLES)


@pytest.mark.parametrize("role", list(Role))
def test_everybody_signed_in_reads_it(db: None, client: Client, role: Role) -> None:
    client.force_login(make_membership(role).user)
    answer = client.get(reverse("rgpd:registre"))
    assert answer.status_code == 200
    page = answer.text
    for traitement in TRAITEMENTS:
        assert escape(traitement.nom) in page
    for regle in REGLES:
        assert escape(regle.pourquoi) in page
    assert "dans les 24 heures" in page


def test_the_public_page_leads_to_it_and_says_whom_to_tell(db: None, client: Client) -> None:
    page = client.get("/donnees-personnelles/").text
    assert f'href="{reverse("rgpd:registre")}"' in page
    assert "clause i" in page
    assert "dans le mois" in page


def test_the_departements_served_come_from_the_mandates(db: None, client: Client) -> None:
    """Article 30, 2: names and contacts; a mandate not signed is not a processing yet."""
    served, unsigned = make_financeur("062"), make_financeur("059")
    first = make_mandat(served)
    second = make_mandat(served, 2024)
    make_mandat(unsigned, signee_le=None)
    assert [(s.financeur, set(s.conventions), s.contact) for s in sous_traitance()] == [
        (served, {first.reference, second.reference}, None)
    ]
    decideur = make_membership("DECIDEUR", served.organisation)
    client.force_login(decideur.user)
    values = {
        "service": "Service RSA",
        "courriel_droits": "rsa@exemple.fr",
        "courriel_violations": "violations@exemple.fr",
        "dpo": "Mme D",
    }
    page = reverse("rgpd:contact", args=[served.pk])
    assert "fr-message--error" in client.post(page, values | {"courriel_droits": "rsa"}).text
    assert not ContactRgpd.objects.exists()
    shown = client.post(page, values, follow=True).text
    for value in values.values():
        assert value in shown
    assert Entree.objects.get(action="rgpd.contact").apres == values
    assert client.get(reverse("rgpd:contact", args=[unsigned.pk])).status_code == 403


def test_the_queries_do_not_depend_on_the_departements(db: None, client: Client) -> None:
    client.force_login(make_membership("GESTIONNAIRE").user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("rgpd:registre")).status_code == 200
        return len(captured)

    make_mandat(make_financeur("062"))
    few = queries()
    for code in ("059", "080", "02A"):
        make_mandat(make_financeur(code))
    assert queries() == few
