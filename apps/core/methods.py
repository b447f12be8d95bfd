"""Only the HTTP methods that the extranet answers to (ASVS 4.1.4, 13.4.4).

A view that distinguishes POST from the rest would show its page to a PUT or a TRACE: none gets so
far. OPTIONS has nobody to answer to, since no other origin is allowed to call.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

METHODS = ("GET", "HEAD", "POST")


class KnownMethodsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return self.get_response(request)
