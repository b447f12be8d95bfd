"""PostgreSQL stopped short in the middle of a month, and started again.

A cluster of the test's own, which writes for good: the month taken up again leaves the accounts of
a month without trouble. Meanwhile pages say that the service is silent for a moment; the next
request goes well, in the same process.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.test import Client

from tests.factories import make_membership
from tests.faults import april
from tests.faults.killing import Counted
from tests.faults.servers import own_cluster, pointed_at


def month(counted: Counted) -> None:
    """April, or what is left of it, on the connection that is there."""
    connection.ensure_connection()
    connection._commit = counted.commit(connection._commit)  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(counted):
            april.resume()
    finally:
        del connection._commit


def test_a_month_taken_up_again_after_postgresql_was_lost(eve_of_april: str) -> None:
    """Lost at three moments: while the run is prepared, while the ledger is written, at the end."""
    with own_cluster() as cluster:
        cluster.take("owner", eve_of_april)
        cluster.copy(eve_of_april, "calm")
        calm = Counted()
        with pointed_at(cluster, "calm"):
            month(calm)
            expected = april.money()
        moments = (
            (0.2, cluster.stop, False),
            (0.6, cluster.kill, True),
            (0.95, cluster.stop, True),
        )
        for part, lose, after in moments:
            cluster.copy(eve_of_april, "lost")
            with pointed_at(cluster, "lost"):
                lost = Counted(int(calm.seen * part), after=after, act=lose)
                with pytest.raises((OperationalError, InterfaceError)):
                    month(lost)
                cluster.start()
                close_old_connections()  # as before each request
                april.resume()
                assert april.money() == expected, part
                april.files_are_whole()


def answer_of(path: str, cookies: str) -> tuple[int, str]:
    """A request as gunicorn makes it: one process, whose connection is kept between requests."""
    told: list[str] = []

    def start_response(status: str, _headers: Any, _error: Any = None) -> Callable[[bytes], None]:
        told.append(status)
        return lambda _data: None

    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "HTTP_COOKIE": cookies,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": BytesIO(),
        "wsgi.url_scheme": "http",
        "wsgi.errors": BytesIO(),
        "REMOTE_ADDR": "127.0.0.1",
    }
    response = WSGIHandler()(environ, start_response)
    text = b"".join(response).decode()
    response.close()
    return int(told[0].split()[0]), text


def test_pages_say_that_the_service_is_silent_for_a_moment(eve_of_april: str) -> None:
    with own_cluster() as cluster:
        cluster.take("owner", eve_of_april)
        with pointed_at(cluster, eve_of_april):
            client = Client()
            client.force_login(make_membership("RESPONSABLE").user)
            cookies = client.cookies.output(header="", sep=";").strip()
            assert answer_of("/", cookies)[0] == HTTPStatus.OK
            cluster.stop()
            for _request in range(2):
                status, text = answer_of("/", cookies)
                assert status == HTTPStatus.SERVICE_UNAVAILABLE
                assert "Le service est momentanément indisponible" in text
            cluster.start()
            assert answer_of("/", cookies)[0] == HTTPStatus.OK
