"""Choosing the statements to control on documents (spec 03, ASP).

At random, in the order of SHA-256(« graine:numéro ») with the seed journaled, so that anyone may
draw again; or one named statement. Called by the screens of the controls.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import Fact, record, record_many
from apps.presence.models import Controle, EtatMensuel, NaturePiece, Tirage
from apps.presence.notices import tell_requested
from apps.presence.permissions import can_control
from apps.presence.services.entry import lock_etat

ETATS_CONTROLABLES = (EtatMensuel.Etat.SAISI, EtatMensuel.Etat.VALIDE)
GRAINE_BITS = 62
MOTIF_MAX = 300
SAMPLE_MAX = 500  # statements of one draw: more is not a sample


@dataclass(frozen=True, slots=True)
class Champ:
    """What a sample is drawn from: months, and a territory and a measure when chosen."""

    debut: date
    fin: date
    departement: str = ""
    mesure: str = ""


@dataclass(frozen=True, slots=True)
class Demande:
    """What is asked of each structure of a sample."""

    pieces: Sequence[str]
    echeance: date
    motif: str


def population_of(champ: Champ) -> QuerySet[EtatMensuel]:
    """Certified or validated statements of the field whose version was not controlled yet."""
    controlled = Controle.objects.filter(
        etat_mensuel=OuterRef("pk"), version=OuterRef("version")
    ).exclude(etat=Controle.Etat.ABANDONNE)
    found = EtatMensuel.objects.filter(
        etat__in=ETATS_CONTROLABLES, mois__gte=champ.debut, mois__lte=champ.fin
    )
    if champ.departement:
        found = found.filter(annexe__siae__structure__departement=champ.departement)
    if champ.mesure:
        found = found.filter(annexe__siae__mesure=champ.mesure)
    return found.exclude(Exists(controlled))


def sample_size(population: int, *, taille: int | None, taux: int | None) -> int:
    """How many statements a size or a rate in per cent gives: rounded up, never none."""
    if taille is not None:
        return min(taille, population)
    return min(max(1, -(-population * (taux or 0) // 100)), population)


def draw_order(graine: int, keys: Collection[int]) -> list[int]:
    """The keys in the order of the draw: that of SHA-256(« graine:numéro »)."""
    return sorted(keys, key=lambda pk: hashlib.sha256(f"{graine}:{pk}".encode()).digest())


@transaction.atomic
def draw_sample(
    acting: Membership,
    champ: Champ,
    demande: Demande,
    *,
    taille: int | None = None,
    taux: int | None = None,
    graine: int | None = None,
    on: date | None = None,
) -> Tirage:
    """Draw statements at random and ask for the documents. `graine` is chosen when not given."""
    on = on or today()
    can_control(acting).enforce()
    _check_request(demande, on)
    if (taille is None) == (taux is None):
        raise Refus("Indiquez un nombre d’états mensuels ou un taux, l’un des deux.")
    population = population_of(champ)
    # Wait for another draw of the same statements, then read: what it took is no longer drawn.
    list(population.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    versions = dict(population.values_list("pk", "version"))
    if not versions:
        raise Refus(
            "Aucun état mensuel certifié ou validé n’est à contrôler dans ce champ : élargissez "
            "les mois, le département ou la mesure."
        )
    graine = secrets.randbits(GRAINE_BITS) if graine is None else graine
    size = sample_size(len(versions), taille=taille, taux=taux)
    if not 1 <= size <= SAMPLE_MAX:
        raise Refus(f"Un tirage compte de 1 à {SAMPLE_MAX} états mensuels : réduisez-le.")
    tirage = Tirage.objects.create(
        methode=Tirage.Methode.ALEATOIRE,
        debut=champ.debut,
        fin=champ.fin,
        departement=champ.departement,
        mesure=champ.mesure,
        graine=graine,
        population=len(versions),
        taille=size,
        pieces=list(demande.pieces),
        motif=demande.motif.strip(),
        tire_par=acting.user,
        tire_le=on,
    )
    chosen = draw_order(graine, versions)[:size]
    _open_controls(acting, tirage, [(pk, versions[pk]) for pk in chosen], demande.echeance)
    return tirage


@transaction.atomic
def target_etat(
    acting: Membership, etat: EtatMensuel, demande: Demande, *, on: date | None = None
) -> Controle:
    """Ask for the documents of one named statement."""
    on = on or today()
    can_control(acting).enforce()
    _check_request(demande, on)
    etat = lock_etat(etat)
    if etat.etat not in ETATS_CONTROLABLES:
        raise Refus("Seul un état mensuel certifié ou validé se contrôle sur pièces.")
    present = Controle.objects.filter(etat_mensuel=etat, version=etat.version)
    if present.exclude(etat=Controle.Etat.ABANDONNE).exists():
        raise Refus("Cette version de l’état mensuel est déjà contrôlée.")
    tirage = Tirage.objects.create(
        methode=Tirage.Methode.CIBLE,
        debut=etat.mois,
        fin=etat.mois,
        departement=etat.annexe.siae.structure.departement,
        mesure=etat.annexe.siae.mesure,
        population=1,
        taille=1,
        pieces=list(demande.pieces),
        motif=demande.motif.strip(),
        tire_par=acting.user,
        tire_le=on,
    )
    return _open_controls(acting, tirage, [(etat.pk, etat.version)], demande.echeance)[0]


def _open_controls(
    acting: Membership, tirage: Tirage, chosen: Sequence[tuple[int, int]], echeance: date
) -> list[Controle]:
    """One control per statement; each is journaled, and the draw with its seed."""
    created = Controle.objects.bulk_create(
        Controle(tirage=tirage, etat_mensuel_id=pk, version=version, echeance=echeance)
        for pk, version in chosen
    )
    controles = list(
        Controle.objects.filter(pk__in=[controle.pk for controle in created])
        .with_display()
        .select_related("etat_mensuel__annexe__siae__structure__organisation")
        .order_by("pk")
    )
    record(
        acting,
        "tirage.effectue",
        tirage,
        motif=tirage.motif,
        apres={
            "methode": tirage.methode,
            "graine": None if tirage.graine is None else str(tirage.graine),
            "population": tirage.population,
            "etats": [pk for pk, _version in chosen],
        },
    )
    after = {"pieces": ", ".join(tirage.natures), "echeance": echeance}
    record_many(acting, [Fact("controle.demande", c, tirage.motif, {}, after) for c in controles])
    tell_requested(controles)
    return controles


def _check_request(demande: Demande, on: date) -> None:
    if not demande.motif.strip():
        raise Refus("Indiquez l’objet du contrôle : la structure le lit.")
    if len(demande.motif) > MOTIF_MAX:
        raise Refus(f"L’objet du contrôle ne doit pas dépasser {MOTIF_MAX} caractères.")
    if not demande.pieces or set(demande.pieces) - set(NaturePiece.values):
        raise Refus("Choisissez au moins une pièce à demander.")
    if demande.echeance <= on:
        raise Refus("L’échéance doit être postérieure à aujourd’hui.")
