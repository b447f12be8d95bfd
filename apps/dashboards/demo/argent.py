"""The money of the demonstration around its runs: funds, bank, recoveries, fees, accounts.

Played at the beginning of each month, in the transaction of its step: what has happened since the
run before (bank returns, life of the orders), then what comes before the next one. Everything goes
through the services, by the people whose role it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from apps.annexes.models import AnnexeFinanciere
from apps.conventions.models import ConventionMandat
from apps.dashboards.demo.creances import CREANCES, nights
from apps.dashboards.demo.frame import acting
from apps.dashboards.models import CompteEmploi
from apps.dashboards.services_comptes import prepare_account, sign_account
from apps.payments.models import (
    AppelDeFonds,
    BlocagePaiement,
    Campagne,
    FactureFrais,
    Virement,
)
from apps.payments.services import settle_campagne
from apps.payments.services.appels import issue_call
from apps.payments.services.blocages import lift_block
from apps.payments.services.encaissements_frais import record_receipt as record_fees
from apps.payments.services.frais import issue_facture, prepare_facture
from apps.payments.services.modulation import notify_modulation, validate_modulation
from apps.payments.services.periodes import lock_month, lock_year
from apps.payments.services.recettes import record_receipt
from apps.payments.services.retours import apply_return, import_return
from apps.rules.periods import Month
from apps.siae.models import Structure
from apps.siae.services import (
    apply_bank_details,
    control_bank_details,
    propose_bank_details,
)

PREMIER = Month(2023, 1)
# Its account was closed: the transfer of February comes back.
REJETE, REJET_DE = "L’Atelier de la Gohelle", Month(2023, 2)
NOUVEAU_COMPTE = ("FR1420041010050500013M02606", "PSSTFRPPXXX")
# What the Somme, short in May (see fonds.py), pays of its advance in June.
SOMME_SUITE = Decimal("18000.00")
PERIODE = FactureFrais.Periode


def before_run(month: Month) -> None:
    """Everything about money that comes in a calendar month before its run."""
    if month > PREMIER:
        _the_bank_answers(month - 1)
        nights(month)
        _lift_holds(month)
        _lock(month - 1)
    for event in EVENEMENTS.get(month, ()):
        event(month)
    for event in CREANCES.get(month, ()):
        event(month)


def close_the_year(on: date) -> None:
    """The day the demonstration is served: the last night, the account of the year certified."""
    _the_bank_answers(Month.of(on))
    nights(Month.of(on) + 1, until=on)
    for mandat in ConventionMandat.objects.filter(debut__year=2023).order_by("pk"):
        _render_account(mandat, CompteEmploi.Nature.CERTIFIE, on)


def _the_missing_funds(month: Month) -> None:
    """The exceptional call proposed by the run of May, issued then paid."""
    call = AppelDeFonds.objects.filter(
        mandat__financeur__code="080", nature=AppelDeFonds.Nature.EXCEPTIONNEL
    ).latest("pk")
    issue_call(acting("asp.ordonnateur"), call, on=month.day(1))
    _receive(call.mandat, call.montant, month.day(12), "VIR-CD080-230612", call)
    advance = AppelDeFonds.objects.get(mandat=call.mandat, nature=AppelDeFonds.Nature.AVANCE)
    _receive(call.mandat, SOMME_SUITE, month.day(12), "VIR-CD080-230612-2", advance)


def _new_account(month: Month) -> None:
    """The structure whose transfer came back gives another account, checked by the ASP."""
    structure = Structure.objects.get(denomination=REJETE)
    iban, bic = NOUVEAU_COMPTE
    proposed = propose_bank_details(
        acting("atelier-gohelle"), structure, titulaire=REJETE[:70], iban=iban, bic=bic
    )
    checked = control_bank_details(acting("asp.gestionnaire"), proposed, on=month.day(1))
    apply_bank_details(checked.effet_le)


def _fees(annee: int, *periodes: str) -> Callable[[Month], None]:
    """Invoices of the Pas-de-Calais: prepared by one, issued by another, paid."""

    def event(month: Month) -> None:
        mandat = ConventionMandat.objects.get(debut__year=annee, financeur__code="062")
        for periode in periodes:
            _invoice(mandat, annee, periode, month)

    return event


def _invoice(mandat: ConventionMandat, annee: int, periode: str, month: Month) -> None:
    facture = prepare_facture(acting("asp.gestionnaire"), mandat, annee, periode, on=month.day(5))
    facture = issue_facture(acting("asp.ordonnateur"), facture, on=month.day(8))
    record_fees(
        acting("asp.comptable"),
        facture,
        montant=facture.montant,
        recu_le=month.day(15),
        reference_bancaire=f"VIR-CD062-FRAIS-{annee}{periode}",
        on=month.day(15),
    )


def _modulated_part(month: Month) -> None:
    """The DDETS notifies the modulated part of an annex of 2023; the run of the month pays it."""
    annexe = AnnexeFinanciere.objects.get(
        siae__structure__denomination="Les Jardins de la Haute-Morinie", renouvellement=0
    )
    part = notify_modulation(
        acting("ddets"),
        annexe,
        taux=Decimal("5.00"),
        reference="Notification DDETS 62 – 2024-011",
        notifiee_le=month.day(2),
        on=month.day(5),
    )
    validate_modulation(acting("asp.gestionnaire"), part, on=month.day(8))


def _provisional_accounts(month: Month) -> None:
    """Within fifteen days of the end of the year (art. 3.1)."""
    for mandat in ConventionMandat.objects.filter(debut__year=2023).order_by("pk"):
        _render_account(mandat, CompteEmploi.Nature.PROVISOIRE, month.day(15))


def _year_is_locked(month: Month) -> None:
    lock_year(acting("asp.comptable"), 2023, on=month.day(15))


# What happens in a calendar month, before its run.
EVENEMENTS: dict[Month, tuple[Callable[[Month], None], ...]] = {
    Month(2023, 4): (_new_account,),
    Month(2023, 6): (_the_missing_funds,),
    Month(2023, 7): (_fees(2023, PERIODE.SEMESTRE_1),),
    Month(2024, 1): (
        _fees(2023, PERIODE.SEMESTRE_2),
        _year_is_locked,
        _provisional_accounts,
    ),
    Month(2024, 2): (_modulated_part,),
}


def _the_bank_answers(month: Month) -> None:
    """The return of the run of a month: everything is paid, but one transfer in February."""
    campagne = (
        Campagne.objects.filter(mois=month.first_day, etat=Campagne.Etat.EXECUTEE)
        .order_by("pk")
        .last()
    )
    if campagne is None:
        return
    jour = month.day(24)
    rows = ["reference;statut;code;libelle;date"]
    for virement in campagne.virements.filter(etat=Virement.Etat.EMIS).select_related("structure"):
        refused = month == REJET_DE and virement.structure.denomination == REJETE
        answer = "RJCT;AC04;Compte clos" if refused else "ACSC;;"
        rows.append(f"{virement.reference};{answer};{jour:%d/%m/%Y}")
    comptable = acting("asp.comptable")
    if len(rows) > 1:
        nom = f"retour-{campagne.numero:06d}.csv"
        retour = import_return(comptable, nom, "\n".join(rows).encode(), on=jour)
        apply_return(comptable, retour, on=jour)
    settle_campagne(comptable, campagne, on=jour)


def _lift_holds(month: Month) -> None:
    """A second gestionnaire looks at what the product held, and lifts it."""
    for block in BlocagePaiement.objects.filter(leve_le__isnull=True).order_by("pk"):
        if block.structure.coordonnees_bancaires.filter(etat="ACTIVE").exists():
            lift_block(
                acting("asp.gestionnaire2"),
                block,
                motif="Vérifié auprès de la structure, par téléphone au numéro de sa fiche.",
                on=month.day(4),
            )


def _lock(month: Month) -> None:
    """The month before is locked in the middle of the next."""
    lock_month(acting("asp.comptable"), month.first_day, on=(month + 1).day(14))


def _receive(
    mandat: ConventionMandat, montant: Decimal, jour: date, reference: str, call: AppelDeFonds
) -> None:
    record_receipt(
        acting("asp.comptable"),
        mandat,
        montant=montant,
        recu_le=jour,
        reference_bancaire=reference,
        appel=call,
        on=jour,
    )


def _render_account(mandat: ConventionMandat, nature: str, on: date) -> None:
    """Prepared by a gestionnaire, signed by the agent comptable."""
    compte = prepare_account(acting("asp.gestionnaire"), mandat, date(2023, 12, 31), nature, on=on)
    sign_account(acting("asp.comptable"), compte, on=on)
