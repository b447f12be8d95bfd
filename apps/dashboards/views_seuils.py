"""The thresholds of one's département: read by all of it, changed by its décideurs."""

from __future__ import annotations

from http import HTTPStatus

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.core.clock import today
from apps.dashboards.alertes.registre import judge, read_pressing
from apps.dashboards.alertes.seuils import Seuils, seuils_of
from apps.dashboards.forms_seuils import SeuilsForm
from apps.dashboards.models import SeuilsAlertes
from apps.dashboards.permissions import can_read_thresholds, can_set_thresholds
from apps.dashboards.restitutions.restitution import Criteres
from apps.dashboards.services_seuils import set_thresholds, usual_thresholds
from apps.journal.history import events_of
from apps.siae.forms import RevisionField
from apps.siae.views.access import perform_revised


@require_http_methods(["GET", "POST"])
def seuils_alertes(request: HttpRequest) -> HttpResponse:
    """The thresholds applied, the form of those who change them, what each change did."""
    acting = request.acting
    readable = can_read_thresholds(acting)
    if not readable:
        raise PermissionDenied(readable.reason)
    writable = can_set_thresholds(acting)
    if request.method == "POST" and not writable:
        raise PermissionDenied(writable.reason)
    kept = SeuilsAlertes.objects.filter(organisation=acting.organisation_id).first()
    if request.headers.get("HX-Request") and request.method == "GET":
        return _preview(request)
    form = SeuilsForm(request.POST or None, instance=kept)
    if request.method == "POST" and form.data.get("acte") == "usuels":
        revision = _revision_of(form)
        done = perform_revised(
            request,
            form,
            lambda: usual_thresholds(acting, revision=revision),
            "Les seuils usuels s’appliquent de nouveau.",
        )
        return redirect("dashboards:seuils_alertes")
    if request.method == "POST" and form.is_valid():
        done = perform_revised(
            request,
            form,
            lambda: set_thresholds(acting, form.values(), revision=form.cleaned_data["revision"]),
            "Les seuils sont enregistrés : ils s’appliquent dès maintenant aux alertes.",
        )
        if done:
            return redirect("dashboards:alertes")
    seuils = seuils_of(acting)
    context = {
        "form": form,
        "seuils": seuils,
        "kept": kept,
        "peut_modifier": bool(writable),
        "entrees": events_of(kept, acting) if kept else [],
    }
    status = HTTPStatus.CONFLICT if getattr(form, "conflit", None) else HTTPStatus.OK
    return render(request, "dashboards/seuils_alertes.html", context, status=status)


def _revision_of(form: SeuilsForm) -> int | None:
    """The revision the page had read; one that is no revision matches none."""
    try:
        revision: int | None = RevisionField().clean(form.data.get("revision"))
    except ValidationError:
        return None
    return revision


def _preview(request: HttpRequest) -> HttpResponse:
    """Faults of what is being typed, or what it would change to the alerts of today."""
    form = SeuilsForm(request.GET)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        situations = read_pressing(request.acting, Criteres(), today())
        typed = Seuils.of(SeuilsAlertes(**form.values()))
        context |= {
            "actuel": judge(situations, seuils_of(request.acting)),
            "essai": judge(situations, typed),
        }
    return render(request, "dashboards/seuils_apercu.html", context)
