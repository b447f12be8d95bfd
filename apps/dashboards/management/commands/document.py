"""`manage.py document NAME ID --out FILE`: a PDF of the product without a browser.

The file is the archived one, as issued; drawn and archived when it was not yet. The journal keeps
that it was taken out. Exit status 2 and a sentence on the standard error when it is refused; no
file is left.
"""

import sys
import tempfile
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter
from django.db import transaction

from apps.core.errors import Refus
from apps.dashboards.documents import DOCUMENTS, take_out

_REFUSED = 2


class _Help(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """The list of the names keeps its lines."""


class Command(BaseCommand):
    help = "Écrit un document PDF tel qu’il a été émis."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name,
            subcommand,
            formatter_class=_Help,
            epilog=f"Documents, avec un exemple d’identifiant :\n{_names()}",
            **kwargs,
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("nom", nargs="?", default="", help="nom du document")
        parser.add_argument("identifiant", nargs="?", default="", help="numéro, annexe, mois…")
        parser.add_argument("--out", dest="fichier", default="", help="fichier PDF à écrire")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if not options["nom"] or not options["identifiant"]:
                raise Refus(f"Nommez le document et son identifiant :\n{_names()}")
            out = _destination(options["fichier"])
            size = _write(out, options["nom"], options["identifiant"])
        except Refus as refusal:
            self.stderr.write(str(refusal))
            sys.exit(_REFUSED)
        self.stdout.write(f"{out} : {size} octets.")


def _names() -> str:
    return "\n".join(
        f"  {nom:<14}{found.exemple:<26}{found.titre}" for nom, found in DOCUMENTS.items()
    )


def _destination(path: str) -> Path:
    if not path:
        raise Refus("Indiquez le fichier à écrire, par exemple --out avis.pdf.")
    out = Path(path)
    if out.suffix.lower() != ".pdf":
        raise Refus(f"« {path} » : donnez au fichier l’extension .pdf.")
    if not out.parent.is_dir():
        raise Refus(f"Le dossier « {out.parent} » n’existe pas : créez-le d’abord.")
    if out.is_dir():
        raise Refus(f"« {path} » est un dossier : donnez un nom de fichier.")
    return out


def _contents(nom: str, identifiant: str) -> bytes:
    """What the product lacks to draw is not said of the file to write."""
    try:
        return take_out(nom, identifiant).contenu
    except FileNotFoundError as missing:
        raise Refus(
            f"Le document ne peut pas être produit : il manque « {missing.filename or missing} » "
            "sur le serveur. Signalez-le à l’administrateur de l’extranet."
        ) from missing


def _write(out: Path, nom: str, identifiant: str) -> int:
    """Size in bytes. The name is given last, once the journal holds the act."""
    draft: Path | None = None
    try:
        with transaction.atomic():
            contents = _contents(nom, identifiant)
            with tempfile.NamedTemporaryFile(
                dir=out.parent, prefix=".document-", delete=False
            ) as target:
                draft = Path(target.name)
                target.write(contents)
            draft.replace(out)
    except OSError:
        raise Refus(
            f"Le fichier « {out} » n’a pas pu être écrit : vérifiez les droits du dossier et la "
            "place disponible."
        ) from None
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)
    return len(contents)
