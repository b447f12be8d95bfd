"""Set-off of an order against the payments of the same structure by the same funder (spec 05 §5).

Decided by the agent comptable, told by a notice, proposed on the runs paid after the days left to
answer, and recorded as paid when a run is executed. `propose` is a DEDUCTION_STEP of the payments,
`record_set_offs` a step of the execution.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import Fact, record, record_many
from apps.payments import ledger
from apps.payments.models import Campagne, Deduction, Versement
from apps.payments.reglements import Especes, payable_cash
from apps.recoveries.ecritures import Evenement, carrier, entry_of
from apps.recoveries.models import Compensation, Encaissement, Excedent, OrdreDeRecouvrer
from apps.recoveries.permissions import can_lift_set_off, can_set_off
from apps.recoveries.poursuites import suspensions_by_order
from apps.recoveries.services.encaissements import create_surplus
from apps.recoveries.services.ordres import delay, end_if_paid, lock, tell_debtor
from apps.rules.explanation import euros

Etat = Compensation.Etat


@transaction.atomic
def decide_set_off(
    acting: Membership,
    ordre: OrdreDeRecouvrer,
    *,
    motif: str,
    plafond: Decimal | None = None,
    on: date | None = None,
) -> Compensation:
    """Decide that an order will be set off against later payments, at most `plafond` per run."""
    day = on or today()
    ordre = lock(ordre)
    can_set_off(acting, ordre, day).enforce()
    if not motif.strip():
        raise Refus("Dites pourquoi la compensation est décidée : le motif est notifié.")
    if plafond is not None and plafond <= 0:
        raise Refus("Le plafond par campagne est supérieur à 0,00 €, ou laissé vide.")
    found = Compensation.objects.create(
        ordre=ordre,
        motif=motif.strip(),
        reste=ordre.reste,
        plafond=plafond,
        decidee_le=day,
        applicable_le=day + timedelta(days=delay("COMPENSATION")),
        decidee_par=acting.user,
    )
    record(
        acting,
        "ordre.compensation_decidee",
        ordre,
        motif=found.motif,
        apres={"applicable_le": found.applicable_le, "plafond": plafond, "reste": ordre.reste},
    )
    most = f", dans la limite de {euros(plafond)} par campagne" if plafond else ""
    tell_debtor(
        ordre,
        "Avis de compensation",
        f"À partir du {found.applicable_le:%d/%m/%Y}, les {euros(ordre.reste)} dus sur l’ordre de "
        f"recouvrer n° {ordre.numero} seront retenus sur vos versements{most}. Vous pouvez "
        "présenter vos observations jusque-là.",
        day,
    )
    return found


@transaction.atomic
def lift_set_off(
    acting: Membership, compensation: Compensation, *, motif: str, on: date | None = None
) -> Compensation:
    """The set-off will not apply any more; a run already approved keeps its figures."""
    day = on or today()
    ordre = lock(compensation.ordre_id)
    found = Compensation.objects.select_for_update().get(pk=compensation.pk)
    can_lift_set_off(acting, found).enforce()
    if not motif.strip():
        raise Refus("Dites pourquoi la compensation est levée.")
    if run := _approved_run(ordre):
        raise Refus(
            f"La {run} est approuvée et retient une somme sur cet ordre : levez la compensation "
            "après son exécution, ou abandonnez la campagne."
        )
    found.etat, found.fin_le = Etat.LEVEE, day
    found.levee_par, found.motif_levee = acting.user, motif.strip()
    found.save(update_fields=["etat", "fin_le", "levee_par", "motif_levee"])
    record(acting, "ordre.compensation_levee", ordre, motif=found.motif_levee)
    tell_debtor(
        ordre,
        "Compensation levée",
        f"Aucune somme ne sera plus retenue sur vos versements pour l’ordre de recouvrer "
        f"n° {ordre.numero}, qui reste à payer.",
        day,
    )
    return found


def _approved_run(ordre: OrdreDeRecouvrer) -> Campagne | None:
    frozen = (Campagne.Etat.APPROUVEE, Campagne.Etat.VISEE)
    deductions = Deduction.objects.filter(
        reference=ordre.reference,
        versement__statut=Versement.Statut.PROPOSE,
        versement__campagne__etat__in=frozen,
    ).select_related("versement__campagne")
    found = deductions.first()
    return found.versement.campagne if found else None


# --- Proposed on a run ---------------------------------------------------------------------------
@dataclass(slots=True)
class _Caisse:
    """Cash of a structure's lines for one funder, in the order of the run."""

    lines: list[Especes] = field(default_factory=list)
    left: list[Decimal] = field(default_factory=list)

    def add(self, line: Especes) -> None:
        self.lines.append(line)
        self.left.append(line.montant)

    def take(self, montant: Decimal) -> Iterable[tuple[Especes, Decimal]]:
        """Up to `montant` out of the lines, the first ones first."""
        for rank, line in enumerate(self.lines):
            part = min(montant, self.left[rank])
            if part:
                self.left[rank] -= part
                montant -= part
                yield line, part


def propose(campagne: Campagne) -> list[Deduction]:
    """Set-offs of a run in progress, unsaved: the oldest order first, as far as the cash goes.

    Never above the cash of the line for that funder, nor what is owed, nor the ceiling decided.
    A fixed number of queries.
    """
    measures = _applicable(campagne)
    if not measures:
        return []
    cash: dict[tuple[int, int], _Caisse] = {}
    for line in payable_cash(campagne):
        key = (line.versement.structure_id, line.financeur_id)
        cash.setdefault(key, _Caisse()).add(line)
    carriers = {m.ordre.financeur_id: m.ordre.financeur for m in measures}
    bearing = {pk: carrier(financeur).pk for pk, financeur in carriers.items()}
    proposed = []
    for measure in measures:
        ordre = measure.ordre
        financeur = bearing[ordre.financeur_id]
        caisse = cash.get((ordre.structure_id, financeur))
        most = ordre.reste if measure.plafond is None else min(ordre.reste, measure.plafond)
        for line, montant in caisse.take(most) if caisse else ():
            proposed.append(
                Deduction(
                    versement=line.versement,
                    financeur_id=financeur,
                    annexe_id=ordre.annexe_id,
                    mandat_id=ordre.mandat_id,
                    reference=ordre.reference,
                    montant=montant,
                )
            )
    return proposed


def _applicable(campagne: Campagne) -> list[Compensation]:
    """Decisions that apply on the payment day, of orders that nothing suspends."""
    measures = list(
        Compensation.objects.filter(
            etat=Etat.DECIDEE,
            applicable_le__lte=campagne.jour_paiement,
            ordre__etat__in=OrdreDeRecouvrer.OUVERTS,
        )
        .select_related("ordre__financeur__successeur")
        .order_by("ordre__numero")
    )
    pks = [measure.ordre_id for measure in measures]
    suspended = suspensions_by_order(pks, campagne.jour_paiement)
    return [measure for measure in measures if measure.ordre_id not in suspended]


# --- Forbidden since the approval ----------------------------------------------------------------
def forbidden_set_offs(campagne: Campagne, on: date) -> list[str]:
    """Set-offs of a run on orders whose pursuit is suspended by now: a collective procedure opened
    since the approval (code de commerce, art. L. 622-7), a dispute, a plan.

    The figures are frozen: the agent comptable rejects the lines, the next run proposes them
    again. A fixed number of queries.
    """
    deductions = _deductions_of(campagne, Versement.Statut.PROPOSE)
    ordres = _orders_of(deductions)
    suspended = suspensions_by_order([ordre.pk for ordre in ordres.values()], on)
    lines: dict[str, list[str]] = {}
    for deduction in deductions:
        if ordres[deduction.reference].pk in suspended:
            lines.setdefault(deduction.reference, []).append(str(deduction.versement))
    return [
        f"L’ordre de recouvrer n° {ordre.numero} ne peut plus être compensé sur les versements de "
        f"la structure « {ordre.structure} » : {suspended[ordre.pk][0].texte}. Rejetez les lignes "
        f"concernées ({', '.join(lines[reference])}) : la prochaine campagne les proposera sans "
        "cette compensation."
        for reference, ordre in ordres.items()
        if reference in lines
    ]


# --- Recorded when the run is executed ----------------------------------------------------------
def record_set_offs(campagne: Campagne, acting: Membership, on: date) -> None:
    """The set-offs of an executed run pay their orders; the ledger has them already.

    What an order no longer owed that day (paid or reduced since the approval) is a surplus.
    """
    deductions = _deductions_of(campagne, Versement.Statut.EXECUTE)
    ordres = _orders_of(deductions, for_update=True)
    facts = []
    for deduction in deductions:
        ordre = ordres[deduction.reference]
        _pay(acting, ordre, deduction, campagne, on)
        apres = {"montant": deduction.montant, "campagne": campagne.numero, "reste": ordre.reste}
        facts.append(Fact("ordre.compense", ordre, apres=apres))
    record_many(acting, facts)
    for reference, ordre in ordres.items():
        end_if_paid(acting, ordre, on)
        _tell_set_off(ordre, [d for d in deductions if d.reference == reference], on)


def _deductions_of(campagne: Campagne, statut: str) -> list[Deduction]:
    """Set-offs on the lines of a run that are in this state, order by order."""
    rows = Deduction.objects.filter(
        versement__campagne=campagne, versement__statut=statut, reference__startswith="OR-"
    )
    return list(rows.select_related("versement__annexe").order_by("reference", "pk"))


def _orders_of(
    deductions: Iterable[Deduction], *, for_update: bool = False
) -> dict[str, OrdreDeRecouvrer]:
    """The orders set off, per reference, in the order of their numbers."""
    numbers = {int(deduction.reference.removeprefix("OR-")) for deduction in deductions}
    orders = OrdreDeRecouvrer.objects.filter(numero__in=numbers).select_related(
        "annexe", "structure__organisation", "financeur__successeur"
    )
    if for_update:
        orders = orders.select_for_update(of=("self",))
    return {ordre.reference: ordre for ordre in orders.order_by("numero")}


def _pay(
    acting: Membership,
    ordre: OrdreDeRecouvrer,
    deduction: Deduction,
    campagne: Campagne,
    on: date,
) -> None:
    taken = min(deduction.montant, ordre.reste)
    surplus = None
    if over := deduction.montant - taken:
        [ecriture] = ledger.post([entry_of(ordre, Evenement.EXCEDENT_REDUCTION, over)], on)
        origine = Excedent.Origine.COMPENSATION
        surplus = create_surplus(ordre, over, origine, ecriture, on, acting=acting)
    Encaissement.objects.create(
        ordre=ordre,
        mode=Encaissement.Mode.COMPENSATION,
        montant=taken,
        recu_le=on,
        reference=f"Campagne n° {campagne.numero}",
        versement=deduction.versement,
        excedent_ne=surplus,
        saisi_par=acting.user,
        saisi_le=on,
    )
    ordre.recouvre += taken


def _tell_set_off(ordre: OrdreDeRecouvrer, deductions: list[Deduction], on: date) -> None:
    montant = sum((deduction.montant for deduction in deductions), Decimal("0.00"))
    tell_debtor(
        ordre,
        "Compensation effectuée",
        f"{euros(montant)} ont été retenus sur vos versements pour l’ordre de recouvrer "
        f"n° {ordre.numero} : il y reste {euros(ordre.reste)} à payer.",
        on,
    )
