"""Screens of the lines of a run: lists of what it pays and holds, withdrawal, rejection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.accounts.models import Membership
from apps.core.pages import perform
from apps.core.verdicts import Verdict
from apps.core.views import ListPage
from apps.payments import services
from apps.payments.filters import LigneFilter, RetenueFilter
from apps.payments.forms import MotifForm
from apps.payments.models import Campagne, Retenue, Versement
from apps.payments.permissions import can_reject, can_withdraw
from apps.payments.recap import with_previous
from apps.payments.tables import LigneTable, RetenueTable
from apps.payments.views.campagnes import find_campagne


@dataclass(frozen=True, slots=True)
class Acte:
    """A way of setting a line aside: who may, the service, the words of its page."""

    verdict: Callable[[Membership, Campagne], Verdict]
    service: Callable[..., int]
    titre: str
    libelle: str


ACTES = {
    "retirer": Acte(
        can_withdraw,
        services.withdraw_line,
        "Retirer une ligne de la campagne",
        "Retirer la ligne",
    ),
    "rejeter": Acte(
        can_reject,
        services.reject_line,
        "Rejeter une ligne de la campagne",
        "Rejeter la ligne",
    ),
}


class _OfCampagne(ListPage):
    """A list of one run, found within the scope (404 otherwise)."""

    def get_queryset(self) -> Any:
        self.campagne = find_campagne(self.request, self.kwargs["pk"])
        return super().get_queryset().filter(campagne=self.campagne).with_display()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(campagne=self.campagne, **kwargs)


class Lignes(_OfCampagne):
    model = Versement
    table_class = LigneTable
    filterset_class = LigneFilter
    template_name = "payments/lignes.html"

    def get_queryset(self) -> Any:
        return with_previous(super().get_queryset())

    def get_table_kwargs(self) -> dict[str, Any]:
        """Withdrawal and rejection are shown to those who may do them at this stage."""
        acting = self.request.acting
        hidden = {"retirer": can_withdraw, "rejeter": can_reject}
        return {
            "exclude": [name for name, can in hidden.items() if not can(acting, self.campagne)],
            "comparaison": reverse("payments:campagne_comparaison", args=[self.campagne.pk]),
        }


class Retenues(_OfCampagne):
    model = Retenue
    table_class = RetenueTable
    filterset_class = RetenueFilter
    template_name = "payments/retenues.html"


@require_http_methods(["GET", "POST"])
def ecarter(request: HttpRequest, pk: int, evenement: str) -> HttpResponse:
    """Withdraw (ASP) or reject (agent comptable) a line, with a reason."""
    ligne, campagne = _find_line(request, pk)
    acte = ACTES[evenement]
    verdict = acte.verdict(request.acting, campagne)
    if not verdict:
        messages.error(request, verdict.reason)
        return redirect("payments:campagne", campagne.pk)
    form = MotifForm(request.POST or None)
    if form.is_valid():
        act = partial(acte.service, request.acting, ligne, **form.cleaned_data)
        if perform(request, act, _done):
            return redirect("payments:campagne_lignes", campagne.pk)
    context = {"ligne": ligne, "campagne": campagne, "form": form, **_words(acte, ligne)}
    return render(request, "payments/ligne_ecarter.html", context)


def _find_line(request: HttpRequest, pk: int) -> tuple[Versement, Campagne]:
    seen = Versement.objects.visible_to(request.acting).select_related("campagne", "annexe")
    ligne = get_object_or_404(seen, pk=pk)
    return ligne, find_campagne(request, ligne.campagne_id)


def _words(acte: Acte, ligne: Versement) -> dict[str, Any]:
    """What the page says: the act, and the later lines that go with this one."""
    later = ligne.campagne.versements.proposed().filter(annexe=ligne.annexe_id, pk__gt=ligne.pk)
    return {
        "titre": acte.titre,
        "libelle": acte.libelle,
        "suivantes": later.defer("calcul").order_by("pk"),
        "retour": reverse("payments:campagne_lignes", args=[ligne.campagne_id]),
    }


def _done(count: int) -> str:
    if count == 1:
        return "La ligne est écartée de la campagne."
    return f"{count} lignes de l’annexe sont écartées de la campagne."
