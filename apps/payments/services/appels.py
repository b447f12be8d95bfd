"""Calls for funds: proposed by one person or by the clock, issued by another (spec 05 §3).

Convention de mandat art. 3.1; cahier des charges of the Haut-Rhin, II. Proposed twice is proposed
once. Called by the screens, by the clock, by the signature of a mandate (advance) and by the
execution of a run short of funds (exceptional call).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from apps.accounts.models import Membership
from apps.conventions.models import AvenantFinancier, ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.services import next_number
from apps.journal.services import record
from apps.payments import appels
from apps.payments.announcements_fonds import announce_call, announce_proposal
from apps.payments.models import AppelDeFonds, Campagne
from apps.payments.permissions_fonds import can_amend, can_cancel, can_issue, can_propose
from apps.payments.reglements import funds_left
from apps.payments.transitions_fonds import next_state_of
from apps.rules.appel import Trimestre
from apps.rules.explanation import euros
from apps.rules.money import ZERO, total

Nature = AppelDeFonds.Nature
Etat = AppelDeFonds.Etat
ARTICLE_3 = "Convention de mandat, article 3"
ARTICLE_3_1 = "Convention de mandat, article 3.1"


@transaction.atomic
def propose_quarterly(
    acting: Membership | None,
    mandat: ConventionMandat,
    *,
    complement: Decimal = ZERO,
    motif: str = "",
    on: date | None = None,
) -> AppelDeFonds:
    """Propose the call for the quarter after that of `on`, its twelve lines frozen.

    `complement` (euros, with its reason) is added to the forecast of that quarter. Refus when the
    mandate is not funded by quarterly calls, or when that quarter is already called.
    """
    can_propose(acting).enforce()
    day = on or today()
    mandat = lock_mandat(mandat)
    if mandat.modalite != ConventionMandat.Modalite.AVANCE_ET_APPELS:
        raise Refus(
            "Cette convention est financée par une avance unique : elle ne comporte pas d’appel "
            "trimestriel. Proposez un appel exceptionnel si la trésorerie est insuffisante."
        )
    if complement < 0 or (complement and not motif.strip()):
        raise Refus("Un complément de prévision est un montant positif, avec son motif.")
    trimestre = appels.called_quarter(day)
    _require_first(mandat, Nature.TRIMESTRIEL, trimestre.debut.first_day, f"du {trimestre}")
    lignes = appels.quarterly_lines(mandat, day, complement=complement, motif=motif.strip())
    return _propose(
        acting,
        mandat,
        day,
        nature=Nature.TRIMESTRIEL,
        periode=trimestre.debut.first_day,
        montant=lignes[-1].montant,
        lignes=[ligne.as_dict() for ligne in lignes],
        motif=motif.strip(),
    )


@transaction.atomic
def propose_advance(
    acting: Membership | None,
    mandat: ConventionMandat,
    *,
    annee: int | None = None,
    on: date | None = None,
) -> AppelDeFonds:
    """Propose the advance of a year of the mandate (its first one by default), art. 3.1.

    The first year: the advance of the convention. Later: the credits of the yearly avenant, or
    again the advance when quarterly calls follow it. Refus when it is already called.
    """
    can_propose(acting).enforce()
    mandat = lock_mandat(mandat)
    year = annee or mandat.debut.year
    _require_first(mandat, Nature.AVANCE, date(year, 1, 1), f"de l’avance {year}")
    montant, calcul = advance_of(mandat, year)
    ligne = appels.plain_line(1, f"Avance au titre de {year}", montant, calcul, ARTICLE_3_1)
    return _propose(
        acting,
        mandat,
        on or today(),
        nature=Nature.AVANCE,
        periode=date(year, 1, 1),
        montant=montant,
        lignes=[ligne],
    )


def advance_of(mandat: ConventionMandat, annee: int) -> tuple[Decimal, str]:
    """Advance of a year in euros, and why; Refus when nothing sets it."""
    avenant = AvenantFinancier.objects.filter(mandat=mandat, annee=annee).first()
    repeated = mandat.modalite == ConventionMandat.Modalite.AVANCE_ET_APPELS
    if annee == mandat.debut.year or repeated:
        montant, why = mandat.avance, "Avance fixée par la convention de mandat"
        if avenant and avenant.credits_intervention == montant:
            why += f" : la totalité des crédits d’intervention {annee}"
    elif avenant is not None:
        montant = avenant.credits_intervention
        why = f"Totalité des crédits d’intervention de l’avenant financier {annee}"
    else:
        raise Refus(
            f"Enregistrez d’abord l’avenant financier {annee} de cette convention : il fixe les "
            "crédits d’intervention de l’année."
        )
    if montant <= 0:
        raise Refus(f"Aucune avance n’est prévue en {annee} par cette convention.")
    return montant, f"{why}."


def propose_advance_at_signature(acting: Membership, mandat: ConventionMandat) -> None:
    """Step of the signature of a mandate: its advance is due at once (art. 3.1)."""
    if mandat.avance > 0:
        propose_advance(acting, mandat, on=mandat.signee_le)


@transaction.atomic
def propose_exceptional(
    acting: Membership,
    mandat: ConventionMandat,
    *,
    montant: Decimal,
    motif: str,
    on: date | None = None,
) -> AppelDeFonds:
    """Propose a complementary call of a sum, in euros, with its reason (art. 3.1)."""
    can_propose(acting).enforce()
    mandat = lock_mandat(mandat)
    _require_amount(montant, motif)
    ligne = appels.plain_line(
        1, "Fonds complémentaires nécessaires", montant, motif.strip(), ARTICLE_3_1
    )
    return _propose(
        acting,
        mandat,
        on or today(),
        nature=Nature.EXCEPTIONNEL,
        periode=(on or today()).replace(day=1),
        montant=montant,
        lignes=[ligne],
        attentes=appels.frozen_parts(mandat.pk),
        motif=motif.strip(),
    )


def call_shortage(campagne: Campagne, missing: Mapping[int, Decimal]) -> None:
    """Step of an executed run: propose what is missing to pay what waits, per mandate, in euros.

    What earlier exceptional calls still claim is taken off; one still proposed is brought up to
    date rather than doubled.
    """
    mandats = ConventionMandat.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    for mandat in mandats.filter(pk__in=missing):
        _call_missing(campagne, mandat, missing[mandat.pk])


def _call_missing(campagne: Campagne, mandat: ConventionMandat, montant: Decimal) -> None:
    calls = mandat.appels.filter(nature=Nature.EXCEPTIONNEL)
    claimed = total(appel.reste for appel in calls.awaited())
    rest = montant - claimed
    if rest <= 0:
        return
    left = funds_left([mandat.pk])[mandat.pk]
    needed = appels.waiting_sum(mandat.pk)
    rows = [
        ("Parts du département en attente de fonds", needed, "Total de la liste ci-après."),
        (
            "Trésorerie disponible du mandat",
            left,
            "Virements rejetés à émettre de nouveau déduits.",
        ),
        ("Appels exceptionnels déjà émis et non encaissés", claimed, "Sommes restant à verser."),
        (
            "Fonds complémentaires nécessaires",
            rest,
            f"Manquent {euros(montant)} pour payer ce qui attend ; {euros(claimed)} sont déjà "
            "appelés.",
        ),
    ]
    figures: dict[str, Any] = {
        "montant": rest,
        "lignes": [
            appels.plain_line(rank, *row, ARTICLE_3_1) for rank, row in enumerate(rows, start=1)
        ],
        "attentes": appels.frozen_parts(mandat.pk),
        "campagne": campagne,
        "motif": f"Trésorerie insuffisante à l’exécution de la {str(campagne).lower()}.",
    }
    day = campagne.versements.executed().aggregate(jour=Max("execute_le"))["jour"] or today()
    if proposed := calls.proposed().filter(campagne__isnull=False).first():
        for name, value in figures.items():
            setattr(proposed, name, value)
        proposed.save(update_fields=[*figures])
        record(None, "appel.actualise", proposed, apres={"montant": rest})
        return
    _propose(
        None,
        mandat,
        day,
        nature=Nature.EXCEPTIONNEL,
        periode=campagne.mois,
        **figures,
    )


@transaction.atomic
def amend_call(
    acting: Membership, appel: AppelDeFonds, *, montant: Decimal, motif: str
) -> AppelDeFonds:
    """Change the sum of a proposed call: whoever changes it becomes the one who proposes it."""
    appel = lock_call(appel)
    can_amend(acting, appel).enforce()
    _require_amount(montant, motif)
    before = {"montant": appel.montant, "motif": appel.motif}
    appel.montant, appel.motif, appel.propose_par = montant, motif.strip(), acting.user
    appel.lignes = [
        *appel.lignes,
        appels.plain_line(
            len(appel.lignes) + 1, "Montant retenu", montant, motif.strip(), ARTICLE_3_1
        ),
    ]
    appel.save(update_fields=["montant", "motif", "propose_par", "lignes"])
    record(
        acting,
        "appel.modifie",
        appel,
        motif=motif,
        avant=before,
        apres={"montant": montant, "motif": appel.motif},
    )
    return appel


@transaction.atomic
def issue_call(acting: Membership, appel: AppelDeFonds, *, on: date | None = None) -> AppelDeFonds:
    """PROPOSE → EMIS, by another person: the département is told, with the day it must pay by.

    A call of 0,00 € asks for nothing: it is issued for its figures and nothing is awaited.
    """
    appel = lock_call(appel)
    can_issue(acting, appel).enforce()
    day = on or today()
    appel.etat = next_state_of(appel, "emettre")
    appel.emis_par, appel.emis_le = acting.user, day
    appel.echeance = deadline_of(appel, day)
    if not appel.montant:
        appel.etat = next_state_of(appel, "encaisser")
    appel.save(update_fields=["etat", "emis_par", "emis_le", "echeance"])
    record(
        acting,
        "appel.emis",
        appel,
        apres={"montant": appel.montant, "emis_le": day, "echeance": appel.echeance},
    )
    announce_call(appel, day)
    return appel


def deadline_of(appel: AppelDeFonds, on: date) -> date:
    """A quarterly advance is due on the last working day of the quarter before; the others within
    the usual time to pay. Never before the call itself."""
    if appel.nature == Nature.TRIMESTRIEL:
        return max(on, (Trimestre.of(appel.periode) - 1).dernier_jour_ouvre)
    return on + timedelta(days=settings.DELAI_APPEL_JOURS)


@transaction.atomic
def cancel_call(
    acting: Membership, appel: AppelDeFonds, *, motif: str, on: date | None = None
) -> AppelDeFonds:
    """Set a call aside, with the reason; the département is told when it had received it."""
    if not motif.strip():
        raise Refus("Indiquez le motif de l’annulation : le département doit le connaître.")
    appel = lock_call(appel)
    can_cancel(acting, appel).enforce()
    issued, day = appel.etat != Etat.PROPOSE, on or today()
    before = appel.etat
    appel.etat = next_state_of(appel, "annuler")
    appel.annule_par, appel.annule_le = acting.user, day
    appel.motif_annulation = motif.strip()
    appel.save(update_fields=["etat", "annule_par", "annule_le", "motif_annulation"])
    record(
        acting,
        "appel.annule",
        appel,
        motif=appel.motif_annulation,
        avant={"etat": before},
        apres={"etat": appel.etat},
    )
    if issued:
        announce_call(appel, day)
    return appel


def lock_mandat(mandat: ConventionMandat) -> ConventionMandat:
    """The mandate, held until the end of the act; Refus when it is not signed, or closed."""
    # Not its key: entries that name it may be written meanwhile, by who holds the ledger already.
    rows = ConventionMandat.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("financeur")
    locked: ConventionMandat = rows.get(pk=mandat.pk)
    if locked.signee_le is None:
        raise Refus("Cette convention de mandat n’est pas signée : aucun fonds n’est encore dû.")
    if hasattr(locked, "cloture"):
        closed = locked.cloture.cloture_le
        raise Refus(f"Cette convention de mandat est clôturée depuis le {closed:%d/%m/%Y}.")
    return locked


def lock_call(appel: AppelDeFonds) -> AppelDeFonds:
    """The call, its mandate held first: every act on funds takes its locks in that order."""
    mandat = lock_mandat(appel.mandat)
    locked: AppelDeFonds = AppelDeFonds.objects.select_for_update(of=("self",)).get(pk=appel.pk)
    locked.mandat = mandat
    return locked


def _propose(
    acting: Membership | None, mandat: ConventionMandat, day: date, **fields: Any
) -> AppelDeFonds:
    appel = AppelDeFonds.objects.create(
        numero=next_number("appel_fonds"),
        mandat=mandat,
        propose_par=acting.user if acting else None,
        propose_le=day,
        **fields,
    )
    record(
        acting,
        "appel.propose",
        appel,
        apres={
            "nature": appel.nature,
            "periode": appel.periode,
            "montant": appel.montant,
            "motif": appel.motif,
        },
    )
    announce_proposal(appel, day)
    return appel


def called_already(mandat: ConventionMandat, nature: str, periode: date) -> AppelDeFonds | None:
    """The call of that nature and period that stands, if there is one."""
    existing = mandat.appels.exclude(etat=Etat.ANNULE).filter(nature=nature, periode=periode)
    return existing.first()


def _require_first(mandat: ConventionMandat, nature: str, periode: date, what: str) -> None:
    if found := called_already(mandat, nature, periode):
        raise Refus(f"L’appel {what} existe déjà : c’est l’appel de fonds n° {found.numero}.")


def _require_amount(montant: Decimal, motif: str) -> None:
    faults = []
    if montant <= 0:
        faults.append("Le montant appelé doit être supérieur à 0,00 €.")
    if not motif.strip():
        faults.append("Indiquez le motif de l’appel : il est montré au département.")
    if faults:
        raise Refus(*faults)
