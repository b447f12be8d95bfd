"""Where a bilan is read: its page and its PDF, of an annex or in the list of issued ones."""

from __future__ import annotations

from django.urls import reverse

from apps.dashboards.models import BilanEmis

PAGES = {
    BilanEmis.Nature.INTERMEDIAIRE: "dashboards:bilan_intermediaire",
    BilanEmis.Nature.FINAL: "dashboards:bilan_final",
    BilanEmis.Nature.OBJECTIFS: "dashboards:bilan_objectifs",
}


def bilan_url(
    nature: str, annexe_id: int, trimestre: int = 0, *, pdf: bool = False, **query: object
) -> str:
    """Address of a bilan of an annex; `trimestre` is 0 for the final ones."""
    page = PAGES[BilanEmis.Nature(nature)]
    arguments = [annexe_id, *([trimestre] if trimestre else [])]
    return reverse(f"{page}_pdf" if pdf else page, args=arguments, query=query or None)


def issued_url(emis: BilanEmis, *, pdf: bool = False) -> str:
    """Address of this very edition."""
    return bilan_url(emis.nature, emis.annexe_id, emis.trimestre, pdf=pdf, edition=emis.edition)
