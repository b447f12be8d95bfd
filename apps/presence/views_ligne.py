"""Rows of the entry page, saved as they are typed: answers in JSON to `static/js/grille`.

One row: 200 saved, with the totals the server computes; 409 somebody else changed the row, or the
statement is closed; 422 what is wrong, field by field, and nothing is written. Several rows (a
paste, a cut that ends): 200 with the same verdict for each, 409 when the statement is closed. The
same form and services as the whole page, which does without JavaScript what this does with it.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.fields import NombreField
from apps.presence import permissions, services
from apps.presence.checks import warnings_by_contrat
from apps.presence.forms import SaisieForm, dump
from apps.presence.models import LignePresence
from apps.presence.services import LineInput, Saved, Sortie
from apps.presence.services.entry import input_of
from apps.presence.sheet import Row, Totaux, open_totals
from apps.presence.transitions import FERME
from apps.presence.views import require
from apps.rules.explanation import heures, nombre, pourcent
from apps.rules.periods import Month
from apps.rules.presence import days_in_month
from apps.siae.forms import SortieForm
from apps.siae.models import Contrat


def ligne(request: HttpRequest, annexe_id: int, mois: date, contrat_id: int) -> HttpResponse:
    """Save the row of a contract, with its exit when one is sent (both or neither)."""
    annexe = _annexe(request, annexe_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    contrats = Contrat.objects.filter(siae=annexe.siae_id).select_related("salarie")
    contrat = get_object_or_404(contrats, pk=contrat_id)
    row = _sent_row(contrat, mois)
    form = SaisieForm([row], request.POST)
    exit_form = SortieForm(request.POST) if "date_sortie" in request.POST else None
    if not form.is_valid() or (exit_form and not exit_form.is_valid()):
        return _refused(_field_errors(form, exit_form, contrat_id))
    _read, typed = form.typed_row(row)
    sortie = Sortie(**exit_form.cleaned_data) if exit_form else None
    try:
        with transaction.atomic():
            saved = services.enter_row(
                request.acting, annexe, mois, typed, sortie=sortie, on=today()
            )
    except Refus as refus:
        field = "date_sortie" if sortie else "ligne"
        return _refused({field: [_without_name(motif, contrat) for motif in refus.motifs]})
    if saved.conflicts:
        return _conflict(saved.conflicts[0].ligne)
    return _saved(annexe, mois, saved)


def lignes(request: HttpRequest, annexe_id: int, mois: date) -> HttpResponse:
    """Save several rows at once; each has its own verdict, and one refused stops no other."""
    annexe = _annexe(request, annexe_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    sent = [name.removeprefix("lu_") for name in request.POST if name.startswith("lu_")]
    contrats = Contrat.objects.filter(
        siae=annexe.siae_id, pk__in=[int(pk) for pk in sent if pk.isdecimal() and len(pk) < 19]
    ).select_related("salarie")
    form = SaisieForm([_sent_row(contrat, mois) for contrat in contrats], request.POST)
    form.is_valid()
    faulty = {row.contrat.pk: said for row in form.rows if (said := _errors_of_row(form, row))}
    typed = [form.typed_row(row)[1] for row in form.rows if row.contrat.pk not in faulty]
    try:
        saved = services.enter_rows(request.acting, annexe, mois, typed, on=today())
    except Refus as refus:
        return _refused({"ligne": list(refus.motifs)})
    names = {row.contrat.pk: row.contrat for row in form.rows}
    refused = {
        pk: {"ligne": [_without_name(motif, names[pk]) for motif in motifs]}
        for pk, motifs in saved.refused.items()
    }
    return _saved_together(annexe, mois, saved, faulty | refused, set(names))


def _annexe(request: HttpRequest, annexe_id: int) -> AnnexeFinanciere:
    seen = AnnexeFinanciere.objects.visible_to(request.acting).with_display()
    annexe = get_object_or_404(seen, pk=annexe_id)
    require(permissions.can_enter(request.acting, annexe))
    return annexe


def _sent_row(contrat: Contrat, mois: date) -> Row:
    days = days_in_month(contrat.debut, contrat.dernier_jour, Month.of(mois))
    return Row(contrat, None, days, None)


def _saved_together(
    annexe: AnnexeFinanciere,
    mois: date,
    saved: Saved,
    refused: dict[int, dict[str, list[str]]],
    sent: set[int],
) -> JsonResponse:
    """The verdict of each row, as it stands now in the statement; then the totals of all."""
    conflicts = {conflict.ligne.contrat_id for conflict in saved.conflicts}
    lines = list(
        LignePresence.objects.current()
        .filter(etat_mensuel__annexe=annexe, etat_mensuel__mois=mois, contrat__in=sent)
        .exclude(contrat__in=refused)
        .select_related("etat_mensuel__annexe__siae", "contrat__salarie", "modifie_par")
    )
    alertes = warnings_by_contrat(lines[0].etat_mensuel, lines) if lines else {}
    verdicts: dict[int, dict[str, Any]] = {pk: {"erreurs": said} for pk, said in refused.items()}
    for line in lines:
        in_conflict = line.contrat_id in conflicts
        said = _author(line) if in_conflict else {"alertes": alertes.get(line.contrat_id, [])}
        verdicts[line.contrat_id] = _row(line) | said
    totaux, drapeaux = open_totals(annexe, mois)
    flags = [asdict(drapeau) for drapeau in drapeaux]
    return JsonResponse(
        {"lignes": verdicts, "totaux": _figures(totaux), "drapeaux": flags, "heure": _now()}
    )


def _saved(annexe: AnnexeFinanciere, mois: date, saved: Saved) -> JsonResponse:
    line = saved.lignes[0]
    totaux, drapeaux = open_totals(annexe, mois)
    contrat = line.contrat
    answer = {
        "alertes": warnings_by_contrat(line.etat_mensuel, [line]).get(line.contrat_id, []),
        "totaux": _figures(totaux),
        "drapeaux": [asdict(drapeau) for drapeau in drapeaux] if saved.opened else [],
        "heure": _now(),
        "sortie": "",
    }
    if contrat.date_sortie:
        reason = contrat.get_motif_sortie_display()
        answer["sortie"] = f"Sortie le {contrat.date_sortie:%d/%m/%Y} : {reason}"
    return JsonResponse(_row(line) | answer)


def _conflict(line: LignePresence) -> JsonResponse:
    """The row as somebody else left it: the page shows it beside what was typed."""
    return JsonResponse(_row(line) | _author(line), status=409)


def _author(line: LignePresence) -> dict[str, str]:
    return {"auteur": str(line.modifie_par) if line.modifie_par else "Une autre personne"}


def _figures(totaux: Totaux) -> dict[str, Any]:
    return {
        "saisies": totaux.saisies,
        "heures": heures(totaux.declarees),
        "eligibles": heures(totaux.eligibles),
        "etp": nombre(totaux.etp),
        "brsa": totaux.brsa,
        "taux": pourcent(totaux.taux),
    }


def _now() -> str:
    return f"{timezone.localtime():%H h %M}"


def _row(line: LignePresence) -> dict[str, Any]:
    """The stored values as the fields show them, and what the hidden field keeps."""
    read: LineInput = input_of(line)
    shown = NombreField().prepare_value
    return {
        "lu": dump(read),
        "valeurs": {
            "heures": shown(read.heures) or "",
            "salaire": shown(read.salaire_brut) or "",
            "commentaire": read.commentaire,
        },
    }


def _refused(erreurs: dict[str, list[str]]) -> JsonResponse:
    closed = any(motif in FERME for motifs in erreurs.values() for motif in motifs)
    return JsonResponse({"erreurs": erreurs, "ferme": closed}, status=409 if closed else 422)


def _field_errors(
    form: SaisieForm, exit_form: SortieForm | None, contrat_id: int
) -> dict[str, list[str]]:
    """Messages by field, without the number of the contract in their names."""
    errors = {name.removesuffix(f"_{contrat_id}"): list(said) for name, said in form.errors.items()}
    if exit_form:
        errors |= {name: list(said) for name, said in exit_form.errors.items()}
    return errors


def _errors_of_row(form: SaisieForm, row: Row) -> dict[str, list[str]]:
    suffix = f"_{row.contrat.pk}"
    return {
        name.removesuffix(suffix): list(said)
        for name, said in form.errors.items()
        if name.endswith(suffix)
    }


def _without_name(motif: str, contrat: Contrat) -> str:
    """The row names the person already."""
    return motif.removeprefix(f"{contrat.salarie} : ")
