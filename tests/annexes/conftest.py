"""The frame of the annex tests: Pas-de-Calais 2023, one DDETS, the ASP, one ACI ready to sign."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from apps.annexes import services
from tests.factories import (
    make_bank_details,
    make_caom,
    make_convention,
    make_delegation,
    make_financeur,
    make_mandat,
    make_membership,
    make_organisation,
    make_pdf,
    make_siae,
)

FIGURES = {
    "debut": date(2023, 1, 1),
    "fin": date(2023, 12, 31),
    "etp": Decimal("6.00"),
    "montant_cd": Decimal("25671.36"),
    "brsa_vises": 4,
    "signee_le": date(2023, 1, 3),
}


@pytest.fixture
def cadre(db: None) -> SimpleNamespace:
    """Everything a blameless annex needs; `figures(**changes)` gives its figures."""
    return make_cadre()


def make_cadre() -> SimpleNamespace:
    territory = make_organisation("DDETS", nom="DDETS du Pas-de-Calais", departement="062")
    financeur = make_financeur("062")
    siae = make_siae()
    make_bank_details(siae.structure)
    signataire = make_delegation("062")

    def figures(**changes: Any) -> dict[str, Any]:
        return {**FIGURES, "financeur_cd": financeur, "signataire": signataire} | changes

    return SimpleNamespace(
        ddets=make_membership("INSTRUCTEUR", territory),
        asp=make_membership("GESTIONNAIRE"),
        financeur=financeur,
        caom=make_caom(financeur),
        mandat=make_mandat(financeur),
        siae=siae,
        convention=make_convention(siae),
        signataire=signataire,
        figures=figures,
    )


def draft(cadre: SimpleNamespace, *, on: date = date(2023, 1, 4), **changes: Any) -> Any:
    """A draft through the services, its signed PDF attached."""
    version = services.create_annexe(
        cadre.ddets, cadre.siae, cadre.convention, figures=cadre.figures(**changes), on=on
    )
    return services.attach_piece(cadre.ddets, version, make_pdf())


def transmitted(cadre: SimpleNamespace, *, on: date = date(2023, 1, 5), **changes: Any) -> Any:
    return services.transmit_annexe(cadre.ddets, draft(cadre, **changes), on=on)


def validated(cadre: SimpleNamespace, *, on: date = date(2023, 1, 10), **changes: Any) -> Any:
    return services.validate_annexe(cadre.asp, transmitted(cadre, **changes), on=on)


def another_siae(cadre: SimpleNamespace) -> SimpleNamespace:
    """The same frame with a second structure, which has its own convention."""
    siae = make_siae()
    make_bank_details(siae.structure)
    return SimpleNamespace(**{**vars(cadre), "siae": siae, "convention": make_convention(siae)})
