"""A mandate with its yearly prices and the annexes signed under it, for the tests of the fees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.accounts.models import Membership, Role
from apps.annexes.models import VersionAnnexe
from apps.conventions.models import AvenantFinancier, ConventionMandat, Financeur
from apps.payments.models import FactureFrais
from apps.payments.services.frais import issue_facture, prepare_facture
from tests.factories import (
    make_financeur,
    make_financeur_etat,
    make_mandat,
    make_membership,
    make_organisation,
    make_version,
)
from tests.payments.dossiers import Asp

D = Decimal
SIRET = "22620001200012"
JUILLET, JANVIER = date(2023, 7, 5), date(2024, 1, 5)


@dataclass
class Frais:
    """The people, the département and its mandate of 2023 to 2025, at 34,93 € and 7 325,39 €."""

    asp: Asp
    cd: Financeur
    mandat: ConventionMandat
    lecteur: Membership

    def annexe(self, validee_le: str = "2023-01-10", **fields) -> VersionAnnexe:
        """An annex of 2023 co-financed by the département, validated on that day."""
        return make_version(validee_le=date.fromisoformat(validee_le), **fields)

    def avenant(self, version: VersionAnnexe, validee_le: str, **fields) -> VersionAnnexe:
        """The next amendment of an annex."""
        return make_version(
            annexe=version.annexe, validee_le=date.fromisoformat(validee_le), **fields
        )

    def prepare(self, periode: str = "S1", annee: int = 2023, on: date | None = None):
        day = on or (JUILLET if periode == "S1" else JANVIER).replace(
            year=annee if periode == "S1" else annee + 1
        )
        return prepare_facture(self.asp.gestionnaire, self.mandat, annee, periode, on=day)

    def issue(self, facture: FactureFrais, on: date | None = None) -> FactureFrais:
        return issue_facture(self.asp.ordonnateur, facture, on=on or facture.preparee_le)


def make_frais(*, avenants: tuple[int, ...] = (2023,)) -> Frais:
    make_financeur_etat()
    cd = make_financeur("062", siret=SIRET, reference_chorus="SERVICE-INSERTION")
    mandat = make_mandat(cd, 2023, fin=date(2025, 12, 31))
    for annee in avenants:
        AvenantFinancier.objects.create(
            mandat=mandat,
            annee=annee,
            credits_intervention=D("4678605.36"),
            credits_frais=D("9071.89"),
            prix_annexe=D("34.93"),
            forfait_annuel=D("7325.39"),
            annexes_prevues=50,
        )
    organisation = make_organisation("ASP")
    roles = (Role.GESTIONNAIRE, Role.ORDONNATEUR, Role.COMPTABLE)
    asp = Asp(*(make_membership(role, organisation) for role in roles))
    return Frais(asp, cd, mandat, make_membership(Role.LECTEUR, cd.organisation))
