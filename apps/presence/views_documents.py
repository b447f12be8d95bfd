"""The PDF of a statement and the signed file that answers it (404 for who does not see it)."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.clock import today
from apps.core.pages import perform
from apps.core.pdf import draft_page, pdf_page
from apps.presence import permissions, services
from apps.presence.documents import draw_emp, statement_file
from apps.presence.forms_files import SigneForm
from apps.presence.models import EtatMensuel, EtatSigne
from apps.presence.views import require
from apps.presence.views_controles import file_response


@require_safe
def emp_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The archived statement, or `?archive=N` as it was in an earlier version or state; a draft,
    drawn each time, while it is being entered: none for a département, which reads what was
    certified."""
    found = get_object_or_404(EtatMensuel.objects.visible_to(request.acting), pk=pk)
    if asked := request.GET.get("archive"):
        is_key = asked.isascii() and asked.isdecimal() and len(asked) < 16
        archived = get_object_or_404(found.documents, pk=int(asked) if is_key else 0)
        services.note_document_read(request.acting, found)
        return pdf_page(request, lambda: archived.fichier, "presence:liste")
    is_open = found.etat in EtatMensuel.ETATS_OUVERTS
    if is_open and request.acting.is_cd:
        raise Http404("Nothing certified to print.")
    services.note_document_read(request.acting, found)
    if is_open:
        return draft_page(request, lambda: draw_emp(found), "presence:liste")
    return pdf_page(request, lambda: statement_file(found), "presence:liste")


@require_http_methods(["GET", "POST"])
def signer(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach the statement printed, signed and scanned."""
    seen = EtatMensuel.objects.visible_to(request.acting).with_display()
    etat = get_object_or_404(seen, pk=pk)
    require(permissions.can_sign(request.acting, etat))
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = SigneForm(*sent)
    if form.is_valid() and perform(
        request,
        lambda: services.attach_signed(
            request.acting, etat, form.cleaned_data["signe"], on=today()
        ),
        "L’état mensuel signé est déposé : l’ASP le voit en contrôlant les heures.",
    ):
        return redirect("presence:saisie", etat.annexe_id, etat.mois)
    context = {
        "etat": etat,
        "annexe": etat.annexe,
        "form": form,
        "libelle": "Déposer l’état signé",
        "retour": reverse("presence:saisie", args=[etat.annexe_id, etat.mois]),
        "signe": EtatSigne.objects.filter(etat_mensuel=etat, version=etat.version).first(),
    }
    return render(request, "presence/signer.html", context)


@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})
@require_safe
def signe(request: HttpRequest, pk: int) -> FileResponse:
    """The signed file of the version asked for, of the current one by default."""
    etat = get_object_or_404(EtatMensuel.objects.visible_to(request.acting), pk=pk)
    version = request.GET.get("version", "")
    is_asked = version.isascii() and version.isdecimal() and len(version) < 4
    found = get_object_or_404(
        EtatSigne.objects.visible_to(request.acting).select_related("fichier"),
        etat_mensuel=etat,
        version=int(version) if is_asked else etat.version,
    )
    services.note_document_read(request.acting, etat)
    return file_response(found.fichier)
