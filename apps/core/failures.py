"""The page of what failed: the service is silent for a moment (503), or there is a fault (500).

Named by `config.urls`. Both pages stand alone: no database, no session, no context.
"""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.views.decorators.csrf import requires_csrf_token

RETRY_AFTER = 30  # seconds


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """503 while PostgreSQL restarts, or cuts a query short; 500 for anything else."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        answer = HttpResponse(get_template("503.html").render(), status=503)
        answer["Retry-After"] = str(RETRY_AFTER)
        return answer
    return HttpResponse(get_template("500.html").render(), status=500)
