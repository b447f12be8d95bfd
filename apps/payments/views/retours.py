"""Screens of the bank returns: import, preview, application, lines, the queue of unknown ones.

The ASP reads; the agent comptable imports, applies and decides. Called by `urls_banque`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import Refus
from apps.core.pages import perform
from apps.core.uploads import safe_name
from apps.journal.history import events_of
from apps.payments.filters_banque import InconnueFilter, LigneRetourFilter, RetourFilter
from apps.payments.forms_banque import DecisionForm, EcartForm, RetourForm
from apps.payments.models import LigneRetour, RetourBancaire
from apps.payments.permissions_banque import (
    can_decide_line,
    can_handle_return,
    can_import_return,
)
from apps.payments.retours import MAX_BYTES
from apps.payments.services.inconnues import attach_line, file_line
from apps.payments.services.retours import (
    ApercuRetour,
    apply_return,
    import_return,
    note_return_download,
    preview_return,
    set_aside_return,
)
from apps.payments.tables_banque import InconnueTable, LigneRetourTable, RetourTable
from apps.payments.views.banque import AspList, download, require, require_asp

Etat = RetourBancaire.Etat


class Retours(AspList):
    model = RetourBancaire
    table_class = RetourTable
    filterset_class = RetourFilter
    template_name = "payments/banque_retours.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        allowed = can_import_return(self.request.acting)
        return super().get_context_data(peut_importer=allowed, **kwargs)


class Lignes(AspList):
    """The lines of one return, with what became of each."""

    model = LigneRetour
    table_class = LigneRetourTable
    filterset_class = LigneRetourFilter
    template_name = "payments/banque_lignes.html"

    def get_queryset(self) -> Any:
        lines = super().get_queryset()
        self.retour = find_return(self.request, self.kwargs["pk"])
        return lines.filter(retour=self.retour).select_related("virement", "retour")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(retour_bancaire=self.retour, **kwargs)


class Inconnues(AspList):
    model = LigneRetour
    table_class = InconnueTable
    filterset_class = InconnueFilter
    template_name = "payments/banque_inconnues.html"

    def get_queryset(self) -> Any:
        return super().get_queryset().unknown().select_related("retour")


@require_http_methods(["GET", "POST"])
def importer(request: HttpRequest) -> HttpResponse:
    """Send the file of a return; its preview follows, nothing is applied yet."""
    require_asp(request)
    require(can_import_return(request.acting))
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = RetourForm(*sent)
    if form.is_valid() and (retour := _import(request, form)) is not None:
        return redirect("banque:retour", retour.pk)
    context = {"form": form, "retour": reverse("banque:retours")}
    return render(request, "payments/banque_importer.html", context)


def _import(request: HttpRequest, form: RetourForm) -> RetourBancaire | None:
    """The return; None, with the reason beside the field, when the file is refused."""
    sent = form.cleaned_data["fichier"]
    try:
        # One byte more than the limit is enough to know; the rest is not read.
        return import_return(request.acting, safe_name(sent.name), sent.read(MAX_BYTES + 1))
    except Refus as refus:
        for motif in refus.motifs:
            form.add_error("fichier", motif)
        return None


@require_safe
def retour(request: HttpRequest, pk: int) -> HttpResponse:
    """A return: what applying it would do, or what it did."""
    found = find_return(request, pk)
    context = {
        "retour_bancaire": found,
        "apercu": _preview(request, found) if found.etat == Etat.RECU else None,
        "verdict": can_handle_return(request.acting, found),
        "entrees": events_of(found, request.acting),
    }
    return render(request, "payments/banque_retour.html", context)


def _preview(request: HttpRequest, found: RetourBancaire) -> ApercuRetour | None:
    try:
        return preview_return(found)
    except Refus as refus:
        messages.error(request, str(refus))
        return None


@require_http_methods(["GET", "POST"])
def appliquer(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirmation page: the counts again, then the application."""
    found = find_return(request, pk)
    require(can_handle_return(request.acting, found))
    page = reverse("banque:retour", args=[pk])
    if found.etat != Etat.RECU:
        messages.info(request, f"Ce retour est à l’état « {found.get_etat_display()} ».")
        return redirect(page)
    if request.method == "POST":
        perform(request, partial(apply_return, request.acting, found), _applied)
        return redirect(page)
    apercu = _preview(request, found)
    if apercu is None:
        return redirect(page)
    context = {"retour_bancaire": found, "apercu": apercu, "libelle": "Appliquer", "retour": page}
    return render(request, "payments/banque_appliquer.html", context)


def _applied(retour: RetourBancaire) -> str:
    counts = (
        (retour.appliquees, "appliquée"),
        (retour.deja_appliquees, "déjà appliquée"),
        (retour.inconnues, "inconnue"),
    )
    told = [f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count]
    return f"Le retour est traité, ligne par ligne : {', '.join(told) or 'aucune'}."


@require_http_methods(["GET", "POST"])
def ecarter(request: HttpRequest, pk: int) -> HttpResponse:
    """A return imported by mistake, with its reason."""
    found = find_return(request, pk)
    require(can_handle_return(request.acting, found))
    page = reverse("banque:retour", args=[pk])
    form = EcartForm(request.POST or None)
    if form.is_valid():
        act = partial(set_aside_return, request.acting, found, motif=form.cleaned_data["motif"])
        perform(request, act, "Le retour est écarté : aucune de ses lignes n’est appliquée.")
        return redirect(page)
    context = {"retour_bancaire": found, "form": form, "libelle": "Écarter", "retour": page}
    return render(request, "payments/banque_ecarter.html", context)


@require_safe
def fichier(request: HttpRequest, pk: int) -> FileResponse:
    """The file as it was received; each download is journaled."""
    found = find_return(request, pk)
    require(can_handle_return(request.acting, found))
    return download(note_return_download(request.acting, found))


@require_http_methods(["GET", "POST"])
def ligne(request: HttpRequest, pk: int) -> HttpResponse:
    """An unknown line with its raw content, and the decision on it."""
    seen = LigneRetour.objects.visible_to(request.acting).select_related("retour", "traitee_par")
    found = get_object_or_404(seen, pk=pk, issue=LigneRetour.Issue.INCONNUE)
    verdict = can_decide_line(request.acting, found)
    form = None
    if verdict and not found.decision:
        form = DecisionForm(request.POST or None)
        if form.is_valid() and _decide(request, found, form.cleaned_data):
            return redirect("banque:inconnues")
    elif request.method == "POST":
        require(verdict)
        messages.info(request, "Cette ligne est déjà traitée.")
        return redirect("banque:ligne", pk)
    context = {
        "ligne": found,
        "form": form,
        "verdict": verdict,
        "libelle": "Enregistrer la décision",
        "retour": reverse("banque:inconnues"),
        "entrees": events_of(found.retour, request.acting),
    }
    return render(request, "payments/banque_ligne.html", context)


def _decide(request: HttpRequest, found: LigneRetour, data: dict[str, Any]) -> Any:
    if data["decision"] == LigneRetour.Decision.RATTACHEE:
        act = partial(attach_line, request.acting, found, data["virement"], motif=data["motif"])
        return perform(request, act, "La ligne est rattachée au virement et sa réponse appliquée.")
    act = partial(file_line, request.acting, found, motif=data["motif"])
    return perform(request, act, "La ligne est classée sans suite.")


def find_return(request: HttpRequest, pk: int) -> RetourBancaire:
    seen = RetourBancaire.objects.visible_to(request.acting)
    return get_object_or_404(seen.select_related("importe_par", "traite_par"), pk=pk)
