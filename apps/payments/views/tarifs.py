"""Screens of the new prices of the management fees, and of their letter (art. 3.2)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.clock import today
from apps.core.pages import perform
from apps.core.pdf import draft_page, pdf_page
from apps.journal.history import events_of
from apps.payments import permissions_frais as permissions
from apps.payments.documents_frais import draw_tarif, tarif_file
from apps.payments.forms_frais import AnneeTarifForm
from apps.payments.models import AvisTarif
from apps.payments.services import tarifs
from apps.payments.views.frais import find_mandat, require


@require_http_methods(["GET", "POST"])
def preparer(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute the prices of a year from the indices of INSEE."""
    mandat = find_mandat(request, pk)
    require(permissions.can_prepare_fees(request.acting))
    form = AnneeTarifForm(request.POST or None, initial={"annee": today().year})
    if form.is_valid():
        done = perform(
            request,
            lambda: tarifs.prepare_tarif(
                request.acting, mandat, form.cleaned_data["annee"], on=today()
            ),
            "Les prix sont calculés : un ordonnateur doit les notifier.",
        )
        if done:
            return redirect("frais:tarif", done.pk)
    retour = reverse("frais:mandat", args=[mandat.pk])
    return render(
        request,
        "frais/tarif_preparer.html",
        {"mandat": mandat, "form": form, "libelle": "Calculer les prix", "retour": retour},
    )


@require_safe
def tarif(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    context = {
        "avis": found,
        "peut_notifier": permissions.can_notify_tarif(request.acting, found),
        "entrees": events_of(found, request.acting),
    }
    return render(request, "frais/tarif.html", context)


@require_http_methods(["GET", "POST"])
def notifier(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    require(permissions.can_notify_tarif(request.acting, found))
    retour = reverse("frais:tarif", args=[pk])
    if request.method == "POST":
        perform(
            request,
            lambda: tarifs.notify_tarif(request.acting, found, on=today()),
            f"Les prix {found.annee} sont notifiés au département.",
        )
        return redirect(retour)
    context = {"avis": found, "libelle": "Notifier les prix", "retour": retour}
    return render(request, "frais/tarif_notifier.html", context)


@require_safe
def tarif_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    retour = reverse("frais:tarif", args=[pk])
    if found.etat != AvisTarif.Etat.NOTIFIE:
        return draft_page(request, lambda: draw_tarif(found), retour)
    return pdf_page(request, lambda: tarif_file(found.pk), retour)


def _find(request: HttpRequest, pk: int) -> AvisTarif:
    seen = AvisTarif.objects.visible_to(request.acting)
    rows = seen.select_related("mandat__financeur", "prepare_par", "notifie_par", "document")
    return get_object_or_404(rows, pk=pk)
