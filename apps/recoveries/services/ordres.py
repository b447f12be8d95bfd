"""What every act on an order shares: its lock, its end when nothing is left, telling the debtor.

Called by the services of this package, inside their transactions.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from apps.accounts.models import Membership, Nature
from apps.accounts.notifications import notify
from apps.journal.services import Fact, record_many
from apps.payments.models import Campagne, Deduction
from apps.recoveries.models import Compensation, OrdreDeRecouvrer, PlanDePaiement
from apps.recoveries.transitions import next_state_of

JUSQUE_LA = (PlanDePaiement.Etat.DEMANDE, PlanDePaiement.Etat.ACCORDE)


def lock(ordre: OrdreDeRecouvrer | int) -> OrdreDeRecouvrer:
    """The order as it is now, locked until the end of the transaction."""
    pk = ordre if isinstance(ordre, int) else ordre.pk
    orders = OrdreDeRecouvrer.objects.select_for_update(of=("self",))
    return orders.select_related("annexe", "structure__organisation", "financeur__successeur").get(
        pk=pk
    )


def hold_orders(campagne: Campagne) -> None:
    """Lock the orders that the execution of a run sets off or reduces: a step of it, before it
    writes the ledger, as every act on an order does. Two queries."""
    lines = campagne.versements.proposed()
    references = Deduction.objects.filter(versement__in=lines, reference__startswith="OR-")
    numbers = {
        int(ref.removeprefix("OR-")) for ref in references.values_list("reference", flat=True)
    }
    reduced = lines.filter(Q(recouvre_etat__lt=0) | Q(recouvre_cd__lt=0)).values("annexe")
    orders = OrdreDeRecouvrer.objects.filter(Q(numero__in=numbers) | Q(annexe__in=reduced))
    list(orders.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def delay(kind: str) -> int:
    """Days of a delay of the settings."""
    return int(settings.DELAIS_RECOUVREMENT[kind])


def end_if_paid(acting: Membership | None, ordre: OrdreDeRecouvrer, on: date) -> None:
    """Give a locked order its last state when nothing is left, and save its amounts."""
    if not ordre.reste and ordre.etat in OrdreDeRecouvrer.OUVERTS:
        ordre.etat = next_state_of(ordre, "solder" if ordre.montant else "annuler")
    ordre.save(update_fields=["montant", "recouvre", "etat"])
    if not ordre.reste:
        close_measures(acting, [ordre], on)


def close_measures(acting: Membership | None, ordres: list[OrdreDeRecouvrer], on: date) -> None:
    """End the plans and set-offs of orders on which nothing is owed any more.

    A request of plan not decided yet has no object any more: it is refused with this reason.
    """
    plans = list(PlanDePaiement.objects.filter(ordre__in=ordres, etat__in=JUSQUE_LA))
    for plan in plans:
        if plan.etat == PlanDePaiement.Etat.DEMANDE:
            plan.etat, plan.decide_le = PlanDePaiement.Etat.REFUSE, on
            plan.motif_decision = "Plus rien n’est à payer sur cet ordre."
        else:
            plan.etat = PlanDePaiement.Etat.TERMINE
        plan.fin_le = on
    PlanDePaiement.objects.bulk_update(plans, ["etat", "fin_le", "decide_le", "motif_decision"])
    Compensation.objects.filter(ordre__in=ordres, etat=Compensation.Etat.DECIDEE).update(
        etat=Compensation.Etat.TERMINEE, fin_le=on
    )
    by_pk = {ordre.pk: ordre for ordre in ordres}
    record_many(
        acting,
        [Fact("plan.termine", by_pk[p.ordre_id], apres={"plan": p.version}) for p in plans],
    )


@transaction.atomic
def close_ended(on: date) -> int:
    """Likewise for the orders ended by another decision (remission, write-off); how many.

    Called by the night job.
    """
    pending = Q(plans__etat__in=JUSQUE_LA) | Q(compensations__etat=Compensation.Etat.DECIDEE)
    ended = OrdreDeRecouvrer.objects.exclude(etat__in=OrdreDeRecouvrer.OUVERTS).filter(pending)
    ordres = list(ended.distinct().order_by("numero"))
    close_measures(None, ordres, on)
    return len(ordres)


def page_of(ordre: OrdreDeRecouvrer) -> str:
    """Address of the page of the order, where to act."""
    return reverse("recoveries:ordre", args=[ordre.pk])


def tell_debtor(ordre: OrdreDeRecouvrer, titre: str, texte: str, on: date) -> None:
    """Notify the structure, by e-mail besides; sentences without personal data."""
    organisation = ordre.structure.organisation
    if organisation is not None:
        notify(
            organisation,
            titre,
            texte,
            page_of(ordre),
            nature=Nature.ORDRE,
            courriel=True,
            on=on,
        )
