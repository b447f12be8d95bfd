"""PDF documents: an HTML template drawn by WeasyPrint as tagged PDF/UA, nothing fetched remotely.

Called by the `documents` modules of the applications. A drawn document is archived once as a
`Fichier` with its hash: what was issued is what is shown afterwards, whatever changes meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.staticfiles import finders
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header

from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.services import store_file

PDF = "application/pdf"
LOCAL_SCHEME = "statique:"

# Who issues the documents; a deployment completes it in settings.EMETTEUR (signatory, account).
EMETTEUR: dict[str, str] = {
    "nom": "Agence de services et de paiement",
    "sigle": "ASP",
    "service": "Service en charge des mesures de l’insertion par l’activité économique",
    "adresse": "2 rue du Maupas, 87040 Limoges Cedex 1",
    "ville": "Limoges",
    "courriel": "",
    "telephone": "",
    "signataire": "",
    "titulaire": "",
    "iban": "",
    "bic": "",
}


def render_pdf(template: str, context: Mapping[str, Any]) -> bytes:
    """Draw a template as PDF/UA-1.

    Raises `Refus` when the drawing library of the system (Pango) is missing: the page says so
    instead of failing.
    """
    try:
        import weasyprint
    except OSError as error:
        raise Refus(
            "Les documents PDF ne peuvent pas être produits pour le moment : la bibliothèque "
            "Pango manque sur le serveur. Signalez-le à l’administrateur de l’extranet."
        ) from error

    html = render_to_string(template, {"emetteur": emetteur(), **context})
    document = weasyprint.HTML(
        string=html, base_url=LOCAL_SCHEME, url_fetcher=_local_fetcher(weasyprint)
    )
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1"))


def emetteur() -> dict[str, str]:
    """The issuer's name and addresses, completed by the deployment's settings."""
    return {**EMETTEUR, **getattr(settings, "EMETTEUR", {})}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document ready to be archived: file name, title, PDF."""

    nom: str
    titre: str
    contents: bytes

    def archive(self) -> Fichier:
        """Keep it as issued, without expiry."""
        return store_file(self.contents, nom=self.nom, titre=self.titre, type_mime=PDF)


def archive_once(
    rows: models.QuerySet[Any], pk: int, field: str, draw: Callable[[Any], Drawn]
) -> Fichier:
    """The archived document of an object, drawn the first time it is asked for.

    The row is locked meanwhile: two requests at once give one and the same document.
    """
    with transaction.atomic():
        objet = rows.select_for_update(of=("self",)).get(pk=pk)
        # The row is read again once the lock is had, what it is joined to is not: a file that
        # another request has just archived is known by its key alone.
        archived = getattr(objet, f"{field}_id")
        if archived is not None:
            return Fichier.objects.get(pk=archived)
        fichier = draw(objet).archive()
        setattr(objet, field, fichier)
        objet.save(update_fields=[field])
        return fichier


def archive_missing(
    rows: models.QuerySet[Any],
    archive: Callable[[int], Fichier],
    progress: Callable[[int], None] | None = None,
) -> list[Fichier]:
    """Archive the documents of rows that have none, by number; `progress` is told how many."""
    files = []
    for pk in rows.order_by("numero").values_list("pk", flat=True):
        files.append(archive(pk))
        if progress is not None:
            progress(len(files))
    return files


def static_path(name: str) -> Path:
    """Where a static file of the product is; FileNotFoundError when it is not one of them."""
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(name)
    return Path(found)


def _local_fetcher(weasyprint: Any) -> Any:
    """Reads `statique:NAME` from the static files and refuses every other address."""
    urls = weasyprint.urls
    types = {
        ".css": "text/css",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".woff2": "font/woff2",
    }

    def fetch(_self: Any, url: str, headers: Any = None) -> Any:
        if not url.startswith(LOCAL_SCHEME):
            raise urls.FatalURLFetchingError(f"Address refused in a document: {url}")
        path = static_path(url.removeprefix(LOCAL_SCHEME))
        return urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": types[path.suffix]})

    # The library is loaded when a document is drawn: so is the class that derives from it.
    fetcher = type("LocalFetcher", (urls.URLFetcher,), {"fetch": fetch})
    return fetcher(fail_on_errors=True)


def pdf_page(request: HttpRequest, produce: Callable[[], Fichier], retour: str) -> HttpResponse:
    """The response of a page that gives an archived document; refusals go to page `retour`.

    A document issued is never drawn again in another's place: one that the storage has lost is
    said to be lost.
    """

    def read() -> tuple[str, bytes]:
        fichier = produce()
        try:
            with fichier.contenu.open("rb") as contents:
                return fichier.nom, contents.read()
        except FileNotFoundError as lost:
            raise Refus(
                f"Le document « {fichier.titre} » a été émis mais son fichier manque sur le "
                "serveur : signalez-le à l’administrateur de l’extranet."
            ) from lost

    return _page(request, read, retour)


def draft_page(request: HttpRequest, draw: Callable[[], Drawn], retour: str) -> HttpResponse:
    """Likewise for a document that is drawn and not kept."""

    def read() -> tuple[str, bytes]:
        drawn = draw()
        return drawn.nom, drawn.contents

    return _page(request, read, retour)


def _page(request: HttpRequest, read: Callable[[], tuple[str, bytes]], retour: str) -> HttpResponse:
    try:
        with transaction.atomic():
            nom, contents = read()
    except Refus as refus:
        for motif in refus.motifs:
            messages.error(request, motif)
        return redirect(retour)
    response = HttpResponse(contents, content_type=PDF)
    response["Content-Disposition"] = str(content_disposition_header(False, nom))
    response["Cache-Control"] = "private, no-store"
    return response
