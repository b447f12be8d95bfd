"""The dashboard of alerts: every alert of one's annexes, filtered, counted, linked to its cause."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.dashboards.alertes.alerte import Alerte, Nature
from apps.dashboards.alertes.graphiques import by_kind
from apps.dashboards.alertes.registre import counts, read_alerts
from apps.dashboards.forms import AlerteForm
from apps.dashboards.permissions import can_read_thresholds
from apps.dashboards.restitutions.restitution import Criteres
from apps.dashboards.tables import AlerteTable
from apps.rules.money import ZERO, total

ALERTS_PER_PAGE = 25


@require_safe
def alertes(request: HttpRequest) -> HttpResponse:
    """Alerts of the annexes one sees; the counts are those of every kind, whatever the filters."""
    form = AlerteForm(request.GET or None, acting=request.acting)
    chosen = form.cleaned_data if form.is_valid() else {}
    releve = read_alerts(request.acting, Criteres(), today())
    found = releve.alertes
    shown = [alert for alert in found if _matches(alert, chosen)]
    carried = {name: chosen[name] for name in ("departement", "mesure") if chosen.get(name)}
    table = AlerteTable(shown)
    RequestConfig(request, paginate={"per_page": ALERTS_PER_PAGE}).configure(table)
    tally = counts(found)
    context = {
        "form": form,
        "filtree": any(chosen.values()),
        "table": table,
        "nombre": len(shown),
        "total": len(found),
        "urgentes": releve.urgentes,
        "impayes": total(
            alert.montant or ZERO for alert in shown if alert.nature == Nature.ORDRE_IMPAYE
        ),
        "export": reverse("dashboards:export_demander", args=["alertes"], query=carried),
        "releve": releve,
        "a_seuils": bool(can_read_thresholds(request.acting)),
        "graphique": by_kind(found),
        "par_nature": [
            {"code": nature, "libelle": nature.label, "nombre": tally[nature]}
            for nature in Nature
            if nature in tally
        ],
        "choisie": chosen.get("nature", ""),
    }
    return render(request, "dashboards/alertes.html", context)


@require_safe
def alertes_annexe(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """Alerts of one annex, as a page or as the fragment its own page includes."""
    seen = AnnexeFinanciere.objects.visible_to(request.acting).with_display()
    annexe = get_object_or_404(seen, pk=annexe_id)
    releve = read_alerts(request.acting, Criteres(annexe=annexe), today())
    fragment = request.headers.get("HX-Request")
    page = "dashboards/alertes_liste.html" if fragment else "dashboards/alertes_annexe.html"
    return render(request, page, {"annexe": annexe, "releve": releve})


def _matches(alert: Alerte, chosen: dict[str, str]) -> bool:
    period = "terminees" if alert.terminee else "en-cours"
    return (
        chosen.get("nature", "") in ("", alert.nature)
        and chosen.get("gravite", "") in ("", alert.gravite)
        and chosen.get("mesure", "") in ("", alert.annexe.siae.mesure)
        and chosen.get("departement", "") in ("", alert.annexe.siae.structure.departement)
        and chosen.get("periode", "") in ("", period)
        and alert.names(chosen.get("q", ""))
    )
