"""PDF of the management fees: invoice or credit note, letter of the new prices (art. 3.2).

An invoice lists the acts counted; archived once issued, drawn as a draft before. Called by the
views.
"""

from __future__ import annotations

from typing import Any

from apps.core.models import Fichier
from apps.core.pdf import Drawn, archive_once, emetteur, render_pdf
from apps.payments.facturation import billed_in, forecast_of
from apps.payments.models import AvisTarif, FactureFrais

DELAI_PAIEMENT_JOURS = 30


def invoice_file(facture_id: int) -> Fichier:
    """The invoice as issued; drawn and archived when it does not exist yet."""
    rows = FactureFrais.objects.select_related("mandat", "financeur", "annule")
    return archive_once(rows, facture_id, "document", draw_invoice)


def tarif_file(avis_id: int) -> Fichier:
    """The letter as sent; drawn and archived when it does not exist yet."""
    rows = AvisTarif.objects.select_related("mandat__financeur")
    return archive_once(rows, avis_id, "document", draw_tarif)


def draw_invoice(facture: FactureFrais) -> Drawn:
    """Draw the PDF of an invoice, a credit note, or the draft of one."""
    name = facture.reference.lower() or "projet"
    return Drawn(
        nom=f"frais-de-gestion-{name}-{facture.annee}.pdf",
        titre=f"{facture} – frais de gestion, {facture.libelle_periode.lower()}",
        contents=render_pdf("frais/facture_pdf.html", invoice_context(facture)),
    )


def invoice_context(facture: FactureFrais) -> dict[str, Any]:
    """Everything an invoice says; sums of the year so far only on one of a period."""
    rows = list(facture.lignes.select_related("version__annexe__siae__structure").order_by("pk"))
    return {
        "facture": facture,
        "absolu": abs(facture.montant),
        "mandat": facture.mandat,
        "lignes": rows,
        "actes": [row for row in rows if row.version_id],
        "prevision": forecast_of(facture.mandat, facture.annee),
        "facture_annee": billed_in(facture.mandat, facture.annee, until=facture),
        "compte": _account(facture),
        "delai": DELAI_PAIEMENT_JOURS,
    }


def draw_tarif(avis: AvisTarif) -> Drawn:
    """Draw the letter of the new prices."""
    return Drawn(
        nom=f"frais-de-gestion-prix-{avis.annee}.pdf",
        titre=str(avis),
        contents=render_pdf("frais/tarif_pdf.html", {"avis": avis, "mandat": avis.mandat}),
    )


def _account(facture: FactureFrais) -> str:
    """Treasury deposit account of the mandate, by fours; the issuer's own when it has none."""
    iban = "".join((facture.mandat.iban_asp or emetteur()["iban"]).split())
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))
