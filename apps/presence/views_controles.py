"""Screens of the controls on documents: list, draw, request, answer of the structure, conclusion.

Called by the URLs. A control is seen by the ASP and by its structure: 404 for all others, the
départements among them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.clock import today
from apps.core.pages import perform
from apps.core.views import ListPage
from apps.journal.history import events_of
from apps.presence import permissions, services
from apps.presence.filters import ControleFilter
from apps.presence.forms_controles import (
    ComplementForm,
    ConclusionForm,
    DemandeForm,
    PieceForm,
    TirageForm,
    TransmissionForm,
)
from apps.presence.models import Controle, EtatMensuel, NaturePiece, PieceControle
from apps.presence.services.sampling import ETATS_CONTROLABLES
from apps.presence.tables import ControleTable
from apps.presence.transitions_controle import TRANSITIONS
from apps.presence.views import require
from apps.rules.periods import Month

DAYS_TO_ANSWER = 30


class Controles(ListPage):
    """Controls in progress first, the nearest deadline at the top."""

    model = Controle
    table_class = ControleTable
    filterset_class = ControleFilter
    template_name = "presence/controles.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        require(permissions.can_read_controls(request.acting))
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Controle]:
        rows = super().get_queryset().with_display().in_progress_first()
        return rows.annotate(nombre_pieces=Count("pieces"))

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"on": today()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["peut_tirer"] = bool(permissions.can_control(self.request.acting))
        return context


@require_safe
def controle(request: HttpRequest, pk: int) -> HttpResponse:
    """One control: what is asked, what was received, the conclusion, the events."""
    found = _find(request, pk)
    controls = bool(permissions.can_control(request.acting))
    acts = {name for name in TRANSITIONS if controls and found.etat in TRANSITIONS[name][0]}
    context = _context(found) | {
        "actes": acts,
        "peut_repondre": bool(permissions.can_answer(request.acting, found))
        and found.etat == Controle.Etat.DEMANDE,
        "peut_rouvrir": found.etat == Controle.Etat.NON_CONFORME
        and found.version == found.etat_mensuel.version
        and bool(permissions.can_reopen(request.acting, found.etat_mensuel.annexe))
        and found.etat_mensuel.etat in ETATS_CONTROLABLES,
        "entrees": events_of(found, request.acting),
    }
    return render(request, "presence/controle.html", context)


@require_http_methods(["GET", "POST"])
def tirer(request: HttpRequest) -> HttpResponse:
    """A random draw, in two steps: how many statements it takes, then the draw."""
    require(permissions.can_control(request.acting))
    form = TirageForm(request.POST or None, initial=_usual() | _last_quarter())
    context: dict[str, Any] = {"form": form, "retour": reverse("presence:controles")}
    if form.is_valid():
        if "confirmer" in request.POST and _draw(request, form):
            return redirect("presence:controles")
        count = services.population_of(form.champ()).count()
        size = services.sample_size(
            count, taille=form.cleaned_data["taille"], taux=form.cleaned_data["taux"]
        )
        context |= {"population": count, "taille": size, "demande": form.demande()}
    return render(request, "presence/controle_tirer.html", context)


@require_http_methods(["GET", "POST"])
def cibler(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the documents of one statement."""
    seen = EtatMensuel.objects.visible_to(request.acting).with_display()
    etat = get_object_or_404(seen, pk=pk)
    require(permissions.can_control(request.acting))
    form = DemandeForm(request.POST or None, initial=_usual())
    if form.is_valid():
        opened = perform(
            request,
            lambda: services.target_etat(request.acting, etat, form.demande(), on=today()),
            "Les pièces sont demandées à la structure.",
        )
        if opened:
            return redirect("presence:controle", opened.pk)
    context = {
        "etat": etat,
        "form": form,
        "libelle": "Demander les pièces",
        "retour": reverse("presence:saisie", args=[etat.annexe_id, etat.mois]),
    }
    return render(request, "presence/controle_cibler.html", context)


@require_http_methods(["GET", "POST"])
def repondre(request: HttpRequest, pk: int) -> HttpResponse:
    """The structure adds documents one by one, then sends them all."""
    found = _find(request, pk)
    require(permissions.can_answer(request.acting, found))
    if found.etat != Controle.Etat.DEMANDE:
        return redirect("presence:controle", pk)
    sends = "transmettre" in request.POST
    form = PieceForm(found, *((request.POST, request.FILES) if "deposer" in request.POST else ()))
    sending = TransmissionForm(request.POST if sends else None)
    if "retirer" in request.POST:
        _remove(request, found)
        return redirect("presence:controle_repondre", pk)
    if form.is_valid() and _add(request, found, form):
        return redirect("presence:controle_repondre", pk)
    if sends and sending.is_valid() and _send(request, found, sending):
        return redirect("presence:controle", pk)
    context = _context(found) | {"form": form, "transmission": sending}
    return render(request, "presence/controle_repondre.html", context)


@require_http_methods(["GET", "POST"])
def completer(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for what is missing."""
    found = _find(request, pk)
    require(permissions.can_control(request.acting))
    form = ComplementForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.ask_more(request.acting, found, on=today(), **form.cleaned_data),
        "Le complément est demandé à la structure.",
    ):
        return redirect("presence:controle", pk)
    context = _context(found) | _confirmation(found, form, "Demander un complément")
    return render(request, "presence/controle_completer.html", context)


@require_http_methods(["GET", "POST"])
def conclure(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a control; a non-compliant one then offers to re-open the statement."""
    found = _find(request, pk)
    require(permissions.can_control(request.acting))
    form = ConclusionForm(request.POST or None)
    if form.is_valid() and perform(
        request,
        lambda: services.conclude(request.acting, found, on=today(), **form.cleaned_data),
        "Le contrôle est conclu ; la structure en est avertie.",
    ):
        return redirect("presence:controle", pk)
    context = _context(found) | _confirmation(found, form, "Conclure le contrôle")
    return render(request, "presence/controle_conclure.html", context)


@require_safe
def piece(request: HttpRequest, pk: int) -> FileResponse:
    """A supporting document, for those who see the control."""
    seen = Controle.objects.visible_to(request.acting)
    found = get_object_or_404(
        PieceControle.objects.filter(controle__in=seen).select_related("fichier", "controle"),
        pk=pk,
    )
    services.note_piece_read(request.acting, found.controle)
    return file_response(found.fichier)


def file_response(fichier: Any) -> FileResponse:
    """A file received from somebody else: its type is the one found in its contents."""
    if not fichier.contenu.storage.exists(str(fichier.contenu.name)):
        raise Http404("The file is no longer there.")
    response = FileResponse(
        fichier.contenu.open("rb"), filename=fichier.nom, content_type=fichier.type_mime
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _usual() -> dict[str, Any]:
    """What most controls ask for."""
    return {
        "pieces": [NaturePiece.BULLETIN, NaturePiece.HEURES],
        "echeance": today() + timedelta(days=DAYS_TO_ANSWER),
    }


def _last_quarter() -> dict[str, Any]:
    """The last three months that are over."""
    month = Month.of(today())
    return {"debut": (month - 3).first_day, "fin": (month - 1).first_day}


def _find(request: HttpRequest, pk: int) -> Controle:
    return get_object_or_404(Controle.objects.visible_to(request.acting).with_display(), pk=pk)


def _context(found: Controle) -> dict[str, Any]:
    pieces = found.pieces.select_related("fichier", "depose_par")
    received = list(pieces)
    sent = {piece.nature for piece in received}
    return {
        "controle": found,
        "etat": found.etat_mensuel,
        "annexe": found.etat_mensuel.annexe,
        "pieces": received,
        "demandees": [
            (label, code in sent)
            for code, label in zip(found.tirage.pieces, found.tirage.natures, strict=True)
        ],
        "en_retard": found.etat == Controle.Etat.DEMANDE and today() > found.echeance,
    }


def _confirmation(found: Controle, form: Any, libelle: str) -> dict[str, Any]:
    return {
        "form": form,
        "libelle": libelle,
        "retour": reverse("presence:controle", args=[found.pk]),
    }


def _draw(request: HttpRequest, form: TirageForm) -> Any:
    def act() -> Any:
        data = form.cleaned_data
        return services.draw_sample(
            request.acting,
            form.champ(),
            form.demande(),
            taille=data["taille"],
            taux=data["taux"],
            on=today(),
        )

    return perform(
        request,
        act,
        lambda tirage: (
            f"{tirage} : {tirage.taille} sur {tirage.population} états mensuels tirés au sort "
            f"(graine {tirage.graine}). Les structures sont averties."
        ),
    )


def _add(request: HttpRequest, found: Controle, form: PieceForm) -> Any:
    data = form.cleaned_data
    return perform(
        request,
        lambda: services.add_piece(
            request.acting, found, data["nature"], data["fichier"], on=today()
        ),
        "La pièce est déposée.",
    )


def _remove(request: HttpRequest, found: Controle) -> Any:
    number = request.POST["retirer"]
    mine = get_object_or_404(found.pieces, pk=number if number.isdecimal() else 0)
    return perform(
        request, lambda: services.remove_piece(request.acting, mine), "La pièce est retirée."
    )


def _send(request: HttpRequest, found: Controle, form: TransmissionForm) -> Any:
    return perform(
        request,
        lambda: services.send_pieces(
            request.acting, found, message=form.cleaned_data["message"], on=today()
        ),
        f"Les pièces du contrôle de {Month.of(found.etat_mensuel.mois).label} sont transmises.",
    )
