"""The home page: what is expected from the person, for the organisation they act for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.dashboards.expectations import expectations_of


@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboards/accueil.html", {"attentes": expectations_of(request.acting)})
