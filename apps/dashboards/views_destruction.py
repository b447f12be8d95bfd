"""Destruction of the data of a closed mandate: proposed, signed by another person, attested."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.pages import perform
from apps.core.pdf import pdf_page
from apps.core.views import ListPage
from apps.dashboards.filters_rgpd import DestructionFilter
from apps.dashboards.forms_rgpd import MotifForm
from apps.dashboards.models import Destruction
from apps.dashboards.permissions_rgpd import (
    can_propose_destruction,
    can_read_destructions,
    can_sign_destruction,
)
from apps.dashboards.rgpd.documents import CONSERVE, destruction_pdf
from apps.dashboards.rgpd.fin_de_mandat import figures_of, rows_of
from apps.dashboards.services_destruction import (
    propose_destruction,
    refuse_before_closing,
    set_destruction_aside,
    sign_destruction,
)
from apps.dashboards.tables_rgpd import DestructionTable
from apps.journal.history import events_of

Etat = Destruction.Etat


class Destructions(ListPage):
    """The attestations, under the closed mandates that have none."""

    model = Destruction
    table_class = DestructionTable
    filterset_class = DestructionFilter
    template_name = "rgpd/destructions.html"

    def get_queryset(self) -> Any:
        if not can_read_destructions(self.request.acting):
            raise Http404("Destructions are attested to départements.")
        return super().get_queryset().select_related("mandat__financeur")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        acting = self.request.acting
        if acting.is_asp:
            made = Destruction.objects.exclude(etat=Etat.ECARTEE).filter(mandat=OuterRef("pk"))
            closed = ConventionMandat.objects.filter(~Exists(made), cloture__isnull=False)
            context["attendues"] = closed.select_related("financeur", "cloture")
            context["peut_proposer"] = bool(can_propose_destruction(acting))
        return context


@require_http_methods(["GET", "POST"])
def proposer(request: HttpRequest, mandat_id: int) -> HttpResponse:
    """What would be destroyed today and what would be kept, then the proposal."""
    mandat = _find_mandat(request, mandat_id)
    context: dict[str, Any] = {
        "mandat": mandat,
        "libelle": "Proposer la destruction",
        "retour": reverse("rgpd:destructions"),
    }
    try:
        refuse_before_closing(mandat)
    except Refus as refus:
        return render(request, "rgpd/destruction_proposer.html", context | {"motif": str(refus)})
    if request.method == "POST":
        made = perform(
            request,
            lambda: propose_destruction(request.acting, mandat),
            "La destruction est proposée : l’agent comptable peut la signer.",
        )
        if made is not None:
            return redirect("rgpd:destruction", made.pk)
    context |= {"chiffres": rows_of(figures_of(mandat, today())), "conserve": CONSERVE}
    return render(request, "rgpd/destruction_proposer.html", context)


@require_safe
def destruction(request: HttpRequest, pk: int) -> HttpResponse:
    """The counts, what is kept and why, who proposed and signed."""
    found = _find(request, pk)
    acting = request.acting
    proposed = found.etat == Etat.PROPOSEE
    context = {
        "destruction": found,
        "chiffres": rows_of(found.contenu),
        "conserve": CONSERVE,
        "peut_signer": proposed and can_sign_destruction(acting, found),
        "peut_ecarter": proposed and can_propose_destruction(acting),
        "entrees": events_of(found, acting) if acting.is_asp else [],
    }
    return render(request, "rgpd/destruction.html", context)


@require_http_methods(["GET", "POST"])
def signer(request: HttpRequest, pk: int) -> HttpResponse:
    """The agent comptable signs: the data are destroyed at once."""
    found = _find(request, pk)
    if not (verdict := can_sign_destruction(request.acting, found)):
        raise PermissionDenied(verdict.reason)
    if found.etat != Etat.PROPOSEE:
        return _over(request, found)
    if request.method == "POST" and perform(
        request,
        lambda: sign_destruction(request.acting, found),
        "Les données sont détruites et l’attestation est signée. Le département en est informé.",
    ):
        return redirect("rgpd:destruction", pk)
    context = _act(found, "Détruire les données et signer")
    context["chiffres"] = rows_of(figures_of(found.mandat, today()))
    return render(request, "rgpd/destruction_signer.html", context)


@require_http_methods(["GET", "POST"])
def ecarter(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a proposal, with a reason."""
    found = _find(request, pk)
    if not (verdict := can_propose_destruction(request.acting)):
        raise PermissionDenied(verdict.reason)
    if found.etat != Etat.PROPOSEE:
        return _over(request, found)
    form = MotifForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: set_destruction_aside(request.acting, found, motif=form.cleaned_data["motif"]),
        "La proposition est écartée.",
    ):
        return redirect("rgpd:destruction", pk)
    context = _act(found, "Écarter la proposition") | {"form": form}
    return render(request, "rgpd/destruction_ecarter.html", context)


@require_safe
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The archived attestation."""
    _find(request, pk)
    retour = reverse("rgpd:destruction", args=[pk])
    return pdf_page(request, lambda: destruction_pdf(pk), retour)


def _find(request: HttpRequest, pk: int) -> Destruction:
    seen = Destruction.objects.visible_to(request.acting).select_related(
        "mandat__financeur", "proposee_par", "signee_par", "ecartee_par", "document"
    )
    return get_object_or_404(seen, pk=pk)


def _find_mandat(request: HttpRequest, pk: int) -> ConventionMandat:
    if not request.acting.is_asp:
        raise Http404("Destructions are proposed by the ASP.")
    if not (verdict := can_propose_destruction(request.acting)):
        raise PermissionDenied(verdict.reason)
    return get_object_or_404(ConventionMandat.objects.select_related("financeur"), pk=pk)


def _over(request: HttpRequest, found: Destruction) -> HttpResponse:
    messages.error(request, f"Cette destruction est déjà « {found.get_etat_display()} ».")
    return redirect("rgpd:destruction", found.pk)


def _act(found: Destruction, libelle: str) -> dict[str, Any]:
    return {
        "destruction": found,
        "conserve": CONSERVE,
        "libelle": libelle,
        "retour": reverse("rgpd:destruction", args=[found.pk]),
    }
