"""Documents and proofs of the disputes, remissions, non-valeurs and procedures.

Each is given to those who see its object; the structure reads neither the fiche de synthèse nor
the ordonnateur's order, which are addressed to the département and to the accountant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.core.models import Fichier
from apps.core.pdf import pdf_page
from apps.presence.views_controles import file_response
from apps.recoveries import documents_apurement as documents
from apps.recoveries.models import (
    Contestation,
    DemandeRemise,
    Extinction,
    LigneNonValeur,
    ListeNonValeur,
    ProcedureCollective,
)


def _drawn(
    model: Any, produce: Callable[[int], Fichier], liste: str, *, of_debtor: bool
) -> Callable[..., HttpResponse]:
    @require_safe
    def page(request: HttpRequest, pk: int) -> HttpResponse:
        found = get_object_or_404(model.objects.visible_to(request.acting), pk=pk)
        if request.acting.is_siae and not of_debtor:
            raise PermissionDenied("Ce document est adressé au financeur ou au comptable.")
        return pdf_page(request, lambda: produce(found.pk), liste)

    return page


def _received(model: Any) -> Callable[..., HttpResponse]:
    @require_safe
    def page(request: HttpRequest, pk: int) -> HttpResponse:
        seen = model.objects.visible_to(request.acting).select_related("piece")
        found = get_object_or_404(seen, pk=pk)
        if found.piece is None:
            raise Http404("No document was joined.")
        response: HttpResponse = file_response(found.piece)
        return response

    return page


contestation_piece = _received(Contestation)
contestation_ordre_ecrit = _drawn(
    Contestation, documents.written_order, "apurement:contestations", of_debtor=False
)
contestation_pdf = _drawn(
    Contestation, documents.dispute_letter, "apurement:contestations", of_debtor=True
)
remise_piece = _received(DemandeRemise)
remise_fiche = _drawn(DemandeRemise, documents.synthesis, "apurement:remises", of_debtor=False)
remise_pdf = _drawn(DemandeRemise, documents.remission_letter, "apurement:remises", of_debtor=True)
liste_pdf = _drawn(ListeNonValeur, documents.list_slip, "apurement:listes", of_debtor=False)
ligne_piece = _received(LigneNonValeur)
extinction_piece = _received(Extinction)
procedure_piece = _received(ProcedureCollective)
