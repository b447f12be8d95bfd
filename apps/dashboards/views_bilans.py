"""The bilans of an annex, to read, to print and as PDF (cahier des charges §3.1, lines 6 to 8).

An issued bilan is shown as it was; `?situation=jour` gives the figures of the day, `?edition=N` an
earlier edition of a final one. What was never issued is shown as known today, « provisoire ».
`BilansEmis` lists them across the annexes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.annexes.models import VersionAnnexe
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.pages import perform
from apps.core.pdf import Drawn, draft_page, pdf_page
from apps.core.views import ListPage
from apps.dashboards.access import find_version
from apps.dashboards.bilans.adresses import bilan_url, issued_url
from apps.dashboards.bilans.calculs import final_bilan, quarter_bilan
from apps.dashboards.bilans.comparaison import Difference, differences
from apps.dashboards.bilans.document import bilan_file, draw_draft, figures_of
from apps.dashboards.bilans.figures import Bilan, BilanObjectifs
from apps.dashboards.bilans.lecture import read_facts
from apps.dashboards.bilans.objectifs import objectives_bilans
from apps.dashboards.bilans.trimestres import quarters, rank_label
from apps.dashboards.encadrement import (
    EncadrementForm,
    can_declare_supervision,
    declare_supervision,
    supervision_of,
)
from apps.dashboards.filters import BilanEmisFilter
from apps.dashboards.models import BilanEmis
from apps.dashboards.tables_bilans import BilanEmisTable
from apps.recoveries.models import OrdreDeRecouvrer

Nature = BilanEmis.Nature


@dataclass(slots=True)
class Lecture:
    """A bilan as one reader asked for it: issued (`emis`), or the situation of the day."""

    version: VersionAnnexe
    nature: Nature
    trimestre: int
    emis: BilanEmis | None
    du_jour: Bilan | BilanObjectifs | None
    editions: list[BilanEmis]
    ecarts: list[Difference] = field(default_factory=list)

    @property
    def bilan(self) -> Bilan | BilanObjectifs:
        if self.emis is not None:
            return figures_of(self.emis)
        if self.du_jour is None:
            raise Http404("No such quarter in this annex.")
        return self.du_jour

    @property
    def url(self) -> str:
        return bilan_url(self.nature, self.version.annexe_id, self.trimestre)

    @property
    def pdf(self) -> str:
        """Address of the PDF of what is shown."""
        if self.emis is not None:
            return issued_url(self.emis, pdf=True)
        annexe = self.version.annexe_id
        return bilan_url(self.nature, annexe, self.trimestre, pdf=True, situation="jour")


class BilansEmis(ListPage):
    """Every issued bilan one may read, whatever the annex; the notification of a run leads here."""

    model = BilanEmis
    table_class = BilanEmisTable
    filterset_class = BilanEmisFilter
    template_name = "dashboards/bilans_emis.html"

    def get_queryset(self) -> Any:
        rows = super().get_queryset().select_related("annexe__siae__structure", "campagne")
        return rows.defer("contenu")


@require_safe
def bilans(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """Which bilans were issued, which are provisional, which are still to come."""
    version = find_version(request, annexe_id)
    facts = read_facts(request.acting, [version], today())[0]
    issued: dict[tuple[str, int], list[BilanEmis]] = {}
    for emis in _issued(request, version):
        issued.setdefault((emis.nature, emis.trimestre), []).append(emis)
    known = {quarter.rang: quarter for quarter in quarters(facts.dossier)}
    # A quarter dropped by an amendment keeps the bilan it was issued.
    ranks = sorted({*known, *(rang for _nature, rang in issued if rang)})
    context = {
        "annexe": version.annexe,
        "version": version,
        "soldee": facts.dossier.soldee,
        "commence": bool(facts.dossier.valides()),
        "trimestres": [
            (
                rank_label(rang),
                rang,
                known.get(rang),
                next(iter(issued.get((Nature.INTERMEDIAIRE, rang), [])), None),
            )
            for rang in ranks
        ],
        "finals": issued.get((Nature.FINAL, 0), []),
        "objectifs": issued.get((Nature.OBJECTIFS, 0), []),
    }
    return render(request, "dashboards/bilans.html", context)


@require_safe
def intermediaire(request: HttpRequest, annexe_id: int, trimestre: int) -> HttpResponse:
    return _page(request, _read(request, annexe_id, Nature.INTERMEDIAIRE, trimestre))


@require_safe
def final(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """The whole period, the final regularisation line by line, and what is left to recover."""
    return _page(request, _read(request, annexe_id, Nature.FINAL))


@require_safe
def objectifs(request: HttpRequest, annexe_id: int) -> HttpResponse:
    return _page(request, _read(request, annexe_id, Nature.OBJECTIFS))


@require_safe
def intermediaire_pdf(request: HttpRequest, annexe_id: int, trimestre: int) -> HttpResponse:
    return _pdf(request, _read(request, annexe_id, Nature.INTERMEDIAIRE, trimestre))


@require_safe
def final_pdf(request: HttpRequest, annexe_id: int) -> HttpResponse:
    return _pdf(request, _read(request, annexe_id, Nature.FINAL))


@require_safe
def objectifs_pdf(request: HttpRequest, annexe_id: int) -> HttpResponse:
    return _pdf(request, _read(request, annexe_id, Nature.OBJECTIFS))


@require_http_methods(["GET", "POST"])
def encadrement(request: HttpRequest, annexe_id: int) -> HttpResponse:
    """What the structure says of its supervision, for the bilan des objectifs."""
    annexe = find_version(request, annexe_id).annexe
    verdict = can_declare_supervision(request.acting, annexe)
    if not verdict:
        raise PermissionDenied(verdict.reason)
    form = EncadrementForm(supervision_of(annexe), request.POST or None)
    retour = reverse("dashboards:bilan_objectifs", args=[annexe.pk])
    if form.is_valid() and perform(
        request,
        lambda: declare_supervision(request.acting, annexe, form.chiffres()),
        "L’encadrement est enregistré. Si le bilan des objectifs négociés était déjà émis, une "
        "nouvelle édition le reprend.",
    ):
        return redirect(retour)
    context = {"annexe": annexe, "form": form, "libelle": "Enregistrer", "retour": retour}
    return render(request, "dashboards/bilan_encadrement.html", context)


def _issued(request: HttpRequest, version: VersionAnnexe) -> Any:
    return (
        BilanEmis.objects.visible_to(request.acting)
        .filter(annexe=version.annexe_id)
        .select_related("annexe", "campagne", "fichier")
        .order_by("nature", "trimestre", "-edition")
    )


def _read(request: HttpRequest, annexe_id: int, nature: Nature, trimestre: int = 0) -> Lecture:
    """The bilan asked for; 404 outside what the reader sees, and for an edition never issued."""
    version = find_version(request, annexe_id)
    editions = list(_issued(request, version).filter(nature=nature, trimestre=trimestre))
    chosen = None
    if request.GET.get("situation") != "jour":
        asked = request.GET.get("edition")
        found = [e for e in editions if asked is None or str(e.edition) == asked]
        if asked is not None and not found:
            raise Http404("No such edition of this bilan.")
        chosen = next(iter(found), None)
    du_jour = _of_today(request, version, nature, trimestre)
    lecture = Lecture(version, nature, trimestre, chosen, du_jour, editions)
    if chosen is not None and du_jour is not None:
        lecture.ecarts = differences(figures_of(chosen), du_jour)
    return lecture


def _of_today(
    request: HttpRequest, version: VersionAnnexe, nature: Nature, trimestre: int
) -> Bilan | BilanObjectifs | None:
    """The situation of the day; None for a quarter that the annex does not have."""
    on = today()
    facts = read_facts(request.acting, [version], on)[0]
    if nature == Nature.OBJECTIFS:
        return objectives_bilans([facts], on)[0]
    if nature == Nature.FINAL:
        return final_bilan(facts, on)
    quarter = next((q for q in quarters(facts.dossier) if q.rang == trimestre), None)
    return quarter_bilan(facts, quarter, on) if quarter else None


def _page(request: HttpRequest, lecture: Lecture) -> HttpResponse:
    acting, annexe = request.acting, lecture.version.annexe
    own_orders = OrdreDeRecouvrer.objects.visible_to(acting).filter(annexe=annexe)
    context = {
        "lecture": lecture,
        "annexe": annexe,
        "bilan": lecture.bilan,
        "emis": lecture.emis,
        "liens": True,
        # A département reads the amounts of both orders, and opens its own.
        "ordres_visibles": set(own_orders.values_list("pk", flat=True)),
        "peut_declarer": bool(can_declare_supervision(acting, annexe)),
    }
    return render(request, "dashboards/bilan.html", context)


def _pdf(request: HttpRequest, lecture: Lecture) -> HttpResponse:
    """The archived document of an issued bilan; a draft of the situation of the day otherwise."""
    bilan, emis = lecture.bilan, lecture.emis
    if emis is not None:
        return pdf_page(request, lambda: bilan_file(emis.pk), lecture.url)

    def draw() -> Drawn:
        if not bilan.has_figures:
            raise Refus(
                "Aucun état mensuel n’est encore validé sur cette période : le bilan n’a rien à "
                "présenter. Il se remplit à mesure que l’ASP valide les états mensuels."
            )
        return draw_draft(bilan)

    return draft_page(request, draw, lecture.url)
