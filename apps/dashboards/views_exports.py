"""Pages of the files: what one may take away, the request of a file, the last ones asked for.

Files are written by a job; its page shows the progress and gives the file.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.jobs import jobs_of
from apps.core.pages import perform
from apps.dashboards.forms import ExportForm
from apps.dashboards.permissions import can_export
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.services import EXPORT, request_export
from apps.dashboards.views_restitutions import offered

FILES_SHOWN = 10


@require_safe
def restitutions(request: HttpRequest) -> HttpResponse:
    """What one may export, and the last files one asked for."""
    proposed = [r for r in RESTITUTIONS.values() if can_export(request.acting, r)]
    files = jobs_of(request.acting).filter(nature=EXPORT).select_related("fichier")[:FILES_SHOWN]
    return render(
        request, "dashboards/restitutions.html", {"restitutions": proposed, "demandes": files}
    )


@require_http_methods(["GET", "POST"])
def export_demander(request: HttpRequest, cle: str) -> HttpResponse:
    """Criteria of a file; posting them queues it and leads to its progress."""
    restitution = offered(request, cle)
    form = ExportForm(
        request.POST or None,
        initial=request.GET.dict(),
        acting=request.acting,
        restitution=restitution,
    )
    if request.method == "POST" and form.is_valid():
        job = perform(
            request,
            lambda: request_export(request.acting, cle, form.parametres()),
            "Votre demande est enregistrée : le fichier est en cours de production.",
        )
        if job is not None:
            return redirect("core:job", job.uuid)
    return render(
        request,
        "dashboards/restitution_demander.html",
        {"form": form, "restitution": restitution},
    )
