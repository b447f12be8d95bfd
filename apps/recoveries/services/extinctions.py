"""Debts that no longer exist: insufficient assets, debt cancelled, death (spec 05 §5).

They do not go before the département (convention de mandat, art. 5): the agent comptable proposes
with the proof, the ordonnateur pronounces. Borne by the funder, like every loss.
"""

from __future__ import annotations

from datetime import date

from django.core.files.base import File
from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.journal.services import record
from apps.payments.schemes import Evenement
from apps.recoveries.models import Extinction, OrdreDeRecouvrer
from apps.recoveries.notices import tell_asp, tell_debtor, tell_funder
from apps.recoveries.permissions_apurement import can_order, can_propose_extinction
from apps.recoveries.services.ordres import lock
from apps.recoveries.services.pertes import give_up, keep_piece, needed
from apps.recoveries.transitions_apurement import reached
from apps.rules.explanation import euros

Motif = Extinction.Motif


@transaction.atomic
def propose_extinction(
    acting: Membership,
    ordre: OrdreDeRecouvrer,
    *,
    motif: str,
    piece: File[bytes],
    detail: str = "",
    on: date | None = None,
) -> Extinction:
    """Propose to extinguish what is left of an order, with its proof."""
    ordre = lock(ordre.pk)
    can_propose_extinction(acting).enforce()
    kept = keep_piece(
        piece, f"extinction-ordre-{ordre.numero}", f"Pièce d’extinction, ordre n° {ordre.numero}"
    )
    return open_extinction(acting, ordre, motif, kept, detail.strip(), on or today())


def open_extinction(
    acting: Membership, ordre: OrdreDeRecouvrer, motif: str, piece: Fichier, detail: str, on: date
) -> Extinction:
    """Record the proposal on an order locked by the caller (also at the end of a procedure)."""
    if ordre.etat not in OrdreDeRecouvrer.OUVERTS or not ordre.reste:
        raise Refus(
            f"L’ordre n° {ordre.numero} est « {ordre.get_etat_display()} » : rien n’y est à "
            "éteindre."
        )
    if ordre.extinctions.open().exists():
        raise Refus(f"L’extinction de l’ordre n° {ordre.numero} est déjà proposée.")
    extinction = Extinction.objects.create(
        ordre=ordre,
        motif=motif,
        detail=detail,
        piece=piece,
        montant=ordre.reste,
        proposee_le=on,
        proposee_par=acting.user,
    )
    record(
        acting,
        "extinction.proposee",
        extinction,
        motif=extinction.get_motif_display(),
        apres={"montant": extinction.montant, "sha256": piece.sha256},
    )
    tell_asp(
        "Extinction de créance à prononcer",
        f"L’extinction de l’ordre n° {ordre.numero} est proposée : prononcez-la ou rejetez-la.",
        page_of(extinction),
        (Role.ORDONNATEUR,),
        on,
    )
    return extinction


@transaction.atomic
def decide_extinction(
    acting: Membership,
    extinction: Extinction,
    *,
    prononcee: bool,
    motif: str = "",
    on: date | None = None,
) -> Extinction:
    """Pronounce the extinction of what is left, or reject the proposal with a reason."""
    on = on or today()
    ordre = lock(extinction.ordre_id)
    extinction = Extinction.objects.select_for_update(of=("self",)).get(pk=extinction.pk)
    extinction.ordre = ordre
    can_order(acting).enforce()
    state = reached(extinction, "prononcer" if prononcee else "rejeter")
    if acting.user_id == extinction.proposee_par_id:
        raise Refus("L’extinction est prononcée par une autre personne que celle qui l’a proposée.")
    if not prononcee:
        motif = needed(motif, "Motivez le rejet.")
    if prononcee:
        # What was paid meanwhile is not extinguished.
        extinction.montant = ordre.reste
        give_up(acting, ordre, Evenement.EXTINCTION, ordre.reste, "eteindre", on)
    extinction.etat, extinction.decision = state, motif.strip()
    extinction.decidee_par, extinction.decidee_le = acting.user, on
    extinction.save(update_fields=["etat", "montant", "decision", "decidee_par", "decidee_le"])
    record(
        acting,
        "extinction.prononcee" if prononcee else "extinction.rejetee",
        extinction,
        motif=extinction.decision or extinction.get_motif_display(),
        apres={"etat": state, "montant": extinction.montant},
    )
    if prononcee:
        page = reverse("recoveries:ordre", args=[ordre.pk])
        texte = f"L’ordre n° {ordre.numero} est éteint : {extinction.get_motif_display().lower()}"
        tell_debtor(ordre, "Créance éteinte", f"{texte}.", page, on)
        tell_funder(
            ordre.financeur,
            "Créance éteinte",
            f"{texte} ; {euros(extinction.montant)} à la charge du département.",
            page,
            on,
        )
    return extinction


def page_of(extinction: Extinction) -> str:
    return reverse("apurement:extinction", args=[extinction.pk])
