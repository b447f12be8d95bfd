"""The page of a long job: its progress, an end that is announced, what to do if it fails."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from apps.accounts.models import Role
from apps.core.models import Job
from tests.factories import make_membership

HTMX = {"HX-Request": "true"}


@pytest.fixture
def job(db: None, client: Client) -> Job:
    asker = make_membership(Role.LECTEUR)
    client.force_login(asker.user)
    return Job.objects.create(
        nature="essai",
        titre="Suivi des annexes",
        cle="essai",
        demande_par=asker.user,
        membership_id=asker.pk,
        parametres={"retour": "/exports/"},
    )


def become(job: Job, etat: str, **fields: Any) -> str:
    over = etat in ("TERMINE", "ECHEC")
    values = {"etat": etat, "termine_le": timezone.now() if over else None} | fields
    Job.objects.filter(pk=job.pk).update(**values)
    return f"/taches/{job.uuid}/"


def test_while_it_runs_the_page_reads_itself_again(job: Job, client: Client) -> None:
    url = become(job, "EN_COURS", fait=31, total=400, message="Écriture du fichier")
    page = html.fromstring(client.get(url).text)
    (part,) = page.xpath("//*[@id='avancement']")
    assert part.get("hx-get") == url
    assert part.get("hx-trigger") == "every 2s"
    assert page.xpath("//noscript/meta[@http-equiv='refresh']")
    (bar,) = page.xpath("//progress")
    assert (bar.get("value"), bar.get("max")) == ("31", "400")
    assert page.xpath(f"//label[@for='{bar.get('id')}']")
    assert "31 sur 400 – Écriture du fichier" in part.text_content()


@pytest.mark.parametrize(
    ("etat", "announced"),
    [("TERMINE", "Traitement achevé."), ("ECHEC", "Traitement interrompu.")],
)
def test_its_end_stops_the_reading_and_is_announced(
    job: Job, client: Client, etat: str, announced: str
) -> None:
    url = become(job, etat, message="")
    part = client.get(url, headers=HTMX).text
    assert "hx-trigger" not in part
    assert f'hx-swap-oob="innerHTML">{announced}</p>' in part
    page = client.get(url).text
    assert "hx-trigger" not in page
    assert "hx-swap-oob" not in page
    assert 'http-equiv="refresh"' not in page
    assert 'role="status" id="fin-du-traitement"></p>' in page
    assert '<a class="fr-link" href="/exports/">' in page


def test_a_failure_says_why_and_what_to_do(job: Job, client: Client) -> None:
    text = client.get(become(job, "ECHEC", message="L’annexe n’existe plus.")).text
    assert "Le traitement n’a pas abouti" in text
    assert "L’annexe n’existe plus." in text
    assert "recommencez depuis la page d’origine" in text
    assert "Télécharger" not in text
