"""Screens of the ledger: general balance, ledger of an account, journal, an entry, its reversal."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.pages import perform
from apps.core.views import ListPage
from apps.journal.history import events_of
from apps.payments import balances
from apps.payments.filters_comptabilite import BalanceFilter, EcritureFilter, MouvementFilter
from apps.payments.forms_comptabilite import ExtourneForm
from apps.payments.models import Compte, Ecriture, Mouvement, Versement
from apps.payments.permissions_comptabilite import can_read_accounts
from apps.payments.services.extournes import can_reverse_entry, reverse_entry
from apps.payments.tables_comptabilite import BalanceTable, EcritureTable, MouvementTable

# Filters that follow the reader from the balance to the movements of an account.
SUIVIS = ("q", "annexe", "structure", "financeur", "mandat")
# Pages of the documents named by an entry, found by their number: « OR-12 ».
DOCUMENTS = {"OR": "recoveries:liste"}


class _OfLedger(ListPage):
    """Reserved to those who read the accounts; the others are told so."""

    def get_queryset(self) -> Any:
        require_reader(self.request)
        return super().get_queryset()


class Balance(_OfLedger):
    model = Mouvement
    table_class = BalanceTable
    filterset_class = BalanceFilter
    template_name = "comptabilite/balance.html"

    def get_table_data(self) -> Any:
        return balances.general_balance(
            self.object_list, **self.filterset.periode, detail=self.filterset.ligne_par
        )

    def get_table_kwargs(self) -> dict[str, Any]:
        periode, criteres = self.filterset.periode, {n: self.request.GET.get(n) for n in SUIVIS}
        exclude = set(balances.NAMES) - set(balances.DETAILS[self.filterset.ligne_par])
        if periode["du"] is None:
            exclude.add("ouverture")  # since the origin, nothing comes before
        return {
            "periode": periode,
            "criteres": {name: value for name, value in criteres.items() if value},
            "totaux": balances.totals_of_balance(self.get_table_data()),
            "exclude": exclude,
        }


class GrandLivre(_OfLedger):
    model = Mouvement
    table_class = MouvementTable
    filterset_class = MouvementFilter
    template_name = "comptabilite/grand_livre.html"

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        self.compte = get_object_or_404(Compte, pk=self.kwargs["compte"])
        return rows.filter(compte=self.compte).select_related(
            "ecriture", "financeur", "mandat", "structure", "annexe"
        )

    def get_table_data(self) -> Any:
        self.totaux = balances.totals(self.object_list, **self.filterset.periode)
        return balances.account_ledger(
            self.object_list, **self.filterset.periode, ouverture=self.totaux.ouverture
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(compte=self.compte, **kwargs)
        context["totaux"] = self.totaux
        return context


class Journal(_OfLedger):
    model = Ecriture
    table_class = EcritureTable
    filterset_class = EcritureFilter
    template_name = "comptabilite/journal.html"

    def get_queryset(self) -> Any:
        rows = super().get_queryset().select_related("campagne").order_by("-jour", "-numero")
        return balances.journal(rows, self.request.acting)


@require_safe
def ecriture(request: HttpRequest, pk: int) -> HttpResponse:
    """An entry: the movements this person sees, what it is about, its reversal."""
    found = _find(request, pk)
    movements = found.mouvements.visible_to(request.acting).select_related(
        "compte", "financeur", "mandat", "annexe", "structure"
    )
    seen = Versement.objects.visible_to(request.acting).filter(pk=found.versement_id)
    context = {
        "ecriture": found,
        "mouvements": movements,
        "voit_le_versement": seen.exists(),
        "piece": _address_of(found.reference),
        "extournable": can_reverse_entry(request.acting, found),
        "entrees": events_of(found, request.acting),
    }
    return render(request, "comptabilite/ecriture.html", context)


@require_http_methods(["GET", "POST"])
def extourner(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirmation page of a reversal: restates the entry, then posts the contrary one."""
    found = _find(request, pk)
    verdict = can_reverse_entry(request.acting, found)
    if not verdict:
        messages.error(request, verdict.reason)
        return redirect("comptabilite:ecriture", pk)
    form = ExtourneForm(request.POST or None)
    if form.is_valid():
        act = partial(reverse_entry, request.acting, found, motif=form.cleaned_data["motif"])
        posted = perform(request, act, "L’extourne est comptabilisée.")
        if posted:
            return redirect("comptabilite:ecriture", posted.pk)
    context = {
        "ecriture": found,
        "mouvements": found.mouvements.select_related("compte", "financeur", "mandat"),
        "form": form,
        "libelle": "Extourner l’écriture",
        "retour": reverse("comptabilite:ecriture", args=[pk]),
    }
    return render(request, "comptabilite/extourner.html", context)


def require_reader(request: HttpRequest) -> None:
    verdict = can_read_accounts(request.acting)
    if not verdict:
        raise PermissionDenied(verdict.reason)


def _find(request: HttpRequest, pk: int) -> Ecriture:
    seen = Ecriture.objects.visible_to(request.acting).select_related(
        "campagne", "versement__annexe", "virement", "extourne", "extournee_par"
    )
    return get_object_or_404(seen, pk=pk)


def _address_of(reference: str) -> str:
    """Page where the document of an entry is found; empty for one that has none."""
    prefix, _dash, number = reference.partition("-")
    page = DOCUMENTS.get(prefix)
    return f"{reverse(page)}?q={number}" if page and number.isdigit() else ""
