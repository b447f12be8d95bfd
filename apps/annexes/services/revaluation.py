"""Bulk application of an arrêté that changes the unit amount (spec 02 §6).

Every annex in force whose unit amounts differ from the referential as known on a day receives an
amendment created, transmitted and validated as one act of the ASP, under the arrêté's reference.
The preview is the same computation without the writes. A constant number of queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Prefetch

from apps.accounts.models import Membership
from apps.annexes.conditions import Unitaires, conditions_of, referential
from apps.annexes.models import AnnexeFinanciere, MontantUnitaire, VersionAnnexe
from apps.annexes.notices import tell_revalued
from apps.annexes.permissions import can_revalue
from apps.annexes.services.amendment import DERNIERE_MODIFICATION
from apps.annexes.services.drafting import CHAMPS
from apps.annexes.services.workflow import engaged, first_instalment
from apps.core.errors import Refus
from apps.journal.services import Fact, record_many
from apps.rules.conditions import Conditions
from apps.rules.money import total
from apps.rules.parameter import MAYOTTE, one_reading, valeurs

Etat = VersionAnnexe.Etat


@dataclass(frozen=True, slots=True)
class LigneRevalorisee:
    """One annex of the preview, in euros; `obstacle` says why it is left aside, empty if not."""

    version: VersionAnnexe
    avant: Conditions
    apres: Conditions
    unitaires: tuple[tuple[date, Decimal], ...]
    reference: str
    obstacle: str

    @property
    def difference(self) -> Decimal:
        return self.apres.total - self.avant.total

    @property
    def unitaires_changes(self) -> tuple[tuple[date, Decimal], ...]:
        """The dated amounts that the annex did not have."""
        before = set(self.avant.montants_unitaires)
        return tuple(pair for pair in self.unitaires if pair not in before)


@dataclass(frozen=True, slots=True)
class Apercu:
    mesure: str
    on: date
    lignes: tuple[LigneRevalorisee, ...]
    ecartees: tuple[LigneRevalorisee, ...]

    @property
    def difference(self) -> Decimal:
        return total(ligne.difference for ligne in self.lignes)


@one_reading()
def preview(mesure: str, on: date) -> Apercu:
    """What `apply` would do on that day, without writing anything."""
    annexes = _annexes_in_force(mesure)
    return _preview(annexes, mesure, on)


@transaction.atomic
@one_reading()
def apply(acting: Membership, mesure: str, *, on: date) -> list[VersionAnnexe]:
    """Amend every annex of the preview that nothing prevents; returns the new versions.

    Refused when there is none: applied twice, the second time changes nothing.
    """
    can_revalue(acting).enforce()
    locked = _annexes_in_force(mesure).select_for_update(of=("self",))
    plan = _preview(locked, mesure, on)
    if not plan.lignes:
        raise Refus("Aucune annexe n’est à revaloriser : toutes ont les montants du référentiel.")
    _replace([ligne.version for ligne in plan.lignes], on)
    paid = engaged([ligne.version.annexe_id for ligne in plan.lignes], on)
    created = VersionAnnexe.objects.bulk_create(
        [_next_version(ligne, acting, on, paid) for ligne in plan.lignes], batch_size=1000
    )
    MontantUnitaire.objects.bulk_create(
        [
            MontantUnitaire(version=version, effet=day, montant=amount)
            for version, ligne in zip(created, plan.lignes, strict=True)
            for day, amount in ligne.unitaires
        ],
        batch_size=2000,
    )
    _set_current(created)
    _trace(acting, created, plan.lignes, on)
    tell_revalued(created, on)
    return created


def _annexes_in_force(mesure: str):  # type: ignore[no-untyped-def]
    return (
        AnnexeFinanciere.objects.filter(courante__etat=Etat.VALIDE, siae__mesure=mesure)
        .select_related("siae__structure")
        .order_by("pk")
    )


def _preview(annexes: Sequence[AnnexeFinanciere], mesure: str, on: date) -> Apercu:
    everything = annexes.prefetch_related(  # type: ignore[attr-defined]
        Prefetch(
            "versions",
            VersionAnnexe.objects.select_related("financeur_cd").prefetch_related(
                "montants_unitaires"
            ),
        )
    )
    lignes: list[LigneRevalorisee] = []
    ecartees: list[LigneRevalorisee] = []
    for annexe in everything:
        ligne = _ligne(annexe, on)
        if ligne is not None:
            (ecartees if ligne.obstacle else lignes).append(ligne)
    return Apercu(mesure, on, tuple(lignes), tuple(ecartees))


def _ligne(annexe: AnnexeFinanciere, on: date) -> LigneRevalorisee | None:
    versions = list(annexe.versions.all())
    current = next(v for v in versions if v.pk == annexe.courante_id)
    current.annexe = annexe
    before = conditions_of(current)
    try:
        unitaires = tuple(referential(annexe.siae, current.debut, current.fin, on))
    except Refus as unknown:  # a gap of the tables sets this annex aside, not the others
        return LigneRevalorisee(current, before, before, (), "", str(unknown))
    after = conditions_of(current, unitaires)
    if after.unitaires == before.unitaires:
        return None
    return LigneRevalorisee(
        version=current,
        avant=before,
        apres=after,
        unitaires=unitaires,
        reference=_reference(annexe, unitaires, on),
        obstacle=_obstacle(versions, after),
    )


def _obstacle(versions: Sequence[VersionAnnexe], after: Conditions) -> str:
    for version in versions:
        if version.etat in VersionAnnexe.ETATS_EN_PREPARATION:
            return f"L’avenant M{version.modification} est en préparation."
    if max(v.modification for v in versions) >= DERNIERE_MODIFICATION:
        return "L’annexe compte déjà neuf avenants."
    if after.montant_cd > after.total:
        return "Le montant du département dépasserait le nouveau total."
    return ""


def _reference(annexe: AnnexeFinanciere, unitaires: Unitaires, on: date) -> str:
    """Text that set the latest of the amounts applied."""
    territory = "_MAYOTTE" if annexe.siae.structure.departement == MAYOTTE else ""
    scale = valeurs("montants_unitaires", annexe.siae.mesure + territory)
    known = [value for value in scale if value.connu_le <= on]
    applied = {day for day, _amount in unitaires}
    return max(
        (v for v in known if v.effet in applied), key=lambda v: (v.effet, v.connu_le)
    ).reference


def _replace(previous: Sequence[VersionAnnexe], on: date) -> None:
    for version in previous:
        version.etat = Etat.HISTORISE
        version.remplacee_le = on
        version.revision += 1
    VersionAnnexe.objects.bulk_update(
        previous, ["etat", "remplacee_le", "revision"], batch_size=1000
    )


def _next_version(
    ligne: LigneRevalorisee, acting: Membership, on: date, paid: set[int]
) -> VersionAnnexe:
    before = ligne.version
    numbers = [version.modification for version in before.annexe.versions.all()]
    # The arrêté applies by itself: the annex keeps its signature, and so its CAOM.
    version = VersionAnnexe(
        annexe=before.annexe,
        siae_id=before.siae_id,
        modification=max(numbers) + 1,
        etat=Etat.VALIDE,
        **{champ: getattr(before, champ) for champ in CHAMPS if champ != "signataire"},
        signataire_id=before.signataire_id,
        montant_total=ligne.apres.total,
        taux_cd=ligne.apres.taux_cd,
        transmise_le=on,
        transmise_par=acting.user,
        validee_le=on,
        a_partir_de=first_instalment(before, before, on, engaged=paid),
    )
    version.motif_avenant = f"Revalorisation du montant unitaire : {ligne.reference}"[:300]
    return version


def _set_current(created: Sequence[VersionAnnexe]) -> None:
    annexes = []
    for version in created:
        version.annexe.courante = version
        annexes.append(version.annexe)
    AnnexeFinanciere.objects.bulk_update(annexes, ["courante"], batch_size=1000)


def _trace(
    acting: Membership,
    created: Sequence[VersionAnnexe],
    lignes: Sequence[LigneRevalorisee],
    on: date,
) -> None:
    facts = []
    for version, ligne in zip(created, lignes, strict=True):
        facts.append(Fact("annexe.historisee", ligne.version, apres={"remplacee_le": on}))
        facts.append(
            Fact(
                "annexe.revalorisee",
                version,
                motif=ligne.reference,
                avant={"montant_total": ligne.avant.total},
                apres={"montant_total": ligne.apres.total, "a_partir_de": version.a_partir_de},
            )
        )
    record_many(acting, facts)
