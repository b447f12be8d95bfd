"""Entries of the ledger about an order: always under its reference, for the funder that bears it.

Called by the services of this application; the schemes themselves are those of the payments.
"""

from __future__ import annotations

from decimal import Decimal

from apps.conventions.models import Financeur
from apps.payments import ledger
from apps.payments.ledger import Piece, Pose, Projet
from apps.payments.models import Ecriture, Mouvement
from apps.payments.schemes import simple_entry
from apps.recoveries.models import Excedent, OrdreDeRecouvrer

Evenement = Ecriture.Evenement
# (funder, mandate or None): whose money an entry moves.
Cote = tuple[int, int | None]


def side_of(ordre: OrdreDeRecouvrer) -> Cote:
    """Funder and mandate in whose accounts the debt stands.

    The order keeps the name of the funder that issued it; once a successor has taken over its
    balances (REPRISE), what happens to the debt is posted to the successor.
    """
    return carrier(ordre.financeur).pk, ordre.mandat_id


def carrier(financeur: Financeur) -> Financeur:
    """The funder, or the successor that has taken over its balances."""
    if financeur.successeur is None or not _taken_over(financeur):
        return financeur
    return carrier(financeur.successeur)


def _taken_over(financeur: Financeur) -> bool:
    return Mouvement.objects.filter(
        ecriture__evenement=Evenement.REPRISE, compte=ledger.REPRISES, financeur=financeur
    ).exists()


def piece_of(ordre: OrdreDeRecouvrer) -> Piece:
    return Piece(ordre.annexe_id, ordre.structure_id, reference=ordre.reference)


def entry_of(ordre: OrdreDeRecouvrer, evenement: str, montant: Decimal) -> Projet:
    """Entry of an event of the order with one debit and one credit; `montant` above 0."""
    financeur, mandat = side_of(ordre)
    label = f"{Evenement(evenement).label} – {ordre}"
    return simple_entry(
        evenement, piece_of(ordre), montant, label, financeur_id=financeur, mandat_id=mandat
    )


def imputation_entry(excedent: Excedent, ordre: OrdreDeRecouvrer, montant: Decimal) -> Projet:
    """A surplus pays another order of the same funder, whose mandate may be another.

    Two legs through the treasury: each mandate balances, nothing is netted.
    """
    financeur, mandat = side_of(ordre)
    source = excedent.ordre
    legs = (
        Pose(
            financeur,
            ledger.EXCEDENTS,
            ledger.TRESOR,
            montant,
            excedent.mandat_id,
            annexe_id=source.annexe_id,
        ),
        Pose(financeur, ledger.TRESOR, ledger.ORDRES, montant, mandat),
    )
    label = f"{Evenement.EXCEDENT_IMPUTE.label} – {ordre}"
    return Projet(Evenement.EXCEDENT_IMPUTE, label, piece_of(ordre), legs)
