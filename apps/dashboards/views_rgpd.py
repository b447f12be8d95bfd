"""Personal data: the register, the rights requests, what is held on a person.

The register is read by everybody signed in. Requests and persons are found within the reader's
scope (404 otherwise); what is taken out of a person's file is journaled.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from apps.conventions.models import Financeur
from apps.core.clock import today
from apps.core.pages import perform
from apps.core.pdf import Drawn, draft_page
from apps.core.verdicts import Verdict
from apps.core.views import ListPage
from apps.dashboards.filters_rgpd import DemandeFilter, PersonneFilter
from apps.dashboards.forms_rgpd import ContactForm, DemandeForm, ProlongationForm, ReponseForm
from apps.dashboards.models import DemandeDroit, Purge
from apps.dashboards.permissions_rgpd import (
    can_answer_request,
    can_edit_contact,
    can_export_person,
    can_read_requests,
    can_record_request,
)
from apps.dashboards.rgpd.personne import Dossier, as_json, draw_person, file_name, gather
from apps.dashboards.rgpd.registre import (
    CATEGORIES_DEPARTEMENT,
    MESURES,
    TRAITEMENTS,
    sous_traitance,
)
from apps.dashboards.rgpd.retention import REGLES
from apps.dashboards.services_rgpd import (
    answer_request,
    extend_request,
    note_person_export,
    record_request,
    set_contact,
)
from apps.dashboards.tables_rgpd import DemandeTable, PersonneTable
from apps.journal.history import events_of
from apps.siae.models import Salarie


@require_safe
def registre(request: HttpRequest) -> HttpResponse:
    """Register of the processing activities, retention, départements served."""
    regles = {regle.cle: regle for regle in REGLES}
    acting = request.acting
    context = {
        "editeur": settings.EDITEUR,
        "traitements": [
            (traitement, [regles[cle] for cle in traitement.regles]) for traitement in TRAITEMENTS
        ],
        "regles": REGLES,
        "mesures": MESURES,
        "categories": CATEGORIES_DEPARTEMENT,
        "departements": [
            (served, bool(can_edit_contact(acting, served.financeur)))
            for served in sous_traitance()
        ],
        "derniere_purge": Purge.objects.first(),
    }
    return render(request, "rgpd/registre.html", context)


@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom to write to in a département."""
    found = get_object_or_404(
        Financeur.objects.filter(type=Financeur.Type.CD).select_related(
            "contact_rgpd", "successeur"
        ),
        pk=pk,
    )
    _require(can_edit_contact(request.acting, found))
    form = ContactForm(request.POST or None, instance=getattr(found, "contact_rgpd", None))
    if form.is_valid() and perform(
        request,
        lambda: set_contact(request.acting, found, **form.cleaned_data),
        "Les contacts sont enregistrés.",
    ):
        return redirect("rgpd:registre")
    context = {
        "form": form,
        "financeur": found,
        "libelle": "Enregistrer les contacts",
        "retour": reverse("rgpd:registre"),
    }
    return render(request, "rgpd/contact.html", context)


class Demandes(ListPage):
    model = DemandeDroit
    table_class = DemandeTable
    filterset_class = DemandeFilter
    template_name = "rgpd/demandes.html"

    def get_queryset(self) -> QuerySet[Any]:
        _require_reader(self.request)
        return super().get_queryset().select_related("structure")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        acting = self.request.acting
        context["en_retard"] = DemandeDroit.objects.visible_to(acting).late(today()).count()
        context["peut_enregistrer"] = bool(can_record_request(acting))
        context["peut_exporter"] = bool(can_export_person(acting))
        return context


@require_http_methods(["GET", "POST"])
def demande_creer(request: HttpRequest) -> HttpResponse:
    """A request as it was received; `?personne=` ties it to a fiche."""
    _require_reader(request)
    _require(can_record_request(request.acting))
    salarie = None
    if wanted := request.GET.get("personne", ""):
        salarie = _find_person(request, int(wanted) if wanted.isdecimal() else 0)
    form = DemandeForm(request.POST or None, known=salarie is not None)
    if form.is_valid():
        made = perform(
            request,
            lambda: record_request(request.acting, salarie=salarie, **form.cleaned_data),
            _recorded,
        )
        if made is not None:
            return redirect("rgpd:demande", made.pk)
    context = {
        "form": form,
        "salarie": salarie,
        "libelle": "Enregistrer la demande",
        "retour": reverse("rgpd:demandes"),
    }
    return render(request, "rgpd/demande_creer.html", context)


@require_safe
def demande(request: HttpRequest, pk: int) -> HttpResponse:
    """The request, its deadline, to whom it was forwarded, what was answered."""
    found = _find_request(request, pk)
    acting = request.acting
    is_open = found.etat in DemandeDroit.OUVERTES
    may_answer = is_open and bool(can_answer_request(acting, found))
    context = {
        "demande": found,
        "en_retard": is_open and found.echeance < today(),
        "financeurs": found.financeurs.order_by("code"),
        "peut_repondre": may_answer,
        "peut_prolonger": may_answer and found.etat == DemandeDroit.Etat.RECUE,
        "peut_exporter": found.salarie_id and can_export_person(acting),
        "entrees": [] if acting.is_cd else events_of(found, acting),
    }
    return render(request, "rgpd/demande.html", context)


@require_http_methods(["GET", "POST"])
def demande_repondre(request: HttpRequest, pk: int) -> HttpResponse:
    """What was answered to the person, or why the request is refused."""
    found = _find_request(request, pk)
    _require(can_answer_request(request.acting, found))
    form = ReponseForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: answer_request(request.acting, found, **form.cleaned_data),
        "La réponse est enregistrée.",
    ):
        return redirect("rgpd:demande", pk)
    context = _act(found, "Enregistrer la réponse") | {"form": form}
    return render(request, "rgpd/demande_repondre.html", context)


@require_http_methods(["GET", "POST"])
def demande_prolonger(request: HttpRequest, pk: int) -> HttpResponse:
    """Two more months, with the reason that the person is told."""
    found = _find_request(request, pk)
    _require(can_answer_request(request.acting, found))
    form = ProlongationForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: extend_request(request.acting, found, motif=form.cleaned_data["motif"]),
        lambda kept: f"Le délai est prolongé jusqu’au {kept.echeance:%d/%m/%Y}.",
    ):
        return redirect("rgpd:demande", pk)
    context = _act(found, "Prolonger le délai") | {"form": form}
    return render(request, "rgpd/demande_prolonger.html", context)


class Personnes(ListPage):
    """The people of one's scope, searched by name."""

    model = Salarie
    table_class = PersonneTable
    filterset_class = PersonneFilter
    template_name = "rgpd/personnes.html"

    def get_queryset(self) -> QuerySet[Any]:
        _require_reader(self.request)
        _require(can_export_person(self.request.acting))
        return super().get_queryset().select_related("structure")


@require_safe
def personne(request: HttpRequest, pk: int) -> HttpResponse:
    """How much is held on a person, by kind, and the files that hold it all."""
    found = _find_person(request, pk)
    context = {
        "salarie": found,
        "dossier": gather(found, request.acting),
        "demandes": DemandeDroit.objects.visible_to(request.acting).filter(salarie=found),
    }
    return render(request, "rgpd/personne.html", context)


@require_safe
def personne_json(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything, in a format that a machine reads (portability)."""
    found = _find_person(request, pk)
    dossier = _taken(request, found, "JSON")
    response = HttpResponse(as_json(dossier), content_type="application/json")
    response["Content-Disposition"] = str(
        content_disposition_header(True, file_name(dossier, "json"))
    )
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def personne_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything, in a document that a person reads; it is not kept."""
    found = _find_person(request, pk)

    def draw() -> Drawn:
        return draw_person(_taken(request, found, "PDF"), today())

    return draft_page(request, draw, reverse("rgpd:personne", args=[pk]))


@transaction.atomic
def _taken(request: HttpRequest, salarie: Salarie, support: str) -> Dossier:
    dossier = gather(salarie, request.acting)
    note_person_export(request.acting, salarie, support)
    return dossier


def _recorded(made: DemandeDroit) -> str:
    told = " Elle est transmise au département." if made.transmise_le else ""
    return f"{made} enregistrée : réponse attendue avant le {made.echeance:%d/%m/%Y}.{told}"


def _act(found: DemandeDroit, libelle: str) -> dict[str, Any]:
    retour = reverse("rgpd:demande", args=[found.pk])
    return {"demande": found, "libelle": libelle, "retour": retour}


def _find_request(request: HttpRequest, pk: int) -> DemandeDroit:
    seen = DemandeDroit.objects.visible_to(request.acting).select_related(
        "salarie", "structure", "enregistree_par", "close_par"
    )
    return get_object_or_404(seen, pk=pk)


def _find_person(request: HttpRequest, pk: int) -> Salarie:
    _require_reader(request)
    seen = Salarie.objects.visible_to(request.acting).select_related("structure")
    found: Salarie = get_object_or_404(seen, pk=pk)
    _require(can_export_person(request.acting))
    return found


def _require_reader(request: HttpRequest) -> None:
    if not can_read_requests(request.acting):
        raise Http404("Rights requests are followed by the structure, the ASP, the département.")


def _require(verdict: Verdict) -> None:
    if not verdict:
        raise PermissionDenied(verdict.reason)
