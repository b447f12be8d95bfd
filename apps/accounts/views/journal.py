"""State of the journal for administrators: seals and verifications, nothing of the cases."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.permissions import can_see_journal_state
from apps.accounts.views.access import require
from apps.journal.models import Entree, Scelle

# Sealed every hour: one hour may have been missed.
LATE = timedelta(hours=2)
LAST = 20


@require_safe
def journal(request: HttpRequest) -> HttpResponse:
    require(can_see_journal_state(request.acting))
    scelles = list(Scelle.objects.order_by("-numero").defer("identifiants", "temoins")[:LAST])
    waiting = Entree.objects.filter(pk__gt=scelles[0].a if scelles else 0)
    oldest = waiting.order_by("pk").values_list("le", flat=True).first()
    verifications = Entree.objects.filter(action="journal.verifie")
    context = {
        "scelles": scelles,
        "en_attente": waiting.count(),
        "en_retard": oldest is not None and oldest < timezone.now() - LATE,
        "verification": verifications.order_by("-pk").first(),
    }
    return render(request, "accounts/journal.html", context)
