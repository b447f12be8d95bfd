"""The year of the demonstration, month after month, up to the final regularisations.

For the run of a month: the statements that come in that month, the suspensions of the day, the
events (amendments, arrêté, re-opening), then the run itself: prepared and executed by the Celery
worker, controlled, approved and signed by different people. Each month is marked when it is over,
so that an interrupted demonstration goes on where it was.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from apps.annexes.models import AnnexeFinanciere
from apps.annexes.services import open_avenant, revaluation
from apps.dashboards.demo.calendar import (
    CERTIFICATION,
    VALIDATION,
    carences,
    remises,
    reouvertures,
)
from apps.dashboards.demo.frame import acting
from apps.dashboards.demo.hours import hours_of
from apps.dashboards.demo.population import (
    Dossier,
    give_bank_details,
    sign_and_validate,
    signataire_of,
)
from apps.dashboards.demo.renouvellement import turn_the_year
from apps.presence.models import EtatMensuel, LignePresence
from apps.presence.services import (
    LineInput,
    certify_etat,
    open_etat,
    record_carence,
    reopen_etat,
    save_lines,
    update_suspensions,
    validate_etats,
)
from apps.rules.money import cents
from apps.rules.periods import Month

MOIS_JOUES = tuple(Month(2023, 1) + i for i in range(14))  # to February 2024
JUSTIFICATION = "Variation conforme au planning des chantiers, contrôlée par la direction."


def enter_month(dossiers: list[Dossier], month: Month, seed: int) -> None:
    """Everything that happens in a calendar month before its run."""
    with transaction.atomic():
        _events_before(dossiers, month, seed)
        update_suspensions(on=month.first_day)
        certified: list[EtatMensuel] = []
        for dossier in dossiers:
            certified += _statements_of(dossier, month, seed)
        if certified:
            validate_etats(
                acting("asp.gestionnaire"), certified, on=month.first_day.replace(day=VALIDATION)
            )
        update_suspensions(on=month.first_day.replace(day=settings.JOUR_PAIEMENT))


def _statements_of(dossier: Dossier, month: Month, seed: int) -> list[EtatMensuel]:
    fiche, certified = dossier.fiche, []
    last = _last_month(dossier)
    for remise in remises(fiche, last):
        if remise.en == month:
            certified.append(_enter(dossier, remise.mois, month, seed))
    for remise in carences(fiche):
        if remise.en == month:
            record_carence(
                acting("asp.gestionnaire"),
                dossier.annexe,
                remise.mois.first_day,
                motif="Mise en demeure du 3 août 2023 restée sans réponse.",
                on=month.first_day.replace(day=CERTIFICATION),
            )
    for remise in reouvertures(fiche):
        if remise.en == month:
            certified.append(_enter_again(dossier, remise.mois, month, seed))
    return certified


def _enter(
    dossier: Dossier, worked: Month, month: Month, seed: int, *, lowered: bool = False
) -> EtatMensuel:
    """The structure types and certifies one statement."""
    responsable = acting(dossier.fiche.cle_responsable)
    etat = open_etat(responsable, dossier.annexe, worked.first_day)
    hours = hours_of(dossier.fiche, dossier.annexe, etat, seed, lowered=lowered)
    lines = LignePresence.objects.filter(pk__in=hours).select_related("contrat")
    save_lines(
        responsable,
        etat,
        [
            LineInput(
                contrat_id=line.contrat_id,
                revision=line.revision,
                heures=hours[line.pk],
                salaire_brut=line.contrat.salaire_brut,
                commentaire="",
            )
            for line in lines
        ],
    )
    etat.refresh_from_db()
    certify_etat(
        responsable,
        etat,
        justification=JUSTIFICATION,
        on=month.first_day.replace(day=CERTIFICATION),
    )
    etat.refresh_from_db()
    return etat


def _enter_again(dossier: Dossier, worked: Month, month: Month, seed: int) -> EtatMensuel:
    """The ASP re-opens a validated statement; the structure declares fewer hours."""
    etat = EtatMensuel.objects.get(annexe=dossier.annexe, mois=worked.first_day)
    reopen_etat(
        acting("asp.gestionnaire"),
        etat,
        motif="Contrôle sur pièces : heures d’absence non rémunérées déclarées à tort.",
        on=month.first_day.replace(day=3),
    )
    return _enter(dossier, worked, month, seed, lowered=True)


def _last_month(dossier: Dossier) -> Month:
    if dossier.fiche.ecourtee_au:
        # The statements of the months worked before the amendment exist all the same.
        return Month.parse(dossier.fiche.ecourtee_au)
    return dossier.fiche.dernier_mois


def _events_before(dossiers: list[Dossier], month: Month, seed: int) -> None:
    day = month.first_day.replace(day=6)
    for dossier in dossiers:
        fiche = dossier.fiche
        if fiche.banque_le and Month.of(date.fromisoformat(fiche.banque_le)) == month:
            give_bank_details(fiche, dossier.number)
        if fiche.avenant_juillet and month == Month(2023, 7):
            _amend(dossier, day, "Baisse du nombre de postes", etp=Decimal(fiche.avenant_juillet))
        if fiche.ecourtee_au and month == Month(2023, 6):
            end = Month.parse(fiche.ecourtee_au).last_day
            share = Decimal(4) / 12
            _amend(dossier, day, "Fermeture du chantier", fin=end, share=share)
    turn_the_year(dossiers, month, seed)
    if month == Month(2023, 9):
        for mesure in ("ACI_DC", "EI_DC", "AI_DC", "ETTI_DC"):
            revaluation.apply(acting("asp.gestionnaire"), mesure, on=day)


def _amend(
    dossier: Dossier, day: date, motif: str, *, share: Decimal | None = None, **figures: object
) -> None:
    """An amendment signed, transmitted and validated within the month."""
    annexe = AnnexeFinanciere.objects.select_related("courante").get(pk=dossier.annexe.pk)
    if share is not None and annexe.courante is not None:
        figures["montant_cd"] = cents(annexe.courante.montant_cd * share)
    ddets = acting("ddets")
    signed = {"signataire": signataire_of(dossier.fiche), "signee_le": day}
    version = open_avenant(ddets, annexe, motif=motif, on=day, **signed, **figures)
    sign_and_validate(version, ddets, on=day)
