"""`manage.py export NAME --as USERNAME --out FILE`: an Excel file without a browser.

The file is the one that this person would have had on the page of the exports: same function,
same scope, journaled as a download by their membership. Exit status 2 and a sentence on the
standard error when the request is refused; no file is left.
"""

import hashlib
import os
import re
import shutil
import sys
import tempfile
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Membership, User
from apps.annexes.models import AnnexeFinanciere
from apps.core.errors import Refus
from apps.dashboards.restitutions.fichier import excel_file
from apps.dashboards.restitutions.registry import GROUPES, RESTITUTIONS
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.dashboards.services import record_export
from apps.rules.periods import Month
from apps.siae.codes import TypeMesure

_REFUSED = 2
AMENDMENT = re.compile(r"(?<=A\d)M\d$", re.ASCII)
# Option of each criterion.
OPTIONS = {
    "annexe": "--annexe",
    "departement": "--departement",
    "mesure": "--mesure",
    "debut": "--from",
    "fin": "--to",
}


class _Help(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """The list of the names keeps its lines."""


class Command(BaseCommand):
    help = "Produit le fichier Excel d’une restitution, dans le périmètre d’un compte."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name,
            subcommand,
            formatter_class=_Help,
            epilog=f"Restitutions :\n{_names()}",
            **kwargs,
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("nom", nargs="?", default="", help="nom de la restitution")
        parser.add_argument("--as", dest="compte", default="", help="identifiant du compte")
        parser.add_argument("--out", dest="fichier", default="", help="fichier Excel à écrire")
        parser.add_argument("--organisation", default="", help="nom de l’organisation du compte")
        parser.add_argument("--from", dest="debut", default="", help="premier mois, AAAA-MM")
        parser.add_argument("--to", dest="fin", default="", help="dernier mois, AAAA-MM")
        parser.add_argument("--departement", default="", help="par exemple 062")
        parser.add_argument("--mesure", default="", help="par exemple ACI")
        parser.add_argument("--annexe", default="", help="numéro, par exemple ACI062230001")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restitution = _restitution(options["nom"])
            out = _destination(options["fichier"])
            acting = _acting(options["compte"], options["organisation"])
            criteres = _criteres(acting, restitution, options)
            rows = _write(out, acting, restitution, criteres)
        except Refus as refusal:
            self.stderr.write(str(refusal))
            sys.exit(_REFUSED)
        self.stdout.write(f"{out} : {rows} ligne{'s' if rows > 1 else ''}.")


def _names() -> str:
    offered = (found for _titre, group in GROUPES for found in group if found.key in RESTITUTIONS)
    return "\n".join(f"  {found.key:<28}{found.title}" for found in offered)


def _restitution(name: str) -> Restitution:
    if not name:
        raise Refus(f"Nommez la restitution à produire :\n{_names()}")
    if name not in RESTITUTIONS:
        raise Refus(f"« {name} » n’est pas une restitution. Choisissez parmi :\n{_names()}")
    return RESTITUTIONS[name]


def _destination(path: str) -> Path:
    if not path:
        raise Refus("Indiquez le fichier à écrire, par exemple --out suivi.xlsx.")
    out = Path(path)
    if out.suffix.lower() != ".xlsx":
        raise Refus(f"« {path} » : donnez au fichier l’extension .xlsx.")
    if not out.parent.is_dir():
        raise Refus(f"Le dossier « {out.parent} » n’existe pas : créez-le d’abord.")
    if out.is_dir():
        raise Refus(f"« {path} » est un dossier : donnez un nom de fichier.")
    return out


def _acting(username: str, organisation: str) -> Membership:
    """The membership in force to act with; one alone, or the one of the organisation named."""
    if not username:
        raise Refus("Indiquez le compte pour lequel produire le fichier, par exemple --as NOM.")
    if not User.objects.filter(username=username, is_active=True).exists():
        raise Refus(f"Aucun compte actif n’a l’identifiant « {username} ».")
    found = list(
        Membership.objects.active(timezone.localdate())
        .filter(user__username=username)
        .select_related("organisation", "user")
        .order_by("organisation__nom", "role")
    )
    if not found:
        raise Refus(f"Le compte « {username} » n’a plus d’habilitation en vigueur.")
    names = list(dict.fromkeys(membership.organisation.nom for membership in found))
    if organisation:
        found = [m for m in found if m.organisation.nom.casefold() == organisation.casefold()]
        if not found:
            raise Refus(
                f"Le compte « {username} » n’a pas d’habilitation en vigueur pour "
                f"« {organisation} ». Les siennes : {' ; '.join(names)}."
            )
    elif len(names) > 1:
        raise Refus(
            f"Le compte « {username} » agit pour plusieurs organisations : précisez "
            f"--organisation parmi {' ; '.join(names)}."
        )
    return found[0]


def _criteres(acting: Membership, restitution: Restitution, options: dict[str, Any]) -> Criteres:
    given = {name: options[name] for name in OPTIONS if options[name]}
    for name in given:
        if name not in restitution.filters:
            taken = ", ".join(OPTIONS[kept] for kept in restitution.filters) or "aucun"
            raise Refus(
                f"« {restitution.title} » ne prend pas {OPTIONS[name]}. Critères admis : {taken}."
            )
    for name in ("debut", "fin"):
        if name in given:
            given[name] = _month(given[name], OPTIONS[name])
    if "mesure" in given:
        given["mesure"] = _mesure(given["mesure"])
    if "annexe" in given:
        given["annexe"] = _annexe(acting, given["annexe"])
    elif "annexe" in restitution.required:
        raise Refus("Indiquez l’annexe financière, par exemple --annexe ACI062230001.")
    return Criteres.read(acting, given)


def _month(text: str, option: str) -> Any:
    try:
        return Month.parse(text).first_day
    except ValueError:
        raise Refus(
            f"{option} : « {text} » n’est pas un mois, écrivez par exemple 2023-01."
        ) from None


def _mesure(text: str) -> str:
    """Its code, from the code or from the name it is printed with (« ACI »); else as it is."""
    names = {label.casefold(): code for code, label in TypeMesure.choices}
    return names.get(text.strip().casefold(), text.strip().upper())


def _annexe(acting: Membership, text: str) -> int:
    """By its number, spaces aside, with its renewal (« A1 ») when the number has several."""
    # As it is printed, the amendment is left aside: « ACI 062 23 0001 A0 M1 ».
    whole = AMENDMENT.sub("", "".join(text.split()).upper())
    number, _, renewal = whole.rpartition("A")
    seen = AnnexeFinanciere.objects.visible_to(acting).order_by("renouvellement")
    found = list(seen.filter(numero=whole))
    if not found and renewal.isascii() and renewal.isdigit():
        found = list(seen.filter(numero=number, renouvellement=int(renewal)))
    if not found:
        raise Refus(
            f"L’annexe financière « {text} » n’existe pas ou n’est pas accessible à ce compte."
        )
    if len(found) > 1:
        raise Refus(
            f"Plusieurs annexes portent le numéro « {text} » : précisez le renouvellement, par "
            f"exemple {whole}A{found[-1].renouvellement}."
        )
    return found[0].pk


def _write(out: Path, acting: Membership, restitution: Restitution, criteres: Criteres) -> int:
    """Number of rows. The name is given last, once the download is journaled: never half a file."""
    contents, totals = excel_file(acting, restitution, criteres)
    with contents:
        digest = hashlib.file_digest(contents, "sha256").hexdigest()  # type: ignore[arg-type]
        contents.seek(0)
        try:
            draft = _draft(out, contents)
            try:
                with transaction.atomic():
                    facts = {"fichier": out.name, "sha256": digest}
                    record_export(acting, restitution, criteres, facts)
                    draft.replace(out)
            finally:
                draft.unlink(missing_ok=True)
        except OSError:
            raise Refus(
                f"Le fichier « {out} » n’a pas pu être écrit : vérifiez les droits du dossier et "
                "la place disponible."
            ) from None
    return totals.count


def _draft(out: Path, contents: BinaryIO) -> Path:
    """The whole file under another name of the same folder, readable by its owner alone."""
    descriptor, name = tempfile.mkstemp(dir=out.parent, prefix=".export-")
    try:
        with os.fdopen(descriptor, "wb") as target:
            shutil.copyfileobj(contents, target)
    except OSError:
        Path(name).unlink()
        raise
    return Path(name)
