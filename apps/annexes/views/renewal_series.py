"""Renewals in series, for January: choose, look at every draft, open them in one act, read back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from apps.annexes import permissions, services
from apps.annexes.forms import PeriodeForm, SerieForm
from apps.annexes.models import AnnexeFinanciere
from apps.annexes.views.access import require
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.pages import perform
from apps.rules.periods import Month


@require_http_methods(["GET", "POST"])
def renouveler_serie(request: HttpRequest) -> HttpResponse:
    """GET: the annexes of a period. POST: their preview; with « creer », the act and its report."""
    require(permissions.can_instruct(request.acting) or permissions.can_control(request.acting))
    seen = AnnexeFinanciere.objects.visible_to(request.acting).with_display()
    periode = PeriodeForm(request.GET or _last_period())
    found = seen.none()
    if periode.is_valid():
        last_day = Month.of(periode.cleaned_data["au"]).last_day
        found = seen.to_renew(periode.cleaned_data["du"], last_day).order_by("numero")
    context: dict[str, Any] = {"periode": periode, "annexes": found}
    if request.method == "POST":
        # What was chosen is judged one by one: an annex renewed meanwhile is refused, and says so.
        form = SerieForm(request.POST, annexes=seen)
        if form.is_valid() and (answer := _answer(request, form)):
            return answer
        chosen = set(request.POST.getlist("annexes"))
    else:
        form = SerieForm(annexes=seen)
        chosen = {str(annexe.pk) for annexe in found}
    context |= {"form": form, "choisies": chosen}
    return render(request, "annexes/renouveler_serie.html", context)


def _answer(request: HttpRequest, form: SerieForm) -> HttpResponse | None:
    asked = {
        "annexes": list(form.cleaned_data["annexes"]),
        "fin": form.cleaned_data["fin"],
        "taux_cd": form.cleaned_data["taux_cd"],
        "on": today(),
    }
    if "creer" not in request.POST:
        return _preview(request, form, asked)
    serie = perform(
        request,
        lambda: services.renew_series(request.acting, **asked),
        lambda found: f"Annexes provisoires ouvertes : {len(found.ouvertes)}.",
    )
    return serie and render(request, "annexes/renouveler_serie_rapport.html", {"serie": serie})


def _preview(request: HttpRequest, form: SerieForm, asked: dict[str, Any]) -> HttpResponse | None:
    try:
        serie = services.preview_series(request.acting, **asked)
    except Refus as refus:
        for motif in refus.motifs:
            messages.error(request, motif)
        return None
    context = {"serie": serie, "form": form}
    return render(request, "annexes/renouveler_serie_apercu.html", context)


def _last_period() -> QueryDict:
    """The last December: what one renews in January."""
    day = today()
    year = day.year - 1 if day.month <= 6 else day.year
    period = QueryDict(mutable=True)
    period.update({"du": f"12/{year}", "au": f"12/{year}"})
    return period
