"""Posting schemes: what each event debits and credits (spec 05 §2), as in docs/accounting.md.

One function per event; each returns entries for `ledger.post`, amounts in euros, above 0 unless
said. A département's movements name the mandate whose money moves, the State's none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from apps.payments.ledger import (
    A_PAYER,
    AIDE,
    APUREMENTS,
    EXCEDENTS,
    EXTINCTIONS,
    FONDS,
    FRAIS,
    FRAIS_A_RECEVOIR,
    NON_VALEURS,
    ORDRES,
    REIMPUTATION,
    REMISES,
    REPRISES,
    TRESOR,
    TRESOR_FRAIS,
    Piece,
    Pose,
    Projet,
)
from apps.payments.models import (
    Campagne,
    Deduction,
    Ecriture,
    Mouvement,
    PartEnAttente,
    Versement,
    Virement,
)
from apps.rules.cofinancement import cash_cd
from apps.rules.money import ZERO

Evenement = Ecriture.Evenement
# (funder, mandate or None) → amount in euros, signed.
Amounts = dict[tuple[int | None, int | None], Decimal]

# One debit and one credit between a funder and its mandate: what most documents post.
SIMPLE: dict[str, tuple[str, str]] = {
    Evenement.ORDRE: (ORDRES, AIDE),
    Evenement.REDUCTION_ORDRE: (AIDE, ORDRES),
    Evenement.ENCAISSEMENT: (TRESOR, ORDRES),
    Evenement.EXCEDENT: (TRESOR, EXCEDENTS),
    Evenement.EXCEDENT_REDUCTION: (ORDRES, EXCEDENTS),
    Evenement.EXCEDENT_IMPUTE: (EXCEDENTS, ORDRES),
    Evenement.EXCEDENT_REMBOURSE: (EXCEDENTS, TRESOR),
    Evenement.REMISE: (REMISES, ORDRES),
    Evenement.NON_VALEUR: (NON_VALEURS, ORDRES),
    Evenement.EXTINCTION: (EXTINCTIONS, ORDRES),
    Evenement.APUREMENT: (APUREMENTS, ORDRES),
    Evenement.FONDS_RECUS: (TRESOR, FONDS),
    Evenement.FONDS_REVERSES: (FONDS, TRESOR),
    Evenement.FRAIS_FACTURES: (FRAIS_A_RECEVOIR, FRAIS),
    Evenement.FRAIS_AVOIR: (FRAIS, FRAIS_A_RECEVOIR),
    Evenement.FRAIS_ENCAISSES: (TRESOR_FRAIS, FRAIS_A_RECEVOIR),
}


def simple_entry(
    evenement: str,
    piece: Piece,
    montant: Decimal,
    libelle: str,
    *,
    financeur_id: int,
    mandat_id: int | None,
) -> Projet:
    """Entry of an event with one debit and one credit; `montant` in euros, above 0.

    Raises KeyError for an event that has a scheme of its own, ValueError for an amount of 0 or
    below: a correction is an event of its own or a reversal.
    """
    debit, credit = SIMPLE[evenement]
    if montant <= 0:
        raise ValueError(f"{evenement}: {montant}")
    pose = Pose(financeur_id, debit, credit, montant, mandat_id)
    return Projet(evenement, libelle, piece, (pose,))


def payment_entries(
    versement: Versement,
    etat_id: int,
    *,
    attente: PartEnAttente | None = None,
    deductions: Iterable[Deduction] = (),
    virement: Virement | None = None,
) -> list[Projet]:
    """Entries of an executed line: liquidation, payment, set-off, re-imputation between funders.

    A share below zero is a re-imputation: the other funder takes the amount over and its
    treasury pays it back; the structure's cash is `montant`, never more (spec 02 §4). What waits
    for funds is due (401) and borne (657) at once; its cash and the treasury leg of its
    re-imputation come with `release_entries`.
    """
    cash, moved = funders_of(versement, etat_id)
    deductions = list(deductions)
    now = dict(cash)
    if attente:
        now[_cd(versement)] -= attente.especes
    for deduction in deductions:
        now[_side(deduction.financeur_id, versement, etat_id)] -= deduction.montant
    piece = Piece(versement.annexe_id, versement.structure_id, versement.campagne, versement)
    paid = Piece(
        versement.annexe_id, versement.structure_id, versement.campagne, versement, virement
    )
    taken_over = poses(moved, AIDE, REIMPUTATION)
    if not attente:
        taken_over += poses(moved, REIMPUTATION, TRESOR)
    projets = [
        Projet(Evenement.LIQUIDATION, _about(versement), piece, poses(cash, AIDE, A_PAYER)),
        Projet(Evenement.PAIEMENT, _about(versement), paid, poses(now, A_PAYER, TRESOR)),
        *(_set_off(versement, deduction, etat_id) for deduction in deductions),
        Projet(Evenement.REIMPUTATION, _about(versement), piece, taken_over),
    ]
    return [_labelled(projet) for projet in projets if projet.poses]


def release_entries(
    attente: PartEnAttente, etat_id: int, campagne: Campagne, virement: Virement | None
) -> list[Projet]:
    """Entries of a part that waited for funds, paid by a later run with its re-imputation."""
    versement = attente.versement
    own = Piece(versement.annexe_id, versement.structure_id, campagne, versement)
    # What moves between funders is no part of the transfer: the bank may send that back alone.
    piece = Piece(versement.annexe_id, versement.structure_id, campagne, versement, virement)
    cd = (attente.financeur_id, attente.mandat_id)
    moved: Amounts = {cd: attente.reimputation, (etat_id, None): -attente.reimputation}
    projets = [
        Projet(
            Evenement.PAIEMENT,
            _about(versement),
            piece,
            poses({cd: attente.especes}, A_PAYER, TRESOR),
        ),
        Projet(Evenement.REIMPUTATION, _about(versement), own, poses(moved, REIMPUTATION, TRESOR)),
    ]
    return [_labelled(projet) for projet in projets if projet.poses]


def rejection_entries(virement: Virement, sent: Iterable[Mouvement]) -> list[Projet]:
    """Entry of a rejected transfer: the cash is back, the amount is due again.

    `sent`: the treasury movements (515) of the entries that sent it.
    """
    amounts: Amounts = {}
    for movement in sent:
        side = (movement.financeur_id, movement.mandat_id)
        amounts[side] = amounts.get(side, ZERO) + movement.credit - movement.debit
    piece = Piece(virement.annexe_id, virement.structure_id, virement.campagne, None, virement)
    label = f"{Evenement.REJET_VIREMENT.label} – {virement.reference}"
    return [Projet(Evenement.REJET_VIREMENT, label, piece, poses(amounts, TRESOR, A_PAYER))]


def reemission_entries(virement: Virement, rejected: Iterable[Mouvement]) -> list[Projet]:
    """Entry of a transfer sent again; `rejected`: the treasury movements of its rejection."""
    amounts: Amounts = {}
    for movement in rejected:
        side = (movement.financeur_id, movement.mandat_id)
        amounts[side] = amounts.get(side, ZERO) + movement.debit - movement.credit
    piece = Piece(virement.annexe_id, virement.structure_id, virement.campagne, None, virement)
    label = f"{Evenement.REEMISSION.label} – {virement.reference}"
    return [Projet(Evenement.REEMISSION, label, piece, poses(amounts, A_PAYER, TRESOR))]


def order_entry(
    piece: Piece, financeur_id: int, mandat_id: int | None, montant: Decimal, libelle: str
) -> Projet:
    """Entry of a recovery order (`montant` above 0) or of its reduction (below 0), in euros."""
    event = Evenement.ORDRE if montant > 0 else Evenement.REDUCTION_ORDRE
    return simple_entry(
        event, piece, abs(montant), libelle, financeur_id=financeur_id, mandat_id=mandat_id
    )


def reversal_entry(ecriture: Ecriture, mouvements: Sequence[Mouvement], motif: str) -> Projet:
    """Reversal of an entry: the same accounts on the other sides, for the same document.

    `mouvements`: all those of the entry, in the order they were posted: by pairs, debit first.
    """
    pairs = zip(mouvements[::2], mouvements[1::2], strict=True)
    first = mouvements[0]
    piece = Piece(
        first.annexe_id,
        first.structure_id,
        ecriture.campagne,
        ecriture.versement,
        ecriture.virement,
        ecriture.reference,
    )
    inverted = tuple(
        Pose(
            debited.financeur_id,
            credited.compte_id,
            debited.compte_id,
            debited.debit,
            debited.mandat_id,
            debited.annexe_id,
        )
        for debited, credited in pairs
    )
    label = f"{Evenement.EXTOURNE.label} de l’écriture n° {ecriture.numero} – {motif}"
    return Projet(Evenement.EXTOURNE, label, piece, inverted, ecriture.pk)


def take_over_entry(
    piece: Piece,
    former_id: int,
    heir_id: int,
    mandat_id: int | None,
    soldes: Iterable[tuple[str, Decimal]],
    libelle: str,
) -> Projet:
    """Entry of a succession: balances (account, debit − credit) pass from a funder to another.

    Each is closed at the former, opened at the heir, through the account of take-overs (451).
    """
    legs = tuple(
        leg
        for compte, solde in soldes
        for leg in (
            *poses({(former_id, mandat_id): solde}, REPRISES, compte),
            *poses({(heir_id, mandat_id): solde}, compte, REPRISES),
        )
    )
    return Projet(Evenement.REPRISE, libelle, piece, legs)


def loss_cancelled_entry(
    piece: Piece,
    compte: str,
    montant: Decimal,
    libelle: str,
    *,
    financeur_id: int,
    mandat_id: int | None,
) -> Projet:
    """Entry of a loss that never was: what had been given up on an order, reduced since, is no
    longer borne. `compte`: the account of the loss; `montant` in euros, above 0."""
    pose = Pose(financeur_id, ORDRES, compte, montant, mandat_id)
    return Projet(Evenement.PERTE_ANNULEE, libelle, piece, (pose,))


def funders_of(versement: Versement, etat_id: int) -> tuple[Amounts, Amounts]:
    """Cash of each funder for a line, and what each takes over (above 0) or is relieved of."""
    of_cd = cash_cd(versement.montant, versement.part_cd)
    etat = (etat_id, None)
    cash: Amounts = {etat: versement.montant - of_cd, _cd(versement): of_cd}
    moved: Amounts = {
        etat: versement.part_etat - cash[etat],
        _cd(versement): versement.part_cd - of_cd,
    }
    return cash, moved


def poses(amounts: Amounts, debit: str, credit: str) -> tuple[Pose, ...]:
    """Pairs debit/credit per funder; an amount below zero goes the other way round.

    No funder (None: an annex without co-financing) goes with an amount of 0, hence no pair.
    """
    return tuple(
        Pose(funder, debit, credit, amount, mandat)
        if amount > 0
        else Pose(funder, credit, debit, -amount, mandat)
        for (funder, mandat), amount in amounts.items()
        if amount and funder is not None
    )


def _set_off(versement: Versement, deduction: Deduction, etat_id: int) -> Projet:
    """Two legs through the treasury, without netting: what is paid, what is recovered."""
    piece = Piece(
        versement.annexe_id,
        versement.structure_id,
        versement.campagne,
        versement,
        reference=deduction.reference,
    )
    funder, mandat = _side(deduction.financeur_id, versement, etat_id)
    legs = (
        Pose(deduction.financeur_id, A_PAYER, TRESOR, deduction.montant, mandat),
        Pose(
            deduction.financeur_id,
            TRESOR,
            ORDRES,
            deduction.montant,
            deduction.mandat_id,
            annexe_id=deduction.annexe_id,
        ),
    )
    assert funder == deduction.financeur_id  # noqa: S101 - a debt is set off for its own funder
    return Projet(
        Evenement.COMPENSATION, f"{deduction.reference} – {_about(versement)}", piece, legs
    )


def _side(financeur_id: int, versement: Versement, etat_id: int) -> tuple[int | None, int | None]:
    return (etat_id, None) if financeur_id == etat_id else _cd(versement)


def _cd(versement: Versement) -> tuple[int | None, int | None]:
    return (versement.financeur_cd_id, versement.mandat_id)


def _about(versement: Versement) -> str:
    return f"{versement.get_nature_display()} {versement.mois:%m/%Y}"


def _labelled(projet: Projet) -> Projet:
    label = f"{Evenement(projet.evenement).label} – {projet.libelle}"
    return Projet(projet.evenement, label, projet.piece, projet.poses)
