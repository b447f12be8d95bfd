"""Simulateur de trésorerie: what an annex would be paid if so many hours were done (spec 03)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.clock import today
from apps.payments.forms import HypotheseForm
from apps.payments.models import Campagne, Retenue
from apps.payments.treasury import Dossier, read_dossier, simulate
from apps.payments.treasury_charts import by_funder, cumulative
from apps.rules.explanation import nombre
from apps.rules.forecast import Hypothese
from apps.rules.parameter import ParametreInconnu


@require_safe
def choix(request: HttpRequest) -> HttpResponse:
    """The annexes one may simulate; the simulator itself when there is only one."""
    if request.acting.is_admin:
        raise PermissionDenied
    annexes = list(
        _simulable(request).with_display().order_by("-courante__debut", "numero", "pk")[:200]
    )
    if len(annexes) == 1:
        return redirect("payments:simulateur", annexes[0].pk)
    return render(request, "payments/simulateur_choix.html", {"annexes": annexes})


@require_safe
def simulateur(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """The page, or its results alone while one types (HTMX); the address holds the hypothesis."""
    annexe = get_object_or_404(_simulable(request).with_display(), pk=annexe_id)
    context: dict[str, Any] = {"annexe": annexe}
    try:
        dossier = read_dossier(annexe, today())
    except (ParametreInconnu, ValueError) as unknown:
        told = isinstance(unknown, ParametreInconnu)
        context["inconnu"] = str(unknown) if told else "Les montants de l’annexe sont incomplets."
        return render(request, "payments/simulateur.html", context)
    form, fragment = _form(request, dossier), _is_fragment(request)
    context |= {
        "fragment": fragment,
        "non_validees": VersionAnnexe.ETATS_EN_PREPARATION,
        "dossier": dossier,
        "form": form,
        "raccourcis": _shortcuts(dossier, form),
        "retenues": _held(request, annexe),
    }
    if form.is_valid():
        course = simulate(dossier, form.hypotheses())
        planned = simulate(dossier, dict.fromkeys(dossier.mois_a_venir, dossier.heures_annexe))
        context |= {
            "tresorerie": course,
            "graphiques": [cumulative(course, planned), by_funder(course)],
        }
    page = "payments/simulateur_resultat.html" if fragment else "payments/simulateur.html"
    response = render(request, page, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _simulable(request: HttpRequest) -> Any:
    """Annexes of the scope whose current version may be read: a département that no longer
    co-finances must not see the figures of the version that removed its money."""
    acting = request.acting
    versions = VersionAnnexe.objects.visible_to(acting)
    return AnnexeFinanciere.objects.visible_to(acting).filter(courante__in=versions)


def _is_fragment(request: HttpRequest) -> bool:
    headers = request.headers
    return bool(headers.get("HX-Request") and not headers.get("HX-History-Restore-Request"))


def _form(request: HttpRequest, dossier: Dossier) -> HypotheseForm:
    """What the address says; the last month's hours, else the annex's, when it says nothing."""
    if "heures" in request.GET:
        return HypotheseForm(dossier, request.GET)
    return HypotheseForm(dossier, _query(dossier.dernier_mois or dossier.heures_annexe))


def _query(hypothese: Hypothese) -> dict[str, str]:
    return {"heures": nombre(hypothese.heures).replace("\u00a0", ""), "brsa": str(hypothese.brsa)}


def _shortcuts(dossier: Dossier, form: HypotheseForm) -> list[dict[str, Any]]:
    """Ready-made hypotheses, as links; the one shown is marked."""
    page = reverse("payments:simulateur", args=[dossier.annexe.pk])
    choices = (
        ("Comme le dernier mois validé", dossier.dernier_mois),
        ("Heures de l’annexe", dossier.heures_annexe),
        ("90 % des heures de l’annexe", dossier.reduite),
    )
    shown = {key: form.data.get(key) or "0" for key in ("heures", "brsa")}
    return [
        {
            "libelle": libelle,
            "heures": hypothese.heures,
            "url": f"{page}?{urlencode(_query(hypothese))}",
            "courant": _query(hypothese) == shown and not form.detaillee,
        }
        for libelle, hypothese in choices
        if hypothese is not None
    ]


def _held(request: HttpRequest, annexe: AnnexeFinanciere) -> list[Retenue]:
    """What the last executed run held for another reason than a missing statement."""
    last = Campagne.objects.executed().order_by("-mois", "-numero").values("pk")[:1]
    held = Retenue.objects.visible_to(request.acting).filter(annexe=annexe, campagne__in=last)
    return list(held.exclude(motif=Retenue.Motif.EMP_MANQUANT).order_by("mois", "pk"))
