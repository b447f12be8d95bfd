"""Pages of the restitutions: what one may take away, the request of a file, the screen of one.

Files are written by a job; its page shows the progress and gives the file.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_tables2 import RequestConfig

from apps.annexes.models import AnnexeFinanciere
from apps.core.jobs import jobs_of
from apps.core.pages import perform
from apps.dashboards.forms import ExportForm, PeriodeForm
from apps.dashboards.permissions import can_export
from apps.dashboards.restitutions.realisations import REALISATIONS_ANNEXE
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.restitutions.restitution import Criteres
from apps.dashboards.services import EXPORT, request_export
from apps.dashboards.tables import table_of

FILES_SHOWN = 10
LINES_PER_PAGE = 50


@require_safe
def restitutions(request: HttpRequest) -> HttpResponse:
    """What one may export, and the last files one asked for."""
    offered = [r for r in RESTITUTIONS.values() if can_export(request.acting, r)]
    files = jobs_of(request.acting).filter(nature=EXPORT).select_related("fichier")[:FILES_SHOWN]
    return render(
        request, "dashboards/restitutions.html", {"restitutions": offered, "demandes": files}
    )


@require_http_methods(["GET", "POST"])
def export_demander(request: HttpRequest, cle: str) -> HttpResponse:
    """Criteria of a file; posting them queues it and leads to its progress."""
    restitution = RESTITUTIONS.get(cle)
    if restitution is None or not can_export(request.acting, restitution):
        raise Http404("No such restitution for this organisation.")
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


@require_safe
def realisations(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """« Réalisations mensuelles par salarié » of an annex, on screen, with its totals."""
    annexe = get_object_or_404(
        AnnexeFinanciere.objects.visible_to(request.acting).with_display(), pk=annexe_id
    )
    form = PeriodeForm(request.GET or None)
    period = form.cleaned_data if form.is_valid() else {}
    rows = list(REALISATIONS_ANNEXE.rows(request.acting, Criteres(annexe=annexe, **period)))
    table = table_of(REALISATIONS_ANNEXE.definition, rows, row_header="nom")
    RequestConfig(request, paginate={"per_page": LINES_PER_PAGE}).configure(table)
    return render(
        request,
        "dashboards/restitution_realisations.html",
        {"annexe": annexe, "form": form, "table": table, "nombre": len(rows)},
    )
