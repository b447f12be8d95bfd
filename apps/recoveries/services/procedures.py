"""Collective procedures: opened, published, declared to, converted, closed (spec 05 §5).

The opening judgment stops the individual pursuit on every order of the structure; the debts are
declared within two months of the publication. Closed for insufficient assets, each order is
proposed for extinction, without going before the département (convention de mandat, art. 5).
"""

from __future__ import annotations

from datetime import date

from django.core.files.base import File
from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.recoveries.models import (
    DeclarationCreance,
    Extinction,
    OrdreDeRecouvrer,
    ProcedureCollective,
)
from apps.recoveries.notices import tell_asp
from apps.recoveries.permissions_apurement import can_examine, can_propose_extinction
from apps.recoveries.services.extinctions import open_extinction
from apps.recoveries.services.pertes import keep_piece, needed, not_later
from apps.recoveries.transitions_apurement import reached
from apps.rules.delais import last_day_to_declare
from apps.rules.money import total
from apps.siae.models import Structure

Nature = ProcedureCollective.Nature
Issue = ProcedureCollective.Issue


@transaction.atomic
def open_procedure(
    acting: Membership,
    structure: Structure,
    *,
    nature: str,
    jugement_le: date,
    tribunal: str,
    piece: File[bytes],
    mandataire: str = "",
    bodacc_le: date | None = None,
    on: date | None = None,
) -> ProcedureCollective:
    """Record an opening judgment: nothing of the structure is pursued any more."""
    on = on or today()
    can_examine(acting).enforce()
    structure = Structure.objects.select_for_update(of=("self",)).get(pk=structure.pk)
    if structure.procedures.open().exists():
        raise Refus("Une procédure collective est déjà ouverte pour cette structure.")
    not_later(jugement_le, on, "La date du jugement")
    if bodacc_le:
        _check_published(bodacc_le, jugement_le, on)
    procedure = ProcedureCollective.objects.create(
        structure=structure,
        nature=nature,
        jugement_le=jugement_le,
        tribunal=needed(tribunal, "Indiquez le tribunal."),
        mandataire=mandataire.strip(),
        bodacc_le=bodacc_le,
        enregistree_le=on,
        enregistree_par=acting.user,
        piece=keep_piece(
            piece, f"jugement-{structure.siret}", f"Jugement d’ouverture du {jugement_le:%d/%m/%Y}"
        ),
    )
    record(
        acting,
        "procedure.ouverte",
        procedure,
        apres={"nature": nature, "jugement_le": jugement_le, "bodacc_le": bodacc_le},
    )
    tell_asp(
        "Procédure collective ouverte",
        "Les poursuites contre une structure sont arrêtées : déclarez les créances dans les deux "
        "mois de la publication au BODACC.",
        page_of(procedure),
        (Role.GESTIONNAIRE, Role.COMPTABLE),
        on,
    )
    return procedure


@transaction.atomic
def publish_procedure(
    acting: Membership, procedure: ProcedureCollective, *, bodacc_le: date, on: date | None = None
) -> ProcedureCollective:
    """Record the publication at the BODACC: the two months to declare run from it."""
    procedure = _lock(procedure)
    can_examine(acting).enforce()
    reached(procedure, "publier")
    _check_published(bodacc_le, procedure.jugement_le, on or today())
    before, procedure.bodacc_le = procedure.bodacc_le, bodacc_le
    procedure.save(update_fields=["bodacc_le"])
    record(
        acting,
        "procedure.publiee",
        procedure,
        avant={"bodacc_le": before},
        apres={"bodacc_le": bodacc_le},
    )
    return procedure


@transaction.atomic
def declare_debts(
    acting: Membership,
    procedure: ProcedureCollective,
    *,
    declaree_le: date,
    reference: str,
    precisions: str = "",
    on: date | None = None,
) -> list[DeclarationCreance]:
    """Record the declaration of every order still owed and not declared yet.

    Past the delay it is recorded as such, with the reason (relief from foreclosure asked for).
    """
    on = on or today()
    procedure = _lock(procedure)
    can_examine(acting).enforce()
    reached(procedure, "declarer")
    not_later(declaree_le, on, "La date de la déclaration")
    if declaree_le < procedure.jugement_le:
        raise Refus("La déclaration ne peut pas précéder le jugement d’ouverture.")
    reference = needed(reference, "Indiquez la référence de l’envoi au mandataire judiciaire.")
    limit = last_day_to_declare(procedure.bodacc_le) if procedure.bodacc_le else None
    late = bool(limit and declaree_le > limit)
    if late:
        precisions = needed(
            precisions,
            f"Le délai de déclaration s’est achevé le {limit:%d/%m/%Y} : précisez la demande de "
            "relevé de forclusion.",
        )
    ordres = to_declare(procedure)
    if not ordres:
        raise Refus("Toutes les créances de cette structure sont déjà déclarées.")
    declared = DeclarationCreance.objects.bulk_create(
        [
            DeclarationCreance(
                procedure=procedure,
                ordre=ordre,
                montant=ordre.reste,
                declaree_le=declaree_le,
                declaree_par=acting.user,
                reference=reference,
                hors_delai=late,
                precisions=precisions.strip(),
            )
            for ordre in ordres
        ]
    )
    record(
        acting,
        "procedure.creances_declarees",
        procedure,
        motif=precisions,
        apres={
            "lignes": len(declared),
            "montant_total": total(row.montant for row in declared),
            "declaree_le": declaree_le,
        },
    )
    return declared


@transaction.atomic
def convert_procedure(
    acting: Membership, procedure: ProcedureCollective, *, le: date, on: date | None = None
) -> ProcedureCollective:
    """The safeguard or the recovery becomes a liquidation; the debts stay declared."""
    procedure = _lock(procedure)
    can_examine(acting).enforce()
    reached(procedure, "convertir")
    if procedure.nature == Nature.LIQUIDATION:
        raise Refus("Cette procédure est déjà une liquidation judiciaire.")
    not_later(le, on or today(), "La date du jugement de conversion")
    if le < procedure.jugement_le:
        raise Refus("La conversion ne peut pas précéder le jugement d’ouverture.")
    before, procedure.nature = procedure.nature, Nature.LIQUIDATION
    procedure.save(update_fields=["nature"])
    record(
        acting,
        "procedure.convertie",
        procedure,
        avant={"nature": before},
        apres={"nature": procedure.nature, "le": le},
    )
    return procedure


@transaction.atomic
def close_procedure(
    acting: Membership,
    procedure: ProcedureCollective,
    *,
    issue: str,
    le: date,
    piece: File[bytes],
    on: date | None = None,
) -> list[Extinction]:
    """Close it by a plan, by the payment of the liabilities, or for insufficient assets.

    In the last case the extinction of each order still owed is proposed (by the agent comptable)
    and returned; otherwise the pursuit may be taken up again.
    """
    on = on or today()
    # Orders before their procedure, as for every act.
    ordres = list(
        OrdreDeRecouvrer.objects.select_for_update(of=("self",))
        .filter(structure=procedure.structure_id, etat__in=OrdreDeRecouvrer.OUVERTS)
        .select_related("structure", "financeur")
        .order_by("pk")
    )
    procedure = _lock(procedure)
    can_examine(acting).enforce()
    state = reached(procedure, "clore")
    if issue == Issue.INSUFFISANCE_ACTIF:
        can_propose_extinction(acting).enforce()
    not_later(le, on, "La date de la clôture")
    if le < procedure.jugement_le:
        raise Refus("La clôture ne peut pas précéder le jugement d’ouverture.")
    procedure.piece_cloture = keep_piece(
        piece, f"cloture-procedure-{procedure.pk}", f"Jugement de clôture du {le:%d/%m/%Y}"
    )
    procedure.etat, procedure.issue, procedure.close_le = state, issue, le
    procedure.save(update_fields=["etat", "issue", "close_le", "piece_cloture"])
    record(acting, "procedure.close", procedure, apres={"issue": issue, "close_le": le})
    if issue != Issue.INSUFFISANCE_ACTIF:
        return []
    return [
        open_extinction(
            acting,
            ordre,
            Extinction.Motif.INSUFFISANCE_ACTIF,
            procedure.piece_cloture,
            f"Clôture du {le:%d/%m/%Y}, {procedure.tribunal}.",
            on,
        )
        for ordre in ordres
        if ordre.reste > 0 and not ordre.extinctions.open().exists()
    ]


def to_declare(procedure: ProcedureCollective) -> list[OrdreDeRecouvrer]:
    """Orders of the structure still owed and not declared to this procedure."""
    rows = (
        OrdreDeRecouvrer.objects.open()
        .filter(structure=procedure.structure_id)
        .exclude(declarations__procedure=procedure.pk)
        .select_related("financeur")
        .order_by("numero")
    )
    return [ordre for ordre in rows if ordre.reste > 0]


def page_of(procedure: ProcedureCollective) -> str:
    return reverse("apurement:procedure", args=[procedure.pk])


def _check_published(bodacc_le: date, jugement_le: date, on: date) -> None:
    not_later(bodacc_le, on, "La date de publication au BODACC")
    if bodacc_le < jugement_le:
        raise Refus("La publication au BODACC ne peut pas précéder le jugement d’ouverture.")


def _lock(procedure: ProcedureCollective) -> ProcedureCollective:
    return (
        ProcedureCollective.objects.select_for_update(of=("self",))
        .select_related("structure")
        .get(pk=procedure.pk)
    )
