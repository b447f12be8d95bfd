"""Destruction of the data processed for a département, once its mandate is closed (clause l).

Proposed by a gestionnaire, signed by an agent comptable who is another person: the fiches are
anonymised in the same transaction, what was done is counted, and the attestation is archived.
"""

from __future__ import annotations

from datetime import date

from celery import current_app
from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Membership, Nature
from apps.accounts.notifications import notify
from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.jobs import dispatch
from apps.core.services import next_number
from apps.core.transitions import Table, next_state
from apps.dashboards.models import Destruction
from apps.dashboards.permissions_rgpd import can_propose_destruction, can_sign_destruction
from apps.dashboards.rgpd.effacement import anonymise, drop_with_files
from apps.dashboards.rgpd.fin_de_mandat import figures_of, pieces_to_delete, to_destroy
from apps.journal.services import record
from apps.payments.models import ClotureMandat

Etat = Destruction.Etat
SEQUENCE = "attestation-destruction"
DESTRUCTION: Table = {
    "signer": (frozenset({Etat.PROPOSEE}), Etat.SIGNEE),
    "ecarter": (frozenset({Etat.PROPOSEE}), Etat.ECARTEE),
}


@transaction.atomic
def propose_destruction(
    acting: Membership, mandat: ConventionMandat, *, on: date | None = None
) -> Destruction:
    """Propose it; asked again before the signature, it is the same proposal.

    Raises `Refus` for anybody but a gestionnaire, before the closing of the mandate, or when
    nothing is left to destroy.
    """
    can_propose_destruction(acting).enforce()
    day = on or today()
    locked = ConventionMandat.objects.select_for_update(of=("self",)).get(pk=mandat.pk)
    waiting: Destruction | None = locked.destructions.filter(etat=Etat.PROPOSEE).first()
    if waiting is not None:
        return waiting
    refuse_before_closing(locked)
    contenu = figures_of(locked, day)
    if not (contenu["personnes"] or contenu["pieces_controle"] or _first(locked)):
        raise Refus(
            "Rien ne reste à détruire pour cette convention, et une attestation a déjà été signée."
        )
    destruction = Destruction.objects.create(
        numero=next_number(SEQUENCE),
        mandat=locked,
        contenu=contenu,
        proposee_par=acting.user,
        proposee_le=day,
    )
    record(acting, "destruction.proposee", destruction, apres=contenu)
    return destruction


@transaction.atomic
def sign_destruction(
    acting: Membership, destruction: Destruction, *, on: date | None = None
) -> Destruction:
    """Destroy what is to be and attest it: cannot be undone.

    Raises `Refus` for anybody but an agent comptable who has not proposed it, or in another state.
    """
    locked = _lock(destruction)
    can_sign_destruction(acting, locked).enforce()
    day = on or today()
    etat = _next(locked, "signer")
    refuse_before_closing(locked.mandat)
    figures = figures_of(locked.mandat, day)
    figures["pieces_controle"] = drop_with_files(pieces_to_delete(locked.mandat), day)
    figures["personnes"] = anonymise(to_destroy(locked.mandat, day), day)
    locked.etat, locked.contenu = etat, figures
    locked.signee_le, locked.signee_par = day, acting.user
    locked.save(update_fields=["etat", "contenu", "signee_le", "signee_par"])
    record(acting, "destruction.signee", locked, avant={"etat": Etat.PROPOSEE}, apres=figures)
    _tell_departement(locked, day)
    dispatch(current_app.tasks["dashboards.draw_destruction"], locked.pk)
    return locked


@transaction.atomic
def set_destruction_aside(
    acting: Membership, destruction: Destruction, *, motif: str, on: date | None = None
) -> Destruction:
    """Give up a proposal, with the reason; another may then be made."""
    can_propose_destruction(acting).enforce()
    locked = _lock(destruction)
    etat = _next(locked, "ecarter")
    if not motif.strip():
        raise Refus("Indiquez pourquoi cette destruction est écartée.")
    locked.etat, locked.motif = etat, motif.strip()
    locked.ecartee_le, locked.ecartee_par = on or today(), acting.user
    locked.save(update_fields=["etat", "motif", "ecartee_le", "ecartee_par"])
    record(acting, "destruction.ecartee", locked, motif=locked.motif)
    return locked


def refuse_before_closing(mandat: ConventionMandat) -> None:
    if not ClotureMandat.objects.filter(mandat=mandat).exists():
        raise Refus(
            f"La convention {mandat.reference} n’est pas clôturée : ses données sont encore "
            "nécessaires. Clôturez-la à la page « Fonds des départements »."
        )


def _first(mandat: ConventionMandat) -> bool:
    """No attestation yet: the first one is written even when nothing was left to destroy."""
    return not mandat.destructions.filter(etat=Etat.SIGNEE).exists()


def _lock(destruction: Destruction) -> Destruction:
    rows = Destruction.objects.select_for_update(of=("self",)).select_related("mandat__financeur")
    found: Destruction = rows.get(pk=destruction.pk)
    return found


def _next(destruction: Destruction, event: str) -> str:
    verb = "signée" if event == "signer" else "écartée"
    sentence = (
        f"Seule une destruction à signer peut être {verb} ; celle-ci est à l’état "
        f"« {destruction.get_etat_display()} »."
    )
    return next_state(DESTRUCTION, event, destruction.etat, sentence=sentence)


def _tell_departement(destruction: Destruction, day: date) -> None:
    funder = destruction.mandat.financeur
    if funder.successeur and funder.succede_le and funder.succede_le <= day:
        funder = funder.successeur
    if funder.organisation is None:
        return
    notify(
        funder.organisation,
        "Attestation de destruction des données",
        f"Les données personnelles traitées pour vous au titre de la convention "
        f"{destruction.mandat.reference} ont été détruites ; l’attestation est à votre "
        "disposition.",
        reverse("rgpd:destruction", args=[destruction.pk]),
        nature=Nature.CONVENTION,
        courriel=True,
        on=day,
    )
