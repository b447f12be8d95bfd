"""Why an annex cannot be paid: the one function that decides it (spec 02 §2, last paragraph).

Used by the run, its controls, the schedule and the alerts alike, so that no screen knows half of
the reasons. Facts are read for many annexes in a fixed number of queries, then judged in memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from apps.annexes.models import Suspension, VersionAnnexe
from apps.conventions.models import Caom, ConventionMandat, Financeur
from apps.payments.models import BlocagePaiement, Retenue
from apps.siae.models import CoordonneesBancaires

Motif = Retenue.Motif


@dataclass(frozen=True, slots=True)
class Blocage:
    """A reason not to pay, as a sentence every party reads.

    `cash_only`: lines without cash (re-imputations, orders of a final regularisation) still go.
    """

    motif: str
    detail: str
    cash_only: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """The facts of the holds on a payment day, for a set of annexes."""

    on: date
    suspensions: dict[int, list[Suspension]]
    comptes: dict[int, int]
    # Structures that contested a change of account: nothing goes to the one they had.
    gelees: set[int]
    financeurs: dict[int, Financeur]
    caoms: dict[tuple[int, int], date | None]
    mandats: dict[int, list[ConventionMandat]]
    blocages: dict[int, list[BlocagePaiement]]

    def payer_on(self, financeur_id: int | None) -> Financeur | None:
        """The funder that pays on the day: the successor once it has taken over."""
        financeur = self.financeurs.get(financeur_id) if financeur_id else None
        while financeur and financeur.succede_le and financeur.succede_le <= self.on:
            financeur = self.financeurs[financeur.successeur_id]
        return financeur

    def family(self, financeur_id: int) -> list[int]:
        """The funder, its successors one after the other, and all those it has succeeded."""
        found = [financeur_id]
        while (heir := self.financeurs[found[-1]].successeur_id) and heir not in found:
            found.append(heir)
        former = [financeur_id]
        while former := [
            financeur.pk
            for financeur in self.financeurs.values()
            if financeur.successeur_id in former and financeur.pk not in found
        ]:
            found += former
        return found

    @property
    def etat(self) -> Financeur | None:
        return next((f for f in self.financeurs.values() if f.is_etat), None)


def situation_of(annexe_ids: Iterable[int], structure_ids: Iterable[int], on: date) -> Situation:
    """Read the facts in six queries, whatever the number of annexes.

    A suspension lifted after the payment day still counts on it; one decided since then too. A
    hold put to be checked counts until a person lifts it, whatever the day.
    """
    suspensions: dict[int, list[Suspension]] = {}
    opened = Q(levee_le__isnull=True) | Q(levee_le__gt=on, depuis__lte=on)
    for suspension in Suspension.objects.filter(opened, annexe__in=annexe_ids).order_by("pk"):
        suspensions.setdefault(suspension.annexe_id, []).append(suspension)
    active, frozen = CoordonneesBancaires.Etat.ACTIVE, CoordonneesBancaires.Etat.GELEE
    comptes = CoordonneesBancaires.objects.filter(
        structure__in=set(structure_ids), etat__in=(active, frozen)
    )
    en_place = list(comptes.values_list("structure_id", "pk", "etat"))
    blocages: dict[int, list[BlocagePaiement]] = {}
    put = BlocagePaiement.objects.filter(structure__in=set(structure_ids), leve_le__isnull=True)
    for blocage in put.order_by("pk"):
        blocages.setdefault(blocage.structure_id, []).append(blocage)
    mandats: dict[int, list[ConventionMandat]] = {}
    for mandat in ConventionMandat.objects.order_by("pk"):
        mandats.setdefault(mandat.financeur_id, []).append(mandat)
    return Situation(
        on=on,
        suspensions=suspensions,
        comptes={structure: pk for structure, pk, etat in en_place if etat == active},
        gelees={structure for structure, _pk, etat in en_place if etat == frozen},
        financeurs={financeur.pk: financeur for financeur in Financeur.objects.all()},
        caoms={
            (financeur, annee): signee
            for financeur, annee, signee in Caom.objects.values_list(
                "financeur_id", "annee", "signee_le"
            )
        },
        mandats=mandats,
        blocages=blocages,
    )


def holds_on(
    versions: list[VersionAnnexe], structure_id: int, situation: Situation, *, waits: bool
) -> list[Blocage]:
    """Every reason not to pay an annex on the day, the first one being the most serious.

    `versions`: those ever in force, oldest first. `waits`: some statement is still missing; an
    automatic suspension is lifted by itself when none is.
    """
    return [
        *_suspended(versions[0].annexe_id, situation, waits=waits),
        *_without_bank(structure_id, situation),
        *_to_check(versions[0].annexe_id, structure_id, situation),
        *_without_convention(versions, situation),
    ]


def mandat_of(versions: list[VersionAnnexe], situation: Situation) -> int | None:
    """The mandate that funds the département's share of an annex: the one in force on the day it
    was signed, kept when an amendment takes that share away; None without co-financing."""
    funder = next((v.financeur_cd_id for v in reversed(versions) if v.financeur_cd_id), None)
    if funder is None:
        return None
    day = signed_on(versions)
    mandats = [m for f in situation.family(funder) for m in situation.mandats.get(f, [])]
    return next((m.pk for m in mandats if m.engages_on(day)), None)


def signed_on(versions: list[VersionAnnexe]) -> date:
    """Day of signature of the annex: the CAOM and the mandate are those of that day (art. 9)."""
    first = versions[0]
    return first.signee_le or first.debut


def _suspended(annexe_id: int, situation: Situation, *, waits: bool) -> list[Blocage]:
    return [
        Blocage(Motif.SUSPENSION, suspension.detail)
        for suspension in situation.suspensions.get(annexe_id, [])
        if waits or suspension.motif == Suspension.Motif.DECISION
    ]


def _without_bank(structure_id: int, situation: Situation) -> list[Blocage]:
    if structure_id in situation.comptes:
        return []
    sentence = (
        "La structure n’a pas de coordonnées bancaires actives : elle doit en proposer, "
        "et l’ASP les contrôler."
    )
    if structure_id in situation.gelees:
        sentence = (
            "La structure a contesté un changement de coordonnées bancaires : l’ASP vérifie avec "
            "elle le compte à utiliser."
        )
    return [Blocage(Motif.BANQUE, sentence, cash_only=True)]


def _to_check(annexe_id: int, structure_id: int, situation: Situation) -> list[Blocage]:
    """Holds put on the structure or on this annex; one on a former account is without effect."""
    account = BlocagePaiement.objet_compte(situation.comptes.get(structure_id))
    return [
        Blocage(put.motif, put.detail, cash_only=True)
        for put in situation.blocages.get(structure_id, [])
        if put.annexe_id in (None, annexe_id)
        and (put.motif != BlocagePaiement.Motif.BANQUE_MODIFIEE or put.objet == account)
    ]


def _without_convention(versions: list[VersionAnnexe], situation: Situation) -> list[Blocage]:
    """CAOM of the year of signature and mandate in force on that day, both signed."""
    current = versions[-1]
    if not current.montant_cd or current.financeur_cd_id is None:
        return []
    day = signed_on(versions)
    family = situation.family(current.financeur_cd_id)
    name = situation.financeurs[current.financeur_cd_id].nom
    blocages = []
    mandats = [mandat for f in family for mandat in situation.mandats.get(f, [])]
    if not any(m.engages_on(day) and m.signee_le <= situation.on for m in mandats):
        blocages.append(
            Blocage(
                Motif.MANDAT,
                f"Aucune convention de mandat signée avec le financeur « {name} » "
                f"n’était en vigueur le {day:%d/%m/%Y}, date de signature de l’annexe.",
            )
        )
    signatures = [situation.caoms.get((f, day.year)) for f in family]
    if not any(signature and signature <= situation.on for signature in signatures):
        blocages.append(
            Blocage(
                Motif.CAOM,
                f"La CAOM {day.year} du financeur « {name} » n’est pas signée.",
            )
        )
    return blocages
