"""The on-line help: one Markdown file per page, in `help/`, named after the page's URL.

`help/annexes.detail.md` is shown in a panel of the page `annexes:detail` and at
`/aide/annexes.detail/`. The index groups them by subject, the first part of the name. The files
belong to the product: their HTML is trusted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import markdown
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from apps.core.sorting import without_accents
from apps.core.words import french_spaces

FOLDER = Path(__file__).parent / "help"
NAME = re.compile(r"[a-z_]+(?:\.[a-z_]+)?", re.ASCII)
GLOSSAIRE = "glossaire"
# In the order of the index: what everyone meets first, then the course of a file.
SUJETS = {
    "dashboards": "Accueil, tableaux de bord et exports",
    "presence": "États mensuels de présence",
    "siae": "Structures, salariés et contrats",
    "annexes": "Annexes financières",
    "conventions": "Conventions, CAOM, mandats et référentiels",
    "payments": "Paiements et campagnes",
    "modulation": "Part modulée",
    "banque": "Virements et retours bancaires",
    "fonds": "Fonds des départements",
    "frais": "Frais de gestion",
    "recoveries": "Ordres de recouvrer",
    "comptabilite": "Comptabilité",
    "apurement": "Créances à décider",
    "reddition": "Comptes d’emploi",
    "rgpd": "Données personnelles",
    "accounts": "Compte et habilitations",
    "journal": "Journal",
    "core": "Se servir de l’extranet",
}


@dataclass(frozen=True, slots=True)
class PageAide:
    """A help page: its name in the address, its title, its contents as HTML."""

    nom: str
    titre: str
    contenu: SafeString


# Bounded: the names come from the addresses asked for, and anybody asks.
@lru_cache(maxsize=1024)
def help_page(name: str) -> PageAide | None:
    """The help page of that name (« annexes.detail »), None when there is none."""
    if not NAME.fullmatch(name):
        return None
    path = FOLDER / f"{name}.md"
    if not path.is_file():
        return None
    titre, _, text = path.read_text(encoding="utf-8").partition("\n")
    contenu = markdown.markdown(
        french_spaces(text), extensions=["tables", "sane_lists", "attr_list"], output_format="html"
    )
    # Files of the product, never a user's text.
    return PageAide(name, titre.removeprefix("# ").strip(), mark_safe(contenu))  # noqa: S308


def help_of(view_name: str) -> PageAide | None:
    """Help of a page known by its URL name (« annexes:detail »)."""
    return help_page(view_name.replace(":", ".", 1))


def all_pages() -> list[PageAide]:
    """Every help page, in order of title."""
    pages = [help_page(path.stem) for path in FOLDER.glob("*.md")]
    return sorted((page for page in pages if page), key=lambda page: without_accents(page.titre))


def pages_by_subject(words: str = "") -> list[tuple[str, list[PageAide]]]:
    """The pages of each subject that hold all these words, accents and case aside."""
    asked = without_accents(words).split()
    found = [
        page
        for page in all_pages()
        if page.nom != GLOSSAIRE and all(word in _searchable(page.nom) for word in asked)
    ]
    return [
        (label, pages)
        for subject, label in SUJETS.items()
        if (pages := [page for page in found if page.nom.startswith(f"{subject}.")])
    ]


def terms_with(words: str) -> list[SafeString]:
    """Definitions of the glossary that hold all these words; none when no word is given."""
    glossaire, asked = help_page(GLOSSAIRE), without_accents(words).split()
    if glossaire is None or not asked:
        return []
    return [
        mark_safe(paragraph)  # noqa: S308
        for paragraph in re.findall(r"<p[^>]*>(.*?)</p>", glossaire.contenu, re.DOTALL)
        if all(word in without_accents(strip_tags(paragraph)) for word in asked)
    ]


@lru_cache(maxsize=1024)
def _searchable(name: str) -> str:
    page = help_page(name)
    return without_accents(f"{page.titre} {strip_tags(page.contenu)}") if page else ""
