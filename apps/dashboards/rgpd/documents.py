"""The attestation of destruction: drawn once it is signed, archived as it was (clause l)."""

from __future__ import annotations

from typing import Any

from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.pdf import Drawn, archive_once, render_pdf
from apps.dashboards.models import Destruction
from apps.dashboards.rgpd.fin_de_mandat import rows_of

TEMPLATE = "rgpd/destruction_pdf.html"
# What is kept once the names are gone, and why: read by the page and by the document.
CONSERVE = (
    "les écritures, versements, ordres de recouvrer et comptes d’emploi, qui ne nomment aucun "
    "salarié : dix ans (code de commerce, article L. 123-22)",
    "les états mensuels archivés ou signés, pièces justificatives des paiements, qui nomment les "
    "personnes : dix ans, puis supprimés",
    "les heures, contrats et montants, rattachés à des fiches sans nom ni numéro, dont la date de "
    "naissance n’est plus qu’une année",
    "les entrées du journal, preuve des actes, que la base de données interdit de modifier : "
    "l’historique des fiches détruites n’est plus consultable dans l’extranet",
    "les sauvegardes antérieures, jusqu’à leur propre expiration",
)


def destruction_pdf(pk: int) -> Fichier:
    """The archived attestation. Raises `Refus` as long as it is not signed."""
    if not _signed().filter(pk=pk).exists():
        raise Refus("Cette destruction n’est pas signée : son attestation n’existe pas encore.")
    return archive_once(_signed(), pk, "document", draw_destruction)


def draw_destruction(destruction: Destruction) -> Drawn:
    funder = destruction.mandat.financeur
    return Drawn(
        nom=f"attestation-destruction-{destruction.numero}.pdf",
        titre=f"{destruction} – convention {destruction.mandat.reference}",
        contents=render_pdf(
            TEMPLATE,
            {
                "destruction": destruction,
                "mandat": destruction.mandat,
                "cloture": destruction.mandat.cloture,
                "chiffres": rows_of(destruction.contenu),
                "conserve": CONSERVE,
                "structure": {"denomination": funder.nom},
            },
        ),
    )


def _signed() -> Any:
    return Destruction.objects.filter(etat=Destruction.Etat.SIGNEE).select_related(
        "mandat__financeur", "mandat__cloture", "signee_par", "proposee_par"
    )
