"""The end of a mandate: balance of a year paid back or claimed, unused funds, closing (art. 11).

The ordonnateur strikes the balance and orders the payment, the agent comptable pays: two people.
Called by the screens of the funds.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from apps.accounts.models import Membership
from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.services import next_number
from apps.journal.services import record
from apps.payments import ledger
from apps.payments.announcements_fonds import (
    announce_closing,
    announce_pay_back,
    announce_proposal,
)
from apps.payments.appels import plain_line
from apps.payments.fin_de_mandat import (
    ARTICLE_11,
    balance_lines,
    closing_obstacles,
    payment_obstacles,
    settlement_obstacles,
    unused_funds,
    year_balance,
)
from apps.payments.models import AppelDeFonds, ClotureMandat, Ecriture, ReversementDeFonds
from apps.payments.permissions_fonds import (
    can_cancel_pay_back,
    can_close,
    can_order_pay_back,
    can_pay_back,
)
from apps.payments.reglements import funds_left
from apps.payments.schemes import simple_entry
from apps.payments.services.appels import lock_mandat
from apps.payments.transitions_fonds import next_state_of_reversement
from apps.rules.explanation import euros

Nature = ReversementDeFonds.Nature


@transaction.atomic
def settle_year(
    acting: Membership, mandat: ConventionMandat, annee: int, *, on: date | None = None
) -> ReversementDeFonds | AppelDeFonds:
    """Strike the balance of the sums recovered in a year: ordered back to the département when it
    is above 0, called from it when it is below.

    Refus when something may still be paid, when the year is not over, when the balance is already
    struck or is 0.
    """
    can_order_pay_back(acting).enforce()
    day = on or today()
    mandat = lock_mandat(mandat)
    _refuse(settlement_obstacles(mandat, annee, day))
    _require_no_open(mandat)
    solde = year_balance(mandat, annee)
    _refuse(_struck_already(mandat, annee) if solde.a_reverser else [])
    lignes = balance_lines(mandat, solde)
    if solde.a_reclamer:
        return _claim(acting, mandat, annee, solde.a_reclamer, lignes, day)
    if not solde.a_reverser:
        raise Refus(
            f"Le solde des sommes recouvrées en {annee} est de {euros(solde.du_exercice)} et la "
            f"trésorerie du mandat de {euros(solde.tresorerie)} : rien n’est à reverser ni à "
            "réclamer."
        )
    return _order(acting, mandat, Nature.RECOUVREMENTS, annee, solde.a_reverser, lignes, day)


@transaction.atomic
def return_unused(
    acting: Membership, mandat: ConventionMandat, *, on: date | None = None
) -> ReversementDeFonds:
    """Order back the funds that paid nothing, once everything is paid; again when others are left.

    Refus when something may still be paid, or when nothing is left.
    """
    can_order_pay_back(acting).enforce()
    day = on or today()
    mandat = lock_mandat(mandat)
    _refuse(payment_obstacles(mandat, day))
    _require_no_open(mandat)
    montant = unused_funds(mandat, day)
    if not montant:
        raise Refus(
            "Aucun fonds non employé : la trésorerie du mandat ne vient que des sommes recouvrées."
        )
    lignes = [
        *balance_lines(mandat, year_balance(mandat, day.year)),
        plain_line(
            5,
            "Fonds non employés",
            montant,
            "Trésorerie disponible, sommes recouvrées revenant aux soldes annuels déduites.",
            ARTICLE_11,
        ),
    ]
    return _order(acting, mandat, Nature.NON_EMPLOYES, day.year, montant, lignes, day)


@transaction.atomic
def pay_back(
    acting: Membership, reversement: ReversementDeFonds, *, on: date | None = None
) -> ReversementDeFonds:
    """PROPOSE → EXECUTE, by the agent comptable; paid twice is paid once.

    Refus when the treasury of the mandate no longer holds the sum, or holds less unused funds.
    """
    reversement = _lock(reversement)
    if reversement.etat == ReversementDeFonds.Etat.EXECUTE:
        return reversement
    can_pay_back(acting, reversement).enforce()
    day, mandat = on or today(), reversement.mandat
    _require_funds(reversement, day)
    reversement.etat = next_state_of_reversement(reversement, "payer")
    reversement.paye_par, reversement.paye_le = acting.user, day
    reversement.save(update_fields=["etat", "paye_par", "paye_le"])
    entry = simple_entry(
        Ecriture.Evenement.FONDS_REVERSES,
        ledger.Piece(reference=reversement.reference),
        reversement.montant,
        f"Fonds reversés – {mandat.reference} – exercice {reversement.annee}",
        financeur_id=mandat.financeur_id,
        mandat_id=mandat.pk,
    )
    ledger.post([entry], day)
    record(
        acting,
        "reversement.paye",
        reversement,
        apres={"montant": reversement.montant, "paye_le": day},
    )
    announce_pay_back(reversement, day)
    return reversement


@transaction.atomic
def cancel_pay_back(
    acting: Membership, reversement: ReversementDeFonds, *, motif: str
) -> ReversementDeFonds:
    """Set aside a sum ordered and not paid, with the reason: the balance may be struck again."""
    if not motif.strip():
        raise Refus("Indiquez le motif de l’annulation.")
    reversement = _lock(reversement)
    can_cancel_pay_back(acting, reversement).enforce()
    reversement.etat = next_state_of_reversement(reversement, "annuler")
    reversement.motif_annulation = motif.strip()
    reversement.save(update_fields=["etat", "motif_annulation"])
    record(acting, "reversement.annule", reversement, motif=reversement.motif_annulation)
    return reversement


@transaction.atomic
def close_mandat(
    acting: Membership, mandat: ConventionMandat, *, on: date | None = None
) -> ClotureMandat:
    """Close a mandate: everything paid, recovered or cleared, its treasury at 0.

    Refus with every obstacle named otherwise.
    """
    can_close(acting).enforce()
    day = on or today()
    mandat = lock_mandat(mandat)
    _refuse(closing_obstacles(mandat, day))
    cloture = ClotureMandat.objects.create(mandat=mandat, cloture_par=acting.user, cloture_le=day)
    record(acting, "mandat.cloture", mandat, apres={"cloture_le": day})
    announce_closing(mandat, day)
    return cloture


def _order(
    acting: Membership,
    mandat: ConventionMandat,
    nature: Nature,
    annee: int,
    montant: Decimal,
    lignes: list[dict[str, str | int]],
    day: date,
) -> ReversementDeFonds:
    reversement = ReversementDeFonds.objects.create(
        numero=next_number("reversement_fonds"),
        mandat=mandat,
        nature=nature,
        annee=annee,
        montant=montant,
        lignes=lignes,
        ordonnance_par=acting.user,
        ordonnance_le=day,
    )
    record(
        acting,
        "reversement.ordonnance",
        reversement,
        apres={"nature": nature, "annee": annee, "montant": montant},
    )
    announce_pay_back(reversement, day)
    return reversement


def _struck_already(mandat: ConventionMandat, annee: int) -> list[str]:
    """The balance of a year is paid back once, whatever came to the treasury since."""
    standing = mandat.reversements.exclude(etat=ReversementDeFonds.Etat.ANNULE)
    return [
        f"Un reversement existe déjà à ce titre pour {annee} : c’est le reversement n° "
        f"{first.numero} de {euros(first.montant)}."
        for first in standing.filter(nature=Nature.RECOUVREMENTS, annee=annee)
    ]


def _claim(
    acting: Membership,
    mandat: ConventionMandat,
    annee: int,
    montant: Decimal,
    lignes: list[dict[str, str | int]],
    day: date,
) -> AppelDeFonds:
    appel = AppelDeFonds.objects.create(
        numero=next_number("appel_fonds"),
        mandat=mandat,
        nature=AppelDeFonds.Nature.SOLDE_NEGATIF,
        periode=date(annee, 1, 1),
        montant=montant,
        lignes=lignes,
        propose_par=acting.user,
        propose_le=day,
        motif=f"Solde négatif des sommes recouvrées au cours de l’exercice {annee}.",
    )
    record(
        acting,
        "appel.propose",
        appel,
        apres={"nature": appel.nature, "periode": appel.periode, "montant": montant},
    )
    announce_proposal(appel, day)
    return appel


def _lock(reversement: ReversementDeFonds) -> ReversementDeFonds:
    mandat = lock_mandat(reversement.mandat)
    rows = ReversementDeFonds.objects.select_for_update(of=("self",))
    locked: ReversementDeFonds = rows.get(pk=reversement.pk)
    locked.mandat = mandat
    return locked


def _require_funds(reversement: ReversementDeFonds, day: date) -> None:
    """What was ordered is still there, and still what it was."""
    mandat, montant = reversement.mandat, reversement.montant
    left = funds_left([mandat.pk])[mandat.pk]
    if left < montant:
        raise Refus(
            f"La trésorerie du mandat est de {euros(left)}, virements rejetés à émettre de nouveau "
            f"déduits : elle ne permet plus de reverser {euros(montant)}. Annulez ce reversement "
            "et arrêtez de nouveau le solde."
        )
    if (
        reversement.nature == Nature.NON_EMPLOYES
        and (unused := unused_funds(mandat, day)) < montant
    ):
        raise Refus(
            f"Les fonds non employés ne sont plus que de {euros(unused)}, sommes recouvrées "
            f"revenant aux soldes annuels déduites : {euros(montant)} ne peuvent plus être "
            "reversés. Annulez ce reversement et ordonnancez-le de nouveau."
        )


def _require_no_open(mandat: ConventionMandat) -> None:
    """One sum at a time: the next is reckoned on the treasury that the first leaves."""
    ordered = mandat.reversements.filter(etat=ReversementDeFonds.Etat.PROPOSE).first()
    if ordered:
        raise Refus(
            f"Le reversement n° {ordered.numero} de {euros(ordered.montant)} est ordonnancé : "
            "payez-le ou annulez-le d’abord."
        )


def _refuse(obstacles: list[str]) -> None:
    if obstacles:
        raise Refus(*obstacles)
