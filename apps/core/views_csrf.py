"""The answer to a form without its token: Django's page, and a line for the security officer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views import csrf

from apps.core.logs import security_event


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: « Page périmée ». The reason is one of Django's own sentences."""
    security_event("jeton de formulaire refusé", reason=reason.split(" - ")[0][:60])
    return csrf.csrf_failure(request, reason)
