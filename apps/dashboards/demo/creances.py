"""The recovery orders of the demonstration: paid by a plan, cleared, written off, disputed.

One story per structure, month by month; the jobs of the night are played on some of its days.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile

from apps.conventions.models import Financeur
from apps.core.pdf import render_pdf
from apps.dashboards.demo.frame import acting
from apps.recoveries.models import OrdreDeRecouvrer, PlanDePaiement
from apps.recoveries.services.abandons import add_line, prepare_list, receive_list, submit_list
from apps.recoveries.services.actes import pursue
from apps.recoveries.services.admissions import decide_line
from apps.recoveries.services.contestations import contest
from apps.recoveries.services.encaissements import record_cash
from apps.recoveries.services.plans import ask_plan, grant_plan
from apps.recoveries.tasks import pursue as night_of_the_orders
from apps.recoveries.tasks_apurement import clear_small, settle_silence
from apps.rules.periods import Month

Event = Callable[[Month], None]
VERGER, MOULIN = "Le Verger d’Opale", "Le Moulin de l’Authie"
TERRILS, BLANCHISSERIE = "Terrils verts", "La Blanchisserie du Bruaysis"
ETAT, CD = "ETAT", "062"


def nights(month: Month, until: date | None = None) -> None:
    """The jobs of the night between the run of the month before and that of this one."""
    day = (month - 1).day(21)
    last = until or month.day(19)
    while day <= last:
        _night(day)
        day += timedelta(days=5)
    if until:
        _night(until)


def _night(day: date) -> None:
    """The three jobs, in the order of the clock."""
    settle_silence(day.isoformat())
    clear_small(day.isoformat())
    night_of_the_orders(day.isoformat())


def _order(structure: str, financeur: str) -> OrdreDeRecouvrer:
    return OrdreDeRecouvrer.objects.get(
        structure__denomination=structure, financeur__code=financeur
    )


def _plan(structure: str, username: str, nombre: int, premiere: int) -> Event:
    """Delays asked by the structure for the State's order, granted by the agent comptable."""

    def event(month: Month) -> None:
        plan = ask_plan(
            acting(username),
            _order(structure, ETAT),
            nombre=nombre,
            premiere=(month + 1 if premiere <= 9 else month).day(premiere),
            motif="La trésorerie ne permet pas de payer en une fois : deux subventions attendues.",
            on=month.day(8),
        )
        grant_plan(acting("asp.comptable"), plan, on=month.day(9))

    return event


def _instalment(structure: str, financeur: str, rang: int) -> Event:
    """An instalment of the plan, paid on the day before it is due: nothing once a reduction of the
    order has covered what was left."""

    def event(month: Month) -> None:
        ordre = _order(structure, financeur)
        plan = ordre.plans.filter(etat=PlanDePaiement.Etat.ACCORDE).first()
        if plan is not None:
            tranche = plan.echeances.get(rang=rang)
            _cash(ordre, min(tranche.montant, ordre.reste), tranche.le - timedelta(days=1))

    return event


def _paid(structure: str, financeur: str, day: int, montant: Decimal | None = None) -> Event:
    """Paid by a transfer of the structure: the whole of what is left, or a part."""

    def event(month: Month) -> None:
        ordre = _order(structure, financeur)
        _cash(ordre, montant or ordre.reste, month.day(day))

    return event


def _cash(ordre: OrdreDeRecouvrer, montant: Decimal, jour: date) -> None:
    record_cash(
        acting("asp.comptable"),
        ordre,
        montant=montant,
        recu_le=jour,
        reference=f"REC-{ordre.numero}-{jour:%y%m%d}",
        on=jour,
    )


def _act(structure: str, event_name: str, day: int, voie: str = "", detail: str = "") -> Event:
    """Formal notice, enforcement: decided by the agent comptable for both orders."""

    def event(month: Month) -> None:
        for code in (ETAT, CD):
            pursue(
                acting("asp.comptable"),
                _order(structure, code),
                event_name,
                voie=voie,
                detail=detail,
                on=month.day(day),
            )

    return event


def _present(month: Month) -> None:
    """The two orders presented for write-off: the State's list and the département's."""
    for code in (ETAT, CD):
        financeur = Financeur.objects.get(code=code)
        liste = prepare_list(acting("asp.gestionnaire"), financeur, on=month.day(4))
        piece = render_pdf("pdf/preuve_demonstration.html", {"titre": "Procès-verbal de carence"})
        add_line(
            acting("asp.gestionnaire"),
            liste,
            _order(MOULIN, code),
            motif="INSOLVABILITE",
            piece=ContentFile(piece, name="proces-verbal-de-carence.pdf"),
        )
        liste = submit_list(acting("asp.ordonnateur"), liste, on=month.day(6))
        if code == ETAT:
            for ligne in liste.lignes.all():
                decide_line(acting("asp.ordonnateur"), ligne, admise=True, on=month.day(11))
        else:
            # Received and never answered: accepted by silence four months later.
            receive_list(acting("cd.decideur"), liste, recue_le=month.day(8), on=month.day(8))


def _dispute(month: Month) -> None:
    """Contested by the structure; what the ordonnateur will say is left to be done."""
    contest(
        acting("linge-bruaysis"),
        _order(BLANCHISSERIE, ETAT),
        motif="Les heures de formation de novembre n’ont pas été retenues.",
        on=month.day(12),
    )


CREANCES: dict[Month, tuple[Event, ...]] = {
    Month(2023, 7): (
        _plan(VERGER, "verger-opale", 6, 5),
        _paid(VERGER, CD, 15),
    ),
    **{Month(2023, 8) + rang: (_instalment(VERGER, ETAT, rang + 1),) for rang in range(6)},
    Month(2024, 2): (
        _paid(BLANCHISSERIE, CD, 5, Decimal("60.00")),
        _plan(TERRILS, "terrils-verts", 12, 15),
        _instalment(TERRILS, ETAT, 1),
        _dispute,
    ),
}
# The Moulin de l'Authie: reminded, given notice, pursued in vain, written off.
for _month, _events in (
    (Month(2023, 7), (_act(MOULIN, "mettre_en_demeure", 17),)),
    (Month(2023, 9), (_act(MOULIN, "forcer", 2, "SAISIE", "Comptes de la structure."), _present)),
):
    CREANCES[_month] = (*CREANCES.get(_month, ()), *_events)
