"""Delegations of signature of the départements (convention de mandat, art. 6): who may decide.

The ASP keeps them; a département reads its own. Called by the URLs.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import Delegation, Membership, Organisation
from apps.accounts.services.delegations import (
    can_keep_delegations,
    end_delegation,
    record_delegation,
)
from apps.core.clock import today
from apps.core.pages import perform
from apps.recoveries.forms_apurement import DelegationForm, FinForm

LISTE = "Délégations des départements"


@require_safe
def delegations(request: HttpRequest) -> HttpResponse:
    """Those in force first."""
    on = today()
    rows = sorted(
        _seen(request.acting),
        key=lambda row: (not row.covers(on), row.organisation.nom, row.nom, row.debut),
    )
    context = {
        "delegations": [(row, row.covers(on)) for row in rows],
        "peut_tenir": bool(can_keep_delegations(request.acting)),
    }
    return render(request, "apurement/delegations.html", context)


@require_http_methods(["GET", "POST"])
def delegation_enregistrer(request: HttpRequest) -> HttpResponse:
    _require(request.acting)
    form = DelegationForm(request.POST or None, initial={"debut": today()})
    if form.is_valid() and perform(
        request,
        lambda: record_delegation(request.acting, **form.cleaned_data),
        "La délégation est enregistrée.",
    ):
        return redirect("apurement:delegations")
    return _page(
        request,
        "Enregistrer une délégation de signature",
        "Le département a communiqué à l’ASP la liste des agents habilités à signer : le décideur "
        "pourra décider des non-valeurs et des remises pendant cette période.",
        form,
    )


@require_http_methods(["GET", "POST"])
def delegation_terminer(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_seen(request.acting), pk=pk)
    _require(request.acting)
    form = FinForm(request.POST or None, initial={"fin": today()})
    if form.is_valid() and perform(
        request,
        lambda: end_delegation(request.acting, found, on=today(), **form.cleaned_data),
        "La fin de la délégation est enregistrée.",
    ):
        return redirect("apurement:delegations")
    return _page(
        request,
        "Terminer une délégation de signature",
        f"{found} ne pourra plus décider après cette date ; ses décisions passées restent "
        "valables.",
        form,
    )


def _seen(acting: Membership) -> QuerySet[Delegation]:
    rows = Delegation.objects.filter(organisation__type=Organisation.Type.CD)
    rows = rows.select_related("organisation")
    if acting.is_asp:
        return rows
    if acting.is_cd:
        return rows.filter(organisation=acting.organisation_id)
    raise PermissionDenied("Les délégations sont suivies par l’ASP et les départements.")


def _page(request: HttpRequest, titre: str, texte: str, form: Any) -> HttpResponse:
    retour = reverse("apurement:delegations")
    context = {
        "acte": {"titre": titre, "texte": texte},
        "form": form,
        "libelle": "Enregistrer",
        "retour": retour,
        "fil": [(LISTE, retour)],
    }
    return render(request, "apurement/acte.html", context)


def _require(acting: Membership) -> None:
    verdict = can_keep_delegations(acting)
    if not verdict:
        raise PermissionDenied(verdict.reason)
