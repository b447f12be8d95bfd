"""Ordre de recouvrer as sent to the structure: one per funder (cahier des charges §2.4).

The document states the bases of the debt line by line (décret 2012-1246, art. 24), how and when
to pay, and the remedies. Drawn once, then archived. Called by the view of the order and by the
job that follows a run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Sum

from apps.conventions.models import ConventionMandat, Financeur
from apps.core.models import Fichier
from apps.core.pdf import Drawn, archive_missing, archive_once, emetteur, render_pdf
from apps.payments.models import Campagne, Versement
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.money import ZERO
from apps.rules.solde import PART_CD_DU_SOLDE

TEMPLATE = "recoveries/ordre_pdf.html"
# Usual time to pay a debt of a public body, from the receipt of the order.
DELAI_PAIEMENT_JOURS: int = settings.DELAIS_RECOUVREMENT["NOTIFICATION"]


def order_file(ordre_id: int) -> Fichier:
    """The order as issued; drawn and archived when it does not exist yet.

    Raises `Refus` when PDF files cannot be drawn on this server.
    """
    orders = OrdreDeRecouvrer.objects.select_related(
        "annexe__siae__structure",
        "structure",
        "financeur",
        "versement__version",
        "versement__campagne",
        "emis_par",
    )
    return archive_once(orders, ordre_id, "document", draw_order)


def produce_orders(
    campagne: Campagne, progress: Callable[[int], None] | None = None
) -> list[Fichier]:
    """Every order born of a run that is not archived yet."""
    missing = OrdreDeRecouvrer.objects.filter(versement__campagne=campagne, document__isnull=True)
    return archive_missing(missing, order_file, progress)


def draw_order(ordre: OrdreDeRecouvrer) -> Drawn:
    """Draw the PDF of an order."""
    return Drawn(
        nom=f"ordre-de-recouvrer-{ordre.numero}-{ordre.annexe.numero}.pdf",
        titre=f"{ordre} – annexe {ordre.annexe}",
        contents=render_pdf(TEMPLATE, order_context(ordre)),
    )


def order_context(ordre: OrdreDeRecouvrer) -> dict[str, Any]:
    """Everything the order says: debtor, debt, bases, shares of the funders, how to pay."""
    solde = ordre.versement
    other = _other_order(ordre)
    return {
        "ordre": ordre,
        "annexe": ordre.annexe,
        "structure": ordre.structure,
        "version": solde.version,
        "solde": solde,
        "campagne": solde.campagne,
        "bases": _bases(ordre),
        "autre_ordre": other,
        "autre_part": _share_of(other.financeur) if other else "",
        "verse": _paid_until(solde),
        "compte": payment_account(ordre.financeur_id, ordre.emis_le),
        "delai": DELAI_PAIEMENT_JOURS,
        "tribunal": getattr(settings, "TRIBUNAL_ADMINISTRATIF", ""),
    }


def payment_account(financeur_id: int, on: date) -> dict[str, str]:
    """Account to pay to: the Treasury deposit account of the mandate, else the issuer's own.

    Empty when neither is known: the accountant then communicates it on request (`check --deploy`
    warns of it beforehand).
    """
    mandat = (
        ConventionMandat.objects.filter(financeur_id=financeur_id, debut__lte=on)
        .exclude(iban_asp="")
        .order_by("-debut")
        .first()
    )
    iban = mandat.iban_asp if mandat else emetteur()["iban"]
    return {"iban": " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))} if iban else {}


def _bases(ordre: OrdreDeRecouvrer) -> list[dict[str, str]]:
    """Steps of the debt; what the département bears of the last payment is not the State's."""
    steps: list[dict[str, str]] = ordre.bases or ordre.versement.calcul
    if not ordre.financeur.is_etat:
        return steps
    return [step for step in steps if step["libelle"] != PART_CD_DU_SOLDE]


def _share_of(financeur: Financeur) -> str:
    """« de l’État », « du département du Pas-de-Calais »."""
    return (
        "de l’État" if financeur.is_etat else f"du {financeur.nom[:1].lower()}{financeur.nom[1:]}"
    )


def _other_order(ordre: OrdreDeRecouvrer) -> OrdreDeRecouvrer | None:
    """The order addressed for the other funder's share of the same final regularisation."""
    return (
        OrdreDeRecouvrer.objects.filter(versement_id=ordre.versement_id)
        .exclude(pk=ordre.pk)
        .select_related("financeur")
        .first()
    )


def _paid_until(solde: Versement) -> dict[str, Any]:
    sums = (
        Versement.objects.executed()
        .filter(annexe_id=solde.annexe_id, campagne__numero__lte=solde.campagne.numero)
        .exclude(nature=Versement.Nature.MODULATION)
        .aggregate(montant=Sum("montant"), etat=Sum("part_etat"), cd=Sum("part_cd"))
    )
    return {key: value or ZERO for key, value in sums.items()}
