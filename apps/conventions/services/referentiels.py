"""Dated values of the law: proposed by one person of the ASP, approved or refused by another.

Arrêtés are published months after they take effect: a value carries both days, and the text. Once
approved it serves every computation (`apps.rules.parameter`). Called by the screens.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.accounts.models import Membership, Nature
from apps.accounts.notifications import notify
from apps.conventions.models import ValeurReferentiel
from apps.conventions.permissions import can_decide_valeur, can_propose_valeur
from apps.conventions.referentiels import SERIES, Serie
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.rules import parameter

Etat = ValeurReferentiel.Etat


@transaction.atomic
def propose_valeur(
    acting: Membership,
    *,
    fichier: str,
    serie: str,
    effet: date,
    connu_le: date,
    montant: Decimal,
    reference: str,
    on: date | None = None,
) -> ValeurReferentiel:
    """Propose the value a text sets from `effet`; it serves once somebody else approves it."""
    can_propose_valeur(acting).enforce()
    on = on or today()
    named = SERIES.get((fichier, serie))
    if named is None:
        raise Refus("Ce barème n’existe pas : choisissez une ligne de la page des référentiels.")
    _require_sound(named, effet, connu_le, montant, reference, on)
    valeur = ValeurReferentiel(
        fichier=fichier,
        serie=serie,
        effet=effet,
        connu_le=connu_le,
        montant=montant,
        reference=reference.strip(),
        proposee_par=acting.user,
        proposee_le=on,
    )
    try:
        with transaction.atomic():
            valeur.save()
    except IntegrityError as taken:
        raise Refus(
            f"Une valeur à compter du {effet:%d/%m/%Y} attend déjà d’être approuvée : faites-la "
            "approuver ou refuser avant d’en proposer une autre."
        ) from taken
    record(acting, "referentiel.propose", valeur, apres=_traced(valeur))
    notify(
        acting.organisation,
        f"Valeur à approuver : {named}",
        f"Une valeur est proposée à compter du {effet:%d/%m/%Y}. Elle ne sert à aucun calcul tant "
        "qu’une autre personne de l’ASP ne l’a pas approuvée.",
        reverse("conventions:valeur", args=[valeur.pk]),
        nature=Nature.REFERENTIEL,
        on=on,
    )
    return valeur


@transaction.atomic
def approve_valeur(
    acting: Membership, valeur: ValeurReferentiel, *, on: date | None = None
) -> ValeurReferentiel:
    """Put a proposed value in the tables: it can never be changed afterwards."""
    valeur = _lock(acting, valeur)
    valeur.etat = Etat.APPROUVEE
    valeur.decidee_par, valeur.decidee_le = acting.user, on or today()
    valeur.save(update_fields=["etat", "decidee_par", "decidee_le"])
    parameter.read_again()
    record(acting, "referentiel.approuve", valeur, apres=_traced(valeur))
    _tell_proposer(acting, valeur, "approuvée", "Elle sert désormais à tous les calculs.")
    return valeur


@transaction.atomic
def refuse_valeur(
    acting: Membership, valeur: ValeurReferentiel, *, motif: str, on: date | None = None
) -> ValeurReferentiel:
    """Set a proposed value aside, with the reason; it may be proposed again, corrected."""
    if not motif.strip():
        raise Refus("Indiquez le motif du refus : la personne qui a proposé doit le connaître.")
    valeur = _lock(acting, valeur)
    valeur.etat, valeur.motif_refus = Etat.REFUSEE, motif.strip()
    valeur.decidee_par, valeur.decidee_le = acting.user, on or today()
    valeur.save(update_fields=["etat", "motif_refus", "decidee_par", "decidee_le"])
    record(acting, "referentiel.refuse", valeur, motif=valeur.motif_refus)
    _tell_proposer(acting, valeur, "refusée", f"Motif : {valeur.motif_refus}")
    return valeur


def _lock(acting: Membership, valeur: ValeurReferentiel) -> ValeurReferentiel:
    rows = ValeurReferentiel.objects.select_for_update(of=("self",))
    locked = rows.select_related("proposee_par").get(pk=valeur.pk)
    can_decide_valeur(acting, locked).enforce()
    return locked


def _require_sound(
    serie: Serie, effet: date, connu_le: date, montant: Decimal, reference: str, on: date
) -> None:
    faults = []
    if montant <= 0:
        faults.append("La valeur doit être supérieure à 0.")
    if serie.en_indice and (effet.day, effet.month) != (1, 8):
        faults.append("L’indice est celui du mois d’août : sa date d’effet est un 1er août.")
    if not reference.strip():
        faults.append("Indiquez la référence du texte (arrêté, décret, avec sa date).")
    if connu_le > on:
        faults.append(
            "Le texte doit être publié : sa date de publication ne peut pas être à venir."
        )
    same = [v for v in serie.valeurs() if (v.effet, v.connu_le) == (effet, connu_le)]
    if any(v.montant is not None for v in same):
        faults.append(
            f"Le barème a déjà une valeur à compter du {effet:%d/%m/%Y}, publiée le même jour. Un "
            "texte rectificatif porte sa propre date de publication."
        )
    if faults:
        raise Refus(*faults)


def _tell_proposer(acting: Membership, valeur: ValeurReferentiel, decision: str, text: str) -> None:
    notify(
        acting.organisation,
        f"Valeur {decision} : {SERIES[valeur.fichier, valeur.serie]}",
        f"La valeur que vous avez proposée à compter du {valeur.effet:%d/%m/%Y} est {decision}. "
        f"{text}",
        reverse("conventions:valeur", args=[valeur.pk]),
        nature=Nature.REFERENTIEL,
        personne=valeur.proposee_par,
        on=valeur.decidee_le,
    )


def _traced(valeur: ValeurReferentiel) -> dict[str, object]:
    names = ("fichier", "serie", "effet", "connu_le", "montant", "reference")
    return {name: getattr(valeur, name) for name in names}
