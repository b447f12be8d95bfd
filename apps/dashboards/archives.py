"""Issued documents of an annex: statements, notices, orders, bilans, each within its own scope.

Registered in `annexes.archives.SOURCES`, called by the page of the documents of an annex. Five
queries whatever the number of documents.
"""

from __future__ import annotations

from django.db.models import Max, Prefetch, Q
from django.urls import reverse

from apps.accounts.models import Membership
from apps.annexes.archives import Archive
from apps.annexes.models import AnnexeFinanciere
from apps.dashboards.bilans.adresses import issued_url
from apps.dashboards.bilans.trimestres import rank_label
from apps.dashboards.models import BilanEmis
from apps.payments.models import AvisDePaiement
from apps.presence.models import DocumentEtat, EtatMensuel
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.periods import Month


def issued_documents(acting: Membership, annexe: AnnexeFinanciere) -> list[Archive]:
    """What was issued for the annex, kind after kind."""
    return [
        *_statements(acting, annexe),
        *_notices(acting, annexe),
        *_orders(acting, annexe),
        *_bilans(acting, annexe),
    ]


def _statements(acting: Membership, annexe: AnnexeFinanciere) -> list[Archive]:
    """Every version and state as archived; those certified, validated or in default whose
    document was not drawn yet. What is being entered has none."""
    seen = EtatMensuel.objects.visible_to(acting).filter(annexe=annexe).order_by("mois")
    drawn = DocumentEtat.objects.select_related("fichier")
    rows = []
    for etat in seen.prefetch_related(Prefetch("documents", drawn)):
        kept = list(etat.documents.all())
        documents = [(document, {"archive": document.pk}) for document in kept]
        current = DocumentEtat(etat_mensuel=etat, version=etat.version, etat=etat.etat)
        states = {(document.version, document.etat) for document in kept}
        is_open = etat.etat in EtatMensuel.ETATS_OUVERTS
        if not is_open and (current.version, current.etat) not in states:
            documents.append((current, {}))
        rows += [
            Archive(
                "État mensuel de présence",
                f"{Month.of(etat.mois).label}, {document}",
                reverse("presence:emp_pdf", args=[etat.pk], query=query),
                document.fichier if document.pk else None,
            )
            for document, query in documents
        ]
    return rows


def _notices(acting: Membership, annexe: AnnexeFinanciere) -> list[Archive]:
    of_annexe = Q(campagne__versements__annexe=annexe)
    seen = (
        AvisDePaiement.objects.visible_to(acting)
        .filter(annexe=annexe)
        .annotate(paye_le=Max("campagne__versements__execute_le", filter=of_annexe))
    )
    return [
        Archive(
            "Avis de paiement",
            f"n° {avis.numero}, {Month.of(avis.campagne.mois).label}",
            reverse("payments:avis", args=[avis.pk]),
            avis.fichier,
            avis.paye_le or avis.campagne.jour_paiement,
            avis.montant,
        )
        for avis in seen.select_related("fichier", "campagne").order_by("numero")
    ]


def _orders(acting: Membership, annexe: AnnexeFinanciere) -> list[Archive]:
    seen = OrdreDeRecouvrer.objects.visible_to(acting).filter(annexe=annexe)
    return [
        Archive(
            "Ordre de recouvrer",
            f"n° {ordre.numero}",
            reverse("recoveries:ordre_pdf", args=[ordre.pk]),
            ordre.document,
            ordre.emis_le,
            ordre.montant_initial,
        )
        for ordre in seen.select_related("document").order_by("numero")
    ]


def _bilans(acting: Membership, annexe: AnnexeFinanciere) -> list[Archive]:
    seen = BilanEmis.objects.visible_to(acting).filter(annexe=annexe)
    rows = []
    for bilan in seen.select_related("fichier").defer("contenu").order_by("numero"):
        rank = f", {rank_label(bilan.trimestre)}" if bilan.trimestre else ""
        address = issued_url(bilan, pdf=True)
        rows.append(
            Archive(
                bilan.get_nature_display(),
                f"n° {bilan.numero}{rank}",
                address,
                bilan.fichier,
                bilan.emis_le,
            )
        )
    return rows
