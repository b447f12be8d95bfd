"""`/sante/`: is this process able to serve? Read by the health checks of docker-compose.yml.

Public, says nothing but "ok" (200) or what does not answer (503). `/sante/details/` says more to
a supervision that has the token, or to an administrator: figures and delays, neither names nor
secrets.
"""

from __future__ import annotations

import hmac
import shutil
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import Error, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from redis import Redis, RedisError

from apps.core import fence
from apps.core.database.role import dangers
from apps.core.models import CourrielEnvoye, Fichier, Job
from apps.core.pulse import pulses

# Beyond these, the details say "a_verifier".
JOB_WAITING_SECONDS_MAX = 15 * 60
DISK_FREE_MIN = 0.10

# Figures of the applications above this one: (name, function that gives a value of JSON).
FIGURES: list[tuple[str, Callable[[], Any]]] = []


@transaction.non_atomic_requests
@login_not_required
@never_cache
@require_GET
def sante(request: HttpRequest) -> HttpResponse:
    """Asks the database and the broker for a sign of life."""
    faults = silent()
    text = f"indisponible : {', '.join(faults)}" if faults else "ok"
    return HttpResponse(text, status=503 if faults else 200, content_type="text/plain")


@transaction.non_atomic_requests
@login_not_required
@never_cache
@require_GET
def sante_details(request: HttpRequest) -> HttpResponse:
    """What a supervision follows, as JSON; 503 when something does not answer."""
    if not (_has_token(request) or _is_administrator(request)):
        raise PermissionDenied
    faults = silent()
    details: dict[str, Any] = {"etat": "indisponible" if faults else "ok", "ne_repond_pas": faults}
    details["disque"] = disk()
    if "base de données" not in faults:
        details |= _in_database()
    if "file des tâches" not in faults:
        details["travailleurs"] = _workers()
    details["a_verifier"] = watched(details)
    return JsonResponse(
        details, status=503 if faults else 200, json_dumps_params={"ensure_ascii": False}
    )


def silent() -> list[str]:
    """What does not answer."""
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
    return faults


def disk() -> dict[str, Any]:
    """The place left where the files are written."""
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    usage = shutil.disk_usage(settings.MEDIA_ROOT)
    return {"libre_octets": usage.free, "total_octets": usage.total}


def watched(details: dict[str, Any]) -> list[str]:
    """What deserves a look, although everything answers."""
    found = []
    if details["disque"]["libre_octets"] < DISK_FREE_MIN * details["disque"]["total_octets"]:
        found.append("moins d’un dixième du disque est libre")
    if not any(worker["vivant"] for worker in details.get("travailleurs", [{"vivant": True}])):
        found.append("aucun travailleur n’a donné signe de vie depuis trois minutes")
    if (details.get("taches", {}).get("plus_ancienne_s") or 0) > JOB_WAITING_SECONDS_MAX:
        found.append("une tâche attend depuis plus d’un quart d’heure")
    if details.get("migrations_en_attente"):
        found.append("des migrations ne sont pas appliquées")
    if details.get("role"):
        found.append("le rôle de la base a trop de droits")
    return found


def _has_token(request: HttpRequest) -> bool:
    expected = settings.SUPERVISION_TOKEN
    given = request.headers.get("Authorization", "")
    return bool(expected) and hmac.compare_digest(given.encode(), f"Bearer {expected}".encode())


def _is_administrator(request: HttpRequest) -> bool:
    acting = getattr(request, "acting", None)
    return acting is not None and acting.role == "ADMINISTRATEUR"


def _in_database() -> dict[str, Any]:
    with transaction.atomic(), fence.system("supervision counts, and shows no row"):
        return _figures()


def _figures() -> dict[str, Any]:
    waiting = Job.objects.filter(etat=Job.Etat.EN_ATTENTE)
    mails = CourrielEnvoye.objects.filter(etat=CourrielEnvoye.Etat.EN_ATTENTE)
    found = {
        "role": dangers(),
        "migrations_en_attente": _pending_migrations(),
        "taches": {
            "en_attente": waiting.count(),
            "en_cours": Job.objects.filter(etat=Job.Etat.EN_COURS).count(),
            "plus_ancienne_s": _age(waiting.aggregate(first=Min("cree_le"))["first"]),
        },
        "courriels": {
            "en_attente": mails.count(),
            "plus_ancien_s": _age(mails.aggregate(first=Min("cree_le"))["first"]),
        },
        "documents": Fichier.objects.count(),
    }
    return found | {name: figure() for name, figure in FIGURES}


def _pending_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _workers() -> list[dict[str, Any]]:
    return [
        {"nom": sign.travailleur, "vu_il_y_a_s": _age(sign.le), "vivant": sign.vivant}
        for sign in pulses()
    ]


def _age(moment: datetime | None) -> int | None:
    return int((timezone.now() - moment).total_seconds()) if moment else None
