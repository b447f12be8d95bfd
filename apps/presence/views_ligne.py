"""One row of the entry page, saved as it is typed: answers in JSON to `static/js/grille`.

200: saved, with the totals the server computes; 409: somebody else changed the row, or the
statement is closed; 422: what is wrong, field by field, and nothing is written. The same form and
service as the whole page, which does without JavaScript what this does with it.
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
from apps.presence.sheet import Row, open_totals
from apps.presence.transitions import FERME
from apps.presence.views import require
from apps.rules.explanation import heures, nombre, pourcent
from apps.rules.periods import Month
from apps.rules.presence import days_in_month
from apps.siae.forms import SortieForm
from apps.siae.models import Contrat


def ligne(request: HttpRequest, annexe_id: int, mois: date, contrat_id: int) -> HttpResponse:
    """Save the row of a contract, with its exit when one is sent (both or neither)."""
    seen = AnnexeFinanciere.objects.visible_to(request.acting).with_display()
    annexe = get_object_or_404(seen, pk=annexe_id)
    require(permissions.can_enter(request.acting, annexe))
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    contrats = Contrat.objects.filter(siae=annexe.siae_id).select_related("salarie")
    contrat = get_object_or_404(contrats, pk=contrat_id)
    days = days_in_month(contrat.debut, contrat.dernier_jour, Month.of(mois))
    row = Row(contrat, None, days, None)
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


def _saved(annexe: AnnexeFinanciere, mois: date, saved: Saved) -> JsonResponse:
    line = saved.lignes[0]
    totaux, drapeaux = open_totals(annexe, mois)
    contrat = line.contrat
    answer = {
        "alertes": warnings_by_contrat(line.etat_mensuel, [line]).get(line.contrat_id, []),
        "totaux": {
            "saisies": totaux.saisies,
            "heures": heures(totaux.declarees),
            "eligibles": heures(totaux.eligibles),
            "etp": nombre(totaux.etp),
            "brsa": totaux.brsa,
            "taux": pourcent(totaux.taux),
        },
        "drapeaux": [asdict(drapeau) for drapeau in drapeaux] if saved.opened else [],
        "sortie": "",
    }
    if contrat.date_sortie:
        reason = contrat.get_motif_sortie_display()
        answer["sortie"] = f"Sortie le {contrat.date_sortie:%d/%m/%Y} : {reason}"
    return JsonResponse(_row(line) | answer)


def _conflict(line: LignePresence) -> JsonResponse:
    """The row as somebody else left it: the page shows it beside what was typed."""
    author = str(line.modifie_par) if line.modifie_par else "Une autre personne"
    return JsonResponse(_row(line) | {"auteur": author}, status=409)


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
        "heure": f"{timezone.localtime():%H h %M}",
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


def _without_name(motif: str, contrat: Contrat) -> str:
    """The row names the person already."""
    return motif.removeprefix(f"{contrat.salarie} : ")
