"""What the management fees and the modulated parts expect: invoices to issue, to pay, parts to
validate. Read by `expectations`; one query for each line.
"""

from __future__ import annotations

from datetime import date

from apps.accounts.models import Membership
from apps.dashboards.attentes import Attente, attente
from apps.payments.models import FactureFrais, PartModulee


def fees_to_issue(acting: Membership, on: date) -> Attente:
    """Of the ordonnateur: not those they prepared themselves."""
    prepared = FactureFrais.objects.visible_to(acting).filter(etat=FactureFrais.Etat.PREPAREE)
    others = prepared.exclude(preparee_par__isnull=False, preparee_par=acting.user_id)
    return attente(
        others.count(),
        "facture de frais de gestion préparée, à émettre",
        "factures de frais de gestion préparées, à émettre",
        "frais:liste",
        etat=FactureFrais.Etat.PREPAREE,
    )


def fees_to_pay(acting: Membership, on: date) -> Attente:
    """Of the département: invoices issued and not settled."""
    issued = FactureFrais.objects.visible_to(acting).filter(
        etat=FactureFrais.Etat.EMISE, montant__gt=0
    )
    return attente(
        issued.count(),
        "facture de frais de gestion à payer",
        "factures de frais de gestion à payer",
        "frais:liste",
        etat=FactureFrais.Etat.EMISE,
    )


def modulations_to_validate(acting: Membership, on: date) -> Attente:
    """Of the gestionnaire of the ASP."""
    notified = PartModulee.objects.visible_to(acting).filter(etat=PartModulee.Etat.NOTIFIEE)
    return attente(
        notified.count(),
        "part modulée notifiée, à valider",
        "parts modulées notifiées, à valider",
        "modulation:liste",
        etat=PartModulee.Etat.NOTIFIEE,
    )
