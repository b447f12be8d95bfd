"""Screens of the bank: transfer files and transfers, rejections, what is sent again.

Of the ASP alone: every page is not found by the others (404). The returns are in `retours`.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.core.models import Fichier
from apps.core.verdicts import Verdict
from apps.core.views import ListPage
from apps.payments.filters_banque import FichierFilter, RejetFilter, VirementFilter
from apps.payments.models import FichierVirements, Virement
from apps.payments.permissions_banque import can_download_transfers
from apps.payments.services.virements import note_download
from apps.payments.tables_banque import FichierTable, RejetTable, VirementTable


class AspList(ListPage):
    """A list that only the ASP has."""

    def get_queryset(self) -> Any:
        require_asp(self.request)
        return super().get_queryset()


class Fichiers(AspList):
    model = FichierVirements
    table_class = FichierTable
    filterset_class = FichierFilter
    template_name = "payments/banque_fichiers.html"

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("campagne")

    def get_table_kwargs(self) -> dict[str, Any]:
        allowed = can_download_transfers(self.request.acting)
        return {} if allowed else {"exclude": ("telecharger",)}


class Virements(AspList):
    model = Virement
    table_class = VirementTable
    filterset_class = VirementFilter
    template_name = "payments/banque_virements.html"

    def get_queryset(self) -> Any:
        return super().get_queryset().sent().select_related("annexe", "structure", "campagne")


class Rejets(AspList):
    model = Virement
    table_class = RejetTable
    filterset_class = RejetFilter
    template_name = "payments/banque_rejets.html"

    def get_queryset(self) -> Any:
        return super().get_queryset().rejected().select_related("annexe", "structure", "campagne")


@require_safe
def fichier(request: HttpRequest, pk: int) -> FileResponse:
    """The archived file, as a download; each is journaled."""
    seen = FichierVirements.objects.visible_to(request.acting).select_related("fichier")
    found = get_object_or_404(seen, pk=pk)
    require(can_download_transfers(request.acting))
    return download(note_download(request.acting, found))


def require_asp(request: HttpRequest) -> None:
    """404: the page does not exist for the others."""
    if not request.acting.is_asp:
        raise Http404


def require(verdict: Verdict) -> None:
    if not verdict:
        raise PermissionDenied(verdict.reason)


def download(fichier: Fichier) -> FileResponse:
    """A stored file as an attachment, never kept by the browser."""
    if not fichier.contenu.storage.exists(str(fichier.contenu.name)):
        raise Http404("The file is no longer there.")
    response = FileResponse(
        fichier.contenu.open("rb"),
        as_attachment=True,
        filename=fichier.nom,
        content_type=fichier.type_mime,
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
