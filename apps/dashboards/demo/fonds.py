"""Funds of the demonstration: each mandate's advance is called and received in January.

Through the very services of the product. Called by the command that builds the demonstration, and
by the renewal of its year.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from apps.conventions.models import ConventionMandat
from apps.dashboards.demo.frame import acting
from apps.payments.services.appels import issue_call
from apps.payments.services.recettes import notify_funds, record_receipt

# The Somme pays four months of its share at first: it is short of funds in May (see argent.py).
RECUS = {"080": Decimal("8600.00")}


def call_advances(annee: int) -> None:
    """The advances proposed at the signature of the mandates of a year: issued by another person,
    received for 2023; those of the year after are announced and not received yet."""
    for mandat in ConventionMandat.objects.filter(debut__year=annee).order_by("pk"):
        _call_advance(mandat, annee)


def _call_advance(mandat: ConventionMandat, annee: int) -> None:
    appel = mandat.appels.get(nature="AVANCE")
    appel = issue_call(acting("asp.ordonnateur"), appel, on=date(annee, 1, 3))
    if annee == 2023:
        record_receipt(
            acting("asp.comptable"),
            mandat,
            montant=RECUS.get(mandat.financeur.code, appel.montant),
            recu_le=date(annee, 1, 12),
            reference_bancaire=f"VIR-{mandat.financeur.code}-{annee}-01",
            appel=appel,
            on=date(annee, 1, 12),
        )
        return
    notify_funds(
        acting("cd.decideur"),
        mandat,
        montant=appel.montant,
        ordonnance_le=date(annee, 1, 22),
        reference=f"{annee}-001207",
        appel=appel,
        on=date(annee, 1, 23),
    )
