"""Events of the bank, the funds and the books in the simulated year (spec 05 §1-3, §6)."""

from __future__ import annotations

from datetime import date

from apps.dashboards.simulation.monde import JANVIER, Monde, give_account
from apps.payments.models import (
    AppelDeFonds,
    BlocagePaiement,
    Campagne,
    Cloture,
    Ecriture,
    LigneRetour,
    RecetteDeFonds,
    Virement,
)
from apps.payments.services.appels import issue_call
from apps.payments.services.blocages import lift_block
from apps.payments.services.denouement import settle_campagne
from apps.payments.services.extournes import reverse_entry
from apps.payments.services.inconnues import file_line
from apps.payments.services.periodes import grant_reopening, lock_month, request_reopening
from apps.payments.services.recettes import notify_funds, record_receipt
from apps.payments.services.retours import apply_return, import_return
from apps.rules.money import cents
from apps.rules.periods import Month

CODES = ("AC01", "AC04", "AG01", "MD07", "MS03")


def funds_come(monde: Monde, jour: date) -> str:
    """A département pays a part of its advance, more or less than what will be needed."""
    financeur = monde.alea.choice(monde.departements)
    mandat = monde.mandats[financeur.pk]
    montant = cents(mandat.avance * monde.alea.randint(1, 30) / 100)
    reference = f"SIM-{monde.next()}"
    if monde.alea.random() < 0.5:
        notify_funds(
            monde.decideurs[financeur.pk],
            mandat,
            montant=montant,
            ordonnance_le=jour,
            reference=reference,
            on=jour,
        )
    record_receipt(
        monde.comptable,
        mandat,
        montant=montant,
        recu_le=jour,
        reference_bancaire=reference,
        on=jour,
    )
    return f"{financeur} : {montant} reçus"


def a_call_is_issued(monde: Monde, jour: date) -> str:
    """A call that the product proposed (a run short of funds) is sent by the ordonnateur."""
    call = (
        AppelDeFonds.objects.filter(
            mandat__in=monde.mandats.values(), etat=AppelDeFonds.Etat.PROPOSE
        )
        .order_by("pk")
        .first()
    )
    if call is None:
        return ""
    issue_call(monde.ordonnateur, call, on=jour)
    return f"{call} émis : {call.montant}"


def a_receipt_is_reversed(monde: Monde, jour: date) -> str:
    """A receipt recorded by mistake; refused when its funds are spent."""
    receipts = RecetteDeFonds.objects.filter(mandat__in=monde.mandats.values())
    receipt = receipts.filter(annulee_le__isnull=True).order_by("-pk").first()
    if receipt is None:
        return ""
    entry = Ecriture.objects.get(reference=receipt.reference, extourne__isnull=True)
    reverse_entry(monde.comptable, entry, motif="Simulation.", on=jour)
    return f"{receipt} extournée"


def the_bank_answers(monde: Monde, jour: date) -> str:
    """A return with confirmations, rejections, repeated and unknown references."""
    sent = list(Virement.objects.filter(etat=Virement.Etat.EMIS).order_by("pk"))
    if not sent:
        return ""
    rows = ["reference;statut;code;libelle;date"]
    rejected = 0
    for virement in sent:
        draw = monde.alea.random()
        if draw < 0.2:
            rejected += 1
            code = monde.alea.choice(CODES)
            rows.append(f"{virement.reference};RJCT;{code};;{jour:%d/%m/%Y}")
        elif draw < 0.85:
            rows.append(f"{virement.reference};ACSC;;;{jour:%d/%m/%Y}")
    if monde.alea.random() < 0.3:
        rows.append(f"PERDUE-{monde.next()};ACSC;;;{jour:%d/%m/%Y}")
    if len(rows) == 1:
        return ""
    contents = "\n".join(rows).encode()
    retour = import_return(monde.comptable, f"retour-{monde.next()}.csv", contents, on=jour)
    apply_return(monde.comptable, retour, on=jour)
    return f"{len(rows) - 1} lignes, {rejected} rejets"


def unknown_lines_are_filed(monde: Monde, jour: date) -> str:
    """The queue of the unknown lines is emptied by a person."""
    lines = LigneRetour.objects.filter(issue=LigneRetour.Issue.INCONNUE, decision="")
    for line in lines.order_by("pk"):
        file_line(monde.comptable, line, motif="Simulation.", on=jour)
    return f"{len(lines)} classées" if lines else ""


def blocks_are_lifted(monde: Monde, jour: date) -> str:
    """A person looks at what was held: a new account when the bank refused the old one."""
    blocks = list(BlocagePaiement.objects.filter(leve_le__isnull=True).order_by("pk"))
    told = []
    for block in blocks:
        if monde.alea.random() < 0.3:
            continue
        active = block.structure.coordonnees_bancaires.filter(etat="ACTIVE").exists()
        if not active:
            give_account(monde, block.structure)
        block.refresh_from_db()
        if block.leve_le is None:
            lift_block(monde.gestionnaire, block, motif="Simulation.", on=jour)
        told.append(str(block))
    return ", ".join(told)


def the_run_is_settled(monde: Monde, jour: date) -> str:
    """Unwound once the bank has answered, or has had the time to refuse."""
    campagne = Campagne.objects.filter(etat=Campagne.Etat.EXECUTEE).order_by("pk").first()
    if campagne is None:
        return ""
    settle_campagne(monde.comptable, campagne, on=jour)
    return f"{campagne} dénouée"


def a_month_is_locked(monde: Monde, jour: date) -> str:
    """The oldest open month is locked; sometimes re-opened in four eyes."""
    locked = Cloture.objects.filter(
        nature=Cloture.Nature.MOIS, etat=Cloture.Etat.VERROUILLEE, debut__gte=JANVIER.first_day
    )
    last = locked.order_by("-debut").first()
    if last is not None and monde.alea.random() < 0.2:
        asked = request_reopening(monde.comptable, last, motif="Simulation.", on=jour)
        grant_reopening(monde.ordonnateur, asked, on=jour)
        return f"{last} rouverte"
    month = Month.of(last.debut) + 1 if last else _first_month()
    if month >= Month.of(jour):
        return ""
    lock_month(monde.comptable, month.first_day, on=jour)
    return f"{month.label} verrouillé"


def _first_month() -> Month:
    """The month of the first entry: nothing is locked before it."""
    first = Ecriture.objects.order_by("jour").first()
    return Month.of(first.jour) if first else JANVIER
