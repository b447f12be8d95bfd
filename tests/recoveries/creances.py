"""Orders written straight into the tables with their ledger, and the people who act on them.

Used by the tests of the disputes, remissions, write-offs, clearings and procedures.
"""

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
from apps.payments.models import Campagne, Versement
from apps.payments.schemes import order_entry
from apps.recoveries.ecritures import Evenement, entry_of
from apps.recoveries.models import OrdreDeRecouvrer
from tests.factories import (
    delegate,
    make_financeur,
    make_financeur_etat,
    make_mandat,
    make_membership,
    make_organisation,
    make_siae,
    make_user,
    make_version,
)

_numbers = count(1)
EMIS = date(2023, 4, 1)
ON = date(2023, 5, 2)


@dataclass(frozen=True)
class People:
    """Those of the ASP, of a structure and of its département; two agents for four eyes."""

    gestionnaire: Membership
    ordonnateur: Membership
    comptable: Membership
    decideur: Membership
    lecteur: Membership
    responsable: Membership
    autre_decideur: Membership


def make_people(ordre: OrdreDeRecouvrer) -> People:
    """The décideur holds a delegation valid since 2020; that of the other département too."""
    asp = make_organisation("ASP")
    cd, other = make_financeur("062").organisation, make_financeur("059").organisation
    people = People(
        make_membership(Role.GESTIONNAIRE, asp),
        make_membership(Role.ORDONNATEUR, asp),
        make_membership(Role.COMPTABLE, asp),
        make_membership(Role.DECIDEUR, cd),
        make_membership(Role.LECTEUR, cd),
        make_membership(Role.RESPONSABLE, ordre.structure.organisation),
        make_membership(Role.DECIDEUR, other),
    )
    for member in (people.decideur, people.autre_decideur):
        delegate(member)
    return people


@transaction.atomic
def make_ordre(
    montant: str = "1000.00",
    *,
    etat: str = "NOTIFIE",
    de_l_etat: bool = False,
    forme: str = "ASSOCIATION",
    siae: Any = None,
    code: str = "062",
    **fields: Any,
) -> OrdreDeRecouvrer:
    """An order of `montant` euros, notified on 3 April 2023, with its entry."""
    number = next(_numbers)
    siae = siae or make_siae(departement=code, forme_juridique=forme)
    version = make_version(siae=siae)
    mandat = ConventionMandat.objects.filter(financeur=make_financeur(code)).first()
    if not de_l_etat and mandat is None:
        mandat = make_mandat(make_financeur(code))
    financeur = make_financeur_etat() if de_l_etat else make_financeur(code)
    amount = Decimal(montant)
    line = Versement.objects.create(
        campagne=_executed_run(),
        annexe=version.annexe,
        version=version,
        structure=siae.structure,
        financeur_cd=make_financeur(code),
        mois=version.debut,
        nature="solde",
        montant=Decimal(0),
        part_etat=Decimal(0),
        part_cd=Decimal(0),
        statut="EXECUTE",
        execute_le=EMIS,
    )
    values: dict[str, Any] = {
        "notifie_le": None if etat == "EMIS" else date(2023, 4, 3),
        "echeance": None if etat == "EMIS" else date(2023, 5, 3),
    } | fields
    ordre = OrdreDeRecouvrer.objects.create(
        numero=1000 + number,
        annexe=version.annexe,
        structure=siae.structure,
        financeur=financeur,
        mandat=None if de_l_etat else mandat,
        versement=line,
        montant_initial=amount,
        montant=amount,
        etat=etat,
        emis_le=EMIS,
        emis_par=make_user(),
        **values,
    )
    piece = ledger.Piece(version.annexe_id, siae.structure_id, reference=ordre.reference)
    ledger.post([order_entry(piece, financeur.pk, ordre.mandat_id, amount, str(ordre))], EMIS)
    return ordre


def pay(ordre: OrdreDeRecouvrer, montant: str) -> None:
    """Cash already received: the columns and the ledger, as the service writes them."""
    ordre.refresh_from_db()
    amount = Decimal(montant)
    ledger.post([entry_of(ordre, Evenement.ENCAISSEMENT, amount)], ON)
    ordre.recouvre += amount
    if not ordre.reste:
        ordre.etat = "SOLDE"
    ordre.save(update_fields=["recouvre", "etat"])


def figures(ordre: OrdreDeRecouvrer) -> tuple[str, Decimal, Decimal, Decimal]:
    """State, amount, recovered, given up; and the ledger agrees with them."""
    ordre.refresh_from_db()
    assert ledger.balance_of(ordre.reference, ledger.ORDRES) == ordre.reste
    return ordre.etat, ordre.montant, ordre.recouvre, ordre.abandonne


def _executed_run() -> Campagne:
    found = Campagne.objects.filter(numero=1).first()
    if found:
        return found
    people = [make_user() for _ in range(3)]
    return Campagne.objects.create(
        numero=1,
        mois=date(2023, 3, 1),
        jour_paiement=date(2023, 3, 20),
        etat="EXECUTEE",
        prepare_par=people[0],
        approuve_par=people[1],
        vise_par=people[2],
        execute_par=people[2],
    )
