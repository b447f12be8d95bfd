"""« Ce qui est attendu de vous »: what each role has to do, with its count and deadline.

Read by the home page. Each role asks a fixed number of queries, whatever the number of annexes;
every read goes through `visible_to`, so that a line never speaks of another one's case.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.annexes.models import AnnexeFinanciere, Suspension, VersionAnnexe
from apps.core.clock import today
from apps.dashboards.attentes import Attente
from apps.dashboards.attentes import attente as _line
from apps.dashboards.attentes_apurement import (
    decisions_of_departement,
    decisions_of_ordonnateur,
    files_to_examine,
)
from apps.dashboards.attentes_banque import bank_lines
from apps.dashboards.attentes_comptabilite import accounts_to_decide
from apps.dashboards.attentes_fonds import calls_to_issue, calls_to_pay, sums_to_pay_back
from apps.dashboards.attentes_frais import fees_to_issue, fees_to_pay, modulations_to_validate
from apps.dashboards.attentes_paiements import payments_to_check
from apps.dashboards.attentes_recouvrement import debt_line, recovery_lines, surplus_line
from apps.dashboards.attentes_reddition import accounts_to_sign
from apps.payments.models import Campagne
from apps.presence.models import Controle, EtatMensuel
from apps.rules.periods import Month, month_range
from apps.siae.models import CoordonneesBancaires

EtatVersion = VersionAnnexe.Etat
# Annexes whose statements are awaited: those in force, and those waiting for their renewal.
ETATS_SUIVIS = (EtatVersion.VALIDE, EtatVersion.PROVISOIRE)


def expectations_of(acting: Membership, on: date | None = None) -> list[Attente]:
    """What is expected from this membership on a day (today by default); nothing at zero."""
    lines = READS[acting.role](acting, on or today())
    return [line for line in lines if line.nombre]


# --- Structures --------------------------------------------------------------------------------
def _structure(acting: Membership, on: date) -> list[Attente]:
    awaited = awaited_months(AnnexeFinanciere.objects.visible_to(acting), on)
    on_time = [month for month in awaited if deadline(month) >= on]
    reopened = EtatMensuel.objects.visible_to(acting).filter(etat=EtatMensuel.Etat.DEBLOQUE)
    return [
        _late_statements([month for month in awaited if deadline(month) < on]),
        _line(
            len(on_time),
            "état mensuel à saisir et à certifier",
            "états mensuels à saisir et à certifier",
            "presence:liste",
            until=deadline(min(on_time)) if on_time else None,
            **({"annee": min(on_time).year} if on_time else {}),
        ),
        _line(
            reopened.count(),
            "état mensuel rouvert par l’ASP, à compléter et à certifier de nouveau",
            "états mensuels rouverts par l’ASP, à compléter et à certifier de nouveau",
            "presence:liste",
        ),
        _documents_asked(acting, on),
        _supervision(acting, on),
        _suspended(acting),
        debt_line(acting, on),
    ]


# --- DDETS -------------------------------------------------------------------------------------
def _instructeur(acting: Membership, on: date) -> list[Attente]:
    states = _versions_by_state(acting)
    return [
        _line(
            states.get(EtatVersion.REJETE, 0),
            "annexe rejetée par l’ASP, à corriger et à transmettre de nouveau",
            "annexes rejetées par l’ASP, à corriger et à transmettre de nouveau",
            "annexes:liste",
            etat=EtatVersion.REJETE,
        ),
        _line(
            states.get(EtatVersion.BROUILLON, 0),
            "annexe ou avenant en brouillon, à transmettre à l’ASP",
            "annexes ou avenants en brouillon, à transmettre à l’ASP",
            "annexes:liste",
            etat=EtatVersion.BROUILLON,
        ),
        _line(
            states.get(EtatVersion.PROVISOIRE, 0),
            "annexe provisoire de renouvellement, à compléter et à transmettre",
            "annexes provisoires de renouvellement, à compléter et à transmettre",
            "annexes:liste",
            etat=EtatVersion.PROVISOIRE,
        ),
        _late_statements(late_statements(acting, on)),
    ]


# --- ASP ---------------------------------------------------------------------------------------
def _gestionnaire(acting: Membership, on: date) -> list[Attente]:
    payment_day = next_payment_day(on)
    states = _versions_by_state(acting)
    # A statement of a provisional annex waits for its annex: the queue does not hold it either.
    certified = EtatMensuel.objects.visible_to(acting).filter(
        etat=EtatMensuel.Etat.SAISI, annexe__courante__etat=EtatVersion.VALIDE
    )
    accounts = CoordonneesBancaires.objects.all()
    proposed = accounts.filter(etat=CoordonneesBancaires.Etat.PROPOSEE)
    frozen = accounts.filter(etat=CoordonneesBancaires.Etat.GELEE)
    runs = _runs_by_state(acting)
    return [
        _line(
            states.get(EtatVersion.SAISI, 0),
            "annexe ou avenant à valider",
            "annexes ou avenants à valider",
            "annexes:a_valider",
        ),
        _line(
            certified.count(),
            "état mensuel certifié, à valider",
            "états mensuels certifiés, à valider",
            "presence:a_valider",
            until=payment_day,
        ),
        _line(
            Controle.objects.visible_to(acting).filter(etat=Controle.Etat.RECU).count(),
            "contrôle dont les pièces sont reçues, à examiner",
            "contrôles dont les pièces sont reçues, à examiner",
            "presence:controles",
            etat=Controle.Etat.RECU,
        ),
        _line(
            proposed.count(),
            "proposition de coordonnées bancaires à contrôler",
            "propositions de coordonnées bancaires à contrôler",
            "siae:banques",
        ),
        _line(
            frozen.count(),
            "compte gelé après une contestation, à vérifier avec la structure",
            "comptes gelés après une contestation, à vérifier avec les structures",
            "siae:banques",
        ),
        _run_to_prepare(payment_day, on),
        _line(
            runs.get(Campagne.Etat.PREPAREE, 0),
            "campagne de paiement préparée, à contrôler",
            "campagnes de paiement préparées, à contrôler",
            "payments:campagnes",
            until=payment_day,
        ),
        modulations_to_validate(acting, on),
        *files_to_examine(acting, on),
        _held(acting),
        payments_to_check(acting),
    ]


def _ordonnateur(acting: Membership, on: date) -> list[Attente]:
    return [
        _line(
            _runs_by_state(acting).get(Campagne.Etat.CONTROLEE, 0),
            "campagne de paiement contrôlée, à approuver",
            "campagnes de paiement contrôlées, à approuver",
            "payments:campagnes",
            until=next_payment_day(on),
        ),
        fees_to_issue(acting, on),
        calls_to_issue(acting, on),
        surplus_line(acting),
        *decisions_of_ordonnateur(acting),
        *accounts_to_decide(acting),
    ]


def _comptable(acting: Membership, on: date) -> list[Attente]:
    runs = _runs_by_state(acting)
    until = next_payment_day(on)
    return [
        _line(
            runs.get(Campagne.Etat.APPROUVEE, 0),
            "campagne de paiement approuvée, à viser",
            "campagnes de paiement approuvées, à viser",
            "payments:campagnes",
            until=until,
        ),
        _line(
            runs.get(Campagne.Etat.VISEE, 0),
            "campagne de paiement visée, à exécuter",
            "campagnes de paiement visées, à exécuter",
            "payments:campagnes",
            until=until,
        ),
        *bank_lines(acting, on),
        *recovery_lines(acting, on),
        *files_to_examine(acting, on),
        calls_to_issue(acting, on),
        sums_to_pay_back(acting, on),
        accounts_to_sign(acting, on),
    ]


# --- Départements and administration -----------------------------------------------------------
def _departement(acting: Membership, on: date) -> list[Attente]:
    return [
        calls_to_pay(acting, on),
        *decisions_of_departement(acting, on),
        _suspended(acting),
        _late_statements(late_statements(acting, on)),
        fees_to_pay(acting, on),
        debt_line(acting, on),
    ]


def _administrateur(acting: Membership, on: date) -> list[Attente]:
    in_force = Membership.objects.visible_to(acting).active(on)
    return [
        _line(
            in_force.count(),
            "habilitation en vigueur à tenir à jour",
            "habilitations en vigueur à tenir à jour",
            "accounts:habilitations",
        )
    ]


READS: dict[str, Callable[[Membership, date], list[Attente]]] = {
    Role.SAISIE: _structure,
    Role.RESPONSABLE: _structure,
    Role.INSTRUCTEUR: _instructeur,
    Role.GESTIONNAIRE: _gestionnaire,
    Role.ORDONNATEUR: _ordonnateur,
    Role.COMPTABLE: _comptable,
    Role.LECTEUR: _departement,
    Role.DECIDEUR: _departement,
    Role.ADMINISTRATEUR: _administrateur,
}


# --- Reads -------------------------------------------------------------------------------------
def deadline(month: Month) -> date:
    """Last day to certify a month: the end of the following one (cahier des charges, § 2.3)."""
    return (month + 1).last_day


def next_payment_day(on: date) -> date:
    """Payment day of the month, or of the next one once it is past."""
    month = Month.of(on)
    day = month.day(settings.JOUR_PAIEMENT)
    return day if on <= day else (month + 1).day(settings.JOUR_PAIEMENT)


def awaited_months(annexes: QuerySet[AnnexeFinanciere], on: date) -> list[Month]:
    """One item per statement not certified of a month whose last day has come (two queries)."""
    followed = annexes.filter(courante__etat__in=ETATS_SUIVIS, courante__debut__lt=on)
    certified = set(
        EtatMensuel.objects.filter(annexe__in=followed.values("pk"))
        .exclude(etat=EtatMensuel.Etat.BROUILLON)
        .values_list("annexe_id", "mois")
    )
    return [
        month
        for pk, first, last in followed.values_list("pk", "courante__debut", "courante__fin")
        for month in month_range(Month.of(first), Month.of(last))
        if month.last_day <= on and (pk, month.first_day) not in certified
    ]


def late_statements(acting: Membership, on: date) -> list[Month]:
    """Months of the scope's statements whose deadline is past, one item per statement."""
    awaited = awaited_months(AnnexeFinanciere.objects.visible_to(acting), on)
    return [month for month in awaited if deadline(month) < on]


def _late_statements(months: list[Month]) -> Attente:
    """Leads to the follow-up of the oldest year concerned."""
    return _line(
        len(months),
        "état mensuel en retard : les paiements de l’annexe sont suspendus",
        "états mensuels en retard : les paiements des annexes concernées sont suspendus",
        "presence:liste",
        late=True,
        situation="RETARD",
        **({"annee": min(months).year} if months else {}),
    )


def _suspended(acting: Membership) -> Attente:
    count = (
        Suspension.objects.open()
        .filter(annexe__in=AnnexeFinanciere.objects.visible_to(acting).values("pk"))
        .aggregate(nombre=Count("annexe", distinct=True))["nombre"]
    )
    return _line(
        count,
        "annexe dont les paiements sont suspendus",
        "annexes dont les paiements sont suspendus",
        "annexes:liste",
        suspendue="oui",
    )


def _held(acting: Membership) -> Attente:
    """What the last executed run found due and did not pay, with its reasons."""
    runs = Campagne.objects.visible_to(acting).executed().order_by("-mois", "-numero")
    last = runs.annotate(retenu=Count("retenues")).first()
    if last is None or not last.retenu:
        return Attente(0, "", "")
    noun = "échéance retenue" if last.retenu == 1 else "échéances retenues"
    return Attente(
        last.retenu,
        f"{noun} à la dernière campagne, à débloquer",
        reverse("payments:campagne_retenues", args=[last.pk]),
    )


def _documents_asked(acting: Membership, on: date) -> Attente:
    """Controls of a structure whose documents the ASP awaits, with the nearest deadline."""
    asked = Controle.objects.visible_to(acting).filter(etat=Controle.Etat.DEMANDE)
    found = asked.aggregate(nombre=Count("pk"), premiere=Min("echeance"))
    return _line(
        found["nombre"],
        "contrôle de l’ASP dont les pièces justificatives sont attendues",
        "contrôles de l’ASP dont les pièces justificatives sont attendues",
        "presence:controles",
        until=found["premiere"],
        late=bool(found["premiere"] and found["premiere"] < on),
        etat=Controle.Etat.DEMANDE,
    )


def _supervision(acting: Membership, on: date) -> Attente:
    """Annexes in their last month, or past it, without their supervision; leads to the first."""
    ending = AnnexeFinanciere.objects.visible_to(acting).filter(
        courante__etat=EtatVersion.VALIDE,
        courante__fin__lte=Month.of(on).last_day,
        encadrement=None,
    )
    found = list(ending.order_by("courante__fin", "pk").values_list("pk", "courante__fin"))
    if not found:
        return Attente(0, "", "")
    first, fin = found[0]
    return Attente(
        len(found),
        "annexe dont l’encadrement est à déclarer"
        if len(found) == 1
        else "annexes dont l’encadrement est à déclarer, à commencer par la plus ancienne",
        reverse("dashboards:bilan_encadrement", args=[first]),
        deadline(Month.of(fin)),
        deadline(Month.of(fin)) < on,
    )


def _versions_by_state(acting: Membership) -> dict[str, int]:
    versions = VersionAnnexe.objects.visible_to(acting).filter(
        etat__in=VersionAnnexe.ETATS_EN_PREPARATION
    )
    return _counts(versions)


def _runs_by_state(acting: Membership) -> dict[str, int]:
    return _counts(Campagne.objects.visible_to(acting).in_progress())


def _counts(rows: QuerySet) -> dict[str, int]:  # type: ignore[type-arg]
    return dict(rows.order_by().values_list("etat").annotate(nombre=Count("pk")))


def _run_to_prepare(payment_day: date, on: date) -> Attente:
    """The run of the coming payment day, once its month has begun and until it is prepared."""
    begun = payment_day.replace(day=1) <= on
    prepared = (
        Campagne.objects.filter(mois=payment_day.replace(day=1))
        .exclude(etat=Campagne.Etat.ABANDONNEE)
        .exists()
    )
    return Attente(
        1 if begun and not prepared else 0,
        f"campagne de paiement {Month.of(payment_day).label_with_de} à préparer",
        reverse("payments:preparer"),
        payment_day,
    )
