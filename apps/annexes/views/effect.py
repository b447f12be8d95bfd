"""What a proposed value of the referentials would change: a fragment of its decision page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.annexes.effect import effect_of
from apps.annexes.views.access import require
from apps.conventions.models import ValeurReferentiel
from apps.conventions.permissions import can_decide_valeur
from apps.core.clock import today


@require_safe
def valeur_effet(request: HttpRequest, valeur_id: int) -> HttpResponse:
    require(can_decide_valeur(request.acting))
    valeur = get_object_or_404(ValeurReferentiel, pk=valeur_id)
    context = {"valeur": valeur, "effet": effect_of(valeur, today())}
    fragment = "HX-Request" in request.headers
    name = "annexes/valeur_effet.html" if fragment else "annexes/valeur_effet_page.html"
    return render(request, name, context)
