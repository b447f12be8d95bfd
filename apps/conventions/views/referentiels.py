"""The dated tables of the law and the lists of codes: read by all, completed by the ASP."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.conventions import permissions, services
from apps.conventions.forms import DecisionForm, ValeurForm
from apps.conventions.models import ValeurReferentiel
from apps.conventions.referentiels import BAREMES, SERIES, Serie, gaps, in_force
from apps.conventions.views.conventions import require
from apps.core.clock import today
from apps.core.pages import perform
from apps.journal.history import events_of
from apps.siae import codes

Etat = ValeurReferentiel.Etat


@require_safe
def referentiels(request: HttpRequest) -> HttpResponse:
    """Each series with its value of the day, what is missing, what waits for a decision."""
    waiting = []
    if request.acting.is_asp:
        proposed = ValeurReferentiel.objects.filter(etat=Etat.PROPOSEE)
        waiting = list(proposed.select_related("proposee_par").order_by("proposee_le", "pk"))
    context = {"baremes": _baremes(), "en_attente": _named(waiting), "le": today()}
    return render(request, "conventions/referentiels.html", context)


def _baremes() -> list[dict[str, Any]]:
    on = today()
    return [
        {
            "libelle": libelle,
            "lignes": [
                {"serie": serie, "valeur": in_force(serie, on), "manques": gaps(serie)}
                for serie in SERIES.values()
                if serie.fichier == fichier
            ],
        }
        for fichier, libelle in BAREMES.items()
    ]


def _named(rows: list[ValeurReferentiel]) -> list[dict[str, Any]]:
    return [{"valeur": row, "serie": SERIES[row.fichier, row.serie]} for row in rows]


@require_safe
def referentiel(request: HttpRequest, fichier: str, serie: str) -> HttpResponse:
    """Every value of a series, the latest first, with its text and who approved it."""
    found = _find_serie(fichier, serie)
    rows = ValeurReferentiel.objects.filter(fichier=fichier, serie=serie)
    people = rows.select_related("proposee_par", "decidee_par").order_by("-effet", "-connu_le")
    approved = {(v.effet, v.connu_le): v for v in people if v.etat == Etat.APPROUVEE}
    context = {
        "serie": found,
        "lignes": [
            {"valeur": valeur, "ajout": approved.get((valeur.effet, valeur.connu_le))}
            for valeur in reversed(found.valeurs())
            if valeur.montant is not None or valeur in gaps(found)
        ],
        "autres": [v for v in people if v.etat != Etat.APPROUVEE] if request.acting.is_asp else [],
        "peut_proposer": permissions.can_propose_valeur(request.acting),
    }
    return render(request, "conventions/referentiel.html", context)


@require_http_methods(["GET", "POST"])
def valeur_proposer(request: HttpRequest, fichier: str, serie: str) -> HttpResponse:
    found = _find_serie(fichier, serie)
    require(permissions.can_propose_valeur(request.acting))
    initial = {"effet": request.GET.get("effet")}
    units = {"en_heures": found.en_heures, "en_indice": found.en_indice}
    form = ValeurForm(request.POST or None, **units, initial=initial)
    if form.is_valid():
        proposed = perform(
            request,
            lambda: services.propose_valeur(
                request.acting, fichier=fichier, serie=serie, on=today(), **form.cleaned_data
            ),
            "La valeur est proposée. Elle servira dès qu’une autre personne de l’ASP l’aura "
            "approuvée.",
        )
        if proposed:
            return redirect("conventions:valeur", proposed.pk)
    context = {
        "form": form,
        "serie": found,
        "libelle": "Proposer la valeur",
        "retour": reverse("conventions:referentiel", args=[fichier, serie]),
    }
    return render(request, "conventions/valeur_proposer.html", context)


@require_http_methods(["GET", "POST"])
def valeur(request: HttpRequest, pk: int) -> HttpResponse:
    """A proposed value, what it would change, and the decision."""
    require(permissions.can_decide_valeur(request.acting))
    rows = ValeurReferentiel.objects.select_related("proposee_par", "decidee_par")
    found = get_object_or_404(rows, pk=pk)
    verdict = permissions.can_decide_valeur(request.acting, found)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and not verdict:
        messages.error(request, verdict.reason)
    elif form.is_valid() and _decide(request, found, form.cleaned_data):
        return redirect("conventions:referentiel", found.fichier, found.serie)
    serie = SERIES[found.fichier, found.serie]
    context = {
        "valeur": found,
        "serie": serie,
        "form": form,
        "verdict": verdict,
        "entrees": events_of(found, request.acting),
    }
    return render(request, "conventions/valeur.html", context)


def _decide(request: HttpRequest, found: ValeurReferentiel, data: dict[str, Any]) -> Any:
    if data["decision"] == "APPROUVER":
        return perform(
            request,
            lambda: services.approve_valeur(request.acting, found, on=today()),
            "La valeur est approuvée : elle sert à tous les calculs à partir de maintenant.",
        )
    return perform(
        request,
        lambda: services.refuse_valeur(request.acting, found, motif=data["motif"], on=today()),
        "La valeur est refusée, avec son motif.",
    )


@require_safe
def codes_page(request: HttpRequest) -> HttpResponse:
    """Code lists of the exchange files, for reading."""
    exits = [
        (code, label, codes.CATEGORIE_DU_MOTIF[code].label)
        for code, label in codes.MotifSortie.choices
    ]
    forms_of = [
        (code, label, ", ".join(_measures_of(code))) for code, label in codes.FormeContrat.choices
    ]
    context = {
        "sorties": exits,
        "formes": forms_of,
        "orienteurs": codes.Orienteur.choices,
        "formations": codes.NiveauFormation.choices,
    }
    return render(request, "conventions/codes.html", context)


def _measures_of(form: str) -> list[str]:
    return [
        str(codes.TypeMesure(mesure).label)
        for mesure, forms in codes.FORMES_PAR_MESURE.items()
        if form in forms
    ]


def _find_serie(fichier: str, serie: str) -> Serie:
    if (fichier, serie) not in SERIES:
        raise Http404("No such series.")
    return SERIES[fichier, serie]
