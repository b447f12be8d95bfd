"""The on-line help: one Markdown file per page, in `help/`, named after the page's URL.

`help/annexes.detail.md` is shown in a panel of the page `annexes:detail` and at
`/aide/annexes.detail/`. The files belong to the product: their HTML is trusted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import markdown
from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(__file__).parent / "help"
NAME = re.compile(r"[a-z_]+(?:\.[a-z_]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PageAide:
    """A help page: its name in the address, its title, its contents as HTML."""

    nom: str
    titre: str
    contenu: SafeString


@cache
def help_page(name: str) -> PageAide | None:
    """The help page of that name (« annexes.detail »), None when there is none."""
    if not NAME.fullmatch(name):
        return None
    path = FOLDER / f"{name}.md"
    if not path.is_file():
        return None
    titre, _, text = path.read_text(encoding="utf-8").partition("\n")
    contenu = markdown.markdown(text, extensions=["tables", "sane_lists"], output_format="html")
    # Files of the product, never a user's text.
    return PageAide(name, titre.removeprefix("# ").strip(), mark_safe(contenu))  # noqa: S308


def help_of(view_name: str) -> PageAide | None:
    """Help of a page known by its URL name (« annexes:detail »)."""
    return help_page(view_name.replace(":", ".", 1))


def all_pages() -> list[PageAide]:
    """Every help page, in order of title."""
    pages = [help_page(path.stem) for path in FOLDER.glob("*.md")]
    return sorted((page for page in pages if page), key=lambda page: page.titre)
