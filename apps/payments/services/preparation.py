"""Preparing a payment run: every due instalment, the held ones with their reasons (spec 05 §1).

One transaction, a fixed number of queries whatever the number of annexes. The preview is this
very code, rolled back. Called by the screens and by the tasks `payments.prepare*`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.models import Job
from apps.core.services import next_number
from apps.journal.services import record
from apps.payments.announcements import announce_stage
from apps.payments.comparison import Comparaison, compare_campagne
from apps.payments.equation import Equation, equation_of
from apps.payments.liquidation import Liquidation, liquidate
from apps.payments.models import Campagne, Retenue, Versement
from apps.payments.permissions import can_prepare
from apps.payments.recap import Recap, recap_of, with_previous
from apps.payments.reglements import settle
from apps.payments.services.blocages import hold_changed_accounts, hold_sharp_falls
from apps.rules.due import Ligne
from apps.rules.money import total
from apps.rules.periods import Month

BATCH = 2000
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Apercu:
    """A run that was computed and not kept: its totals, what differs from the month before,
    its lines, what it would hold."""

    campagne: Campagne
    recap: Recap
    equation: Equation
    comparaison: Comparaison
    versements: list[Versement]
    retenues: list[Retenue]


def payment_day(mois: date) -> date:
    """Nominal payment day of a month, on which eligibility is judged."""
    return mois.replace(day=settings.JOUR_PAIEMENT)


def next_month(on: date) -> date:
    """The month a run is expected for: after the last executed one, never to come."""
    last = Campagne.objects.executed().order_by("-mois").values_list("mois", flat=True).first()
    current = on.replace(day=1)
    return min((Month.of(last) + 1).first_day, current) if last else current


@transaction.atomic
def prepare_campagne(
    acting: Membership | None,
    mois: date,
    *,
    jour_paiement: date | None = None,
    on: date | None = None,
    job: Job | None = None,
    progress: Progress | None = None,
) -> Campagne:
    """Compute and record the run of a month (its first day); `acting` None: the schedule.

    Raises Refus when a run is in progress, when the month is to come or precedes the last
    executed run, and when it was executed already and nothing new is due.
    """
    campagne = _prepare(acting, mois, jour_paiement, on, progress)
    campagne.job = job
    campagne.save(update_fields=["job"])
    record(acting, "campagne.preparee", campagne, apres=figures_of(campagne))
    announce_stage(campagne)
    return campagne


def preview_campagne(
    acting: Membership | None,
    mois: date,
    *,
    jour_paiement: date | None = None,
    on: date | None = None,
) -> Apercu:
    """What `prepare_campagne` would record, computed by the same code and rolled back."""
    with transaction.atomic():
        campagne = _prepare(acting, mois, jour_paiement, on, None)
        apercu = Apercu(
            campagne,
            recap_of(campagne),
            equation_of(campagne),
            compare_campagne(campagne),
            list(with_previous(campagne.versements.with_display())),
            list(campagne.retenues.with_display()),
        )
        transaction.set_rollback(True)
    return apercu


def figures_of(campagne: Campagne) -> dict[str, Decimal | int | str]:
    """Totals of a run, for the journal."""
    return {
        "mois": f"{campagne.mois:%Y-%m}",
        "versements": campagne.nombre_versements,
        "retenues": campagne.nombre_retenues,
        "montant": campagne.montant,
        "montant_vire": campagne.montant_vire,
        "part_etat": campagne.part_etat,
        "part_cd": campagne.part_cd,
    }


def _prepare(
    acting: Membership | None,
    mois: date,
    jour_paiement: date | None,
    on: date | None,
    progress: Progress | None,
) -> Campagne:
    can_prepare(acting).enforce()
    jour = jour_paiement or payment_day(mois)
    # Taken first: two preparations wait for each other on the number, then the second is refused.
    numero = next_number("campagne")
    again = _check_month(mois, jour, on or today())
    campagne = Campagne.objects.create(
        numero=numero, mois=mois, jour_paiement=jour, prepare_par=acting.user if acting else None
    )
    day = min(on or today(), jour)  # a run prepared late holds from its payment day on
    hold_changed_accounts(day)
    liquidations = _liquidate(Month.of(mois), jour, day, progress)
    _write(campagne, liquidations)
    settle(campagne)
    if again and not campagne.nombre_versements and not campagne.montant_vire:
        raise Refus(
            f"La campagne {Month.of(mois).label_with_de} est déjà exécutée et rien de nouveau "
            "n’est à payer pour ce mois."
        )
    return campagne


def _liquidate(mois: Month, jour: date, on: date, progress: Progress | None) -> list[Liquidation]:
    """Every annex; those with a sharp fall, held meanwhile, are computed again."""
    liquidations = {}
    for done, liquidation in enumerate(liquidate(mois, jour), start=1):
        liquidations[liquidation.annexe_id] = liquidation
        if progress and done % 500 == 0:
            progress(done, done, f"{done} annexes calculées")
    held = hold_sharp_falls(liquidations.values(), on)
    for liquidation in liquidate(mois, jour, annexe_ids=sorted(held)) if held else ():
        liquidations[liquidation.annexe_id] = liquidation
    return list(liquidations.values())


def _check_month(mois: date, jour: date, on: date) -> bool:
    """Whether the month already has an executed run (this one completes it); Refus otherwise."""
    if mois.day != 1 or jour.replace(day=1) != mois:
        raise Refus("Le jour de paiement doit être un jour du mois de la campagne.")
    label = Month.of(mois).label_with_de
    if mois > on:
        raise Refus(f"La campagne {label} ne peut pas être préparée avant le {mois:%d/%m/%Y}.")
    running = Campagne.objects.in_progress().first()
    if running:
        raise Refus(
            f"La {str(running).lower()} est en cours : "
            "exécutez-la ou abandonnez-la avant d’en préparer une autre."
        )
    last = Campagne.objects.executed().order_by("-mois").values_list("mois", flat=True).first()
    if last and mois < last:
        raise Refus(
            f"La campagne {Month.of(last).label_with_de} est déjà exécutée : une campagne "
            "antérieure ne peut plus être préparée. Ce qui reste dû est payé par la prochaine "
            "campagne."
        )
    return last == mois


def _write(campagne: Campagne, liquidations: list[Liquidation]) -> None:
    """Record lines and holds, then the totals on the run."""
    versements = [
        _versement(campagne, liquidation, ligne)
        for liquidation in liquidations
        for ligne in liquidation.payables
    ]
    retenues = [
        Retenue(
            campagne=campagne,
            annexe_id=liquidation.annexe_id,
            mois=held.mois.first_day,
            nature=held.nature,
            motif=held.motif,
            detail=held.detail,
            montant_prevu=held.montant,
        )
        for liquidation in liquidations
        for held in liquidation.retenues
    ]
    Versement.objects.bulk_create(versements, batch_size=BATCH)
    Retenue.objects.bulk_create(retenues, batch_size=BATCH)
    campagne.nombre_versements = len(versements)
    campagne.nombre_retenues = len(retenues)
    campagne.montant = total(versement.montant for versement in versements)
    campagne.part_etat = total(versement.part_etat for versement in versements)
    campagne.part_cd = total(versement.part_cd for versement in versements)
    campagne.save(
        update_fields=["nombre_versements", "nombre_retenues", "montant", "part_etat", "part_cd"]
    )


def _versement(campagne: Campagne, liquidation: Liquidation, ligne: Ligne) -> Versement:
    return Versement(
        campagne=campagne,
        annexe_id=liquidation.annexe_id,
        version=liquidation.references[ligne.version],
        structure_id=liquidation.structure_id,
        financeur_cd_id=liquidation.financeur_cd_id,
        mandat_id=liquidation.mandat_id,
        mois=ligne.mois.first_day,
        nature=ligne.nature,
        sequence=ligne.sequence,
        montant=ligne.montant,
        part_etat=ligne.part_etat,
        part_cd=ligne.part_cd,
        recouvre_etat=ligne.recouvre_etat,
        recouvre_cd=ligne.recouvre_cd,
        calcul=[etape.as_dict() for etape in ligne.etapes],
    )
