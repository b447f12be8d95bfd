"""Screens of the management fees: invoices, their preparation and issue, receipts (art. 3.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.jobs import dispatch
from apps.core.pages import perform
from apps.core.pdf import draft_page, pdf_page
from apps.core.verdicts import Verdict
from apps.core.views import ListPage
from apps.journal.history import events_of
from apps.payments import permissions_frais as permissions
from apps.payments.documents_frais import draw_invoice, invoice_file
from apps.payments.facturation import billed_in, count_fees, forecast_of, tarif_of
from apps.payments.filters_frais import FactureFilter
from apps.payments.forms import MotifForm
from apps.payments.forms_frais import (
    ChorusForm,
    EncaissementForm,
    ImputationForm,
    PeriodeFraisForm,
)
from apps.payments.models import AvisTarif, FactureFrais
from apps.payments.services import encaissements_frais, frais
from apps.payments.tables_frais import FactureTable
from apps.payments.tasks_frais import archive_invoice

Etat = FactureFrais.Etat


class Factures(ListPage):
    model = FactureFrais
    table_class = FactureTable
    filterset_class = FactureFilter
    template_name = "frais/liste.html"

    def get_queryset(self) -> QuerySet[Any]:
        require(permissions.can_read_fees(self.request.acting))
        return super().get_queryset().with_display().with_reste()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mandats = ConventionMandat.objects.visible_to(self.request.acting)
        return super().get_context_data(mandats=mandats.select_related("financeur"), **kwargs)


@require_safe
def mandat(request: HttpRequest, pk: int) -> HttpResponse:
    """Prices and invoices of a mandate, year by year, beside what was planned."""
    found = find_mandat(request, pk)
    factures = FactureFrais.objects.visible_to(request.acting).filter(mandat=found)
    context = {
        "mandat": found,
        "annees": [_year(found, annee) for annee in _years(found)],
        "factures": factures.with_reste().order_by("-annee", "-pk"),
        "tarifs": AvisTarif.objects.visible_to(request.acting).filter(mandat=found),
        "peut_preparer": permissions.can_prepare_fees(request.acting),
    }
    return render(request, "frais/mandat.html", context)


def _years(found: ConventionMandat) -> range:
    return range(min(found.fin.year, today().year), found.debut.year - 1, -1)


def _year(found: ConventionMandat, annee: int) -> dict[str, Any]:
    planned, (acts, billed) = forecast_of(found, annee), billed_in(found, annee)
    return {
        "annee": annee,
        "tarif": tarif_of(found, annee),
        "prevues": planned[0] if planned else None,
        "prevision": planned[1] if planned else None,
        "actes": acts,
        "facture": billed,
        "ecart": billed - planned[1] if planned else None,
    }


@require_http_methods(["GET", "POST"])
def preparer(request: HttpRequest, pk: int) -> HttpResponse:
    """The period is chosen by GET; the page shows what it counts, the POST prepares it."""
    found = find_mandat(request, pk)
    require(permissions.can_prepare_fees(request.acting))
    periode = PeriodeFraisForm(request.GET or None)
    decompte, form = None, None
    if periode.is_valid():
        annee, code = periode.cleaned_data["annee"], periode.cleaned_data["periode"]
        known = FactureFrais.objects.living().filter(mandat=found, annee=annee, periode=code)
        facture = known.filter(etat=Etat.PREPAREE).first()
        decompte = count_fees(found, annee, code, but=facture)
        form = ChorusForm(request.POST or None, initial=_chorus(found, facture))
        if form.is_valid():
            done = perform(
                request,
                lambda: frais.prepare_facture(
                    request.acting, found, annee, code, on=today(), **form.cleaned_data
                ),
                "La facture est préparée : un ordonnateur doit l’émettre.",
            )
            if done:
                return redirect("frais:facture", done.pk)
    context = {"mandat": found, "periode": periode, "decompte": decompte, "form": form}
    context["retour"] = reverse("frais:mandat", args=[found.pk])
    return render(request, "frais/preparer.html", context)


def _chorus(found: ConventionMandat, facture: FactureFrais | None) -> dict[str, str]:
    """References already known: those of this invoice, of the last one, of the funder."""
    last = facture or FactureFrais.objects.filter(mandat=found).first()
    if last is not None:
        return {name: getattr(last, name) for name in frais.CHORUS}
    funder = found.financeur.payer_on(today())
    return {"siret": funder.siret, "code_service": funder.reference_chorus}


@require_safe
def facture(request: HttpRequest, pk: int) -> HttpResponse:
    """« Pourquoi ce montant ? »: the steps, every act counted with its annex, what was paid."""
    found = find_facture(request, pk)
    acting = request.acting
    context = {
        "facture": found,
        "lignes": found.lignes.select_related("version__annexe__siae__structure"),
        "encaissements": found.encaissements.select_related("enregistre_par"),
        "avoirs": found.avoirs.exclude(etat=Etat.ABANDONNEE),
        "imputations": found.imputations.all(),
        "peut_preparer": permissions.can_prepare_fees(acting),
        "peut_emettre": permissions.can_issue_fees(acting, found),
        "peut_abandonner": permissions.can_discard_fees(acting, found),
        "peut_encaisser": permissions.can_receive_fees(acting, found),
        "prevision": forecast_of(found.mandat, found.annee),
        "entrees": events_of(found, acting),
    }
    return render(request, "frais/facture.html", context)


@require_safe
def facture_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_facture(request, pk)
    retour = reverse("frais:facture", args=[pk])
    if not found.numero:
        return draft_page(request, lambda: draw_invoice(found), retour)
    return pdf_page(request, lambda: invoice_file(found.pk), retour)


@require_http_methods(["GET", "POST"])
def emettre(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_facture(request, pk)
    require(permissions.can_issue_fees(request.acting, found))
    return _act(
        request,
        found,
        titre=f"Émettre : {found}",
        libelle="Émettre la facture" if not found.is_avoir else "Émettre l’avoir",
        act=lambda: _issue(request, found),
        success=lambda done: (
            f"{done} est émis et notifié au département."
            if done.is_avoir
            else f"{done} est émise et notifiée au département."
        ),
    )


def _issue(request: HttpRequest, found: FactureFrais) -> FactureFrais:
    issued = frais.issue_facture(request.acting, found, on=today())
    dispatch(archive_invoice, issued.pk)
    return issued


@require_http_methods(["GET", "POST"])
def abandonner(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_facture(request, pk)
    require(permissions.can_discard_fees(request.acting, found))
    form = MotifForm(request.POST or None)
    return _act(
        request,
        found,
        titre=f"Abandonner : {found}",
        libelle="Abandonner la préparation",
        form=form,
        act=lambda: frais.discard_facture(request.acting, found, **form.cleaned_data),
        success="La préparation est abandonnée : ses annexes restent à facturer.",
    )


@require_http_methods(["GET", "POST"])
def avoir(request: HttpRequest, pk: int) -> HttpResponse:
    """Prepare the credit note that cancels an issued invoice."""
    found = find_facture(request, pk)
    require(permissions.can_prepare_fees(request.acting))
    form = MotifForm(request.POST or None)
    return _act(
        request,
        found,
        titre=f"Annuler par un avoir : {found}",
        libelle="Préparer l’avoir",
        form=form,
        act=lambda: frais.prepare_credit_note(
            request.acting, found, on=today(), **form.cleaned_data
        ),
        success="L’avoir est préparé : un ordonnateur doit l’émettre.",
    )


@require_http_methods(["GET", "POST"])
def encaisser(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_facture(request, pk)
    require(permissions.can_receive_fees(request.acting, found))
    form = EncaissementForm(request.POST or None, initial={"montant": found.reste})
    return _act(
        request,
        found,
        titre=f"Enregistrer un encaissement : {found}",
        libelle="Enregistrer l’encaissement",
        form=form,
        act=lambda: encaissements_frais.record_receipt(
            request.acting, found, on=today(), **form.cleaned_data
        ),
        success="L’encaissement est enregistré.",
    )


@require_http_methods(["GET", "POST"])
def imputer(request: HttpRequest, pk: int) -> HttpResponse:
    """Deduct a credit note of adjustment from an invoice to be paid."""
    found = find_facture(request, pk)
    require(permissions.can_receive_fees(request.acting, found))
    form = ImputationForm(request.POST or None, avoir=found)
    return _act(
        request,
        found,
        titre=f"Imputer : {found}",
        libelle="Imputer l’avoir",
        form=form,
        act=lambda: encaissements_frais.deduct_credit(
            request.acting, found, form.cleaned_data["facture"]
        ),
        success="L’avoir est imputé : il est déduit de ce qui reste à payer.",
    )


def _act(
    request: HttpRequest,
    found: FactureFrais,
    *,
    titre: str,
    libelle: str,
    act: Callable[[], Any],
    success: str | Callable[[Any], str],
    form: Any = None,
) -> HttpResponse:
    """The full page that restates what will happen; a POST does it and goes to the invoice."""
    ready = form.is_valid() if form is not None else request.method == "POST"
    if ready and (done := perform(request, act, success)):
        target = done if isinstance(done, FactureFrais) else found
        return redirect("frais:facture", target.pk)
    context = {"facture": found, "titre": titre, "libelle": libelle, "form": form}
    context["retour"] = reverse("frais:facture", args=[found.pk])
    return render(request, "frais/acte.html", context)


def require(verdict: Verdict) -> None:
    if not verdict:
        raise PermissionDenied(verdict.reason)


def find_facture(request: HttpRequest, pk: int) -> FactureFrais:
    seen = FactureFrais.objects.visible_to(request.acting)
    rows = seen.select_related(
        "mandat__financeur__successeur",
        "financeur",
        "annule",
        "impute_sur",
        "preparee_par",
        "emise_par",
        "document",
    )
    return get_object_or_404(rows.with_reste(), pk=pk)


def find_mandat(request: HttpRequest, pk: int) -> ConventionMandat:
    """A mandate within the scope, for those whom the fees concern."""
    require(permissions.can_read_fees(request.acting))
    seen = ConventionMandat.objects.visible_to(request.acting)
    return get_object_or_404(seen.select_related("financeur__successeur"), pk=pk)
