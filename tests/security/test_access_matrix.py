"""Every page × every role: who reads it, who is refused, who is told it does not exist.

One row per address, one column per actor of `world.ACTORS`. 200: shown. 302: sent elsewhere
(its own page, or refused with a sentence). 403: within the scope, but not this role's. 404:
outside the scope, as if it did not exist. A page that is in no row makes a test fail.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, resolve, reverse

from apps.core.views import ListPage
from tests.security.matrix import ARGUMENTS, PUBLIC, ROWS, SPECIAL, WRITERS
from tests.security.texts import MARKUP, NAME_OF_A_PERSON, NAME_OF_THE_CASE
from tests.security.traces import tables_written, written
from tests.security.world import ACTORS, World, make_world

# What reading may write besides the journal: a document drawn and archived the first time it is
# asked for, and the number that a preview takes and gives back.
READING_WRITES: dict[str, tuple[str, ...]] = {
    "annexes:notification": ("core_fichier", "annexes_versionannexe"),
    "apurement:liste_pdf": ("core_fichier", "recoveries_listenonvaleur"),
    "apurement:remise_fiche": ("core_fichier", "recoveries_demanderemise"),
    "conventions:caom_volet": ("core_fichier", "conventions_voletcaom"),
    "fonds:appel_pdf": ("core_fichier", "payments_appeldefonds"),
    "frais:facture_pdf": ("core_fichier", "payments_facturefrais"),
    "frais:tarif_pdf": ("core_fichier", "payments_avistarif"),
    "payments:apercu": ("core_sequence",),
    "payments:apercu_comparaison": ("core_sequence",),
    "reddition:excel": ("core_fichier", "dashboards_compteemploi"),
    "reddition:pdf": ("core_fichier", "dashboards_compteemploi"),
    "rgpd:destruction_pdf": ("core_fichier", "dashboards_destruction"),
}
CARRIED = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
# Two signed documents stand beside what they are compared with, in pages of ours only.
SHOWN_IN_A_PAGE = {"annexes:piece_voir", "presence:signe"}
FRAMED = {"Content-Security-Policy": "frame-ancestors 'self'", "X-Frame-Options": "SAMEORIGIN"}
SIGN_OUT = 'action="/deconnexion/"'
APPLICATIONS = sorted({page.split(":")[0] for page in ROWS})


def every_page() -> set[str]:
    """Names of all the addresses of the site, with their namespace."""
    names: set[str] = set()
    resolver = get_resolver()
    names |= {name for name in resolver.reverse_dict if isinstance(name, str)}
    for namespace, (_, inner) in resolver.namespace_dict.items():
        names |= {f"{namespace}:{name}" for name in inner.reverse_dict if isinstance(name, str)}
    return names


def address(page: str, world: World) -> str:
    arguments = ARGUMENTS.get(page, lambda world: {})(world)
    return reverse(page.split("#")[0], kwargs=arguments)


def pages_of(application: str) -> list[str]:
    return [page for page in ROWS if page.startswith(f"{application}:")]


def expected(page: str) -> dict[str, int]:
    return dict(zip(ACTORS, ROWS[page], strict=True))


def signed_in(world: World) -> dict[str, Client]:
    clients = {actor: Client() for actor in ACTORS}
    for actor, client in clients.items():
        client.force_login(world.actors[actor].user)
    return clients


def body_of(answer: Any) -> str:
    """What is sent; a file is read to its end, and is not empty."""
    if not answer.streaming:
        return str(answer.content.decode("utf-8", "replace"))
    contents = b"".join(answer.streaming_content)
    assert contents
    return contents.decode("utf-8", "replace")


def cells_of(answer: Any) -> str:
    """The texts of an Excel file."""
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


def is_a_list(url: str) -> bool:
    view = getattr(resolve(url).func, "view_class", None)
    return view is not None and issubclass(view, ListPage)


def is_outside(actor: str, page: str) -> bool:
    """The administrator knows organisations and people, and no case."""
    return actor.startswith("autre_") or (
        actor == "administrateur" and not page.startswith("accounts:")
    )


def allowed(page: str, status: int) -> set[str]:
    """Tables that reading a page may write; none when it is refused."""
    return {"journal_entree", *READING_WRITES.get(page, ())} if status in (200, 302) else set()


def faults_of(answer: Any, body: str, carried: dict[str, str]) -> list[str]:
    """What every answer must carry, and must not."""
    headers, kind = answer.headers, answer.get("Content-Type", "")
    faults = [name for name, value in carried.items() if value not in headers.get(name, "")]
    received = headers.get("Content-Disposition", "").startswith("attachment")
    if kind.startswith("text/") and "charset=utf-8" not in kind and not received:
        faults.append("charset")
    if any(name.startswith("Access-Control-") for name in headers):
        faults.append("origin")
    if kind.startswith("text/html") and MARKUP in body:
        faults.append("markup that somebody typed")
    if answer.status_code == 200 and "</html>" in body and SIGN_OUT not in body:
        faults.append("no way out")
    return faults


def test_every_page_is_in_the_matrix() -> None:
    """A new page is refused until its row says who may see it."""
    listed = {page.split("#")[0] for page in ROWS} | set(PUBLIC) | SPECIAL
    assert every_page() - listed == set()
    assert listed - every_page() == set()


def test_every_row_has_a_column_for_every_actor() -> None:
    assert {page: len(row) for page, row in ROWS.items() if len(row) != len(ACTORS)} == {}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_who_reads_each_page(db: None, application: str) -> None:
    """The status of each answer; what it says, carries and leaves behind is looked at as well."""
    world = make_world()
    clients = signed_in(world)
    secrets = (world.structure.siret, world.annexe.numero, NAME_OF_THE_CASE, NAME_OF_A_PERSON)
    seen, faults = {}, []
    for page in pages_of(application):
        url, seen[page] = address(page, world), {}
        for actor, client in clients.items():
            before = written()
            answer = client.get(url)
            body = body_of(answer)
            seen[page][actor] = answer.status_code
            framed = page in SHOWN_IN_A_PAGE and answer.status_code == 200
            carried = CARRIED | (FRAMED if framed else {})
            faults += [(page, actor, fault) for fault in faults_of(answer, body, carried)]
            if tables_written(before, written()) - allowed(page, answer.status_code):
                faults.append((page, actor, "writes"))
            if is_outside(actor, page) and any(secret in body for secret in secrets):
                faults.append((page, actor, "tells of a case of others"))
    assert seen == {page: expected(page) for page in pages_of(application)}
    assert faults == []


@pytest.mark.parametrize("outsider", ["autre_structure", "autre_ddets", "autre_cd"])
def test_a_list_taken_away_tells_of_no_case_of_others(db: None, outsider: str) -> None:
    """The Excel file of every list, as it is on screen: not a cell of the case."""
    world = make_world()
    client = signed_in(world)[outsider]
    opened = [page for page in ROWS if expected(page)[outsider] == 200]
    lists = [page for page in opened if is_a_list(address(page, world))]
    assert len(lists) > 5
    for page in lists:
        body = cells_of(client.get(address(page, world), {"_export": "xlsx"}))
        assert NAME_OF_THE_CASE not in body, page
        assert NAME_OF_A_PERSON not in body, page
        assert world.annexe.numero not in body, page


@pytest.mark.parametrize("application", APPLICATIONS)
def test_who_is_refused_a_page_changes_nothing_by_posting_to_it(db: None, application: str) -> None:
    world = make_world()
    clients = signed_in(world)
    for page in pages_of(application):
        url = address(page, world)
        readers = {actor for actor, status in expected(page).items() if status == 200}
        for actor in set(ACTORS) - WRITERS.get(page, readers):
            before = written()
            # Plausible values: what refuses must be the right, not the form.
            answer = clients[actor].post(url, {"motif": "Motif", "confirmation": "on"})
            assert answer.status_code in (expected(page)[actor], 403, 405, 409), (page, actor)
            assert tables_written(before, written()) == set(), (page, actor)


def test_a_visitor_signs_in_first(db: None, client: Client) -> None:
    world = make_world()
    for page in ROWS:
        url = address(page, world)
        for answer in (client.get(url), client.post(url)):
            assert answer.status_code == 302, page
            assert answer["Location"].split("?")[0] == "/connexion/", page


def test_public_pages(db: None, client: Client) -> None:
    world = make_world()
    assert {page: client.get(address(page, world)).status_code for page in PUBLIC} == PUBLIC
