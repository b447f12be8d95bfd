"""Comptes d’emploi: prepared, signed by another person, or set aside (convention, art. 11).

An account is prepared by a person or by the clock from the ledger alone, refused when a figure does
not agree with another. The accountant signs what the ledger still says: an entry posted meanwhile
makes the account to be prepared again. A certified one rests on a locked year.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from celery import current_app
from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from apps.accounts.models import Membership, Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.jobs import dispatch
from apps.core.services import next_number
from apps.core.transitions import Table, next_state
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.dashboards.comptes.calcul import account_of
from apps.dashboards.comptes.contenu import dump
from apps.dashboards.comptes.controles import gaps_of
from apps.dashboards.comptes.empreinte import mandate_hash
from apps.dashboards.comptes.figures import Compte
from apps.dashboards.models import CompteEmploi
from apps.dashboards.permissions import can_prepare_account, can_sign_account
from apps.journal.services import record
from apps.payments.ledger import TRESOR
from apps.payments.models import Cloture

Etat = CompteEmploi.Etat
Kind = CompteEmploi.Nature
SEQUENCE = "compte-emploi"
COMPTE: Table = {
    "signer": (frozenset({Etat.PREPARE}), Etat.SIGNE),
    "ecarter": (frozenset({Etat.PREPARE}), Etat.ECARTE),
}
SENTENCES = {
    "signer": "Seul un compte d’emploi à signer peut être signé",
    "ecarter": "Seul un compte d’emploi à signer peut être écarté",
}


def read_account(mandat: ConventionMandat, arrete_au: date, *, on: date | None = None) -> Compte:
    """The account as it would be prepared: the same reading, the same checks, nothing written.

    Raises `Refus` for a period that is not over or not one of the mandate, or for a gap.
    """
    day = on or today()
    _enforce_period(mandat, arrete_au, day)
    compte = account_of(mandat, arrete_au, day)
    if gaps := gaps_of(compte):
        raise Refus(*gaps)
    return compte


@transaction.atomic
def prepare_account(
    acting: Membership | None,
    mandat: ConventionMandat,
    arrete_au: date,
    nature: str,
    *,
    on: date | None = None,
) -> CompteEmploi:
    """Keep the account of a mandate at the end of a quarter, or of a year to certify it.

    `acting` is None for the clock. Asked again before it is signed, it is the same account. Raises
    `Refus` when it is not this person's to prepare, when the period is not over, when the year is
    not locked (certified), when a figure does not agree, or when it would say what a signed one
    says already.
    """
    if acting is not None:
        can_prepare_account(acting).enforce()
    day = on or today()
    locked = (
        ConventionMandat.objects.select_for_update(of=("self",))
        .select_related("financeur")
        .get(pk=mandat.pk)
    )
    _enforce_period(locked, arrete_au, day)
    closing = closing_hash(arrete_au.year) if nature == Kind.CERTIFIE else ""
    if nature == Kind.CERTIFIE:
        _enforce_certifiable(arrete_au, closing)
    empreinte = mandate_hash(locked.pk, arrete_au)
    same = CompteEmploi.objects.filter(mandat=locked, arrete_au=arrete_au, nature=nature)
    waiting: CompteEmploi | None = same.filter(etat=Etat.PREPARE).first()
    if waiting is not None:
        _enforce_unchanged(waiting, empreinte, closing)
        return waiting
    _enforce_news(locked, arrete_au, nature, empreinte)
    figures = read_account(locked, arrete_au, on=day)
    compte = CompteEmploi.objects.create(
        numero=next_number(SEQUENCE),
        mandat=locked,
        annee=arrete_au.year,
        arrete_au=arrete_au,
        nature=nature,
        edition=(same.aggregate(last=Max("edition"))["last"] or 0) + 1,
        contenu=dump(figures),
        empreinte=empreinte,
        empreinte_cloture=closing,
        prepare_le=day,
        prepare_par=acting.user if acting else None,
    )
    record(acting, "compte_emploi.prepare", compte, apres=_facts(compte, figures))
    _announce(compte, courriel=acting is None, on=day)
    return compte


def _announce(compte: CompteEmploi, *, courriel: bool, on: date) -> None:
    """The accountant is told of an account to sign; by mail when the clock prepared it."""
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        f"{compte.get_nature_display()} à signer",
        f"Le compte d’emploi de la convention {compte.mandat.reference}, arrêté au "
        f"{compte.arrete_au:%d/%m/%Y}, est prêt : l’agent comptable le vérifie et le signe.",
        reverse("reddition:compte", args=[compte.pk]),
        nature=Nature.PAIEMENT,
        roles=[Role.COMPTABLE],
        courriel=courriel,
        on=on,
    )


@transaction.atomic
def sign_account(
    acting: Membership, compte: CompteEmploi, *, on: date | None = None
) -> CompteEmploi:
    """Sign an account: sealed from now on, sent to the département, its documents archived.

    Raises `Refus` for anybody but an accountant who has not prepared it, in another state, or when
    the ledger has changed since it was prepared.
    """
    locked = _lock(compte)
    can_sign_account(acting, locked).enforce()
    day = on or today()
    etat = _next(locked, "signer")
    closing = closing_hash(locked.annee) if locked.nature == Kind.CERTIFIE else ""
    if locked.nature == Kind.CERTIFIE:
        _enforce_certifiable(locked.arrete_au, closing)
    empreinte = mandate_hash(locked.mandat_id, locked.arrete_au)
    _enforce_unchanged(locked, empreinte, closing)
    locked.etat, locked.signe_le, locked.signe_par = etat, day, acting.user
    locked.save(update_fields=["etat", "signe_le", "signe_par"])
    record(
        acting,
        "compte_emploi.signe",
        locked,
        avant={"etat": Etat.PREPARE},
        apres={"etat": etat, "empreinte": empreinte},
    )
    _tell_departement(locked, day)
    dispatch(current_app.tasks["dashboards.draw_account"], locked.pk)
    return locked


@transaction.atomic
def set_account_aside(
    acting: Membership, compte: CompteEmploi, *, motif: str, on: date | None = None
) -> CompteEmploi:
    """Set aside an account that will not be signed; another may then be prepared."""
    can_prepare_account(acting).enforce()
    locked = _lock(compte)
    etat = _next(locked, "ecarter")
    if not motif.strip():
        raise Refus("Indiquez pourquoi ce compte d’emploi est écarté.")
    locked.etat, locked.motif = etat, motif.strip()
    locked.ecarte_le, locked.ecarte_par = on or today(), acting.user
    locked.save(update_fields=["etat", "motif", "ecarte_le", "ecarte_par"])
    record(
        acting,
        "compte_emploi.ecarte",
        locked,
        motif=locked.motif,
        avant={"etat": Etat.PREPARE},
        apres={"etat": etat},
    )
    return locked


def closing_hash(annee: int) -> str:
    """Fingerprint of the ledger at the closing of a year; empty when it is not locked."""
    closing = Cloture.objects.locked().years().filter(debut=date(annee, 1, 1)).first()
    return closing.empreinte if closing else ""


def _lock(compte: CompteEmploi) -> CompteEmploi:
    rows = CompteEmploi.objects.select_for_update(of=("self",)).select_related("mandat__financeur")
    found: CompteEmploi = rows.get(pk=compte.pk)
    return found


def _next(compte: CompteEmploi, event: str) -> str:
    sentence = f"{SENTENCES[event]} ; celui-ci est à l’état « {compte.get_etat_display()} »."
    return next_state(COMPTE, event, compte.etat, sentence=sentence)


def _enforce_period(mandat: ConventionMandat, arrete_au: date, day: date) -> None:
    if (arrete_au.month, arrete_au.day) not in ((3, 31), (6, 30), (9, 30), (12, 31)):
        raise Refus("Un compte d’emploi s’arrête au dernier jour d’un trimestre civil.")
    if day <= arrete_au:
        raise Refus(
            f"La période n’est pas terminée : le compte d’emploi arrêté au {arrete_au:%d/%m/%Y} "
            "se prépare à partir du lendemain."
        )
    if arrete_au < mandat.debut:
        raise Refus(
            f"La convention {mandat.reference} prend effet le {mandat.debut:%d/%m/%Y} : choisissez "
            "une période qui suit cette date."
        )


def can_certify(arrete_au: date) -> Verdict:
    """Whether the accounts up to this day may be certified: a year, locked."""
    try:
        _enforce_certifiable(arrete_au, closing_hash(arrete_au.year))
    except Refus as refus:
        return refused(str(refus))
    return ALLOWED


def _enforce_certifiable(arrete_au: date, closing: str) -> None:
    if arrete_au.month != 12:
        raise Refus("Seul un compte d’emploi arrêté au 31 décembre peut être certifié.")
    if not closing:
        raise Refus(
            f"L’année {arrete_au.year} n’est pas verrouillée : verrouillez ses mois puis l’année à "
            "la page « Clôtures comptables » avant de préparer le compte d’emploi certifié."
        )


def _enforce_unchanged(compte: CompteEmploi, empreinte: str, closing: str) -> None:
    if (compte.empreinte, compte.empreinte_cloture) != (empreinte, closing):
        raise Refus(
            f"Des écritures ont été passées depuis la préparation du {compte.prepare_le:%d/%m/%Y} "
            "et changent ce compte d’emploi : écartez-le, puis préparez-le de nouveau."
        )


def _enforce_news(mandat: ConventionMandat, arrete_au: date, nature: str, empreinte: str) -> None:
    """A signed account that says the same makes another one useless."""
    signed = CompteEmploi.objects.signed().filter(mandat=mandat, arrete_au=arrete_au)
    if nature == Kind.PROVISOIRE and (final := signed.filter(nature=Kind.CERTIFIE).first()):
        raise Refus(f"Cette année est déjà certifiée par le compte d’emploi n° {final.numero}.")
    if same := signed.filter(nature=nature, empreinte=empreinte).first():
        raise Refus(
            f"Le compte d’emploi n° {same.numero}, signé le {same.signe_le:%d/%m/%Y}, porte déjà "
            "sur les mêmes écritures : aucun autre n’est à préparer."
        )


def _tell_departement(compte: CompteEmploi, day: date) -> None:
    funder = compte.mandat.financeur.payer_on(day)
    if funder.organisation is None:
        return
    provisional = " Il revêt à ce stade un caractère provisoire."
    notify(
        funder.organisation,
        compte.get_nature_display(),
        f"Le compte d’emploi de la convention {compte.mandat.reference}, arrêté au "
        f"{compte.arrete_au:%d/%m/%Y}, est signé par l’agent comptable de l’ASP."
        f"{provisional if compte.nature == Kind.PROVISOIRE else ''}",
        reverse("reddition:compte", args=[compte.pk]),
        nature=Nature.PAIEMENT,
        courriel=True,
        on=day,
    )


def _facts(compte: CompteEmploi, figures: Compte) -> dict[str, str | Decimal | date]:
    return {
        "arrete_au": compte.arrete_au,
        "recettes": figures.recettes,
        "depenses": figures.depenses,
        "tresorerie": figures.of(TRESOR).solde,
        "empreinte": compte.empreinte,
    }
