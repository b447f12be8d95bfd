"""The ledger: posting schemes of each event and the sums that the screens show (spec 05 §2).

The schemes are tabled in docs/accounting.md. Every entry balances per funder: what one funder
pays or takes over never hides in the other's accounts. Called by the execution of a run and by
the recovery orders, inside their transaction; nothing here is ever updated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, OuterRef, Subquery, Sum

from apps.accounts.models import Membership
from apps.conventions.models import Financeur
from apps.core.services import next_numbers
from apps.payments.models import Campagne, Ecriture, Mouvement, Versement
from apps.rules.cofinancement import cash_cd
from apps.rules.money import ZERO

A_PAYER = "401"
ORDRES = "463"
TRESOR = "515"
REIMPUTATION = "581"
AIDE = "657"

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Piece:
    """What an entry is about: its annex, structure, run and line."""

    annexe_id: int
    structure_id: int
    campagne: Campagne | None
    versement: Versement | None


@dataclass(slots=True)
class Ordres:
    """Recovery orders of an annex and a funder, as the accounts have them, in euros."""

    emis: Decimal = ZERO
    recouvre: Decimal = ZERO
    abandonne: Decimal = ZERO

    @property
    def reste(self) -> Decimal:
        """Balance of account 463: what the structure still owes."""
        return self.emis - self.recouvre - self.abandonne


@dataclass(frozen=True, slots=True)
class Pose:
    """One debit and its equal credit, for one funder; the amount is in euros, above 0."""

    financeur_id: int
    debit: str
    credit: str
    montant: Decimal


@dataclass(frozen=True, slots=True)
class Projet:
    """An entry to be written: event, label, what it is about, its balanced pairs."""

    evenement: str
    libelle: str
    piece: Piece
    poses: tuple[Pose, ...]


def payment_entries(versement: Versement, etat_id: int) -> list[Projet]:
    """Entries of an executed line: liquidation, payment, re-imputation between funders.

    A share below zero is a re-imputation: the other funder takes the amount over and its
    treasury pays it back; the structure's cash is `montant`, never more (spec 02 §4).
    """
    cd_id = versement.financeur_cd_id
    cash_of_cd = cash_cd(versement.montant, versement.part_cd)
    cash = {etat_id: versement.montant - cash_of_cd, cd_id: cash_of_cd}
    moved = {
        etat_id: versement.part_etat - cash[etat_id],
        cd_id: versement.part_cd - cash_of_cd,
    }
    piece = Piece(versement.annexe_id, versement.structure_id, versement.campagne, versement)
    about = f"{versement.get_nature_display()} {versement.mois:%m/%Y}"
    events = Ecriture.Evenement
    schemes = [
        (events.LIQUIDATION, _poses(cash, AIDE, A_PAYER)),
        (events.PAIEMENT, _poses(cash, A_PAYER, TRESOR)),
        (
            events.REIMPUTATION,
            _poses(moved, AIDE, REIMPUTATION) + _poses(moved, REIMPUTATION, TRESOR),
        ),
    ]
    return [
        Projet(event, f"{event.label} – {about}", piece, poses) for event, poses in schemes if poses
    ]


def order_entry(piece: Piece, financeur_id: int, montant: Decimal, libelle: str) -> Projet:
    """Entry of a recovery order (`montant` above 0) or of its reduction (below 0), in euros."""
    event = Ecriture.Evenement.ORDRE if montant > 0 else Ecriture.Evenement.REDUCTION_ORDRE
    return Projet(event, libelle, piece, _poses({financeur_id: montant}, ORDRES, AIDE))


def _poses(amounts: dict[int | None, Decimal], debit: str, credit: str) -> tuple[Pose, ...]:
    """Pairs debit/credit per funder; an amount below zero goes the other way round.

    No funder (None: an annex without co-financing) goes with an amount of 0, hence no pair.
    """
    return tuple(
        Pose(f, debit, credit, amount) if amount > 0 else Pose(f, credit, debit, -amount)
        for f, amount in amounts.items()
        if amount
    )


def post(projets: Sequence[Projet], jour: date) -> list[Ecriture]:
    """Append entries and their movements, numbered without gaps, a fixed number of queries.

    The database checks at commit that each balances per funder.
    """
    numbers = next_numbers("ecriture", len(projets)) if projets else range(0)
    ecritures = Ecriture.objects.bulk_create(
        [
            Ecriture(
                numero=numero,
                jour=jour,
                evenement=projet.evenement,
                libelle=projet.libelle,
                campagne=projet.piece.campagne,
                versement=projet.piece.versement,
            )
            for numero, projet in zip(numbers, projets, strict=True)
        ],
        batch_size=BATCH,
    )
    Mouvement.objects.bulk_create(
        [
            mouvement
            for ecriture, projet in zip(ecritures, projets, strict=True)
            for pose in projet.poses
            for mouvement in _movements(ecriture, projet.piece, pose)
        ],
        batch_size=BATCH,
    )
    return ecritures


def _movements(ecriture: Ecriture, piece: Piece, pose: Pose) -> tuple[Mouvement, Mouvement]:
    about = {
        "ecriture": ecriture,
        "financeur_id": pose.financeur_id,
        "annexe_id": piece.annexe_id,
        "structure_id": piece.structure_id,
    }
    return (
        Mouvement(**about, compte_id=pose.debit, debit=pose.montant),
        Mouvement(**about, compte_id=pose.credit, credit=pose.montant),
    )


def balances(*, comptes: Iterable[str] | None = None) -> dict[tuple[str, int], Decimal]:
    """Debit minus credit, in euros, per (account, funder)."""
    movements = Mouvement.objects.all()
    if comptes is not None:
        movements = movements.filter(compte__in=list(comptes))
    rows = movements.values_list("compte", "financeur").annotate(
        solde=Sum(F("debit") - F("credit"))
    )
    return {(compte, financeur): solde for compte, financeur, solde in rows}


def paid_by_annexe(
    annexe_ids: Iterable[int], acting: Membership | None = None
) -> dict[tuple[int, int], Decimal]:
    """Cash paid to the structure or re-imputed, in euros, per (annex, funder).

    It is what left the treasury for the annex, hence Σ shares of its executed lines (those that
    `acting` sees); recovery orders do not lower it until they are cashed.
    """
    movements = Mouvement.objects.filter(annexe__in=list(annexe_ids), compte=TRESOR)
    if acting is not None:
        seen = Versement.objects.visible_to(acting).filter(annexe__in=list(annexe_ids))
        movements = movements.filter(ecriture__versement__in=seen.values("pk"))
    rows = movements.values_list("annexe", "financeur").annotate(
        verse=Sum(F("credit") - F("debit"))
    )
    return {(annexe, financeur): verse for annexe, financeur, verse in rows}


def to_recover_by_annexe(annexe_ids: Iterable[int]) -> dict[tuple[int, int], Decimal]:
    """Recovery orders still to be cashed, in euros, per (annex, funder)."""
    rows = (
        Mouvement.objects.filter(annexe__in=list(annexe_ids), compte=ORDRES)
        .values_list("annexe", "financeur")
        .annotate(reste=Sum(F("debit") - F("credit")))
    )
    return {(annexe, financeur): reste for annexe, financeur, reste in rows}


def orders_by_annexe(annexe_ids: Iterable[int]) -> dict[tuple[int, int], Ordres]:
    """Orders issued, recovered and given up, per (annex, funder): one query.

    Account 463 told apart by the account on the other side of each entry: the aid (657) for an
    order and its reductions, the treasury (515) or a payment due (401, set-off) for what is
    recovered, any other for what is remitted or written off.
    """
    other_side = (
        Mouvement.objects.filter(ecriture=OuterRef("ecriture"), financeur=OuterRef("financeur"))
        .exclude(compte=ORDRES)
        .values("compte")[:1]
    )
    rows = (
        Mouvement.objects.filter(annexe__in=list(annexe_ids), compte=ORDRES)
        .annotate(autre=Subquery(other_side))
        .order_by()
        .values_list("annexe", "financeur", "autre")
        .annotate(solde=Sum(F("debit") - F("credit")))
    )
    found: dict[tuple[int, int], Ordres] = {}
    for annexe, financeur, autre, solde in rows:
        ordres = found.setdefault((annexe, financeur), Ordres())
        if autre == AIDE:
            ordres.emis += solde
        elif autre in (TRESOR, A_PAYER):
            ordres.recouvre -= solde
        else:
            ordres.abandonne -= solde
    return found


def by_funder(paid: dict[tuple[int, int], Decimal]) -> list[tuple[Financeur, Decimal]]:
    """Amounts of `paid_by_annexe` added up by funder, the State first."""
    sums: dict[int, Decimal] = {}
    for (_annexe, financeur_id), amount in paid.items():
        sums[financeur_id] = sums.get(financeur_id, ZERO) + amount
    financeurs = Financeur.objects.filter(pk__in=sums).order_by("-type", "code")
    return [(financeur, sums[financeur.pk]) for financeur in financeurs]
