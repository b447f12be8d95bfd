"""Screens of the bank details: proposal by the structure, queue and control at the ASP."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_tables2 import RequestConfig

from apps.core.pages import perform
from apps.siae import permissions, services
from apps.siae.forms import BanqueForm, ControleBanqueForm
from apps.siae.models import CoordonneesBancaires
from apps.siae.tables import BanqueTable
from apps.siae.views.access import find_structure, form_page, require


@require_http_methods(["GET", "POST"])
def banque_proposer(request: HttpRequest, pk: int) -> HttpResponse:
    structure = find_structure(request, pk)
    require(permissions.can_propose_bank_details(request.acting, structure))
    form = BanqueForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.propose_bank_details(request.acting, structure, **form.cleaned_data),
        "Les coordonnées bancaires sont proposées. L’ASP les contrôle avant tout paiement.",
    ):
        return redirect("siae:structure", pk)
    titre = "Proposer des coordonnées bancaires"
    return form_page(request, form, titre=titre, libelle="Proposer", about=structure)


@require_safe
def banques(request: HttpRequest) -> HttpResponse:
    """Proposals waiting for a control, the oldest first."""
    require(permissions.can_control_bank_details(request.acting))
    waiting = CoordonneesBancaires.objects.filter(etat="PROPOSEE").order_by("propose_le", "pk")
    table = BanqueTable(waiting.select_related("structure", "propose_par"))
    RequestConfig(request, paginate={"per_page": 25}).configure(table)
    return render(request, "siae/banques.html", {"table": table})


@require_http_methods(["GET", "POST"])
def banque_controler(request: HttpRequest, pk: int) -> HttpResponse:
    """Activate or reject a proposal, seen beside the details in use."""
    require(permissions.can_control_bank_details(request.acting))
    proposal = get_object_or_404(
        CoordonneesBancaires.objects.select_related("structure", "propose_par"), pk=pk
    )
    if proposal.etat != CoordonneesBancaires.Etat.PROPOSEE:
        messages.info(request, "Ces coordonnées bancaires ont déjà été traitées.")
        return redirect("siae:structure", proposal.structure_id)
    form = ControleBanqueForm(request.POST or None)
    if form.is_valid() and _decide(request, proposal, form.cleaned_data):
        return redirect("siae:structure", proposal.structure_id)
    return render(request, "siae/banque_controler.html", _control_page(request, proposal, form))


def _control_page(
    request: HttpRequest, proposal: CoordonneesBancaires, form: ControleBanqueForm
) -> dict[str, Any]:
    in_use = proposal.structure.coordonnees_bancaires.filter(etat="ACTIVE")
    return {
        "form": form,
        "libelle": "Enregistrer la décision",
        "retour": reverse("siae:banques"),
        "proposition": proposal,
        "actives": in_use.first(),
        "ailleurs": CoordonneesBancaires.objects.used_elsewhere(proposal),
        "verdict": permissions.can_control_bank_details(request.acting, proposal),
    }


def _decide(request: HttpRequest, proposal: CoordonneesBancaires, data: dict[str, Any]) -> Any:
    if data["decision"] == "ACTIVER":
        return perform(
            request,
            lambda: services.activate_bank_details(request.acting, proposal),
            "Les coordonnées bancaires sont actives : elles serviront aux prochains paiements.",
        )
    return perform(
        request,
        lambda: services.reject_bank_details(request.acting, proposal, data["motif"]),
        "La proposition est rejetée. La structure en lit le motif sur sa page.",
    )
