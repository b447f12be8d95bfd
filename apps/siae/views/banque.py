"""Screens of the bank details: proposal, queue and control at the ASP, acts during the delay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_tables2 import RequestConfig

from apps.core.pages import perform
from apps.siae import permissions, services
from apps.siae.forms import BanqueForm, ControleBanqueForm, MotifBanqueForm
from apps.siae.models import CoordonneesBancaires, Structure
from apps.siae.tables import BanqueTable
from apps.siae.views.access import find_structure, form_page, require

Etat = CoordonneesBancaires.Etat


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
    """What waits for a person: proposals to check, accounts frozen; the oldest first."""
    require(permissions.can_control_bank_details(request.acting))
    waiting = CoordonneesBancaires.objects.filter(etat__in=(Etat.PROPOSEE, Etat.GELEE))
    waiting = waiting.order_by("propose_le", "pk")
    table = BanqueTable(waiting.select_related("structure", "propose_par"))
    RequestConfig(request, paginate={"per_page": 25}).configure(table)
    return render(request, "siae/banques.html", {"table": table})


@require_http_methods(["GET", "POST"])
def banque_controler(request: HttpRequest, pk: int) -> HttpResponse:
    """Check or reject a proposal, seen beside the details in use; a frozen account is released."""
    require(permissions.can_control_bank_details(request.acting))
    proposal = get_object_or_404(
        CoordonneesBancaires.objects.select_related("structure", "propose_par"), pk=pk
    )
    if proposal.etat == Etat.GELEE:
        return redirect("siae:banque_retablir", pk)
    if proposal.etat != Etat.PROPOSEE:
        messages.info(request, "Ces coordonnées bancaires ont déjà été traitées.")
        return redirect("siae:structure", proposal.structure_id)
    services.note_bank_reading(request.acting, proposal.structure)
    form = ControleBanqueForm(request.POST or None)
    if form.is_valid() and _decide(request, proposal, form.cleaned_data):
        return redirect("siae:structure", proposal.structure_id)
    return render(request, "siae/banque_controler.html", _control_page(request, proposal, form))


def _control_page(
    request: HttpRequest, proposal: CoordonneesBancaires, form: ControleBanqueForm
) -> dict[str, Any]:
    in_use = proposal.structure.coordonnees_bancaires.filter(etat__in=(Etat.ACTIVE, Etat.GELEE))
    return {
        "form": form,
        "libelle": "Enregistrer la décision",
        "retour": reverse("siae:banques"),
        "proposition": proposal,
        "actives": in_use.first(),
        "ailleurs": CoordonneesBancaires.objects.used_elsewhere(proposal),
        "delai": settings.DELAI_BANQUE_JOURS,
        "verdict": permissions.can_control_bank_details(request.acting, proposal),
    }


def _decide(request: HttpRequest, proposal: CoordonneesBancaires, data: dict[str, Any]) -> Any:
    if data["decision"] == "CONTROLER":
        return perform(
            request,
            lambda: services.control_bank_details(request.acting, proposal),
            "Les coordonnées bancaires sont contrôlées : la structure est prévenue, elles seront "
            "en service à la fin du délai.",
        )
    return perform(
        request,
        lambda: services.reject_bank_details(request.acting, proposal, data["motif"]),
        "La proposition est rejetée. La structure en lit le motif sur sa page.",
    )


@require_http_methods(["GET", "POST"])
def banque_dispenser(request: HttpRequest, pk: int) -> HttpResponse:
    """The agent comptable does not let the delay run."""
    found = _found(request, pk)
    require(permissions.can_waive_bank_delay(request.acting))
    return _with_reason(
        request,
        found,
        services.waive_delay,
        Etat.CONTROLEE,
        titre="Ne pas attendre le délai",
        champ="Motif de l’urgence",
        libelle="Mettre en service aujourd’hui",
        fait="Les coordonnées bancaires sont en service.",
    )


@require_http_methods(["GET", "POST"])
def banque_contester(request: HttpRequest, pk: int) -> HttpResponse:
    """« Ce n’est pas nous »."""
    found = _found(request, pk)
    require(permissions.can_contest_bank_details(request.acting, found))
    return _with_reason(
        request,
        found,
        services.contest_bank_details,
        *(Etat.PROPOSEE, Etat.CONTROLEE),
        titre="Ce n’est pas nous",
        champ="Ce que vous savez de ce changement",
        libelle="Contester ce changement",
        fait="Le changement est annulé. L’ASP est prévenue : les paiements attendent sa "
        "vérification.",
    )


@require_http_methods(["GET", "POST"])
def banque_retablir(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody at the ASP has seen the structure: its account is used again."""
    found = _found(request, pk)
    require(permissions.can_release_bank_details(request.acting))
    return _with_reason(
        request,
        found,
        services.release_bank_details,
        Etat.GELEE,
        titre="Rétablir le compte",
        champ="Ce qui a été vérifié, et avec qui",
        libelle="Rétablir le compte",
        fait="Le compte est rétabli : les prochaines campagnes y paieront.",
    )


def _found(request: HttpRequest, pk: int) -> CoordonneesBancaires:
    """Details of a structure that this reader sees, and whose account it may know of."""
    seen = Structure.objects.visible_to(request.acting)
    details = CoordonneesBancaires.objects.filter(structure__in=seen)
    return get_object_or_404(details.select_related("structure", "propose_par"), pk=pk)


def _with_reason(
    request: HttpRequest,
    found: CoordonneesBancaires,
    act: Callable[..., Any],
    *states: str,
    titre: str,
    champ: str,
    libelle: str,
    fait: str,
) -> HttpResponse:
    """Confirm an act that has its reason; elsewhere when it has lost its object."""
    if found.etat not in states:
        messages.info(request, services.DEJA_TRAITEES)
        return redirect("siae:structure", found.structure_id)
    services.note_bank_reading(request.acting, found.structure)
    form = MotifBanqueForm(champ, request.POST or None)
    if form.is_valid() and perform(
        request, lambda: act(request.acting, found, form.cleaned_data["motif"]), fait
    ):
        return redirect("siae:structure", found.structure_id)
    context = {
        "form": form,
        "titre": titre,
        "libelle": libelle,
        "coordonnees": found,
        "voit_iban": permissions.sees_full_iban(request.acting, found.structure),
        "acte": act.__name__,
        "retour": reverse("siae:structure", args=[found.structure_id]),
    }
    return render(request, "siae/banque_acte.html", context)
