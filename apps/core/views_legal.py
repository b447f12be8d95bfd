"""Pages the law asks of a public site: accessibility, legal notice, personal data, site map."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def accessibilite(request: HttpRequest) -> HttpResponse:
    """Accessibility statement: « non conforme » until an audit has been made."""
    return render(request, "core/accessibilite.html", {"editeur": settings.EDITEUR})


@login_not_required
@require_safe
def mentions(request: HttpRequest) -> HttpResponse:
    """Who publishes and hosts the site (law of 21 June 2004, article 6)."""
    return render(request, "core/mentions.html", {"editeur": settings.EDITEUR})


@login_not_required
@require_safe
def donnees_personnelles(request: HttpRequest) -> HttpResponse:
    """What is done with personal data, and for whom (GDPR articles 13, 14 and 28)."""
    return render(request, "core/donnees_personnelles.html", {"editeur": settings.EDITEUR})


@login_not_required
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """Every page of the menu of the reader, and the pages open to all."""
    return render(request, "core/plan.html")
