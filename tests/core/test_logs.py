"""What is written in the logs: a line per request and per task, the refusals, no personal data."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from celery import shared_task
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from apps.accounts.models import Role, User
from apps.core.access_log import AccessLogMiddleware, identifier_of
from apps.core.logs import JsonFormatter, told, without_personal_data
from apps.core.requests import request_id
from config.urls import urlpatterns as real_pages
from tests.factories import make_membership, make_user

NOM = "Kowalczykowska"
COURRIEL = "zofia.kowalczykowska@exemple.fr"
IBAN = "FR7630006000011234567890189"
NIR = "285076207412379"
PERSONAL = (NOM, COURRIEL, "exemple.fr", IBAN, "FR76 3000 6000", NIR, "2 85 07 62 074 123")


def fails(request: HttpRequest, mot: str) -> HttpResponse:
    """A page that fails with what was typed in local values, in its message and in its cause."""
    nom, iban = request.POST.get("nom", mot), request.POST.get("iban", IBAN)
    match mot:
        case "valeur":
            try:
                int(nom)
            except ValueError as error:
                raise RuntimeError(f"{nom} <{COURRIEL}> {iban} {NIR}") from error
        case "base":
            with connection.cursor() as cursor:
                cursor.execute("SELECT %s::int", [nom])
        case "doublon":
            User.objects.create(username="double", email=COURRIEL, nom=nom)
            User.objects.create(username="double", email=COURRIEL, nom=nom)
        case "refus":
            raise PermissionDenied(nom)
        case "suspect":
            raise SuspiciousOperation(f"{nom} {iban}")
        case "journal":
            logging.getLogger("apps.essai").warning("%s : %s, NIR %s", COURRIEL, IBAN, NIR)
            logging.getLogger("une.bibliotheque").error("de %s", nom, exc_info=ValueError(nom))
    return HttpResponse("ok")


urlpatterns = [path("essai/<str:mot>/", fails, name="essai"), *real_pages]


@pytest.fixture
def written() -> Iterator[Any]:
    """Everything that reaches the logs, at any level, as production writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda logger="": [
        line
        for line in map(json.loads, stream.getvalue().splitlines())
        if line["logger"].startswith(logger)
    ]
    root.removeHandler(handler)
    root.setLevel(level)


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize(
    ("mot", "status", "error"),
    [
        ("valeur", 500, "RuntimeError"),
        ("base", 500, "django.db.utils.DataError"),
        ("doublon", 500, "django.db.utils.IntegrityError"),
        ("refus", 403, None),
        ("suspect", 400, None),
        ("journal", 200, None),
    ],
)
def test_no_personal_data_is_written(
    db: None, written: Any, mot: str, status: int, error: str | None
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(make_membership(Role.LECTEUR).user)
    typed = {"nom": NOM, "iban": IBAN, "nir": NIR, "courriel": COURRIEL}
    answer = client.post(f"/essai/{mot}/?nom={NOM}&courriel={COURRIEL}", typed)
    assert answer.status_code == status
    lines = written()
    text = json.dumps(lines, ensure_ascii=False)
    assert [word for word in PERSONAL if word in text] == []
    (request,) = [line for line in lines if line["logger"] == "extranet.acces"]
    assert (request["route"], request["status"], request["method"]) == ("essai", status, "POST")
    if error:
        (failure,) = [line for line in lines if line["logger"] == "django.request"]
        assert failure["error"][0]["type"] == error
        assert failure["request_id"] == request["request_id"]
        assert any("tests/core/test_logs.py" in place for place in failure["error"][0]["at"])


def test_addresses_signs_in_and_hosts_are_not_written(db: None, written: Any) -> None:
    """An unknown page, a bad host, a failed sign-in, a form without its token."""
    make_user(username="zofia", email=COURRIEL)
    client = Client(raise_request_exception=False)
    client.get(f"/{NOM}/{COURRIEL}/")
    client.get(f"/mot-de-passe/{NOM}/")
    client.get("/connexion/", headers={"host": f"{NOM.lower()}.invalid"})
    client.post("/connexion/", {"username": COURRIEL, "password": NOM})
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.post("/connexion/", {"username": COURRIEL, "password": NOM})
    lines = written()
    text = json.dumps(lines, ensure_ascii=False).lower()
    assert [word for word in PERSONAL if word.lower() in text] == []
    requests = [line for line in lines if line["logger"] == "extranet.acces"]
    assert [line["status"] for line in requests] == [404, 404, 400, 200, 403]
    assert requests[0]["route"] == "inconnue"
    assert "jeton de formulaire refusé" in [line["message"] for line in lines]


def test_a_line_tells_a_request(db: None, written: Any) -> None:
    """Method, route, status, duration, queries, membership, identifier; no key of an object."""
    membership = make_membership(Role.LECTEUR)
    client = Client()
    client.force_login(membership.user)
    answer = client.get("/annexes/987654/")
    (line,) = written("extranet.acces")
    assert line["route"] == "annexes:detail"
    assert line["membership"] == membership.pk
    assert line["queries"] >= 3
    assert line["ms"] >= 0
    assert "987654" not in json.dumps(line)
    assert answer["X-Request-ID"] == line["request_id"]
    (event,) = written("extranet.securite")
    assert (event["event"], event["status"]) == ("accès refusé", 404)
    assert request_id.get() == ""


def test_failed_sign_ins_and_locks_are_told(db: None, written: Any) -> None:
    """The account by its key; an unknown one by nothing."""
    user = make_user(username="zofia")
    client = Client()
    for username in ["zofia"] * 5 + ["inconnue"]:
        client.post("/connexion/", {"username": username, "password": "mauvais mot de passe"})
    events = [(line["event"], line["user"]) for line in written("extranet.securite")]
    assert events.count(("connexion refusée", user.pk)) == 5
    assert events.count(("connexion refusée", None)) == 1
    assert events.count(("compte bloqué", user.pk)) == 1
    assert "zofia" not in json.dumps(written())


def test_repeated_refusals_are_said_once(db: None, written: Any) -> None:
    client = Client()
    client.force_login(make_membership(Role.LECTEUR).user)
    for number in range(25):
        client.get(f"/annexes/{10**6 + number}/")
    events = [line["event"] for line in written("extranet.securite")]
    assert events.count("refus répétés") == 1
    assert events.count("accès refusé") == 25


@pytest.mark.parametrize(
    ("trusted", "given", "taken"),
    [
        (True, "a1b2c3d4-e5f6", True),
        (True, "court", False),
        (True, "x" * 41, False),
        (True, "avec espace et $", False),
        (True, 'ab"},{"level":1', False),
        (False, "a1b2c3d4-e5f6", False),
    ],
)
def test_the_identifier_of_the_proxy(trusted: bool, given: str, taken: bool) -> None:
    request = RequestFactory().get("/", headers={"X-Request-ID": given})
    with override_settings(PROXY_REQUEST_ID=trusted):
        identifier = identifier_of(request)
    assert (identifier == given) is taken
    assert len(identifier) <= 40


@shared_task(name="tests.seen_identifier")
def seen_identifier(nom: str) -> str:
    if nom == NOM:
        raise ValueError(nom)
    return request_id.get()


@shared_task(name="tests.seen_request", bind=True)
def seen_request(self: Any) -> tuple[str, str]:
    return self.request.id, self.request.hostname


def test_a_task_knows_its_worker() -> None:
    """The pulse of the workers tells them apart by their name."""
    result = seen_request.delay()
    assert result.get()[0] == result.id
    assert result.get()[1]


def test_a_task_goes_on_with_the_request(written: Any) -> None:
    """The identifier of the request reaches the task and the line that tells it."""
    seen_identifier.app.conf.task_eager_propagates = False
    token = request_id.set("requete-0001")
    try:
        assert seen_identifier.delay("x").get() == "requete-0001"
        assert seen_identifier.delay(NOM).failed()
        assert request_id.get() == "requete-0001"
    finally:
        request_id.reset(token)
        seen_identifier.app.conf.task_eager_propagates = True
    done, failed = written("extranet.taches")
    assert (done["task"], done["status"]) == ("tests.seen_identifier", "SUCCESS")
    assert done["request_id"] == failed["request_id"] == "requete-0001"
    assert failed["error"][0]["type"] == "ValueError"
    assert NOM not in json.dumps(written())


def test_the_message_of_a_task_holds_the_identifier(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it leaves for the broker, in its headers."""
    app, sent = seen_identifier.app, {}
    app.conf.task_always_eager = False
    monkeypatch.setattr(app, "send_task", lambda *_args, **options: sent.update(options))
    token = request_id.set("requete-0002")
    try:
        seen_identifier.delay("x")
    finally:
        app.conf.task_always_eager = True
        request_id.reset(token)
    assert sent["headers"]["extranet_request_id"] == "requete-0002"


def test_a_database_error_keeps_what_postgresql_names(db: None) -> None:
    """The table and the constraint are ours; the row is somebody's."""
    make_user(username="double")
    with pytest.raises(DatabaseError) as raised:
        make_user(username="double")
    chain = told(raised.value)
    assert chain[1]["table_name"] == "accounts_user"
    assert chain[1]["sqlstate"] == "23505"
    assert "double" not in json.dumps(chain)


def test_known_patterns_are_struck_out() -> None:
    """Dates, SIRET, numbers of annexes and amounts stay."""
    kept = "ACI 062 23 0012 A0 M1, SIRET 26620001100019, 4 678 605,36 €, le 20/02/2024"
    assert without_personal_data(kept) == kept
    told_of = without_personal_data(f"{COURRIEL}, {IBAN}, FR76 3000 6000 0112 3456 7890 189, {NIR}")
    assert told_of == "[courriel], [iban], [iban], [nir]"


def test_a_request_without_database_has_its_line(written: Any) -> None:
    """The middleware opens no connection of its own."""
    answer = AccessLogMiddleware(lambda request: HttpResponse("ok"))(RequestFactory().get("/"))
    assert len(answer["X-Request-ID"]) == 32
    assert written("extranet.acces")[0]["queries"] == 0


def test_gunicorn_writes_json_and_no_line_of_its_own() -> None:
    from config import gunicorn

    assert gunicorn.accesslog is None
    assert gunicorn.logconfig_dict["formatters"]["json"]["()"] == "apps.core.logs.JsonFormatter"
