"""The accounts of 2023 of the demonstration, computed again from what they rest on.

Never from the ledger: the transfer files and the bank returns as they were exchanged, the receipts,
the orders and the lines of the runs, by plain SQL and by reading the files.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from lxml import etree

from apps.conventions.models import ConventionMandat
from apps.dashboards.comptes.contenu import load
from apps.dashboards.models import CompteEmploi
from apps.payments.models import FichierVirements, RetourBancaire

ANNEE = (date(2023, 1, 1), date(2023, 12, 31))
ZERO = Decimal(0)
PAYMENTS = "Aides payées aux structures"
LOSSES = ("6541", "6542", "6543", "6544")
# Cash of the département and what it takes over, per mandate: what waited counts when it was paid.
LINES = """
    SELECT COALESCE(SUM(LEAST(GREATEST(v.part_cd, 0), v.montant)), 0),
           COALESCE(SUM(v.part_cd - LEAST(GREATEST(v.part_cd, 0), v.montant)), 0)
      FROM payments_versement v LEFT JOIN payments_partenattente p ON p.versement_id = v.id
     WHERE v.mandat_id = %s AND v.statut = 'EXECUTE'
       AND COALESCE(CASE WHEN p.id IS NULL THEN v.execute_le ELSE p.liberee_le END, 'infinity')
           BETWEEN %s AND %s
"""
FUNDS = """
    SELECT COALESCE(SUM(montant), 0) FROM payments_recettedefonds
     WHERE mandat_id = %s AND annulee_le IS NULL AND recu_le BETWEEN %s AND %s
"""
CASHED = """
    SELECT COALESCE(SUM(e.montant), 0) FROM recoveries_encaissement e
      JOIN recoveries_ordrederecouvrer o ON o.id = e.ordre_id
     WHERE o.mandat_id = %s AND e.annule_le IS NULL AND e.recu_le BETWEEN %s AND %s
"""
# Claims at the end of the year: what was issued by then, less what was paid or given up by then.
CLAIMED = """
    SELECT COALESCE(SUM(o.montant), 0) FROM recoveries_ordrederecouvrer o
     WHERE o.mandat_id = %s AND o.emis_le BETWEEN %s AND %s
"""
# The State's cash of the lines of the year, and the part of rejected transfers sent again in it.
STATE = """
    SELECT COALESCE(SUM(v.montant - LEAST(GREATEST(v.part_cd, 0), v.montant)), 0)
      FROM payments_versement v
     WHERE v.statut = 'EXECUTE' AND v.execute_le BETWEEN %s AND %s
"""
SENT_AGAIN = """
    SELECT COALESCE(SUM(montant), 0) FROM payments_virement
     WHERE remplace_id IS NOT NULL AND etat <> 'PROPOSE' AND emis_le BETWEEN %s AND %s
"""


def sql(query: str, *values: object) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def the_accounts_are_those_of_what_they_rest_on() -> None:
    """Mandate by mandate, then all transfers together: to the cent."""
    mandats = list(ConventionMandat.objects.filter(debut__year=2023).order_by("pk"))
    assert len(mandats) == 2
    paid_by_departements = ZERO
    for mandat in mandats:
        paid_by_departements += _account_of(mandat)
    sent, rejected = _transferred(), _rejected()
    assert rejected > 0
    [state] = sql(STATE, *ANNEE)
    [again] = sql(SENT_AGAIN, *ANNEE)
    # One transfer came back and was sent again in the year: it is in the files twice.
    assert again == rejected
    assert sent == paid_by_departements + state + again


def _account_of(mandat: ConventionMandat) -> Decimal:
    """Check the certified account of a mandate; returns the cash paid on its funds."""
    account = CompteEmploi.objects.get(mandat=mandat, annee=2023, nature="CERTIFIE", etat="SIGNE")
    figures = load(account.contenu)
    [funds] = sql(FUNDS, mandat.pk, *ANNEE)
    [cashed] = sql(CASHED, mandat.pk, *ANNEE)
    paid, moved = sql(LINES, mandat.pk, *ANNEE)
    assert figures.of("515").solde == funds + cashed - paid - moved, mandat
    [claimed] = sql(CLAIMED, mandat.pk, *ANNEE)
    given_up = sum((figures.of(code).solde for code in LOSSES), ZERO)
    assert figures.of("463").solde == claimed - cashed - given_up, mandat
    assert figures.of("657").solde == paid + moved - claimed, mandat
    assert sum((balance.solde for balance in figures.balance), ZERO) == 0
    assert figures.recettes - figures.depenses == figures.of("515").solde
    payments = [op.depense for op in figures.operations if op.rubrique == PAYMENTS]
    assert sum(payments, ZERO) == paid, mandat
    return Decimal(paid)


def _contents(row: Any) -> bytes:
    with row.fichier.contenu.open("rb") as source:
        read: bytes = source.read()
    return read


def _transferred() -> Decimal:
    """Sum of the transfers of the files of the year, read in the files."""
    found = ZERO
    for row in FichierVirements.objects.filter(campagne__jour_paiement__range=ANNEE):
        root = etree.fromstring(_contents(row))
        amounts = [Decimal(node.text) for node in root.iter("{*}InstdAmt")]
        assert (len(amounts), sum(amounts, ZERO)) == (row.nombre, row.montant)
        found += sum(amounts, ZERO)
    return found


def _rejected() -> Decimal:
    """Sum of what the returns of the year refuse, at the amounts of the transfer files."""
    amounts = {}
    for row in FichierVirements.objects.select_related("fichier"):
        root = etree.fromstring(_contents(row))
        for node in root.iter("{*}CdtTrfTxInf"):
            reference = next(node.iter("{*}EndToEndId")).text
            amounts[reference] = Decimal(next(node.iter("{*}InstdAmt")).text)
    refused = ZERO
    for retour in RetourBancaire.objects.filter(importe_le__range=ANNEE):
        text = _contents(retour).decode()
        for line in csv.DictReader(text.splitlines(), delimiter=";"):
            if line["statut"] == "RJCT":
                refused += amounts[line["reference"]]
    return refused
