"""The user manuals: one Markdown file per kind of organisation, read on screen and in PDF.

`manuels/structure.md` gives `/aide/manuels/structure/` and its PDF. Its images are the files of
`static/manuels/structure/`, taken from the demonstration by the command `capturer_manuels`.
The files belong to the product: their HTML is trusted.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import markdown
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from apps.core.pdf import LOCAL_SCHEME, render_pdf, static_path
from apps.core.words import french_spaces

FOLDER = Path(__file__).parent / "manuels"
# Kind of organisation (`Organisation.type`) and its manual.
MANUELS = {
    "SIAE": "structure",
    "DDETS": "ddets",
    "ASP": "asp",
    "CD": "departement",
    "ADMIN": "administrateur",
}
IMAGE = re.compile(r'src="([a-z0-9-]+\.png)"')
STYLES = ("pdf/document.css", "pdf/manuel.css")


@dataclass(frozen=True, slots=True)
class Chapitre:
    """A heading of the second level: its identifier in the page and its title."""

    ancre: str
    titre: str


@dataclass(frozen=True, slots=True)
class Manuel:
    """A manual: its name in the address, its title, its chapters, its contents as HTML."""

    nom: str
    titre: str
    chapitres: tuple[Chapitre, ...]
    contenu: str

    @property
    def images(self) -> list[str]:
        return IMAGE.findall(self.contenu)

    @property
    def for_screen(self) -> SafeString:
        return self._with_images(lambda name: static(self._image(name)))

    @property
    def for_pdf(self) -> SafeString:
        return self._with_images(lambda name: LOCAL_SCHEME + self._image(name))

    def _image(self, name: str) -> str:
        return f"manuels/{self.nom}/{name}"

    def _with_images(self, address) -> SafeString:  # type: ignore[no-untyped-def]
        html = IMAGE.sub(lambda found: f'src="{address(found[1])}"', self.contenu)
        return mark_safe(html)  # noqa: S308 - a file of the product, never a user's text


@cache
def manual(name: str) -> Manuel | None:
    """The manual of that name (« structure »), None when there is none."""
    path = FOLDER / f"{name}.md"
    if name not in MANUELS.values() or not path.is_file():
        return None
    titre, _, text = path.read_text(encoding="utf-8").partition("\n")
    reader = markdown.Markdown(extensions=["tables", "sane_lists", "toc"], output_format="html")
    contenu = reader.convert(french_spaces(text))
    chapters = tuple(Chapitre(token["id"], token["name"]) for token in reader.toc_tokens)  # type: ignore[attr-defined]
    return Manuel(name, titre.removeprefix("# ").strip(), chapters, contenu)


def all_manuals(first: str = "") -> list[Manuel]:
    """Every manual in the order of MANUELS, the one of that name before the others."""
    found = [found for name in MANUELS.values() if (found := manual(name))]
    return sorted(found, key=lambda manuel: manuel.nom != first)


def manual_of(request: HttpRequest) -> str:
    """Name of the manual of the organisation one acts for; empty when one is not signed in."""
    acting = getattr(request, "acting", None)
    return MANUELS.get(acting.organisation_type, "") if acting else ""


def manual_pdf(found: Manuel) -> str:
    """Name, in the storage, of the PDF of a manual: drawn the first time this text is asked for."""
    name = f"manuels/{found.nom}-{_fingerprint(found)}.pdf"
    if not default_storage.exists(name):
        contents = render_pdf("pdf/manuel.html", {"manuel": found})
        name = default_storage.save(name, ContentFile(contents))
    return name


def _fingerprint(found: Manuel) -> str:
    """Changes with the text, the images and the styles: an old PDF is never served."""
    digest = hashlib.sha256(found.contenu.encode())
    for name in (*STYLES, *(f"manuels/{found.nom}/{image}" for image in found.images)):
        digest.update(static_path(name).read_bytes())
    return digest.hexdigest()[:16]
