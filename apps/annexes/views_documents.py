"""The PDF of a notification letter, for those who see the version (404 for the others)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.annexes.documents import notification_file
from apps.annexes.models import VersionAnnexe
from apps.core.pdf import pdf_page


@require_safe
def notification(request: HttpRequest, version_id: int) -> HttpResponse:
    """The letter of a version that was validated, drawn the first time it is asked for."""
    versions = VersionAnnexe.objects.visible_to(request.acting).ever_in_force()
    found = get_object_or_404(versions, pk=version_id)
    return pdf_page(request, lambda: notification_file(found.pk), "annexes:liste")
