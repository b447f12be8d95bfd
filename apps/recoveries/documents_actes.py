"""Letters of the recovery: reminder, formal notice, enforcement, plan granted, set-off decided.

Each is drawn once and archived with its hash (décret 2012-1246, art. 192). The notification is the
order itself. Called by the views and by the night job.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from apps.core.models import Fichier
from apps.core.pdf import Drawn, archive_once, render_pdf
from apps.recoveries.documents import order_file, payment_account
from apps.recoveries.models import (
    ActeDeRecouvrement,
    Compensation,
    OrdreDeRecouvrer,
    PlanDePaiement,
)

ORDER_OF_LETTER = ("ordre__annexe", "ordre__structure", "ordre__financeur")


def acte_file(acte_id: int) -> Fichier:
    """The letter of an act; that of the notification is the order itself.

    Raises `Refus` when PDF files cannot be drawn on this server.
    """
    acte = ActeDeRecouvrement.objects.get(pk=acte_id)
    if acte.nature == ActeDeRecouvrement.Nature.NOTIFICATION:
        return order_file(acte.ordre_id)
    actes = ActeDeRecouvrement.objects.select_related(*ORDER_OF_LETTER, "par")
    return archive_once(actes, acte_id, "document", draw_acte)


def plan_file(plan_id: int) -> Fichier:
    """The letter that grants a plan, with its calendar."""
    plans = PlanDePaiement.objects.select_related(*ORDER_OF_LETTER, "decide_par")
    return archive_once(plans, plan_id, "document", draw_plan)


def compensation_file(compensation_id: int) -> Fichier:
    """The notice of set-off."""
    rows = Compensation.objects.select_related(*ORDER_OF_LETTER, "decidee_par")
    return archive_once(rows, compensation_id, "document", draw_compensation)


def draw_acte(acte: ActeDeRecouvrement) -> Drawn:
    ordre = acte.ordre
    title = acte.get_nature_display()
    return Drawn(
        nom=f"{acte.nature.lower().replace('_', '-')}-ordre-{ordre.numero}.pdf",
        titre=f"{title} – {ordre}",
        contents=render_pdf(
            "recoveries/acte_pdf.html",
            _letter(ordre, acte.jour) | {"acte": acte, "signataire": acte.par},
        ),
    )


def draw_plan(plan: PlanDePaiement) -> Drawn:
    ordre = plan.ordre
    return Drawn(
        nom=f"plan-de-paiement-{plan.version}-ordre-{ordre.numero}.pdf",
        titre=f"Accord de délais n° {plan.version} – {ordre}",
        contents=render_pdf(
            "recoveries/plan_pdf.html",
            _letter(ordre, plan.decide_le)
            | {
                "plan": plan,
                "echeances": plan.echeances.all(),
                "rupture": settings.DELAIS_RECOUVREMENT["ECHEANCE_PLAN"],
                "signataire": plan.decide_par,
            },
        ),
    )


def draw_compensation(compensation: Compensation) -> Drawn:
    ordre = compensation.ordre
    return Drawn(
        nom=f"avis-de-compensation-ordre-{ordre.numero}.pdf",
        titre=f"Avis de compensation – {ordre}",
        contents=render_pdf(
            "recoveries/compensation_pdf.html",
            _letter(ordre, compensation.decidee_le)
            | {"compensation": compensation, "signataire": compensation.decidee_par},
        ),
    )


def _letter(ordre: OrdreDeRecouvrer, jour: Any) -> dict[str, Any]:
    return {
        "ordre": ordre,
        "structure": ordre.structure,
        "annexe": ordre.annexe,
        "jour": jour,
        "compte": payment_account(ordre.financeur_id, ordre.emis_le),
        "tribunal": getattr(settings, "TRIBUNAL_ADMINISTRATIF", ""),
    }
