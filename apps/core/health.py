"""`/sante/`: is this process able to serve? Read by the health checks of docker-compose.yml.

Public, says nothing but "ok" (200) or what does not answer (503).
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from redis import Redis, RedisError


@transaction.non_atomic_requests
@login_not_required
@never_cache
@require_GET
def sante(request: HttpRequest) -> HttpResponse:
    """Asks the database and the broker for a sign of life."""
    faults = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        faults.append("base de données")
    try:
        if settings.REDIS_URL:
            with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as redis:
                redis.ping()
    except RedisError:
        faults.append("file des tâches")
    text = f"indisponible : {', '.join(faults)}" if faults else "ok"
    return HttpResponse(text, status=503 if faults else 200, content_type="text/plain")
