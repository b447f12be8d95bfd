"""The two files of a compte d’emploi: its PDF and its Excel workbook, from the figures it keeps.

Archived once it is signed; drawn and not kept before (« PROJET »). Called by its pages, by the
task that follows the signature and by the command that writes documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from apps.conventions.models import Financeur
from apps.core.errors import Refus
from apps.core.exports import XLSX
from apps.core.models import Fichier
from apps.core.pdf import Drawn, archive_once, render_pdf
from apps.core.services import store_file
from apps.core.workbooks import write_workbook
from apps.dashboards.comptes.attestation import attestation_of
from apps.dashboards.comptes.contenu import load
from apps.dashboards.comptes.feuilles import Feuille, sheets_of
from apps.dashboards.comptes.figures import Compte
from apps.dashboards.models import CompteEmploi
from apps.payments.ledger import TRESOR
from apps.rules.explanation import euros

TEMPLATE = "reddition/compte_pdf.html"


@dataclass(frozen=True, slots=True)
class Destinataire:
    """The département as an addressee of a letter."""

    denomination: str
    correspondant: str = ""
    adresse_gestion: str = ""
    adresse: str = ""
    code_postal: str = ""
    commune: str = ""


def account_pdf(pk: int) -> Fichier:
    """The PDF of a signed account; drawn and archived when it does not exist yet.

    Raises `Refus` when it is not signed, or when PDF files cannot be drawn on this server.
    """
    if not _signed().filter(pk=pk).exists():
        raise Refus("Ce compte d’emploi n’est pas signé : son document n’existe pas encore.")
    return archive_once(_signed(), pk, "document", draw_account)


def account_workbook(pk: int) -> Fichier:
    """The Excel workbook of a signed account, likewise."""
    with transaction.atomic():
        compte = _signed().select_for_update(of=("self",)).get(pk=pk)
        if compte.classeur_id is None:
            compte.classeur = store_file(
                workbook_of(compte),
                nom=file_name(compte, "xlsx"),
                titre=title_of(compte),
                type_mime=XLSX,
            )
            compte.save(update_fields=["classeur"])
        return Fichier.objects.get(pk=compte.classeur_id)


def draw_account(compte: CompteEmploi) -> Drawn:
    """Draw the PDF, marked « PROJET » as long as the account is not signed."""
    figures = load(compte.contenu)
    return Drawn(
        nom=file_name(compte, "pdf"),
        titre=title_of(compte),
        contents=render_pdf(TEMPLATE, account_context(compte, figures)),
    )


def account_context(compte: CompteEmploi, figures: Compte) -> dict[str, Any]:
    """Everything the document says."""
    summary, *annexed = sheets_of(figures, on_paper=True)
    return {
        "compte": compte,
        "figures": figures,
        "tresor": figures.of(TRESOR),
        "structure": _addressee(compte.mandat.financeur),
        "resume": summary,
        "annexes": annexed,
        "attestation": attestation_of(compte),
    }


def workbook_of(compte: CompteEmploi) -> Any:
    """The workbook, an open file at its start."""
    return write_workbook(title_of(compte), _sheets(compte), presentation_of(compte))


def _sheets(compte: CompteEmploi) -> Sequence[tuple[Any, Any, str]]:
    sheets: list[Feuille] = sheets_of(load(compte.contenu))
    return [(sheet.definition, sheet.rows, sheet.texte) for sheet in sheets]


def presentation_of(compte: CompteEmploi) -> list[tuple[str, str]]:
    """What identifies the account, in words: first sheet of the workbook, head of the page."""
    figures = load(compte.contenu)
    tresor = figures.of(TRESOR)
    signed = "non signé"
    if compte.signe_par is not None:
        signed = f"le {compte.signe_le:%d/%m/%Y} par {compte.signe_par.nom_complet}"
    return [
        ("Convention de mandat", figures.mandat),
        ("Département", figures.departement),
        ("Période", f"du {figures.debut:%d/%m/%Y} au {figures.fin:%d/%m/%Y}"),
        ("Préparé le", f"{compte.prepare_le:%d/%m/%Y}"),
        ("Signé", signed),
        ("Trésorerie à l’ouverture", euros(tresor.ouverture)),
        ("Recettes", euros(figures.recettes)),
        ("Dépenses", euros(figures.depenses)),
        ("Trésorerie à la clôture", euros(tresor.solde)),
        ("Empreinte des écritures (SHA-256)", compte.empreinte),
        *(
            [("Empreinte de la clôture de l’année", compte.empreinte_cloture)]
            if compte.empreinte_cloture
            else []
        ),
    ]


def title_of(compte: CompteEmploi) -> str:
    """« Compte d’emploi certifié n° 3 – convention M – 2023 »."""
    return f"{compte} – convention {compte.mandat.reference} – {compte.arrete_au:%d/%m/%Y}"


def file_name(compte: CompteEmploi, extension: str) -> str:
    kind = slugify(compte.get_nature_display())
    return f"{kind}-{compte.numero}-{compte.arrete_au:%Y-%m-%d}.{extension}"


def _signed() -> Any:
    return CompteEmploi.objects.signed().select_related(
        "mandat__financeur", "prepare_par", "signe_par"
    )


def _addressee(financeur: Financeur) -> Destinataire:
    return Destinataire(denomination=financeur.nom)
