"""The Excel model of a month and its import, in two steps: preview, then confirmation.

Called by the URLs, for the structure while the statement is open. The preview travels in the page
as a signed text: the file itself is never stored.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.exports import XLSX
from apps.core.pages import perform
from apps.presence import permissions, services
from apps.presence.forms_files import ClasseurForm
from apps.presence.import_file import read_classeur
from apps.presence.import_plan import Plan, plan_import, seal, unseal
from apps.presence.sheet import Sheet
from apps.presence.views import find_sheet, is_editable, page_of, require
from apps.presence.workbook import draw_model, model_name


@require_safe
def modele(request: HttpRequest, annexe_id: int, mois: date) -> HttpResponse:
    """The model of the month, pre-filled."""
    sheet = find_sheet(request, annexe_id, mois)
    require(permissions.can_enter(request.acting, sheet.annexe))
    response = HttpResponse(draw_model(sheet), content_type=XLSX)
    response["Content-Disposition"] = str(content_disposition_header(True, model_name(sheet)))
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
def importer(request: HttpRequest, annexe_id: int, mois: date) -> HttpResponse:
    """Upload of the filled model, preview of every line, then the import."""
    sheet = find_sheet(request, annexe_id, mois)
    require(permissions.can_enter(request.acting, sheet.annexe))
    if not is_editable(request, sheet):
        messages.error(
            request, "Cet état mensuel n’est plus ouvert à la saisie : rien ne peut y être importé."
        )
        return redirect("presence:saisie", annexe_id, mois)
    if "proposition" in request.POST:
        if _import(request, sheet):
            return redirect("presence:saisie", annexe_id, mois)
        return redirect("presence:importer", annexe_id, mois)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ClasseurForm(*sent)
    context = page_of(request, sheet) | {"form": form}
    if form.is_valid() and (plan := _plan(request, sheet, form)) is not None:
        name = str(form.cleaned_data["classeur"].name)[:150]
        context |= {"plan": plan, "fichier": name, "form": ClasseurForm()}
        context["proposition"] = seal(request.acting, sheet, plan, name)
    return render(request, "presence/importer.html", context)


def _plan(request: HttpRequest, sheet: Sheet, form: ClasseurForm) -> Plan | None:
    """The preview; None, with the reason beside the field, when the file is refused whole."""
    try:
        classeur = read_classeur(form.cleaned_data["classeur"])
        return plan_import(request.acting, sheet, classeur, on=today())
    except Refus as refus:
        for motif in refus.motifs:
            form.add_error("classeur", motif)
        return None


def _import(request: HttpRequest, sheet: Sheet) -> Any:
    def act() -> services.Saved:
        fichier, lines = unseal(request.acting, sheet, request.POST["proposition"])
        return services.import_month(
            request.acting, sheet.annexe, sheet.mois, lines, fichier=fichier, on=today()
        )

    return perform(request, act, _sentence)


def _sentence(saved: services.Saved) -> str:
    count = len(saved.lignes)
    lines = "1 ligne est importée" if count == 1 else f"{count} lignes sont importées"
    return f"{lines} : vérifiez les totaux, puis passez à la certification."
