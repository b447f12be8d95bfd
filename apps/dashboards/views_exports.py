"""Pages of the files: what one may take away, the request of a file, the last ones asked for.

Files are written by a job; its page shows the progress and gives the file.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import Membership
from apps.core.jobs import jobs_of
from apps.core.pages import perform
from apps.dashboards.forms import ExportForm
from apps.dashboards.models import EnvoiProgramme
from apps.dashboards.permissions import can_export, can_schedule
from apps.dashboards.restitutions.registry import GROUPES
from apps.dashboards.restitutions.restitution import Restitution
from apps.dashboards.services import EXPORT, request_export
from apps.dashboards.views_restitutions import offered

FILES_SHOWN = 10


@require_safe
def restitutions(request: HttpRequest) -> HttpResponse:
    """What one may export in the order of use, the schedules of each, the last files asked for."""
    acting = request.acting
    files = jobs_of(acting).filter(nature=EXPORT).select_related("fichier")[:FILES_SHOWN]
    scheduled: dict[str, list[EnvoiProgramme]] = {}
    for programme in EnvoiProgramme.objects.visible_to(acting).in_force().with_last_file():
        scheduled.setdefault(programme.restitution, []).append(programme)
    groups = [
        (title, [_proposed(acting, r, scheduled) for r in group if can_export(acting, r)])
        for title, group in GROUPES
    ]
    context = {"groupes": [group for group in groups if group[1]], "demandes": files}
    return render(request, "dashboards/restitutions.html", context)


def _proposed(
    acting: Membership, restitution: Restitution, scheduled: Mapping[str, list[EnvoiProgramme]]
) -> dict[str, object]:
    """A restitution, its schedules in force, whether one may set one up."""
    return {
        "restitution": restitution,
        "programmes": scheduled.get(restitution.key, []),
        "programmable": bool(can_schedule(acting, restitution)),
    }


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
