"""The ASP validates several annexes at once: a page restates each, with its signed PDF."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.annexes import permissions, services
from apps.annexes.forms import LotForm
from apps.annexes.models import VersionAnnexe
from apps.annexes.tasks import draw_notification
from apps.annexes.views.access import require
from apps.core.clock import today
from apps.core.jobs import dispatch
from apps.core.pages import perform


@require_http_methods(["GET", "POST"])
def valider_lot(request: HttpRequest) -> HttpResponse:
    require(permissions.can_control(request.acting))
    # Judged one by one: what was validated or has changed meanwhile is said, not ignored.
    seen = VersionAnnexe.objects.visible_to(request.acting).to_validate().to_check()
    form = LotForm(request.POST or None, versions=seen)
    if form.is_valid() and _validated(request, list(form.cleaned_data["versions"])):
        return redirect("annexes:a_valider")
    versions = services.without_finding(request.acting, today())
    chosen = request.POST.getlist("versions") if form.is_bound else [str(v.pk) for v in versions]
    context = {"form": form, "versions": versions, "choisies": chosen}
    return render(request, "annexes/valider_lot.html", context)


def _validated(request: HttpRequest, versions: list[VersionAnnexe]) -> bool:
    done = perform(
        request,
        lambda: services.validate_annexes(request.acting, versions, on=today()),
        lambda found: f"Annexes validées : {sum(not row.refus for row in found)}.",
    )
    for row in done or ():
        if row.refus:
            messages.error(request, f"{row.version} n’est pas validée. {' '.join(row.refus)}")
        else:
            dispatch(draw_notification, row.version.pk)
    return done is not None
