"""PDF of a bilan: of an issued one, archived once; of the situation of the day, drawn and not kept.

Both are drawn from the same figures by the same templates as the screens. `bilan_file` is called by
the pages, by the task that follows a run and by the command that writes documents.
"""

from __future__ import annotations

from django.utils.text import slugify

from apps.core.models import Fichier
from apps.core.pdf import Drawn, archive_once, render_pdf
from apps.dashboards.bilans.contenu import load
from apps.dashboards.bilans.figures import Bilan, BilanObjectifs
from apps.dashboards.models import BilanEmis

TEMPLATE = "dashboards/bilan_pdf.html"


def figures_of(emis: BilanEmis) -> Bilan | BilanObjectifs:
    """The figures of an issued bilan, as they were."""
    if emis.nature == BilanEmis.Nature.OBJECTIFS:
        return load(emis.contenu, BilanObjectifs)
    return load(emis.contenu, Bilan)


def bilan_file(pk: int) -> Fichier:
    """The document of an issued bilan; drawn and archived when it does not exist yet.

    Raises `Refus` when PDF files cannot be drawn on this server.
    """
    issued = BilanEmis.objects.select_related("annexe", "campagne")
    return archive_once(issued, pk, "fichier", draw_issued)


def draw_issued(emis: BilanEmis) -> Drawn:
    """Draw an issued bilan from its stored figures."""
    return Drawn(
        nom=f"{slugify(emis.get_nature_display())}-{emis.numero}-{emis.annexe.numero}.pdf",
        titre=f"{emis} – annexe {emis.annexe}",
        contents=_draw(figures_of(emis), emis),
    )


def draw_draft(bilan: Bilan | BilanObjectifs) -> Drawn:
    """Draw the situation of the day: marked « PROVISOIRE », without a number."""
    titre = f"{bilan.titre} – annexe {bilan.identite.annexe}"
    return Drawn(
        nom=f"provisoire-{slugify(titre)}.pdf",
        titre=f"{titre} (provisoire)",
        contents=_draw(bilan, None),
    )


def _draw(bilan: Bilan | BilanObjectifs, emis: BilanEmis | None) -> bytes:
    context = {
        "bilan": bilan,
        "emis": emis,
        "structure": bilan.identite.structure,
        "corps": bilan.gabarit,
    }
    return render_pdf(TEMPLATE, context)
