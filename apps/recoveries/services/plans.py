"""Payment plans: asked, granted or refused, broken, spread again (convention de mandat, art. 5).

The structure asks, or the ASP for it; the agent comptable decides. What cash covers is computed,
the oldest instalment first. Called by the screens of an order and by the night job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from apps.accounts.models import Membership, Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.recoveries.models import EcheancePlan, OrdreDeRecouvrer, PlanDePaiement
from apps.recoveries.permissions import can_ask_plan, can_decide_plan, can_rebuild_plan
from apps.recoveries.services.ordres import delay, lock, page_of, tell_debtor
from apps.rules.echelonnement import Tranche, allot, monthly_dates, spread, unpaid
from apps.rules.explanation import euros

Etat = PlanDePaiement.Etat
# The first instalment comes soon after the request: a plan does not put the debt off.
PREMIERE_AU_PLUS_TARD = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Situation:
    """An instalment of a plan granted, with what was paid of it, in euros."""

    rang: int
    le: date
    montant: Decimal
    paye: Decimal

    @property
    def reste(self) -> Decimal:
        return self.montant - self.paye


@transaction.atomic
def ask_plan(
    acting: Membership,
    ordre: OrdreDeRecouvrer,
    *,
    nombre: int,
    premiere: date,
    motif: str,
    on: date | None = None,
) -> PlanDePaiement:
    """A structure asks for delays, or a gestionnaire of the ASP proposes them for it."""
    day = on or today()
    ordre = lock(ordre)
    can_ask_plan(acting, ordre).enforce()
    if not motif.strip():
        raise Refus("Décrivez les difficultés de trésorerie qui motivent la demande.")
    _tranches(ordre.reste, nombre, premiere, day)
    plan = PlanDePaiement.objects.create(
        ordre=ordre,
        version=ordre.plans.count() + 1,
        nombre=nombre,
        premiere=premiere,
        motif=motif.strip(),
        demande_par=acting.user,
        demande_le=day,
        par_la_structure=acting.is_siae,
    )
    after = {"plan": plan.version, "nombre": nombre, "premiere": premiere}
    record(acting, "plan.demande", ordre, motif=plan.motif, apres=after)
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        "Plan de paiement demandé",
        f"Un plan de {nombre} échéances est demandé pour l’ordre de recouvrer n° {ordre.numero} "
        f"({euros(ordre.reste)}) : accordez-le ou refusez-le.",
        page_of(ordre),
        nature=Nature.ORDRE,
        roles=[Role.COMPTABLE],
        on=day,
    )
    return plan


@transaction.atomic
def grant_plan(
    acting: Membership,
    plan: PlanDePaiement,
    *,
    nombre: int | None = None,
    premiere: date | None = None,
    motif: str = "",
    on: date | None = None,
) -> PlanDePaiement:
    """Grant a plan, as asked or over other dates; it spreads what is owed that day."""
    day = on or today()
    ordre, plan = _lock(plan)
    can_decide_plan(acting, plan).enforce()
    _require_owed(ordre)
    plan.nombre, plan.premiere = nombre or plan.nombre, premiere or plan.premiere
    tranches = _tranches(ordre.reste, plan.nombre, plan.premiere, day)
    _enter_into_force(acting, plan, ordre, tranches, motif, day)
    record(acting, "plan.accorde", ordre, motif=plan.motif_decision, apres=_facts(plan, tranches))
    _tell_granted(ordre, plan, tranches, day)
    return plan


@transaction.atomic
def refuse_plan(
    acting: Membership, plan: PlanDePaiement, *, motif: str, on: date | None = None
) -> PlanDePaiement:
    """Refuse a plan with its reason: the pursuit goes on."""
    day = on or today()
    ordre, plan = _lock(plan)
    can_decide_plan(acting, plan).enforce()
    if not motif.strip():
        raise Refus("Dites pourquoi la demande est refusée : le motif est notifié à la structure.")
    plan.etat, plan.motif_decision = Etat.REFUSE, motif.strip()
    plan.decide_par, plan.decide_le = acting.user, day
    plan.save(update_fields=["etat", "motif_decision", "decide_par", "decide_le"])
    record(acting, "plan.refuse", ordre, motif=plan.motif_decision, apres={"plan": plan.version})
    tell_debtor(
        ordre,
        "Plan de paiement refusé",
        f"Votre demande de délais pour l’ordre de recouvrer n° {ordre.numero} est refusée. Le "
        "motif est sur la page de l’ordre ; la somme reste due à son échéance.",
        day,
    )
    return plan


@transaction.atomic
def break_plan(plan: PlanDePaiement, *, on: date | None = None) -> bool:
    """End a plan one of whose instalments is unpaid for too long; False when none is.

    Called by the night job: the pursuit of the order resumes.
    """
    day = on or today()
    ordre, plan = _lock(plan)
    if plan.etat != Etat.ACCORDE or not (missing := missing_on(plan, ordre, day)):
        return False
    plan.etat, plan.fin_le = Etat.ROMPU, day
    plan.save(update_fields=["etat", "fin_le"])
    record(None, "plan.rompu", ordre, apres={"plan": plan.version, "reste": missing})
    text = (
        f"Une échéance du plan de paiement de l’ordre de recouvrer n° {ordre.numero} n’est pas "
        f"payée ({euros(missing)}) : le plan est rompu"
    )
    tell_debtor(ordre, "Plan de paiement rompu", f"{text}, la somme entière est exigible.", day)
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        "Plan de paiement rompu",
        f"{text}. Rééchelonnez-le sur les dates restantes, ou poursuivez le recouvrement.",
        page_of(ordre),
        nature=Nature.ORDRE,
        roles=[Role.COMPTABLE],
        on=day,
    )
    return True


@transaction.atomic
def rebuild_plan(
    acting: Membership, plan: PlanDePaiement, *, motif: str, on: date | None = None
) -> PlanDePaiement:
    """Spread what is owed over the dates of a broken plan still to come: a new version."""
    day = on or today()
    ordre, plan = _lock(plan)
    can_rebuild_plan(acting, plan).enforce()
    if not motif.strip():
        raise Refus("Dites pourquoi le plan est rééchelonné.")
    tranches = remaining_tranches(plan, ordre, day)
    if not tranches:
        raise Refus(
            "Aucune échéance de ce plan n’est à venir : poursuivez le recouvrement, ou faites "
            "demander un nouveau plan."
        )
    again = PlanDePaiement(
        ordre=ordre,
        version=plan.version + 1,
        nombre=len(tranches),
        premiere=tranches[0].le,
        motif=plan.motif,
        demande_par=plan.demande_par,
        demande_le=plan.demande_le,
        par_la_structure=plan.par_la_structure,
        remplace=plan,
    )
    _enter_into_force(acting, again, ordre, tranches, motif, day)
    record(acting, "plan.reechelonne", ordre, motif=motif.strip(), apres=_facts(again, tranches))
    _tell_granted(ordre, again, tranches, day)
    return again


def remaining_tranches(plan: PlanDePaiement, ordre: OrdreDeRecouvrer, on: date) -> list[Tranche]:
    """What a broken plan would become: the dates after `on`, for what is owed; may be empty."""
    dates = [echeance.le for echeance in plan.echeances.all() if echeance.le > on]
    return spread(ordre.reste, dates) if dates else []


def situation_of(plan: PlanDePaiement, ordre: OrdreDeRecouvrer) -> list[Situation]:
    """Each instalment with what lowered the debt since the plan was granted, the oldest first."""
    echeances = list(plan.echeances.all())
    paid = (plan.montant or ordre.reste) - ordre.reste
    covered = allot(paid, [echeance.montant for echeance in echeances])
    return [
        Situation(echeance.rang, echeance.le, echeance.montant, part)
        for echeance, part in zip(echeances, covered, strict=True)
    ]


def missing_on(plan: PlanDePaiement, ordre: OrdreDeRecouvrer, on: date) -> Decimal:
    """What is unpaid of the instalments whose date is past for longer than the delay allowed."""
    tranches = [Tranche(echeance.le, echeance.montant) for echeance in plan.echeances.all()]
    paid = (plan.montant or ordre.reste) - ordre.reste
    return unpaid(paid, tranches, on - timedelta(days=delay("ECHEANCE_PLAN")))


def _tranches(reste: Decimal, nombre: int, premiere: date, on: date) -> list[Tranche]:
    most = settings.ECHEANCES_PLAN_MAX
    if not 2 <= nombre <= most:
        raise Refus(f"Un plan compte de 2 à {most} échéances mensuelles.")
    if not on < premiere <= on + PREMIERE_AU_PLUS_TARD:
        raise Refus(
            f"La première échéance est comprise entre le {on + timedelta(days=1):%d/%m/%Y} et le "
            f"{on + PREMIERE_AU_PLUS_TARD:%d/%m/%Y}."
        )
    try:
        return spread(reste, monthly_dates(premiere, nombre))
    except ValueError:
        raise Refus(
            f"{euros(reste)} ne se répartissent pas sur {nombre} échéances : réduisez leur nombre."
        ) from None


def _enter_into_force(
    acting: Membership,
    plan: PlanDePaiement,
    ordre: OrdreDeRecouvrer,
    tranches: Sequence[Tranche],
    motif: str,
    on: date,
) -> None:
    plan.etat, plan.montant = Etat.ACCORDE, ordre.reste
    plan.decide_par, plan.decide_le = acting.user, on
    plan.motif_decision = motif.strip()
    plan.save()
    EcheancePlan.objects.bulk_create(
        EcheancePlan(plan=plan, rang=rank, le=tranche.le, montant=tranche.montant)
        for rank, tranche in enumerate(tranches, start=1)
    )


def _facts(plan: PlanDePaiement, tranches: Sequence[Tranche]) -> dict[str, object]:
    return {
        "plan": plan.version,
        "montant": plan.montant,
        "echeances": [f"{tranche.le:%d/%m/%Y} : {euros(tranche.montant)}" for tranche in tranches],
    }


def _tell_granted(
    ordre: OrdreDeRecouvrer, plan: PlanDePaiement, tranches: Sequence[Tranche], on: date
) -> None:
    first = tranches[0]
    tell_debtor(
        ordre,
        "Plan de paiement accordé",
        f"Un plan de {plan.nombre} échéances est accordé pour l’ordre de recouvrer "
        f"n° {ordre.numero} : {euros(first.montant)} à payer le {first.le:%d/%m/%Y} au plus tard. "
        "Le calendrier est sur la page de l’ordre.",
        on,
    )


def _require_owed(ordre: OrdreDeRecouvrer) -> None:
    if ordre.etat not in OrdreDeRecouvrer.OUVERTS:
        raise Refus("Plus rien n’est à payer sur cet ordre.")


def _lock(plan: PlanDePaiement) -> tuple[OrdreDeRecouvrer, PlanDePaiement]:
    """The order first, as every act on it does, then the plan as it is now."""
    ordre = lock(plan.ordre_id)
    return ordre, PlanDePaiement.objects.select_for_update().get(pk=plan.pk)
