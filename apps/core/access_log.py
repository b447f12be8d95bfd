"""One line per request (`extranet.acces`), its identifier, and the refusals (`extranet.securite`).

The first middleware: whatever answers, the line is written. It names the route rather than the
address, and the acting membership by its key: neither names nor tokens. The identifier is also
a header of the answer, given to tasks (`apps.core.task_class`) and kept in the journal.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from redis import RedisError

from apps.core.logs import security_event
from apps.core.requests import request_id

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,39}")
# Refusals of one membership within the period that deserve a look.
REFUSALS_MAX = 20
REFUSALS_SECONDS = 600

access = logging.getLogger("extranet.acces")


class AccessLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        identifier = identifier_of(request)
        token = request_id.set(identifier)
        queries, start = _Count(), time.perf_counter()
        try:
            with connection.execute_wrapper(queries):
                response = self.get_response(request)
            response[HEADER] = identifier
            _tell(request, response, queries.total, time.perf_counter() - start)
            return response
        finally:
            request_id.reset(token)


class _Count:
    """Counts the queries of a request."""

    total = 0

    def __call__(self, execute: Any, *arguments: Any) -> Any:
        self.total += 1
        return execute(*arguments)


def identifier_of(request: HttpRequest) -> str:
    """That of the proxy, when the settings say that it gives one and it is well-formed."""
    given = request.headers.get(HEADER, "") if settings.PROXY_REQUEST_ID else ""
    return given if WELL_FORMED.fullmatch(given) else uuid4().hex


def _tell(request: HttpRequest, response: HttpResponse, queries: int, seconds: float) -> None:
    route = request.resolver_match.view_name if request.resolver_match else "inconnue"
    acting = getattr(request, "acting", None)
    membership = acting.pk if acting else None
    fields = {
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "ms": int(seconds * 1000),
        "queries": queries,
        "membership": membership,
    }
    access.info("%s %s %s", request.method, route, response.status_code, extra={"fields": fields})
    if response.status_code == 403 or (response.status_code == 404 and membership):
        security_event(
            "accès refusé", route=route, status=response.status_code, membership=membership
        )
        if membership:
            _count_refusal(membership)


def _count_refusal(membership: int) -> None:
    """Say it once when a membership meets many refusals: somebody may be trying addresses."""
    key = f"core.refusals.{membership}"
    try:
        cache.add(key, 0, REFUSALS_SECONDS)
        count = cache.incr(key)
    except (RedisError, OSError, ValueError):  # away, or the period ended between the two
        return
    if count == REFUSALS_MAX:
        security_event("refus répétés", membership=membership, count=count)
