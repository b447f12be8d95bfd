"""Screens of the import of salariés: the model, the file to send, the preview, the confirmation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.clock import today
from apps.core.exports import XLSX
from apps.core.pages import perform
from apps.core.uploads import safe_name
from apps.siae import permissions, services
from apps.siae.forms import ImportForm
from apps.siae.importation import application
from apps.siae.importation.lecture import MAX_ROWS
from apps.siae.importation.modele import write_model
from apps.siae.models import Contrat, ImportSalaries, Salarie, Structure
from apps.siae.views.access import form_page, require


@require_safe
def salaries_modele(request: HttpRequest) -> HttpResponse:
    """The workbook to fill; with ?salaries=1, a row per salarié under contract today."""
    own = _own(request)
    people = Salarie.objects.none()
    if request.GET.get("salaries"):
        now = Contrat.objects.open_between(today(), today())
        people = own.salaries.filter(contrats__in=now).distinct()[:MAX_ROWS]
    response = HttpResponse(write_model(people), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="modele-salaries.xlsx"'
    return response


@require_http_methods(["GET", "POST"])
def salaries_importer(request: HttpRequest) -> HttpResponse:
    own = _own(request)
    form = ImportForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        sent = request.FILES["fichier"]
        demande = services.propose_import(
            request.acting,
            own,
            fichier=safe_name(sent.name, "classeur.xlsx"),
            lignes=form.cleaned_data["fichier"],
        )
        return redirect("siae:salaries_import", demande.pk)
    return form_page(
        request,
        form,
        titre="Importer des salariés",
        libelle="Vérifier le fichier",
        retour=reverse("siae:salaries"),
        template="siae/salaries_importer.html",
    )


@require_http_methods(["GET", "POST"])
def salaries_import(request: HttpRequest, pk: int) -> HttpResponse:
    """What each row would do, then the import of those that are accepted."""
    _own(request)
    seen = ImportSalaries.objects.visible_to(request.acting).filter(applique_le=None)
    demande = get_object_or_404(seen.select_related("structure"), pk=pk)
    if request.method == "POST":
        done = perform(request, lambda: application.apply(request.acting, demande), _sentence)
        if done:
            return redirect("siae:salaries")
    results = application.preview(request.acting, demande)
    refused = [result for result in results if result.refuse]
    context = {
        "demande": demande,
        "refusees": refused,
        "acceptees": [result for result in results if not result.refuse],
        "crees": sum(result.fiche == application.CREE for result in results),
        "contrats_crees": sum(result.contrat == application.CREE for result in results),
    }
    return render(request, "siae/salaries_import.html", context)


def _sentence(results: list[application.Resultat]) -> str:
    refused = sum(result.refuse for result in results)
    done = len(results) - refused
    text = "1 ligne est importée." if done == 1 else f"{done} lignes sont importées."
    if refused:
        text += f" {refused} refusée{'s' if refused > 1 else ''} : corrigez et renvoyez-les."
    return text


def _own(request: HttpRequest) -> Structure:
    """The structure of the reader; 403 for the other organisations."""
    own = Structure.objects.filter(organisation=request.acting.organisation_id).first()
    require(permissions.can_edit_salaries(request.acting, own or Structure()))
    assert own is not None  # noqa: S101 - refused just above
    return own
