"""Screens of the CAOM, the conventions de mandat and the conventions IAE."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.conventions import permissions, services
from apps.conventions.documents import draw_volet_draft, volet_file
from apps.conventions.envelope import envelope_of
from apps.conventions.filters import CaomFilter
from apps.conventions.forms import (
    AvenantFinancierForm,
    CaomForm,
    ConventionForm,
    DenonciationForm,
    ObjectifForm,
    SignatureCaomForm,
    SignatureMandatForm,
)
from apps.conventions.models import Caom, ConventionMandat, ObjectifCaom
from apps.conventions.tables import CaomTable
from apps.conventions.tarifs import proposed_terms
from apps.core.clock import today
from apps.core.pages import perform
from apps.core.pdf import draft_page, pdf_page
from apps.core.verdicts import Verdict
from apps.core.views import ListPage
from apps.journal.history import events_of

EFFETS_SIGNATURE = (
    "La signature ne s’annule pas. Elle lève la retenue des échéances des annexes que la CAOM "
    "cofinance et fige le volet 2 : un objectif ne s’ajuste plus que par un avenant ou un échange "
    "de lettres signé."
)


def require(verdict: Verdict) -> None:
    if not verdict:
        raise PermissionDenied(verdict.reason)


class Caoms(ListPage):
    model = Caom
    table_class = CaomTable
    filterset_class = CaomFilter
    template_name = "conventions/caoms.html"

    def get_queryset(self) -> QuerySet[Any]:
        acting = self.request.acting
        if acting.is_siae or acting.is_admin:
            raise PermissionDenied
        return super().get_queryset().select_related("financeur").prefetch_related("objectifs")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        acting = self.request.acting
        return super().get_context_data(
            mandats=ConventionMandat.objects.visible_to(acting).select_related("financeur"),
            peut_creer=permissions.can_record(acting),
            **kwargs,
        )


@require_safe
def caom(request: HttpRequest, pk: int) -> HttpResponse:
    """Objectives and signature; the consumption comes as a fragment of the annexes."""
    found = _find_caom(request, pk)
    context = {
        "caom": found,
        "enveloppe": envelope_of(found, today()),
        "objectifs": found.objectifs.all(),
        "volets": found.volets.select_related("fichier").order_by("-edition"),
        "peut_gerer": permissions.can_manage_caom(request.acting, found.financeur),
        "mandats": ConventionMandat.objects.visible_to(request.acting).filter(
            financeur=found.financeur
        ),
        "entrees": events_of(found, request.acting),
    }
    return render(request, "conventions/caom.html", context)


@require_safe
def caom_volet(request: HttpRequest, pk: int) -> HttpResponse:
    """Volet 2 in PDF: the draft until the signature, then the last edition or `?edition=N`."""
    found = _find_caom(request, pk)
    retour = reverse("conventions:caom", args=[pk])
    editions = found.volets.order_by("-edition")
    if not found.signee_le:
        return draft_page(request, lambda: draw_volet_draft(found, today()), retour)
    if asked := request.GET.get("edition"):
        editions = editions.filter(edition=int(asked) if _is_rank(asked) else 0)
    edition = editions.first()
    if edition is None:
        raise Http404("No such edition.")
    return pdf_page(request, lambda: volet_file(edition.pk), retour)


def _is_rank(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5


@require_http_methods(["GET", "POST"])
def caom_creer(request: HttpRequest) -> HttpResponse:
    require(permissions.can_record(request.acting))
    form = CaomForm(request.POST or None, acting=request.acting)
    if form.is_valid():
        created = perform(
            request,
            lambda: services.create_caom(
                request.acting,
                form.cleaned_data["financeur"],
                annee=form.cleaned_data["annee"],
                objectifs=[form.objectif()],
                somme_des_montants_dates=form.cleaned_data["somme_des_montants_dates"],
            ),
            "La CAOM est enregistrée.",
        )
        if created:
            return redirect("conventions:caom", created.pk)
    return _form(request, form, "Enregistrer une CAOM", reverse("conventions:caoms"))


@require_http_methods(["GET", "POST"])
def caom_objectif(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find_caom(request, pk)
    require(permissions.can_manage_caom(request.acting, found.financeur))
    last = found.objectifs.order_by("effet", "pk").last()
    form = ObjectifForm(request.POST or None, initial=_reusable(last), caom=found)
    if form.is_valid() and perform(
        request,
        lambda: services.adjust_objectif(request.acting, found, **form.cleaned_data),
        "L’objectif est enregistré.",
    ):
        return redirect("conventions:caom", pk)
    retour = reverse("conventions:caom", args=[pk])
    return _form(request, form, f"Ajuster un objectif : {found}", retour)


def _reusable(last: ObjectifCaom | None) -> dict[str, Any]:
    """What a new version of an objective takes over: all of the last one but its dates."""
    return model_to_dict(last, exclude=["effet", "accord_le"]) if last else {}


@require_http_methods(["GET", "POST"])
def caom_signer(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find_caom(request, pk)
    require(permissions.can_manage_caom(request.acting, found.financeur))
    form = SignatureCaomForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.sign_caom(request.acting, found, form.cleaned_data["signee_le"]),
        "La signature de la CAOM est enregistrée.",
    ):
        return redirect("conventions:caom", pk)
    retour = reverse("conventions:caom", args=[pk])
    return _form(request, form, f"Enregistrer la signature : {found}", retour, EFFETS_SIGNATURE)


@require_safe
def mandat(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find_mandat(request, pk)
    context = {
        "mandat": found,
        "avenants": found.avenants.all(),
        "peut_gerer": permissions.can_manage_mandat(request.acting),
        "entrees": events_of(found, request.acting),
    }
    return render(request, "conventions/mandat.html", context)


@require_http_methods(["GET", "POST"])
def mandat_signer(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find_mandat(request, pk)
    require(permissions.can_manage_mandat(request.acting))
    form = SignatureMandatForm(request.POST or None, initial={"modalite": found.modalite})
    if form.is_valid() and perform(
        request,
        lambda: services.sign_mandat(
            request.acting,
            found,
            form.cleaned_data["signee_le"],
            modalite=form.cleaned_data["modalite"],
        ),
        "La signature de la convention de mandat est enregistrée.",
    ):
        return redirect("conventions:mandat", pk)
    retour = reverse("conventions:mandat", args=[pk])
    return _form(request, form, f"Enregistrer la signature : {found}", retour)


@require_http_methods(["GET", "POST"])
def mandat_denoncer(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find_mandat(request, pk)
    require(permissions.can_manage_mandat(request.acting))
    form = DenonciationForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.denounce_mandat(request.acting, found, **form.cleaned_data),
        lambda m: f"La convention n’engage plus d’annexe à compter du {m.denoncee_le:%d/%m/%Y}.",
    ):
        return redirect("conventions:mandat", pk)
    retour = reverse("conventions:mandat", args=[pk])
    return _form(request, form, f"Enregistrer la dénonciation : {found}", retour)


@require_http_methods(["GET", "POST"])
def avenant_financier(request: HttpRequest, pk: int) -> HttpResponse:
    """Yearly credits of a mandate."""
    found = _find_mandat(request, pk)
    require(permissions.can_manage_mandat(request.acting))
    form = AvenantFinancierForm(request.POST or None, initial=proposed_terms(found))
    if form.is_valid() and perform(
        request,
        lambda: services.add_avenant_financier(request.acting, found, **form.cleaned_data),
        lambda avenant: f"L’avenant financier {avenant.annee} est enregistré.",
    ):
        return redirect("conventions:mandat", pk)
    retour = reverse("conventions:mandat", args=[pk])
    return _form(request, form, f"Enregistrer un avenant financier : {found}", retour)


@require_http_methods(["GET", "POST"])
def convention_creer(request: HttpRequest) -> HttpResponse:
    """Convention State–SIAE, needed before an annex of the structure is created."""
    require(permissions.can_record(request.acting))
    form = ConventionForm(request.POST or None, acting=request.acting)
    if form.is_valid():
        fields = dict(form.cleaned_data)
        siae = fields.pop("siae")
        if perform(
            request,
            lambda: services.create_convention(request.acting, siae, **fields),
            "La convention est enregistrée.",
        ):
            return redirect("conventions:caoms")
    return _form(request, form, "Enregistrer une convention IAE", reverse("conventions:caoms"))


def _form(
    request: HttpRequest, form: Any, titre: str, retour: str, avertissement: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "titre": titre,
        "retour": retour,
        "libelle": "Enregistrer",
        "avertissement": avertissement,
    }
    return render(request, "conventions/formulaire.html", context)


def _find_caom(request: HttpRequest, pk: int) -> Caom:
    seen = Caom.objects.visible_to(request.acting).select_related("financeur")
    return get_object_or_404(seen.prefetch_related("objectifs"), pk=pk)


def _find_mandat(request: HttpRequest, pk: int) -> ConventionMandat:
    seen = ConventionMandat.objects.visible_to(request.acting).select_related("financeur")
    return get_object_or_404(seen, pk=pk)
