"""Credits of a mandate, year by year: commitments (AE), payments (CP), fees, sums recovered.

Convention de mandat art. 3 (credits voted), 5 (sums recovered are taken into account for the
participation of the year after). Commitments come from the annexes, everything else from the
ledger. Shown on the funds page of a mandate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Sum

from apps.conventions.models import AvenantFinancier, ConventionMandat
from apps.payments.engagements import Engagement, annexes_by_mandat, commitments, total_engaged
from apps.payments.flux import Flux, flows_by_year
from apps.payments.ledger import FRAIS_A_RECEVOIR
from apps.payments.models import Ecriture, Mouvement
from apps.rules.explanation import euros
from apps.rules.money import ZERO, total

# Chapter of the département's budget (report of its commission permanente, 2023).
IMPUTATION_AIDE = "6568 / 934444"
IMPUTATION_FRAIS = "6228 / 934444"


@dataclass(frozen=True, slots=True)
class AnneeDeCredits:
    """A year of a mandate; amounts in euros, None where no avenant sets the credits."""

    annee: int
    avenant: AvenantFinancier | None
    engagements: Sequence[Engagement]
    flux: Flux
    frais_factures: Decimal

    @property
    def ae(self) -> Decimal | None:
        return self.avenant.credits_intervention if self.avenant else None

    @property
    def cp(self) -> Decimal | None:
        return self.avenant.paiements_autorises if self.avenant else None

    @property
    def frais(self) -> Decimal | None:
        return self.avenant.credits_frais if self.avenant else None

    @property
    def engage(self) -> Decimal:
        return total_engaged(self.engagements)

    @property
    def paye(self) -> Decimal:
        return self.flux.aide

    @property
    def reste_a_engager(self) -> Decimal | None:
        return None if self.ae is None else self.ae - self.engage

    @property
    def reste_a_payer(self) -> Decimal | None:
        return None if self.cp is None else self.cp - self.paye

    @property
    def reste_frais(self) -> Decimal | None:
        return None if self.frais is None else self.frais - self.frais_factures

    @property
    def alertes(self) -> list[str]:
        """What the budget of the year does not allow, in sentences."""
        found = []
        if self.engagements and self.avenant is None:
            found.append(
                f"{self.annee} : {euros(self.engage)} engagés et aucun avenant financier "
                "enregistré."
            )
        if self.ae is not None and self.engage > self.ae:
            found.append(
                f"{self.annee} : les engagements ({euros(self.engage)}) dépassent les crédits "
                f"votés de {euros(self.engage - self.ae)}."
            )
        if self.cp is not None and self.paye > self.cp:
            found.append(
                f"{self.annee} : les paiements ({euros(self.paye)}) dépassent les crédits de "
                f"paiement de {euros(self.paye - self.cp)}."
            )
        late = [e for e in self.engagements if e.hausse_tardive]
        if late:
            names = ", ".join(str(e.version.annexe) for e in late)
            found.append(
                f"{self.annee} : {euros(total(e.hausse_tardive for e in late))} engagés par des "
                f"avenants notifiés après l’exercice ({names}). Les autorisations d’engagement ne "
                "sont revues à la hausse que si l’avenant est notifié dans l’exercice."
            )
        return found

    @property
    def suggestion(self) -> str:
        """How the sums recovered may lower the participation of the year after (art. 5)."""
        recovered = self.flux.indus
        if self.ae is None or recovered <= 0:
            return ""
        lowered = max(ZERO, self.ae - recovered)
        return (
            f"Indus recouvrés en {self.annee} : {euros(recovered)}. Ils restent dans la trésorerie "
            f"du mandat et financent le dispositif (article 5). À besoin égal, la participation "
            f"{self.annee + 1} peut en tenir compte : {euros(self.ae)} − {euros(recovered)} = "
            f"{euros(lowered)}."
        )


def credits_of(mandat: ConventionMandat, on: date) -> list[AnneeDeCredits]:
    """The years of a mandate, oldest first: those with credits, commitments or money moved.

    A fixed number of queries.
    """
    avenants = {avenant.annee: avenant for avenant in mandat.avenants.all()}
    engaged: dict[int, list[Engagement]] = {}
    for engagement in commitments(annexes_by_mandat([mandat], on)[mandat.pk]):
        engaged.setdefault(engagement.annee, []).append(engagement)
    flows, fees = flows_by_year(mandat.pk), _fees_by_year(mandat.pk)
    years = avenants.keys() | engaged.keys() | flows.keys() | fees.keys()
    return [
        AnneeDeCredits(
            annee=annee,
            avenant=avenants.get(annee),
            engagements=engaged.get(annee, []),
            flux=flows.get(annee, Flux()),
            frais_factures=fees.get(annee, ZERO),
        )
        for annee in sorted(years)
    ]


def _fees_by_year(mandat_id: int) -> dict[int, Decimal]:
    """Fees invoiced each year, credit notes taken off, in euros."""
    rows = (
        Mouvement.objects.filter(
            mandat=mandat_id,
            compte=FRAIS_A_RECEVOIR,
            ecriture__evenement__in=(
                Ecriture.Evenement.FRAIS_FACTURES,
                Ecriture.Evenement.FRAIS_AVOIR,
            ),
        )
        .order_by()
        .values_list("ecriture__jour__year")
        .annotate(solde=Sum(F("debit") - F("credit")))
    )
    return dict(rows)
