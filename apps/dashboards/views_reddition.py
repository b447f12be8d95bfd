"""Rendering of accounts: the comptes d’emploi, what is expected, preparation, signature, files.

The ASP sees all; a département those signed of its own mandates (404 for anything else).
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.exports import XLSX
from apps.core.pages import perform
from apps.core.pdf import draft_page, pdf_page
from apps.core.verdicts import ALLOWED
from apps.core.views import ListPage
from apps.dashboards.comptes.attestation import attestation_of
from apps.dashboards.comptes.contenu import load
from apps.dashboards.comptes.document import (
    account_pdf,
    account_workbook,
    draw_account,
    file_name,
    presentation_of,
    workbook_of,
)
from apps.dashboards.comptes.echeances import expected_accounts
from apps.dashboards.comptes.feuilles import sheets_of
from apps.dashboards.comptes.verification import faults_of
from apps.dashboards.filters_comptes import CompteEmploiFilter
from apps.dashboards.forms_comptes import CompteEmploiForm, MotifForm, quarter_end
from apps.dashboards.models import CompteEmploi
from apps.dashboards.permissions import can_prepare_account, can_read_accounts, can_sign_account
from apps.dashboards.services_comptes import (
    can_certify,
    prepare_account,
    read_account,
    set_account_aside,
    sign_account,
)
from apps.dashboards.tables_comptes import CompteEmploiTable
from apps.journal.history import events_of
from apps.payments.ledger import TRESOR

Etat = CompteEmploi.Etat
# Rows of an annexed statement shown on a page; all of them are in the files.
LIGNES_MAX = 100
NATURES = {nature.lower(): nature for nature in CompteEmploi.Nature.values}


class Comptes(ListPage):
    """The accounts that exist, under those that are expected."""

    model = CompteEmploi
    table_class = CompteEmploiTable
    filterset_class = CompteEmploiFilter
    template_name = "reddition/comptes.html"

    def get_queryset(self) -> Any:
        if not can_read_accounts(self.request.acting):
            raise Http404("Accounts are rendered to départements.")
        return super().get_queryset().in_order()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        acting = self.request.acting
        mandats = ConventionMandat.objects.visible_to(acting)
        expected = [a for a in expected_accounts(mandats, today()) if not a.est_certifie]
        context["attendus"] = expected
        context["en_retard"] = sum(attendu.en_retard for attendu in expected)
        context["peut_preparer"] = bool(can_prepare_account(acting))
        return context


@require_safe
def compte(request: HttpRequest, pk: int) -> HttpResponse:
    """The account, its annexed statements, its seal; `?verification=1` checks it in the ledger."""
    found = _find(request, pk)
    figures = load(found.contenu)
    summary, *annexed = sheets_of(figures)
    context = {
        "compte": found,
        "presentation": presentation_of(found),
        "resume": summary,
        "annexes": annexed,
        "lignes_max": LIGNES_MAX,
        "creances": figures.creances,
        "attestation": attestation_of(found),
        "peut_signer": found.etat == Etat.PREPARE and can_sign_account(request.acting, found),
        "peut_ecarter": found.etat == Etat.PREPARE and can_prepare_account(request.acting),
        "entrees": events_of(found, request.acting) if request.acting.is_asp else [],
    }
    if request.GET.get("verification"):
        context |= {"verifie": True, "anomalies": faults_of(found)}
    return render(request, "reddition/compte.html", context)


@require_http_methods(["GET", "POST"])
def preparer(request: HttpRequest) -> HttpResponse:
    """Choice of the mandate, of the period, of the nature; the account is shown next."""
    _require_preparer(request)
    mandats = ConventionMandat.objects.visible_to(request.acting)
    form = CompteEmploiForm(request.POST or None, mandats=mandats, on=today())
    if form.is_valid():
        asked = form.cleaned_data
        annee, trimestre = asked["periode"].split("-")
        nature = asked["nature"].lower()
        return redirect("reddition:apercu", asked["mandat"].pk, annee, trimestre, nature)
    context = {"form": form, "libelle": "Calculer", "retour": reverse("reddition:comptes")}
    return render(request, "reddition/preparer.html", context)


@require_http_methods(["GET", "POST"])
def apercu(
    request: HttpRequest, mandat_id: int, annee: int, trimestre: int, nature: str
) -> HttpResponse:
    """The account as it would be kept, then kept: the same reading of the ledger."""
    _require_preparer(request)
    if nature not in NATURES or not 1 <= trimestre <= 4 or not 2000 <= annee <= 2100:
        raise Http404("No such period or nature.")
    mandat = get_object_or_404(
        ConventionMandat.objects.visible_to(request.acting).select_related("financeur"),
        pk=mandat_id,
    )
    fin = quarter_end(annee, trimestre)
    if request.method == "POST":
        made = perform(
            request,
            lambda: prepare_account(request.acting, mandat, fin, NATURES[nature]),
            lambda kept: f"{kept} préparé : l’agent comptable peut le signer.",
        )
        if made is not None:
            return redirect("reddition:compte", made.pk)
    context: dict[str, Any] = {
        "mandat": mandat,
        "fin": fin,
        "verdict": can_certify(fin) if NATURES[nature] == CompteEmploi.Nature.CERTIFIE else ALLOWED,
        "nature": CompteEmploi.Nature(NATURES[nature]).label,
        "libelle": "Préparer ce compte d’emploi",
        "retour": reverse("reddition:preparer"),
    }
    try:
        figures = read_account(mandat, fin)
    except Refus as refus:
        return render(request, "reddition/apercu.html", context | {"motifs": refus.motifs})
    summary, *annexed = sheets_of(figures)
    context |= {"figures": figures, "tresor": figures.of(TRESOR), "resume": summary}
    context |= {"annexes": [sheet for sheet in annexed if sheet.rows]}
    return render(request, "reddition/apercu.html", context)


@require_http_methods(["GET", "POST"])
def signer(request: HttpRequest, pk: int) -> HttpResponse:
    """What the accountant signs: the totals, the seal, the attestation."""
    found = _find(request, pk)
    if not (verdict := can_sign_account(request.acting, found)):
        raise PermissionDenied(verdict.reason)
    if found.etat != Etat.PREPARE:
        return _over(request, found)
    if request.method == "POST" and perform(
        request,
        lambda: sign_account(request.acting, found),
        "Le compte d’emploi est signé et scellé. Le département en est informé ; ses documents "
        "sont archivés.",
    ):
        return redirect("reddition:compte", pk)
    return render(request, "reddition/signer.html", _act(found, "Signer le compte d’emploi"))


@require_http_methods(["GET", "POST"])
def ecarter(request: HttpRequest, pk: int) -> HttpResponse:
    """Set aside an account that will not be signed, with a reason."""
    _require_preparer(request)
    found = _find(request, pk)
    if found.etat != Etat.PREPARE:
        return _over(request, found)
    form = MotifForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: set_account_aside(request.acting, found, motif=form.cleaned_data["motif"]),
        "Le compte d’emploi est écarté ; un autre peut être préparé.",
    ):
        return redirect("reddition:compte", pk)
    context = _act(found, "Écarter ce compte d’emploi") | {"form": form}
    return render(request, "reddition/ecarter.html", context)


@require_safe
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The archived document of a signed account; a « PROJET » of the others, which is not kept."""
    found = _find(request, pk)
    retour = reverse("reddition:compte", args=[pk])
    if found.etat == Etat.SIGNE:
        return pdf_page(request, lambda: account_pdf(pk), retour)
    return draft_page(request, lambda: draw_account(found), retour)


@require_safe
def excel(request: HttpRequest, pk: int) -> FileResponse:
    """The workbook: archived with the signature, written on demand before."""
    found = _find(request, pk)
    if found.etat == Etat.SIGNE:
        fichier = account_workbook(pk)
        return FileResponse(
            fichier.contenu.open("rb"),
            as_attachment=True,
            filename=fichier.nom,
            content_type=XLSX,
        )
    return FileResponse(
        workbook_of(found),
        as_attachment=True,
        filename=f"projet-{file_name(found, 'xlsx')}",
        content_type=XLSX,
    )


def _find(request: HttpRequest, pk: int) -> CompteEmploi:
    seen = CompteEmploi.objects.visible_to(request.acting).select_related(
        "mandat__financeur", "prepare_par", "signe_par", "ecarte_par", "document", "classeur"
    )
    return get_object_or_404(seen, pk=pk)


def _require_preparer(request: HttpRequest) -> None:
    if not can_read_accounts(request.acting) or request.acting.is_cd:
        raise Http404("Accounts are prepared by the ASP.")
    if not (verdict := can_prepare_account(request.acting)):
        raise PermissionDenied(verdict.reason)


def _over(request: HttpRequest, found: CompteEmploi) -> HttpResponse:
    """Signed or set aside already: nothing is left to do."""
    messages.error(request, f"Ce compte d’emploi est déjà « {found.get_etat_display()} ».")
    return redirect("reddition:compte", found.pk)


def _act(found: CompteEmploi, libelle: str) -> dict[str, Any]:
    return {
        "compte": found,
        "presentation": presentation_of(found),
        "resume": sheets_of(load(found.contenu))[0],
        "attestation": attestation_of(found),
        "libelle": libelle,
        "retour": reverse("reddition:compte", args=[found.pk]),
    }
