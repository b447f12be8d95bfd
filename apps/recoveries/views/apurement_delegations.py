"""Delegations of signature of the départements (convention de mandat, art. 6): who may decide.

The ASP keeps them; a département reads its own. Called by the URLs.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import Delegation, Membership, Organisation
from apps.accounts.services.delegations import (
    attach_specimen,
    can_keep_delegations,
    end_delegation,
    record_delegation,
)
from apps.core.clock import today
from apps.core.models import Fichier
from apps.core.pages import perform
from apps.presence.views_controles import file_response
from apps.recoveries.forms_apurement import DelegationForm, FinForm, SpecimenForm
from apps.recoveries.services.pertes import keep_piece

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
    form = DelegationForm(request.POST or None, request.FILES or None, initial={"debut": today()})
    if form.is_valid() and perform(
        request,
        lambda: _record(request.acting, **form.cleaned_data),
        "La délégation est enregistrée.",
    ):
        return redirect("apurement:delegations")
    return _page(
        request,
        "Enregistrer une délégation de signature",
        "Le département a communiqué à l’ASP la liste des agents habilités à signer : le décideur "
        "pourra notifier des fonds et décider des non-valeurs et des remises pendant cette "
        "période.",
        form,
    )


@require_http_methods(["GET", "POST"])
def delegation_deposer(request: HttpRequest, pk: int) -> HttpResponse:
    """Add the specimen of signature, or replace it."""
    found = get_object_or_404(_seen(request.acting), pk=pk)
    _require(request.acting)
    form = SpecimenForm(request.POST or None, request.FILES or None)
    if form.is_valid() and perform(
        request,
        lambda: attach_specimen(request.acting, found, _keep(found, form.cleaned_data["specimen"])),
        "Le spécimen de signature est enregistré.",
    ):
        return redirect("apurement:delegations")
    return _page(
        request,
        "Déposer un spécimen de signature",
        f"La signature de {found}, telle que le département l’a communiquée : on y compare celle "
        "de ses décisions.",
        form,
    )


@require_safe
def delegation_specimen(request: HttpRequest, pk: int) -> FileResponse:
    """The specimen, for the ASP and for that département alone."""
    found = get_object_or_404(_seen(request.acting).select_related("specimen"), pk=pk)
    if found.specimen is None:
        raise Http404("No specimen was given.")
    return file_response(found.specimen)


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


def _record(acting: Membership, *, specimen: Any, decideur: Membership, **values: Any) -> Any:
    """The delegation, with its specimen when one is given."""
    kept = _keep(decideur.user.nom_complet, specimen) if specimen else None
    return record_delegation(acting, decideur, specimen=kept, **values)


def _keep(whose: object, uploaded: Any) -> Fichier:
    return keep_piece(uploaded, "specimen-de-signature", f"Spécimen de signature – {whose}")


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
