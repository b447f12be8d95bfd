"""Files of the demonstration, copied under var/demo/ from what the product itself produced.

Excel exports are asked for as a user would and made by the worker; notices, statements and
recovery orders are those the product issued, at least one of each kind.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.utils.text import slugify

from apps.annexes.models import AnnexeFinanciere
from apps.core.models import Fichier, Job
from apps.dashboards.demo.bilans import bilan_files
from apps.dashboards.demo.frame import acting
from apps.dashboards.demo.runs import wait_for
from apps.dashboards.services import request_export
from apps.payments.documents import notice_file
from apps.payments.models import AvisDePaiement, Versement
from apps.presence.documents import statement_file
from apps.presence.models import EtatMensuel
from apps.recoveries.documents import order_file
from apps.recoveries.models import OrdreDeRecouvrer

FOLDER = Path(settings.BASE_DIR) / "var" / "demo"
# (restitution, user, annex of which structure or empty)
EXPORTS = (
    ("suivi-annexes", "asp.gestionnaire", ""),
    ("suivi-annexes", "cd.lecteur", ""),
    ("suivi-annexes", "cd.somme", ""),
    ("realisations-annexe", "cd.lecteur", "Terrils verts"),
    ("realisations-annexe", "cd.lecteur", "Fil et dentelle"),
    ("realisations-annexe", "jardins-morinie", "Les Jardins de la Haute-Morinie"),
)


def produce_documents(say: Callable[[str], None]) -> list[Path]:
    """Write the Excel and PDF files; returns their paths, Excel first."""
    say("Production des fichiers Excel et PDF…")
    files = [_export(*export) for export in EXPORTS]
    regularised = Versement.objects.executed().filter(nature="regularisation", montant=0).first()
    if regularised is not None:
        files.append(
            copy_file(
                notice_file(
                    AvisDePaiement.objects.get(
                        campagne=regularised.campagne_id, annexe=regularised.annexe_id
                    ).pk
                )
            )
        )
    for avis in AvisDePaiement.objects.order_by("numero")[:2]:
        files.append(copy_file(notice_file(avis.pk)))
    for order in OrdreDeRecouvrer.objects.order_by("numero")[:2]:
        files.append(copy_file(order_file(order.pk)))
    files += [copy_file(fichier) for fichier in bilan_files()]
    for etat in EtatMensuel.objects.filter(etat="VALIDE").order_by("pk")[:1]:
        files.append(copy_file(statement_file(etat)))
    return files


def _export(nom: str, username: str, structure: str) -> Path:
    member = acting(username)
    parametres = {"annexe": _annexe_id(structure)} if structure else {}
    job: Job = request_export(member, nom, parametres)
    wait_for(job)
    job.refresh_from_db()
    if job.fichier is None:
        raise RuntimeError(f"L’export {nom} n’a pas produit de fichier.")
    about = f"-{slugify(structure)}" if structure else ""
    return copy_file(job.fichier, name=f"{nom}{about}-{username}.xlsx")


def _annexe_id(structure: str) -> int:
    return (
        AnnexeFinanciere.objects.filter(siae__structure__denomination=structure).earliest("pk").pk
    )


def copy_file(fichier: Fichier, *, name: str = "") -> Path:
    """Copy a produced file to var/demo/ under a name that stays the same; returns the copy."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    target = FOLDER / (name or fichier.nom)
    with fichier.contenu.open("rb") as source:
        target.write_bytes(source.read())
    return target
