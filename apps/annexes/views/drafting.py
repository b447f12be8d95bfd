"""The DDETS's screens: create, modify, attach the signed PDF, transmit, amend, renew."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.annexes import permissions, services
from apps.annexes.checks import blocking, check_version
from apps.annexes.consumption import caom_of
from apps.annexes.differences import differences
from apps.annexes.estimate import estimate
from apps.annexes.forms import FiguresForm, PieceForm
from apps.annexes.views.access import (
    current_of,
    find_annexe,
    find_version,
    require,
    summary,
    turned_back,
)
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.pages import perform

CREEE = "L’annexe est créée. Joignez l’annexe signée, puis transmettez-la à l’ASP."


@require_http_methods(["GET", "POST"])
def creer(request: HttpRequest) -> HttpResponse:
    require(permissions.can_instruct(request.acting))
    form = FiguresForm(request.POST or None, acting=request.acting)
    if form.is_valid():
        convention = form.cleaned_data["convention"]
        created = perform(
            request,
            lambda: services.create_annexe(
                request.acting, convention.siae, convention, figures=form.figures(), on=today()
            ),
            CREEE,
        )
        if created:
            return redirect("annexes:detail", created.annexe_id)
    return render(request, "annexes/formulaire.html", {"form": form, "libelle": "Créer l’annexe"})


@require_http_methods(["GET", "POST"])
def modifier(request: HttpRequest, pk: int) -> HttpResponse:
    version = find_version(request, pk)
    require(permissions.can_instruct(request.acting))
    verdict = permissions.can_edit(request.acting, version)
    if refusal := turned_back(request, verdict, version.annexe_id):
        return refusal
    form = FiguresForm(request.POST or None, acting=request.acting, version=version)
    if form.is_valid() and perform(
        request,
        lambda: services.update_version(
            request.acting,
            version,
            revision=form.cleaned_data["revision"],
            convention=form.cleaned_data.get("convention"),
            on=today(),
            **form.figures(),
        ),
        "Les modifications sont enregistrées.",
    ):
        return redirect("annexes:detail", version.annexe_id)
    context = {"form": form, "version": version, "annexe": version.annexe, "libelle": "Enregistrer"}
    return render(request, "annexes/formulaire.html", context)


@require_http_methods(["GET", "POST"])
def avenant(request: HttpRequest, pk: int) -> HttpResponse:
    annexe = find_annexe(request, pk)
    require(permissions.can_instruct(request.acting))
    verdict = permissions.can_open_avenant(request.acting, annexe)
    if refusal := turned_back(request, verdict, pk):
        return refusal
    current = find_version(request, annexe.courante_id)
    form = FiguresForm(request.POST or None, acting=request.acting, version=current, avenant=True)
    if form.is_valid():
        figures = form.figures()
        motif = figures.pop("motif_avenant")
        if perform(
            request,
            lambda: services.open_avenant(
                request.acting, annexe, motif=motif, on=today(), **figures
            ),
            "L’avenant est ouvert. Joignez l’avenant signé, puis transmettez-le à l’ASP.",
        ):
            return redirect("annexes:detail", pk)
    context = {"form": form, "annexe": annexe, "avenant": True, "libelle": "Ouvrir l’avenant"}
    return render(request, "annexes/formulaire.html", context)


@require_safe
def apercu(request: HttpRequest, annexe_id: int | None = None) -> HttpResponse:
    """What the figures being typed would give (fragment beside the form)."""
    require(permissions.can_instruct(request.acting))
    version = before = None
    if annexe_id is not None:
        annexe = find_annexe(request, annexe_id)
        version = find_version(request, annexe.courante_id)
        before = version if "debut" not in request.GET else None
    form = FiguresForm(
        request.GET, acting=request.acting, version=version, avenant=before is not None
    )
    form.is_valid()
    context: dict[str, object] = {"form": form}
    try:
        context["estimation"] = estimate(form.sketch(), on=today(), before=before)
    except Refus as refus:
        context["refus"] = refus.motifs
    return render(request, "annexes/apercu.html", context)


@require_http_methods(["GET", "POST"])
def piece(request: HttpRequest, pk: int) -> HttpResponse:
    version = find_version(request, pk)
    require(permissions.can_instruct(request.acting))
    verdict = permissions.can_edit(request.acting, version)
    if refusal := turned_back(request, verdict, version.annexe_id):
        return refusal
    form = PieceForm(request.POST or None, request.FILES or None)
    if form.is_valid() and perform(
        request,
        lambda: services.attach_piece(request.acting, version, form.cleaned_data["piece"]),
        "L’annexe signée est jointe.",
    ):
        return redirect("annexes:detail", version.annexe_id)
    return render(request, "annexes/piece.html", {"form": form, "version": version})


@require_http_methods(["GET", "POST"])
def transmettre(request: HttpRequest, pk: int) -> HttpResponse:
    """Restates the figures and the checks before anything is sent."""
    version = find_version(request, pk)
    require(permissions.can_instruct(request.acting))
    verdict = permissions.can_transmit(request.acting, version)
    if refusal := turned_back(request, verdict, version.annexe_id):
        return refusal
    if request.method == "POST" and perform(
        request,
        lambda: services.transmit_annexe(request.acting, version, on=today()),
        f"L’annexe {version} est transmise à l’ASP.",
    ):
        return redirect("annexes:detail", version.annexe_id)
    constats, before = check_version(version, on=today()), current_of(version)
    context = summary(version) | {
        "constats": constats,
        "bloquee": bool(blocking(constats)),
        "caom": caom_of(version) if version.montant_cd else None,
        "differences": differences(before, version) if before else [],
        "libelle": "Transmettre à l’ASP",
        "retour": reverse("annexes:detail", args=[version.annexe_id]),
    }
    return render(request, "annexes/transmettre.html", context)


@require_http_methods(["GET", "POST"])
def renouveler(request: HttpRequest, pk: int) -> HttpResponse:
    annexe = find_annexe(request, pk)
    require(permissions.can_instruct(request.acting) or permissions.can_control(request.acting))
    verdict = permissions.can_renew(request.acting, annexe)
    if refusal := turned_back(request, verdict, pk):
        return refusal
    if request.method == "POST":
        renewed = perform(
            request,
            lambda: services.renew_annexe(request.acting, annexe, on=today()),
            "L’annexe provisoire de renouvellement est ouverte.",
        )
        if renewed:
            return redirect("annexes:detail", renewed.annexe_id)
    context = {
        "annexe": annexe,
        "libelle": "Renouveler l’annexe",
        "retour": reverse("annexes:detail", args=[pk]),
    }
    return render(request, "annexes/renouveler.html", context)
