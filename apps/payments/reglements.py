"""How the lines of a run become cash: what waits for funds, is set off, is transferred (spec 05).

`settle` writes it all again for a run in progress: at its preparation, hence in the preview, when
a line leaves it, at its approval. From then on the figures are frozen: a line rejected takes its
parts away, nothing else moves. Called by the services of the runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import F, QuerySet, Sum

from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.conventions.models import ConventionMandat, Financeur
from apps.payments import ledger
from apps.payments.holds import holds_on, situation_of
from apps.payments.models import (
    Campagne,
    Deduction,
    Ecriture,
    Mouvement,
    PartEnAttente,
    Retenue,
    Versement,
    Virement,
)
from apps.payments.priorites import Besoin, Caisse, Rang, serve
from apps.payments.schemes import funders_of
from apps.rules.cofinancement import cash_cd
from apps.rules.explanation import euros
from apps.rules.money import ZERO, total

# Set-offs proposed on the lines of a run, unsaved: registered by recoveries.
DEDUCTION_STEPS: list[Callable[[Campagne], list[Deduction]]] = []
# What the execution does for the mandates short of funds: euros missing per mandate.
SHORTAGE_STEPS: list[Callable[[Campagne, dict[int, Decimal]], None]] = []

# Approved figures do not grow, whatever funds have come since.
FIGEES = (Campagne.Etat.APPROUVEE, Campagne.Etat.VISEE)
# Lines that a run pays, before and after its execution.
COMPTEES = (Versement.Statut.PROPOSE, Versement.Statut.EXECUTE)


@dataclass(frozen=True, slots=True)
class Especes:
    """Cash that a run pays now for a line, on behalf of one funder, in euros."""

    versement: Versement
    financeur_id: int
    mandat_id: int | None
    montant: Decimal


@transaction.atomic
def settle(campagne: Campagne) -> Campagne:
    """Parts waiting, releases, set-offs and transfers of a run in progress, and their total.

    A fixed number of queries. ValueError when a set-off exceeds the cash of its line.
    """
    if campagne.etat in FIGEES:
        again = [v.remplace for v in proposed_transfers(campagne) if v.remplace]
        _drop_set_aside(campagne)
    else:
        forget(campagne)
        again = _wait_and_release(campagne)
        _set_off(campagne)
    _write_transfers(campagne, again)
    return campagne


def forget(campagne: Campagne) -> None:
    """Everything provisional of a run: what it left waiting is due, what it released waits."""
    campagne.virements.filter(etat=Virement.Etat.PROPOSE).delete()
    Deduction.objects.filter(versement__campagne=campagne).delete()
    PartEnAttente.objects.filter(versement__campagne=campagne).delete()
    campagne.liberations.filter(liberee_le__isnull=True).update(liberation=None)
    campagne.retenues.filter(motif=Retenue.Motif.FONDS).delete()


def payable_cash(campagne: Campagne) -> list[Especes]:
    """Cash that the proposed lines of a run pay now, per line and funder, in their order: what may
    be set off against a debt to the same funder. Read by the `DEDUCTION_STEPS`; three queries."""
    etat = Financeur.objects.get(type=Financeur.Type.ETAT)
    waiting = {part.versement_id: part.especes for part in waiting_of(campagne)}
    found = []
    lines = campagne.versements.proposed().filter(montant__gt=0).defer("calcul").order_by("pk")
    for line in lines:
        cash, _moved = funders_of(line, etat.pk)
        for (financeur, mandat), montant in cash.items():
            if financeur != etat.pk:
                montant -= waiting.get(line.pk, ZERO)
            if montant > 0 and financeur is not None:
                found.append(Especes(line, financeur, mandat, montant))
    return found


def proposed_transfers(campagne: Campagne) -> QuerySet[Virement]:
    """Transfers of a run in progress, with what the rejected ones had."""
    proposed = campagne.virements.filter(etat=Virement.Etat.PROPOSE)
    return proposed.select_related("remplace").order_by("pk")


def waiting_of(campagne: Campagne) -> QuerySet[PartEnAttente]:
    """What the lines of a run leave waiting for funds."""
    lines = campagne.versements.filter(statut__in=COMPTEES)
    return PartEnAttente.objects.filter(versement__in=lines)


def waiting_before(campagne: Campagne) -> QuerySet[PartEnAttente]:
    """Parts of the runs executed before that still wait."""
    return waiting_everywhere().exclude(versement__campagne=campagne)


def waiting_everywhere() -> QuerySet[PartEnAttente]:
    """Parts of all the executed runs that still wait."""
    return PartEnAttente.objects.filter(
        liberee_le__isnull=True, versement__statut=Versement.Statut.EXECUTE
    )


def to_send_again() -> QuerySet[Virement]:
    """Rejected transfers that nothing has replaced: still due to their structures."""
    return Virement.objects.filter(etat=Virement.Etat.REJETE, remplacant__isnull=True)


def sums_returned(virements: Iterable[Virement]) -> dict[int, list[Mouvement]]:
    """Treasury movements of the rejection of transfers, per transfer: what is sent again."""
    movements: dict[int, list[Mouvement]] = defaultdict(list)
    rows = Mouvement.objects.filter(
        ecriture__virement__in=[virement.pk for virement in virements],
        ecriture__evenement=Ecriture.Evenement.REJET_VIREMENT,
        # A rejection entered by mistake, then reversed, gave nothing back.
        ecriture__extournee_par__isnull=True,
        compte=ledger.TRESOR,
    )
    for movement in rows.select_related("ecriture"):
        movements[movement.ecriture.virement_id].append(movement)
    return dict(movements)


def funds_left(mandat_ids: Iterable[int]) -> dict[int, Decimal]:
    """Funds of each mandate that a run may use, in euros: its treasury less what the bank sent
    back and is still due to a structure. Three queries."""
    funds: dict[int, Decimal] = defaultdict(lambda: ZERO, ledger.treasury(mandat_ids))
    for movements in sums_returned(to_send_again()).values():
        for movement in movements:
            if movement.mandat_id is not None:
                funds[movement.mandat_id] -= movement.debit - movement.credit
    return {mandat: funds[mandat] for mandat in mandat_ids}


def shortages() -> dict[int, Decimal]:
    """Euros missing to pay everything that executed runs left waiting, per mandate short of funds.

    Four queries.
    """
    needed = dict(
        waiting_everywhere()
        .order_by()
        .values_list("mandat")
        .annotate(total=Sum(F("especes") + F("reimputation")))
    )
    left = funds_left(needed)
    return {m: need - left[m] for m, need in sorted(needed.items()) if need > left[m]}


def _set_off(campagne: Campagne) -> None:
    """Record the set-offs proposed, none above what its line pays now for its funder."""
    deductions = [deduction for step in DEDUCTION_STEPS for deduction in step(campagne)]
    if not deductions:
        return
    room = {(cash.versement.pk, cash.financeur_id): cash.montant for cash in payable_cash(campagne)}
    for deduction in deductions:
        side = (deduction.versement_id, deduction.financeur_id)
        room[side] = room.get(side, ZERO) - deduction.montant
        if room[side] < 0:
            raise ValueError(f"{deduction.reference}: {deduction.montant} above the cash of {side}")
    Deduction.objects.bulk_create(deductions, batch_size=ledger.BATCH)


def _wait_and_release(campagne: Campagne) -> list[Virement]:
    """Decide what waits and what is released; returns the rejected transfers to send again."""
    lines = list(
        campagne.versements.proposed()
        .exclude(part_cd=0)
        .filter(mandat__isnull=False)
        .select_related("annexe")
        .defer("calcul")
        .order_by("pk")
    )
    earlier = list(
        waiting_before(campagne)
        .select_related("versement__annexe__siae")
        .defer("versement__calcul")
    )
    rejected = list(to_send_again().select_related("annexe__siae"))
    blocked = _blocked(
        [p.versement.annexe for p in earlier] + [v.annexe for v in rejected], campagne
    )
    asked = [*map(_need_of_line, lines)]
    asked += [_need_of_part(p) for p in earlier if not blocked[p.versement.annexe_id]]
    caisses = serve(asked, funds_left({besoin.mandat_id for besoin in asked}))
    _record_waiting(campagne, lines, earlier, blocked, caisses)
    return [virement for virement in rejected if not blocked[virement.annexe_id]]


def _record_waiting(
    campagne: Campagne,
    lines: list[Versement],
    earlier: list[PartEnAttente],
    blocked: dict[int, str],
    caisses: dict[int, Caisse],
) -> None:
    waiting: set[int] = set().union(*(caisse.attente for caisse in caisses.values()))
    released, still = [], []
    for part in earlier:
        held = part.versement_id in waiting or blocked[part.versement.annexe_id]
        (still if held else released).append(part)
    parts = [
        PartEnAttente(
            versement=line,
            financeur_id=line.financeur_cd_id,
            mandat_id=line.mandat_id,
            especes=cash_cd(line.montant, line.part_cd),
            reimputation=line.part_cd - cash_cd(line.montant, line.part_cd),
        )
        for line in lines
        if line.pk in waiting
    ]
    PartEnAttente.objects.bulk_create(parts, batch_size=ledger.BATCH)
    PartEnAttente.objects.filter(pk__in=[part.pk for part in released]).update(liberation=campagne)
    mandats = ConventionMandat.objects.in_bulk({part.mandat_id for part in [*still, *parts]})
    _say_what_waits(
        campagne,
        [
            (part, _why(part, mandats, caisses, blocked.get(part.versement.annexe_id, "")))
            for part in [*still, *parts]
        ],
    )


def _why(
    part: PartEnAttente,
    mandats: dict[int, ConventionMandat],
    caisses: dict[int, Caisse],
    blocage: str,
) -> str:
    """Why a part waits, as every party reads it."""
    if blocage:
        return f"La part du département, en attente de fonds, reste retenue : {blocage}"
    caisse = caisses[part.mandat_id]
    return (
        f"La part du département attend des fonds. {mandats[part.mandat_id]} : "
        f"{euros(caisse.disponible)} disponibles, {euros(caisse.demande)} à payer. "
        "Elle sera versée par la première campagne qui aura les fonds."
    )


def _say_what_waits(campagne: Campagne, reasons: list[tuple[PartEnAttente, str]]) -> None:
    """A hold per instalment of which a part waits, lines of the run and of earlier ones alike."""
    rows: dict[tuple[int, date, str], Retenue] = {}
    for part, detail in reasons:
        line = part.versement
        key = (line.annexe_id, line.mois, line.nature)
        if key in rows:  # two final regularisations of an annex, both waiting
            rows[key].montant_prevu += part.especes
            continue
        rows[key] = Retenue(
            campagne=campagne,
            annexe_id=line.annexe_id,
            mois=line.mois,
            nature=line.nature,
            motif=Retenue.Motif.FONDS,
            detail=detail[:500],
            montant_prevu=part.especes,
        )
    # An instalment held for another reason already says it.
    Retenue.objects.bulk_create(rows.values(), batch_size=ledger.BATCH, ignore_conflicts=True)
    campagne.nombre_retenues = campagne.retenues.count()
    campagne.save(update_fields=["nombre_retenues"])


def _need_of_line(line: Versement) -> Besoin:
    """Cash and re-imputation of the département are, together, its share."""
    return Besoin(line.pk, line.mandat_id, line.part_cd, _rank(line))


def _need_of_part(part: PartEnAttente) -> Besoin:
    need = part.especes + part.reimputation
    return Besoin(part.versement_id, part.mandat_id, need, _rank(part.versement))


def _rank(line: Versement) -> Rang:
    return (line.mois, line.annexe.numero, line.annexe.renouvellement, line.pk)


def _blocked(annexes: Iterable[AnnexeFinanciere], campagne: Campagne) -> dict[int, str]:
    """Why each annex cannot be paid on the payment day; empty when it can."""
    structures = {annexe.pk: annexe.siae.structure_id for annexe in annexes}
    situation = situation_of(structures, structures.values(), campagne.jour_paiement)
    versions: dict[int, list[VersionAnnexe]] = defaultdict(list)
    rows = VersionAnnexe.objects.ever_in_force().filter(annexe__in=list(structures))
    for version in rows.order_by("annexe", "modification"):
        versions[version.annexe_id].append(version)
    return {
        pk: " ".join(
            blocage.detail for blocage in holds_on(versions[pk], structure, situation, waits=False)
        )
        for pk, structure in structures.items()
    }


def _drop_set_aside(campagne: Campagne) -> None:
    """A line that left an approved run takes away what waited or was set off for it."""
    gone = campagne.versements.exclude(statut__in=COMPTEES)
    PartEnAttente.objects.filter(versement__in=gone).delete()
    Deduction.objects.filter(versement__in=gone).delete()


def _write_transfers(campagne: Campagne, again: list[Virement]) -> None:
    """One transfer per annex that receives something, one per rejected transfer sent again.

    The accounts frozen by the approval stay on those that are written again.
    """
    before = list(proposed_transfers(campagne))
    accounts = {(v.annexe_id, v.remplace_id): v.coordonnees_id for v in before}
    campagne.virements.filter(etat=Virement.Etat.PROPOSE).delete()
    amounts = cash_by_annexe(campagne)
    annexes = AnnexeFinanciere.objects.select_related("siae").in_bulk(
        [*amounts, *(virement.annexe_id for virement in again)]
    )
    wanted = [(pk, montant, None) for pk, montant in sorted(amounts.items()) if montant]
    wanted += [(virement.annexe_id, virement.montant, virement.pk) for virement in again]
    Virement.objects.bulk_create(
        [
            Virement(
                campagne=campagne,
                annexe_id=annexe,
                structure_id=annexes[annexe].siae.structure_id,
                coordonnees_id=accounts.get((annexe, remplace)),
                montant=montant,
                remplace_id=remplace,
            )
            for annexe, montant, remplace in wanted
        ],
        batch_size=ledger.BATCH,
    )
    campagne.montant_vire = total(montant for _annexe, montant, _remplace in wanted)
    campagne.save(update_fields=["montant_vire"])


def cash_by_annexe(campagne: Campagne) -> dict[int, Decimal]:
    """What each annex receives from a run, in euros: lines, less what waits or is set off, plus
    the parts released. Four queries."""
    lines = campagne.versements.filter(statut__in=COMPTEES)
    deductions = Deduction.objects.filter(versement__in=lines)
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for sign, rows, annexe, amount in (
        (1, lines, "annexe", "montant"),
        (-1, waiting_of(campagne), "versement__annexe", "especes"),
        (-1, deductions, "versement__annexe", "montant"),
        (1, campagne.liberations.all(), "versement__annexe", "especes"),
    ):
        for pk, value in rows.order_by().values_list(annexe).annotate(somme=Sum(amount)):
            sums[pk] += sign * value
    return dict(sums)


def paid_now(campagne: Campagne) -> dict[int, tuple[Decimal, Decimal]]:
    """What the State and the département pay each annex by a run, in euros, set-offs included: its
    lines less what waits, plus what is released, re-imputations with their cash. Three queries."""
    lines = campagne.versements.filter(statut__in=COMPTEES)
    parts: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    rows = lines.order_by().values_list("annexe").annotate(Sum("part_etat"), Sum("part_cd"))
    for annexe, etat, cd in rows:
        parts[annexe] = [etat, cd]
    for sign, waiting in ((-1, waiting_of(campagne)), (1, campagne.liberations.all())):
        sums = waiting.order_by().values_list("versement__annexe")
        for annexe, cash, moved in sums.annotate(Sum("especes"), Sum("reimputation")):
            parts[annexe][0] -= sign * moved
            parts[annexe][1] += sign * (cash + moved)
    return {annexe: (etat, cd) for annexe, (etat, cd) in parts.items()}
