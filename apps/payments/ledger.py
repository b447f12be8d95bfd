"""The ledger: writing entries, and the sums that the screens show (spec 05 §2).

What each event debits and credits is in `schemes.py`, tabled in docs/accounting.md. Every entry
balances per funder and mandate: what one pays or takes over never hides in the accounts of
another. Called inside the transaction of the act; nothing here is ever updated. Nothing is posted
on a day whose month is locked, nor to a département that another has succeeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, OuterRef, Subquery, Sum

from apps.accounts.models import Membership
from apps.conventions.models import Financeur
from apps.core import fence
from apps.core.errors import Refus
from apps.core.services import next_numbers
from apps.payments.clotures import require_open
from apps.payments.models import (
    Campagne,
    Ecriture,
    Mouvement,
    Succession,
    Versement,
    Virement,
)
from apps.rules.money import ZERO

# The account plan (docs/accounting.md).
A_PAYER = "401"
REPRISES = "451"
ORDRES = "463"
EXCEDENTS = "466"
FONDS = "4671"
FRAIS_A_RECEVOIR = "4672"
TRESOR = "515"
TRESOR_FRAIS = "5152"
REIMPUTATION = "581"
NON_VALEURS = "6541"
EXTINCTIONS = "6542"
REMISES = "6543"
APUREMENTS = "6544"
PERTES = (NON_VALEURS, EXTINCTIONS, REMISES, APUREMENTS)
AIDE = "657"
FRAIS = "706"

LIQUIDATION = Ecriture.Evenement.LIQUIDATION
EVENEMENT_REIMPUTATION = Ecriture.Evenement.REIMPUTATION

SEQUENCE = "ecriture"
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Piece:
    """What an entry is about: annex, structure, run, line, transfer, document.

    `reference` names the document of an entry that rests on no line of a run (« OR-12 »).
    """

    annexe_id: int | None = None
    structure_id: int | None = None
    campagne: Campagne | None = None
    versement: Versement | None = None
    virement: Virement | None = None
    reference: str = ""


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
    """One debit and its equal credit, for one funder and mandate; the amount is in euros, above 0.

    `mandat_id`: always given for a département. `annexe_id`: when it is not that of the entry.
    """

    financeur_id: int
    debit: str
    credit: str
    montant: Decimal
    mandat_id: int | None = None
    annexe_id: int | None = None


@dataclass(frozen=True, slots=True)
class Projet:
    """An entry to be written: event, label, what it is about, its balanced pairs.

    `extourne_id`: the entry that it reverses.
    """

    evenement: str
    libelle: str
    piece: Piece
    poses: tuple[Pose, ...]
    extourne_id: int | None = None


@fence.system("an entry has movements of several funders")
def post(projets: Sequence[Projet], jour: date) -> list[Ecriture]:
    """Append entries and their movements, numbered without gaps, a fixed number of queries.

    What names a département that another has succeeded is posted to the successor. Refus when the
    month of `jour` is locked. The database checks at commit that each entry balances per funder
    and mandate.
    """
    if not projets:
        return []
    # Taking the numbers holds the ledger: no month is locked, no succession granted meanwhile.
    numbers = next_numbers(SEQUENCE, len(projets))
    require_open(jour)
    payers = _payers({pose.financeur_id for projet in projets for pose in projet.poses}, jour)
    ecritures = Ecriture.objects.bulk_create(
        [
            Ecriture(
                numero=numero,
                jour=jour,
                evenement=projet.evenement,
                libelle=projet.libelle[:200],
                reference=projet.piece.reference,
                campagne=projet.piece.campagne,
                versement=projet.piece.versement,
                virement=projet.piece.virement,
                extourne_id=projet.extourne_id,
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
            for mouvement in _movements(ecriture, projet.piece, pose, payers)
        ],
        batch_size=BATCH,
    )
    return ecritures


def hold() -> None:
    """Keep the ledger as it is until the transaction ends: nobody posts meanwhile."""
    next_numbers(SEQUENCE, 0)


def payer_on(financeur_id: int, jour: date) -> int:
    """Key of the funder to whom what concerns `financeur_id` is posted on a day.

    Itself, or the one that has succeeded it. Refus for a day before a succession already posted.
    """
    return _payers({financeur_id}, jour)[financeur_id]


def _payers(financeur_ids: set[int], jour: date) -> dict[int, int]:
    """`payer_on` of several funders: one query."""
    succeeded = {
        succession.financeur_id: succession
        for succession in Succession.objects.filter(etat=Succession.Etat.ACCORDEE).select_related(
            "financeur", "successeur"
        )
    }
    payers = {}
    for financeur_id in financeur_ids:
        payer = financeur_id
        while succession := succeeded.get(payer):
            if jour < succession.effet:
                raise Refus(
                    f"Les comptes du financeur « {succession.financeur} » ont été repris par "
                    f"« {succession.successeur} » : datez l’opération du "
                    f"{succession.effet:%d/%m/%Y} ou d’un jour postérieur."
                )
            payer = succession.successeur_id
        payers[financeur_id] = payer
    return payers


def _movements(
    ecriture: Ecriture, piece: Piece, pose: Pose, payers: dict[int, int]
) -> tuple[Mouvement, Mouvement]:
    about = {
        "ecriture": ecriture,
        "financeur_id": payers[pose.financeur_id],
        "mandat_id": pose.mandat_id,
        "annexe_id": pose.annexe_id or piece.annexe_id,
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


def treasury(mandat_ids: Iterable[int] | None = None) -> dict[int, Decimal]:
    """What is left of the funds of each mandate, in euros: balance of its Treasury account.

    A mandate that has never moved is absent. One query.
    """
    movements = Mouvement.objects.filter(compte=TRESOR, mandat__isnull=False)
    if mandat_ids is not None:
        movements = movements.filter(mandat__in=list(mandat_ids))
    rows = movements.order_by().values_list("mandat").annotate(solde=Sum(F("debit") - F("credit")))
    return dict(rows)


def balance_of(reference: str, compte: str) -> Decimal:
    """Debit minus credit of an account over the entries of one document (« OR-12 »), in euros."""
    movements = Mouvement.objects.filter(ecriture__reference=reference, compte=compte)
    total = movements.aggregate(solde=Sum(F("debit") - F("credit")))["solde"]
    return total or ZERO


def losses_of(reference: str) -> list[tuple[str, Decimal]]:
    """What was given up on a document, in euros, per account of losses where something is left."""
    rows = (
        Mouvement.objects.filter(ecriture__reference=reference, compte__in=PERTES)
        .order_by("compte")
        .values_list("compte")
        .annotate(perte=Sum(F("debit") - F("credit")))
    )
    return [(compte, perte) for compte, perte in rows if perte]


def paid_by_annexe(
    annexe_ids: Iterable[int], acting: Membership | None = None
) -> dict[tuple[int, int], Decimal]:
    """What each funder bears of the lines executed, in euros, per (annex, funder).

    It is Σ shares of the executed lines (those that `acting` sees), re-imputations included,
    whatever became of the cash since: waiting for funds, rejected by the bank, set off. Recovery
    orders do not lower it.
    """
    movements = Mouvement.objects.filter(
        annexe__in=list(annexe_ids),
        compte=AIDE,
        ecriture__evenement__in=(LIQUIDATION, EVENEMENT_REIMPUTATION),
    )
    if acting is not None:
        seen = Versement.objects.visible_to(acting).filter(annexe__in=list(annexe_ids))
        movements = movements.filter(ecriture__versement__in=seen.values("pk"))
    rows = movements.values_list("annexe", "financeur").annotate(
        verse=Sum(F("debit") - F("credit"))
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
    order and its reductions, as well as the take-over by a successor (451), to which the claim
    passes for what is left of it; the treasury (515), a payment due (401, set-off) or an
    overpayment (466) for what is recovered; any other for what is remitted or written off.
    A reversal has the same accounts as its origin, on the other sides.
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
        if autre in (AIDE, REPRISES):
            ordres.emis += solde
        elif autre in (TRESOR, A_PAYER, EXCEDENTS):
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
