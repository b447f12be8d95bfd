"""Automatic clearing of the small debts (convention de mandat, art. 5): 30,00 € or less.

Each night: a debt of which nothing was paid is cleared at once, what is left of one once its last
day to pay is past (until then the debtor may still pay it). Nothing is cleared while a dispute,
a remission, a plan, a procedure or a list is pending. Dated, told, borne by the funder; twice is
once. Fixed number of queries.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from apps.accounts.models import Nature, Organisation
from apps.accounts.notifications import notify
from apps.core.clock import today
from apps.journal.services import Fact, record_many
from apps.payments import ledger
from apps.payments.schemes import Evenement
from apps.recoveries.ecritures import entry_of
from apps.recoveries.models import (
    Apurement,
    Contestation,
    DemandeRemise,
    Extinction,
    LigneNonValeur,
    OrdreDeRecouvrer,
    PlanDePaiement,
    ProcedureCollective,
)
from apps.recoveries.querysets import OrdreQuerySet
from apps.recoveries.services.ordres import JUSQUE_LA, close_measures
from apps.recoveries.transitions import next_state_of
from apps.rules.delais import SEUIL_APUREMENT

CLEARED = (
    "Créance apurée",
    "Un ordre de recouvrer dont il restait 30 € ou moins à payer est apuré : il n’y a plus rien "
    "à payer.",
)
CHARGED = (
    "Créances apurées",
    "Des ordres de recouvrer dont il restait 30 € ou moins à recouvrer sont apurés : ces sommes "
    "sont à la charge du département.",
)


@transaction.atomic
def clear_small_debts(on: date | None = None) -> list[Apurement]:
    """Clear every order of 30,00 € or less that nothing keeps; returns what was cleared."""
    on = on or today()
    orders = list(
        clearable(on)
        .select_for_update(of=("self",))
        .select_related("structure", "financeur__successeur")
        .order_by("pk")
    )
    amounts: dict[int, Decimal] = {}
    cleared = []
    for ordre in orders:
        amounts[ordre.pk] = ordre.reste
        cleared.append(
            Apurement(
                ordre=ordre,
                montant=ordre.reste,
                initiale=not (ordre.recouvre or ordre.abandonne),
                le=on,
            )
        )
    ledger.post([entry_of(o, Evenement.APUREMENT, amounts[o.pk]) for o in orders], on)
    for ordre in orders:
        ordre.etat = next_state_of(ordre, "apurer")
        ordre.abandonne += amounts[ordre.pk]
    OrdreDeRecouvrer.objects.bulk_update(orders, ["abandonne", "etat"], batch_size=ledger.BATCH)
    close_measures(None, orders, on)
    Apurement.objects.bulk_create(cleared, batch_size=ledger.BATCH)
    record_many(
        None,
        [Fact("ordre.apure", o, apres={"montant": amounts[o.pk], "etat": o.etat}) for o in orders],
    )
    _tell(orders, on)
    return cleared


def clearable(on: date) -> OrdreQuerySet:
    """Orders that the clearing of a day takes."""
    reste = F("montant") - F("recouvre") - F("abandonne")
    untouched = Q(recouvre=0, abandonne=0)
    return (
        OrdreDeRecouvrer.objects.filter(etat__in=OrdreDeRecouvrer.OUVERTS)
        .alias(du=reste)
        .filter(du__gt=0, du__lte=SEUIL_APUREMENT)
        .filter(untouched | Q(echeance__lt=on))
        .exclude(_of(Contestation.objects.open()))
        .exclude(_of(DemandeRemise.objects.open()))
        .exclude(_of(LigneNonValeur.objects.pending()))
        .exclude(_of(Extinction.objects.open()))
        .exclude(_of(PlanDePaiement.objects.filter(etat__in=JUSQUE_LA)))
        .exclude(Exists(ProcedureCollective.objects.open().filter(structure=OuterRef("structure"))))
    )


def _of(rows: object) -> Exists:
    return Exists(rows.filter(ordre=OuterRef("pk")))  # type: ignore[attr-defined]


def _tell(orders: list[OrdreDeRecouvrer], on: date) -> None:
    """One notification per structure and per département, whatever the number of orders."""
    debtors = {ordre.structure.organisation_id for ordre in orders}
    funders = {
        ordre.financeur.payer_on(on).organisation_id
        for ordre in orders
        if not ordre.financeur.is_etat
    }
    for told, words in ((debtors, CLEARED), (funders, CHARGED)):
        if told:
            notify(
                Organisation.objects.filter(pk__in=told - {None}),
                *words,
                reverse("apurement:apurements"),
                nature=Nature.ORDRE,
                courriel=True,
                on=on,
            )
