"""Issued documents of an annex: statements, notices, orders, bilans, each within its own scope.

Registered in `annexes.archives.SOURCES`, called by the page of the documents of an annex. Four
queries whatever the number of documents.
"""

from __future__ import annotations

from django.urls import reverse

from apps.accounts.models import Membership
from apps.annexes.archives import Archive
from apps.annexes.models import AnnexeFinanciere
from apps.dashboards.bilans.trimestres import rank_label
from apps.dashboards.models import BilanEmis
from apps.payments.models import AvisDePaiement
from apps.presence.models import EtatMensuel
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.periods import Month

PDF_BILANS = {
    BilanEmis.Nature.INTERMEDIAIRE: "dashboards:bilan_intermediaire_pdf",
    BilanEmis.Nature.FINAL: "dashboards:bilan_final_pdf",
    BilanEmis.Nature.OBJECTIFS: "dashboards:bilan_objectifs_pdf",
}


def issued_documents(acting: Membership, annexe: AnnexeFinanciere) -> list[Archive]:
    """What was issued for the annex, kind after kind."""
    return [
        *_statements(acting, annexe),
        *_notices(acting, annexe),
        *_orders(acting, annexe),
        *_bilans(acting, annexe),
    ]


def _statements(acting: Membership, annexe: AnnexeFinanciere) -> list[Archive]:
    """Certified, validated or in default: what is being entered has no document yet."""
    seen = (
        EtatMensuel.objects.visible_to(acting)
        .filter(annexe=annexe)
        .exclude(etat__in=EtatMensuel.ETATS_OUVERTS)
        .select_related("document")
        .order_by("mois")
    )
    return [
        Archive(
            "État mensuel de présence",
            f"{Month.of(etat.mois).label}, version {etat.version}",
            reverse("presence:emp_pdf", args=[etat.pk]),
            etat.document,
        )
        for etat in seen
    ]


def _notices(acting: Membership, annexe: AnnexeFinanciere) -> list[Archive]:
    seen = AvisDePaiement.objects.visible_to(acting).filter(annexe=annexe)
    return [
        Archive(
            "Avis de paiement",
            f"n° {avis.numero}",
            reverse("payments:avis", args=[avis.pk]),
            avis.fichier,
        )
        for avis in seen.select_related("fichier").order_by("numero")
    ]


def _orders(acting: Membership, annexe: AnnexeFinanciere) -> list[Archive]:
    seen = OrdreDeRecouvrer.objects.visible_to(acting).filter(annexe=annexe)
    return [
        Archive(
            "Ordre de recouvrer",
            f"n° {ordre.numero}",
            reverse("recoveries:ordre_pdf", args=[ordre.pk]),
            ordre.document,
        )
        for ordre in seen.select_related("document").order_by("numero")
    ]


def _bilans(acting: Membership, annexe: AnnexeFinanciere) -> list[Archive]:
    seen = BilanEmis.objects.visible_to(acting).filter(annexe=annexe)
    rows = []
    for bilan in seen.select_related("fichier").defer("contenu").order_by("numero"):
        rank = f", {rank_label(bilan.trimestre)}" if bilan.trimestre else ""
        arguments = [annexe.pk, *([bilan.trimestre] if bilan.trimestre else [])]
        address = reverse(
            PDF_BILANS[BilanEmis.Nature(bilan.nature)],
            args=arguments,
            query={"edition": bilan.edition},
        )
        rows.append(
            Archive(bilan.get_nature_display(), f"n° {bilan.numero}{rank}", address, bilan.fichier)
        )
    return rows
