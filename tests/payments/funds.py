"""Mandates without funds, their people, and their calls: what the tests of the funds start from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import transaction

from apps.accounts.models import Membership, Role
from apps.conventions.models import ConventionMandat
from apps.payments import ledger
from apps.payments.models import AppelDeFonds, Ecriture
from apps.payments.schemes import simple_entry
from apps.payments.services.appels import issue_call, propose_exceptional
from tests.factories import delegate, make_financeur, make_membership, make_organisation

_numbers = count(1)
AVANCE = Decimal("4678605.36")
JOUR = date(2023, 3, 1)


@dataclass
class People:
    """Three people of the ASP, the décideur and a reader of the département."""

    gestionnaire: Membership
    ordonnateur: Membership
    comptable: Membership
    decideur: Membership
    lecteur: Membership


def make_people(code: str = "062") -> People:
    """The décideur holds a delegation of signature valid since 2020."""
    asp, cd = make_organisation("ASP"), make_financeur(code).organisation
    people = People(
        make_membership(Role.GESTIONNAIRE, asp),
        make_membership(Role.ORDONNATEUR, asp),
        make_membership(Role.COMPTABLE, asp),
        make_membership(Role.DECIDEUR, cd),
        make_membership(Role.LECTEUR, cd),
    )
    delegate(people.decideur)
    return people


def make_empty_mandat(code: str = "062", **fields: Any) -> ConventionMandat:
    """A signed mandate of 2023 whose treasury is empty."""
    values = {
        "reference": f"FONDS-{next(_numbers)}",
        "debut": date(2023, 1, 1),
        "fin": date(2023, 12, 31),
        "signee_le": date(2023, 1, 2),
        "avance": AVANCE,
    } | fields
    return ConventionMandat.objects.create(financeur=make_financeur(code), **values)


def make_call(
    people: People, mandat: ConventionMandat, montant: str = "1000.00", *, issued: bool = True
) -> AppelDeFonds:
    """An exceptional call, issued on 1 March 2023 unless said."""
    appel = propose_exceptional(
        people.gestionnaire, mandat, montant=Decimal(montant), motif="Besoin", on=JOUR
    )
    return issue_call(people.ordonnateur, appel, on=JOUR) if issued else appel


def move(
    mandat: ConventionMandat, evenement: str, montant: str, day: date, reference: str = "OR-1"
) -> Ecriture:
    """An entry of an event with one debit and one credit, posted on a day."""
    piece = ledger.Piece(reference=reference)
    entry = simple_entry(
        evenement,
        piece,
        Decimal(montant),
        evenement,
        financeur_id=mandat.financeur_id,
        mandat_id=mandat.pk,
    )
    with transaction.atomic():
        return ledger.post([entry], day)[0]


def spend(mandat: ConventionMandat, montant: str, day: date) -> None:
    """Aid paid from the funds of a mandate."""
    amount = Decimal(montant)
    pairs = (
        (Ecriture.Evenement.LIQUIDATION, ledger.AIDE, ledger.A_PAYER),
        (Ecriture.Evenement.PAIEMENT, ledger.A_PAYER, ledger.TRESOR),
    )
    entries = [
        ledger.Projet(
            event,
            event,
            ledger.Piece(),
            (ledger.Pose(mandat.financeur_id, debit, credit, amount, mandat.pk),),
        )
        for event, debit, credit in pairs
    ]
    with transaction.atomic():
        ledger.post(entries, day)


def treasury_of(mandat: ConventionMandat) -> Decimal:
    return ledger.treasury([mandat.pk]).get(mandat.pk, Decimal("0.00"))
