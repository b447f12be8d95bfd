"""Events of the recovery orders in the simulated year (spec 05 §5)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile

from apps.dashboards.simulation.monde import Dossier, Monde
from apps.recoveries.models import (
    Contestation,
    Encaissement,
    Excedent,
    Extinction,
    LigneNonValeur,
    ListeNonValeur,
    OrdreDeRecouvrer,
    PlanDePaiement,
    Remboursement,
)
from apps.recoveries.services.abandons import add_line, prepare_list, receive_list, submit_list
from apps.recoveries.services.actes import pursue
from apps.recoveries.services.admissions import decide_line
from apps.recoveries.services.annulations import cancel_cash
from apps.recoveries.services.compensations import decide_set_off
from apps.recoveries.services.contestations import (
    contest,
    decide_dispute,
    examine_dispute,
    suspend_pursuit,
)
from apps.recoveries.services.encaissements import record_cash
from apps.recoveries.services.excedents import order_refund, pay_refund, use_surplus
from apps.recoveries.services.extinctions import decide_extinction, propose_extinction
from apps.recoveries.services.plans import ask_plan, grant_plan, rebuild_plan
from apps.recoveries.services.remises import ask_remission
from apps.recoveries.tasks import pursue as night_of_the_orders
from apps.recoveries.tasks_apurement import clear_small, settle_silence
from apps.rules.money import cents

ACTES = ("notifier", "relancer", "mettre_en_demeure", "forcer")


def the_night_of_the_orders(monde: Monde, jour: date) -> str:
    """The jobs of the night: acts that are due, silences, small debts, broken plans."""
    told = [night_of_the_orders(jour.isoformat()), settle_silence(jour.isoformat())]
    return f"{told}, apurés : {clear_small(jour.isoformat())}"


def an_order_is_pursued(monde: Monde, jour: date) -> str:
    """The accountant notifies, reminds, gives formal notice or enforces."""
    ordre = _open_order(monde)
    if ordre is None:
        return ""
    states = OrdreDeRecouvrer.OUVERTS
    event = ACTES[min(states.index(ordre.etat), len(ACTES) - 1)]
    voie = "SAISIE" if event == "forcer" else ""
    pursue(monde.comptable, ordre, event, voie=voie, on=jour)
    return f"{ordre} : {event}"


def money_comes(monde: Monde, jour: date) -> str:
    """A structure pays part of an order, all of it, or too much."""
    ordre = _open_order(monde)
    if ordre is None:
        return ""
    share = monde.alea.choice((Decimal("0.30"), Decimal("0.99"), Decimal("1"), Decimal("1.2")))
    montant = max(Decimal("0.01"), cents(ordre.reste * share))
    record_cash(
        monde.comptable,
        ordre,
        montant=montant,
        recu_le=jour,
        reference=f"SIM-{monde.next()}",
        conserver=True,
        motif="Simulation.",
        on=jour,
    )
    return f"{ordre} : {montant} reçus"


def cash_is_cancelled(monde: Monde, jour: date) -> str:
    """A cheque comes back unpaid."""
    received = Encaissement.objects.filter(
        ordre__structure__in=_structures(monde), annule_le__isnull=True
    ).order_by("pk")
    if not received:
        return ""
    encaissement = monde.alea.choice(list(received))
    cancel_cash(monde.comptable, encaissement, motif="Simulation.", on=jour)
    return f"{encaissement} annulé"


def a_surplus_is_used(monde: Monde, jour: date) -> str:
    """A surplus is set on another order, or refunded by two people."""
    excedents = [
        excedent
        for excedent in Excedent.objects.filter(ordre__structure__in=_structures(monde)).order_by(
            "pk"
        )
        if excedent.reste
    ]
    if not excedents:
        return ""
    excedent = monde.alea.choice(excedents)
    ordre = _open_order(monde, structure_id=excedent.ordre.structure_id)
    if ordre is not None and monde.alea.random() < 0.5:
        montant = min(ordre.reste, excedent.reste)
        use_surplus(monde.comptable, excedent, ordre, montant, on=jour)
        return f"excédent imputé : {montant}"
    refund = order_refund(monde.ordonnateur, excedent, motif="Simulation.", on=jour)
    assert isinstance(refund, Remboursement)  # noqa: S101 - the service says so
    pay_refund(monde.comptable, refund, reference=f"SIM-{monde.next()}", on=jour)
    return f"excédent remboursé : {refund.montant}"


def a_plan_is_granted(monde: Monde, jour: date) -> str:
    """Delays asked by the structure, granted by the accountant."""
    ordre = _open_order(monde)
    if ordre is None:
        return ""
    broken = ordre.plans.filter(etat=PlanDePaiement.Etat.ROMPU).last()
    if broken is not None:
        rebuild_plan(monde.comptable, broken, motif="Simulation.", on=jour)
        return f"{ordre} : plan reconstruit"
    premiere = jour + timedelta(days=monde.alea.randint(5, 40))
    nombre = monde.alea.randint(2, 4)
    dossier = _dossier_of(monde, ordre)
    plan = ask_plan(
        dossier.responsable, ordre, nombre=nombre, premiere=premiere, motif="Simulation.", on=jour
    )
    grant_plan(monde.comptable, plan, on=jour)
    return f"{ordre} : {nombre} échéances à partir du {premiere:%d/%m/%Y}"


def a_set_off_is_decided(monde: Monde, jour: date) -> str:
    """What is owed will be kept on later payments of the structure."""
    ordre = _open_order(monde)
    if ordre is None:
        return ""
    plafond = monde.alea.choice((None, Decimal("150.00")))
    decide_set_off(monde.comptable, ordre, motif="Simulation.", plafond=plafond, on=jour)
    return f"{ordre} : compensation, plafond {plafond}"


def an_order_is_disputed(monde: Monde, jour: date) -> str:
    """A dispute, suspended by written order, rejected or upheld wholly or partly."""
    ordre = _open_order(monde)
    if ordre is None:
        return ""
    dossier = _dossier_of(monde, ordre)
    dispute = contest(dossier.responsable, ordre, motif="Simulation.", on=jour)
    suspend_pursuit(monde.ordonnateur, dispute, motif="Simulation.", on=jour)
    return f"{ordre} contesté"


def a_dispute_is_decided(monde: Monde, jour: date) -> str:
    """Rejected, or upheld for a part or the whole."""
    disputes = Contestation.objects.open().filter(ordre__structure__in=_structures(monde))
    dispute = disputes.order_by("pk").first()
    if dispute is None:
        return ""
    share = monde.alea.choice((Decimal(0), Decimal("0.4"), Decimal(1)))
    reduction = cents(dispute.ordre.reste * share)
    dispute = examine_dispute(
        monde.gestionnaire, dispute, avis="Simulation.", reduction=reduction, on=jour
    )
    decide_dispute(monde.ordonnateur, dispute, reduction=reduction, motif="Simulation.", on=jour)
    return f"{dispute.ordre} : réduit de {reduction}"


def a_remission_is_asked(monde: Monde, jour: date) -> str:
    """Refused at once: the structures of the year are legal persons."""
    ordre = _open_order(monde)
    if ordre is None:
        return ""
    ask_remission(_dossier_of(monde, ordre).responsable, ordre, motif="Simulation.", on=jour)
    return f"{ordre} : remise demandée, refusée aux personnes morales"


def a_list_is_submitted(monde: Monde, jour: date) -> str:
    """An order presented for write-off, received, then left to the decision or to the silence."""
    ordre = _open_order(monde)
    if ordre is None:
        return ""
    liste = prepare_list(monde.gestionnaire, ordre.financeur, on=jour)
    add_line(monde.gestionnaire, liste, ordre, motif="INSOLVABILITE", piece=_proof())
    liste = submit_list(monde.comptable, liste, on=jour)
    if ordre.financeur.is_etat:
        return f"{ordre} présenté en non-valeur à l’ordonnateur"
    receive_list(monde.decideurs[ordre.financeur_id], liste, recue_le=jour, on=jour)
    return f"{ordre} présenté en non-valeur, reçu"


def a_line_is_decided(monde: Monde, jour: date) -> str:
    """The décideur (the ordonnateur for the State) admits or refuses."""
    ligne = (
        LigneNonValeur.objects.pending()
        .filter(ordre__structure__in=_structures(monde))
        .select_related("liste__financeur")
        .order_by("pk")
        .first()
    )
    if ligne is None or ligne.liste.etat == ListeNonValeur.Etat.PREPARATION:
        return ""
    financeur = ligne.liste.financeur
    who = monde.ordonnateur if financeur.is_etat else monde.decideurs[financeur.pk]
    admise = monde.alea.random() < 0.5
    decide_line(who, ligne, admise=admise, elements="" if admise else "Simulation.", on=jour)
    return f"{ligne.ordre} : {'admis' if admise else 'refusé'}"


def a_debt_is_extinguished(monde: Monde, jour: date) -> str:
    """Closing for insufficient assets: the département is not asked."""
    ordre = _open_order(monde)
    if ordre is None:
        return ""
    proposed = propose_extinction(
        monde.comptable,
        ordre,
        motif=Extinction.Motif.INSUFFISANCE_ACTIF,
        piece=_proof(),
        on=jour,
    )
    decide_extinction(monde.ordonnateur, proposed, prononcee=True, on=jour)
    return f"{ordre} éteint"


def _open_order(monde: Monde, **which: int) -> OrdreDeRecouvrer | None:
    orders = OrdreDeRecouvrer.objects.filter(
        structure__in=_structures(monde), etat__in=OrdreDeRecouvrer.OUVERTS, **which
    )
    found = list(orders.select_related("financeur", "structure").order_by("pk"))
    return monde.alea.choice(found) if found else None


def _dossier_of(monde: Monde, ordre: OrdreDeRecouvrer) -> Dossier:
    return next(d for d in monde.dossiers if d.structure.pk == ordre.structure_id)


def _structures(monde: Monde) -> list[int]:
    return [dossier.structure.pk for dossier in monde.dossiers]


def _proof() -> ContentFile[bytes]:
    return ContentFile(b"%PDF-1.7\n%%EOF\n", name="piece.pdf")
