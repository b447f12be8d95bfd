"""How many failures an address may make: sign-in, codes, forgotten passwords, ProConnect.

The lock of an account stops who tries many passwords on it; this stops who tries one password on
many accounts. Counted in the cache for the whole site: when the cache does not answer, the locks of
the accounts remain and nobody is refused.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

from apps.core.logs import security_event

logger = logging.getLogger(__name__)


def client_address(request: HttpRequest) -> str:
    """Where the request comes from, as the last trusted proxy saw it.

    X-Forwarded-For is what anybody writes, but for the entries added by our own proxies, the last
    `PROXY_COUNT` ones. An IPv6 address counts with its whole network (/64), which one person holds.
    """
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.PROXY_COUNT and forwarded:
        seen = forwarded.split(",")
        if len(seen) >= settings.PROXY_COUNT:
            address = seen[-settings.PROXY_COUNT].strip()
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def count_failure(request: HttpRequest) -> None:
    """One more; counted from the first one, forgotten after `ADDRESS_REFUSED_SECONDS`."""
    key = _key(request)
    try:
        cache.add(key, 0, settings.ADDRESS_REFUSED_SECONDS)
        cache.incr(key)
    except ValueError:
        return  # forgotten between the two
    except (RedisError, OSError):
        logger.warning("The cache does not answer: failures by address are not counted.")


def is_refused(request: HttpRequest) -> bool:
    try:
        return bool(cache.get(_key(request), 0) >= settings.ADDRESS_FAILURES_MAX)
    except (RedisError, OSError):
        return False


def throttled(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that answers 429 to what an address posts after too many failures."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and is_refused(request):
            return too_many(request)
        return view(request, *args, **kwargs)

    return guarded


def too_many(request: HttpRequest) -> HttpResponse:
    security_event("adresse refusée", failures=settings.ADDRESS_FAILURES_MAX)
    minutes = settings.ADDRESS_REFUSED_SECONDS // 60
    answer = render(request, "accounts/trop_de_tentatives.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(settings.ADDRESS_REFUSED_SECONDS)
    return answer


def _key(request: HttpRequest) -> str:
    return f"failures:{client_address(request)}"
