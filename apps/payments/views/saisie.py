"""The next payments with the hours being entered: fragment of the monthly grid, or a page.

Loaded by URL by `presence` (imports only look downwards) and asked again after each saved row.
The runs are those of the treasury forecast: the rules that pay, nothing of their own.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import groupby, islice
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.payments.treasury import Dossier, LigneTresorerie, read_dossier, simulate
from apps.presence.sheet import Totaux, open_totals
from apps.rules.forecast import Hypothese
from apps.rules.money import total
from apps.rules.parameter import ParametreInconnu
from apps.rules.periods import Month

RUNS_SHOWN = 3
LINES_NAMED = 2


@require_safe
def previsions_saisie(request: HttpRequest, annexe_id: int, mois: date) -> HttpResponse:
    """For those who enter, instruct or control; 404 outside their scope."""
    acting = request.acting  # type: ignore[attr-defined]
    seen = AnnexeFinanciere.objects.visible_to(acting).with_display()
    annexe = get_object_or_404(seen, pk=annexe_id)
    if acting.is_cd:
        raise PermissionDenied
    context: dict[str, Any] = {"annexe": annexe, "mois": mois}
    try:
        context |= _next_payments(annexe, mois)
    except (ParametreInconnu, LookupError, ValueError):
        context["inconnu"] = True
    fragment = request.headers.get("HX-Request")
    page = "payments/prevision_saisie_lignes.html" if fragment else "payments/prevision_saisie.html"
    return render(request, page, context)


def _next_payments(annexe: AnnexeFinanciere, mois: date) -> dict[str, Any]:
    dossier = read_dossier(annexe, today())
    totaux, _flags = open_totals(annexe, mois)
    played = simulate(dossier, _hypotheses(dossier, Month.of(mois), totaux))
    runs = groupby(played.a_venir, key=lambda ligne: ligne.campagne)
    return {
        "heures": totaux.eligibles if totaux.saisies else None,
        "campagnes": [_run(run, list(lines)) for run, lines in islice(runs, RUNS_SHOWN)],
    }


def _hypotheses(dossier: Dossier, mois: Month, totaux: Totaux) -> dict[Month, Hypothese]:
    """This month as entered, the certified ones as declared, the others as in the annex."""
    planned = dossier.heures_annexe
    guesses = {
        month: Hypothese(dossier.declares.get(month, planned.heures), planned.brsa)
        for month in dossier.mois_a_venir
    }
    if mois in guesses and totaux.saisies:
        guesses[mois] = Hypothese(totaux.eligibles, totaux.brsa if planned.brsa else 0)
    return guesses


def _run(campagne: Month, lines: list[LigneTresorerie]) -> dict[str, Month | Decimal | str]:
    """What a run would pay, and of what nature."""
    return {
        "campagne": campagne,
        "montant": total(line.montant for line in lines),
        "ordres": total(line.ordres for line in lines),
        "natures": _natures(lines),
    }


def _natures(lines: list[LigneTresorerie]) -> str:
    """« forfait mensuel de mai 2023 », or how many when several months are paid at once."""
    if len(lines) > LINES_NAMED:
        return f"{len(lines)} échéances"
    return ", ".join(f"{line.nature_libelle.lower()} {line.mois.label_with_de}" for line in lines)
