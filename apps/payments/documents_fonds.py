"""Documents of the funds: « demande d’avance » sent with a call, letter of a sum paid back.

Layout of annex 1 of the cahier des charges of the Haut-Rhin for the twelve lines. Drawn once, then
archived with their hash: a call is drawn once issued, a sum paid back once paid.
"""

from __future__ import annotations

from typing import Any

from django.utils.text import slugify

from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.pdf import Drawn, archive_once, emetteur, render_pdf
from apps.payments.models import AppelDeFonds, ReversementDeFonds
from apps.rules.appel import Trimestre

APPEL = "fonds/appel_pdf.html"
REVERSEMENT = "fonds/reversement_pdf.html"


def call_file(appel_id: int) -> Fichier:
    """The call as issued, drawn and archived when it is first asked for.

    Raises Refus while the call is not issued, and when PDF files cannot be drawn.
    """
    calls = AppelDeFonds.objects.select_related(
        "mandat__financeur", "propose_par", "emis_par", "campagne"
    )
    return archive_once(calls, appel_id, "document", draw_call)


def draw_call(appel: AppelDeFonds) -> Drawn:
    if appel.emis_le is None:
        raise Refus("Cet appel n’est pas émis : le document est produit avec son émission.")
    name = slugify(title_of(appel).replace("’", "-"))
    return Drawn(
        nom=f"{name}-{appel.numero}.pdf",
        titre=f"{title_of(appel)} n° {appel.numero} – {appel.mandat.financeur}",
        contents=render_pdf(APPEL, call_context(appel)),
    )


def call_context(appel: AppelDeFonds) -> dict[str, Any]:
    """Everything the call says: its lines, the parts that wait, how to pay."""
    return {
        "appel": appel,
        "titre": title_of(appel),
        "mandat": appel.mandat,
        "structure": _addressee(appel.mandat.financeur.nom),
        "objet": subject_of(appel),
        "compte": _grouped(appel.mandat.iban_asp or emetteur()["iban"]),
    }


def title_of(appel: AppelDeFonds) -> str:
    """An advance is asked for; the other sums are called (art. 3.1 and 11)."""
    advances = (AppelDeFonds.Nature.AVANCE, AppelDeFonds.Nature.TRIMESTRIEL)
    return "Demande d’avance" if appel.nature in advances else "Appel de fonds"


def subject_of(appel: AppelDeFonds) -> str:
    """« Avance pour le 1er trimestre 2024 »."""
    nature, year = appel.nature, appel.periode.year
    if nature == AppelDeFonds.Nature.TRIMESTRIEL:
        return f"Avance pour le {Trimestre.of(appel.periode)}"
    if nature == AppelDeFonds.Nature.AVANCE:
        return f"Avance au titre de {year}"
    if nature == AppelDeFonds.Nature.EXCEPTIONNEL:
        return "Appel de fonds complémentaire exceptionnel"
    return f"Solde négatif des sommes recouvrées en {year}"


def pay_back_file(reversement_id: int) -> Fichier:
    """The letter of a sum paid back, drawn once paid."""
    rows = ReversementDeFonds.objects.select_related(
        "mandat__financeur", "ordonnance_par", "paye_par"
    )
    return archive_once(rows, reversement_id, "document", draw_pay_back)


def draw_pay_back(reversement: ReversementDeFonds) -> Drawn:
    if reversement.paye_le is None:
        raise Refus("Ce reversement n’est pas payé : le document est produit avec son paiement.")
    context = {
        "reversement": reversement,
        "mandat": reversement.mandat,
        "structure": _addressee(reversement.mandat.financeur.nom),
    }
    return Drawn(
        nom=f"reversement-{reversement.numero}.pdf",
        titre=f"Reversement n° {reversement.numero} – {reversement.mandat.financeur}",
        contents=render_pdf(REVERSEMENT, context),
    )


def _addressee(nom: str) -> dict[str, str]:
    return {"denomination": nom, "correspondant": "La Présidence du Conseil départemental"}


def _grouped(iban: str) -> str:
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))
