"""Avis de paiement: what a structure receives for one annex in one run (cahier des charges §2.3).

The notice names the origin of the funds, each line with its month and its shares, the reasoning
of what is not a flat amount, and what is held with its reason. Drawn once, then archived.
Called by the view of the notice and by the job that follows a run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, Sum

from apps.core.models import Fichier
from apps.core.pdf import Drawn, archive_missing, archive_once, render_pdf
from apps.payments.models import (
    AvisDePaiement,
    Campagne,
    PartEnAttente,
    Retenue,
    Versement,
    Virement,
)
from apps.payments.reglement_annexe import Reglement, settlement_of
from apps.rules.explanation import euros
from apps.rules.money import ZERO, total
from apps.rules.periods import Month

TEMPLATE = "payments/avis.html"


def notice_file(avis_id: int) -> Fichier:
    """The notice as issued; drawn and archived when it does not exist yet.

    Raises `Refus` when PDF files cannot be drawn on this server.
    """
    notices = AvisDePaiement.objects.select_related(
        "campagne", "annexe__siae__structure", "annexe__courante"
    )
    return archive_once(notices, avis_id, "fichier", draw_notice)


def produce_notices(
    campagne: Campagne, progress: Callable[[int], None] | None = None
) -> list[Fichier]:
    """Every notice of a run that is not archived yet. `progress` is told how many are done."""
    missing = AvisDePaiement.objects.filter(campagne=campagne, fichier__isnull=True)
    return archive_missing(missing, notice_file, progress)


def draw_notice(avis: AvisDePaiement) -> Drawn:
    """Draw the PDF of a notice."""
    return Drawn(
        nom=f"avis-de-paiement-{avis.numero}-{avis.annexe.numero}.pdf",
        titre=f"{avis} – annexe {avis.annexe}",
        contents=render_pdf(TEMPLATE, notice_context(avis)),
    )


def notice_context(avis: AvisDePaiement) -> dict[str, Any]:
    """Everything the notice says: lines, funders, totals of the annex, held instalments."""
    lines = list(
        Versement.objects.executed()
        .filter(campagne_id=avis.campagne_id, annexe_id=avis.annexe_id)
        .select_related("version", "financeur_cd", "coordonnees")
        .order_by("mois", "nature", "sequence")
    )
    held = Retenue.objects.filter(campagne_id=avis.campagne_id, annexe_id=avis.annexe_id)
    reglement = settlement_of(avis.campagne, avis.annexe_id)
    return {
        "avis": avis,
        "annexe": avis.annexe,
        "structure": avis.annexe.siae.structure,
        "version": lines[-1].version if lines else avis.annexe.courante,
        "lignes": lines,
        "expliquees": [
            (f"{line.get_nature_display()} – {Month.of(line.mois).label}", line.calcul)
            for line in lines
            if line.nature != Versement.Nature.FORFAIT
        ],
        "retenues": list(held.order_by("mois")),
        "reglement": reglement,
        "sans_versement": _why_nothing(lines),
        "departement": _departement(lines, reglement),
        "compte": masked_account([*reglement.virements, *lines]),
        "date_paiement": _paid_on(lines, reglement) or avis.campagne.jour_paiement,
        "cumul": _paid_until(avis),
        "ordres": _recovery_sentences(lines),
        "reimputation": any(line.part_etat < 0 or line.part_cd < 0 for line in lines),
    }


def _departement(lines: list[Versement], reglement: Reglement) -> str:
    """The département that pays, of the lines or of what is released."""
    named = next((str(line.financeur_cd) for line in lines if line.financeur_cd_id), "")
    return named or next((str(part.financeur) for part in reglement.liberees), "")


def _paid_on(lines: list[Versement], reglement: Reglement) -> date | None:
    return next((paid.execute_le for paid in reversed(lines)), None) or next(
        (part.liberee_le for part in reglement.liberees), None
    )


def masked_account(lines: Sequence[Versement | Virement]) -> dict[str, str]:
    """Holder and masked number of the account paid (« FR76 •••• •••• 1234 »)."""
    account = next((line.coordonnees for line in lines if line.coordonnees_id), None)
    if account is None:
        return {}
    return {
        "titulaire": account.titulaire,
        "iban": f"{account.iban[:4]} •••• •••• •••• {account.iban[-4:]}",
    }


def _why_nothing(lines: list[Versement]) -> str:
    """First sentence of a notice of 0,00 €: what leaves nothing to pay."""
    natures = {line.nature for line in lines}
    if Versement.Nature.SOLDE in natures:
        why = "la régularisation finale ne laisse aucune somme à vous verser"
    elif Versement.Nature.REGULARISATION in natures:
        month = Month.of(lines[-1].mois).label_with_de
        why = (
            f"la régularisation trimestrielle, calculée d’après les heures réalisées, compense "
            f"entièrement l’échéance {month}"
        )
    else:
        return "Aucune somme ne vous est versée pour cette campagne."
    return f"Aucune somme ne vous est versée pour cette campagne : {why}."


def _paid_until(avis: AvisDePaiement) -> dict[str, Any]:
    """Sums paid for the annex since its first instalment, this run included: its lines less what
    still waits for funds."""
    sums = (
        Versement.objects.executed()
        .filter(annexe_id=avis.annexe_id, campagne__numero__lte=avis.campagne.numero)
        # The modulated part stands beside the total of the annex it is compared with.
        .exclude(nature=Versement.Nature.MODULATION)
        .aggregate(montant=Sum("montant"), etat=Sum("part_etat"), cd=Sum("part_cd"))
    )
    later = Q(liberation__isnull=True) | Q(liberation__numero__gt=avis.campagne.numero)
    waiting = (
        PartEnAttente.objects.filter(
            later,
            versement__annexe_id=avis.annexe_id,
            versement__statut=Versement.Statut.EXECUTE,
            versement__campagne__numero__lte=avis.campagne.numero,
        )
        .exclude(versement__nature=Versement.Nature.MODULATION)
        .aggregate(especes=Sum("especes"), reimputation=Sum("reimputation"))
    )
    paid = {key: value or ZERO for key, value in sums.items()}
    cash, moved = waiting["especes"] or ZERO, waiting["reimputation"] or ZERO
    return {
        "montant": paid["montant"] - cash,
        "etat": paid["etat"] + moved,
        "cd": paid["cd"] - cash - moved,
    }


def _recovery_sentences(lines: list[Versement]) -> list[str]:
    """What the final regularisation claims from the structure, or gives up, by funder."""
    sentences = []
    for funder, amount in (
        ("de l’État", total(line.recouvre_etat for line in lines)),
        ("du département", total(line.recouvre_cd for line in lines)),
    ):
        if amount > 0:
            sentences.append(
                f"un ordre de recouvrer de {euros(amount)} vous est adressé pour la part {funder} ;"
            )
        elif amount < 0:
            sentences.append(
                f"l’ordre de recouvrer émis pour la part {funder} est réduit de {euros(-amount)} ;"
            )
    return [*(sentences[:-1]), sentences[-1].removesuffix(" ;") + "."] if sentences else []
