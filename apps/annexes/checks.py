"""Checks of an annex at transmission and at validation (spec 01 §4).

Each check answers with `Constat`s: a blocking one refuses the act, the others warn. Sentences carry
the figures. Called by the services (the CAOM row being locked) and shown as one types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apps.accounts.models import Delegation
from apps.annexes.conditions import annual_hours, conditions_of, period_faults, referential
from apps.annexes.consumption import Consommation
from apps.annexes.facts import Faits, facts_of
from apps.annexes.models import VersionAnnexe
from apps.annexes.proposal import proposed_montant_cd
from apps.conventions.models import Caom
from apps.core.errors import Refus
from apps.rules.conditions import Conditions
from apps.rules.explanation import euros, heures_etp
from apps.rules.parameter import one_reading
from apps.siae.codes import ELIGIBLES_ACI

Etat = VersionAnnexe.Etat


@dataclass(frozen=True, slots=True)
class Constat:
    """One finding; `champ` names the field it is about, empty when it is about the whole."""

    bloquant: bool
    champ: str
    message: str


def check_version(version: VersionAnnexe, *, on: date) -> list[Constat]:
    """Every finding on a version, blocking ones first. A bounded number of queries.

    The referential is the one known on the day of transmission (`on` until then).
    """
    return check_versions([version], on=on)[version.pk]


@one_reading()
def check_versions(versions: Sequence[VersionAnnexe], *, on: date) -> dict[int, list[Constat]]:
    """Findings of many versions, by version, in as many queries as for one.

    They come with their annex (its convention and current version), SIAE, structure, funder,
    signatory and unit amounts.
    """
    facts = facts_of(versions)
    return {version.pk: _check(version, facts, on) for version in versions}


def _check(version: VersionAnnexe, facts: Faits, on: date) -> list[Constat]:
    faults = [_blocking("fin", fault) for fault in period_faults(version.debut, version.fin)]
    if faults:
        return faults
    try:
        conditions = conditions_of(version)
    except ValueError:
        return [
            _blocking("montants_unitaires", "Les montants unitaires ne couvrent pas la période.")
        ]
    known_on = version.transmise_le if version.etat == Etat.SAISI else on
    found = [
        *_amendment(version),
        *_convention(version),
        *_overlap(version, facts),
        *_referential(version, conditions, known_on or on),
        *_amounts(version, conditions),
        *_signature(version, on),
        *_cofinancing(version, facts, on),
        *_bank(version, facts),
    ]
    return sorted(found, key=lambda constat: not constat.bloquant)


def blocking(constats: list[Constat]) -> list[str]:
    """Sentences of the findings that refuse the act."""
    return [constat.message for constat in constats if constat.bloquant]


def _blocking(champ: str, message: str) -> Constat:
    return Constat(True, champ, message)


def _warning(champ: str, message: str) -> Constat:
    return Constat(False, champ, message)


def _amendment(version: VersionAnnexe) -> list[Constat]:
    courante = version.annexe.courante
    if version.modification and (courante is None or courante.etat != Etat.VALIDE):
        return [_blocking("", "L’annexe que cet avenant modifie n’est plus en vigueur.")]
    return []


def _convention(version: VersionAnnexe) -> list[Constat]:
    convention = version.annexe.convention
    if convention.debut <= version.debut and version.fin <= convention.fin:
        return []
    return [
        _blocking(
            "fin",
            f"La période du {version.debut:%d/%m/%Y} au {version.fin:%d/%m/%Y} sort de la "
            f"convention {convention.numero}, qui va du {convention.debut:%d/%m/%Y} au "
            f"{convention.fin:%d/%m/%Y}.",
        )
    ]


def _overlap(version: VersionAnnexe, facts: Faits) -> list[Constat]:
    found = []
    for other in facts.overlapping(version):
        period = f"du {other.debut:%d/%m/%Y} au {other.fin:%d/%m/%Y}"
        if other.etat == Etat.SAISI:
            text = (
                f"L’annexe {other}, transmise et non validée, couvre une période commune {period}."
            )
            found.append(_warning("debut", text))
        else:
            text = f"L’annexe {other} de la même structure couvre déjà la période {period}."
            found.append(_blocking("debut", text))
    return found


def _referential(version: VersionAnnexe, conditions: Conditions, known_on: date) -> list[Constat]:
    found = []
    try:
        amounts = referential(version.siae, version.debut, version.fin, known_on)
        hours = annual_hours(version.siae, version.debut, known_on)
    except Refus as unknown:
        return [_blocking("montants_unitaires", str(unknown))]
    expected = conditions_of(version, amounts)
    for month, unit, known in zip(
        conditions.months, conditions.unitaires, expected.unitaires, strict=True
    ):
        if unit != known:
            found.append(
                _blocking(
                    "montants_unitaires",
                    f"Le montant unitaire {month.label_with_de} est de {euros(unit)} alors que le "
                    f"référentiel connu au {known_on:%d/%m/%Y} donne {euros(known)}.",
                )
            )
            break
    if version.heures_annuelles_etp != hours:
        found.append(
            _blocking(
                "heures_annuelles_etp",
                f"La durée annuelle d’un ETP est de {heures_etp(version.heures_annuelles_etp)} "
                f"alors que le référentiel connu au {known_on:%d/%m/%Y} donne "
                f"{heures_etp(hours)}.",
            )
        )
    return found


def _amounts(version: VersionAnnexe, conditions: Conditions) -> list[Constat]:
    found = []
    if version.montant_total != conditions.total:
        found.append(
            _blocking(
                "montant_total",
                f"Le montant total inscrit est de {euros(version.montant_total)} alors que le "
                f"calcul donne {euros(conditions.total)}.",
            )
        )
    if version.montant_cd > conditions.total:
        found.append(
            _blocking(
                "montant_cd",
                f"Le montant du département ({euros(version.montant_cd)}) dépasse le montant "
                f"total de l’aide ({euros(conditions.total)}).",
            )
        )
    return found


def _signature(version: VersionAnnexe, on: date) -> list[Constat]:
    found = []
    if not version.piece:
        found.append(_blocking("piece", "Joignez l’annexe signée (PDF)."))
    if version.signee_le is None:
        found.append(_blocking("signee_le", "Indiquez la date de signature de l’annexe."))
    elif version.signee_le > on:
        found.append(
            _blocking(
                "signee_le", f"La date de signature ({version.signee_le:%d/%m/%Y}) est à venir."
            )
        )
    if version.signataire is None:
        found.append(_blocking("signataire", "Indiquez le signataire de l’annexe."))
    elif version.signee_le:
        found += _delegation(version, version.signataire, version.signee_le)
    return found


def _delegation(version: VersionAnnexe, delegation: Delegation, day: date) -> list[Constat]:
    organisation = delegation.organisation
    if organisation.departement != version.siae.structure.departement:
        return [
            _blocking(
                "signataire",
                f"{delegation.nom} n’a pas de délégation de signature pour le département "
                f"{version.siae.structure.departement}.",
            )
        ]
    if not delegation.covers(day):
        until = f" au {delegation.fin:%d/%m/%Y}" if delegation.fin else ""
        return [
            _blocking(
                "signataire",
                f"La délégation de {delegation.nom} est valable à compter du "
                f"{delegation.debut:%d/%m/%Y}{until} : elle ne couvre pas la signature du "
                f"{day:%d/%m/%Y}.",
            )
        ]
    return []


def _cofinancing(version: VersionAnnexe, facts: Faits, on: date) -> list[Constat]:
    if version.montant_cd == 0:
        if version.brsa_vises and version.financeur_cd_id:
            text = "Des bénéficiaires du RSA sont visés sans montant du département."
            return [_warning("montant_cd", text)]
        return []
    return [*_eligible(version), *_caom(version, facts, on), *_mandat(version, facts)]


def _eligible(version: VersionAnnexe) -> list[Constat]:
    structure = version.siae.structure
    if version.siae.mesure.startswith("ACI") and structure.forme_juridique not in ELIGIBLES_ACI:
        return [
            _blocking(
                "montant_cd",
                f"La forme juridique de {structure} ({structure.get_forme_juridique_display()}) "
                "n’ouvre pas droit au cofinancement du département (convention de mandat, "
                "article 2).",
            )
        ]
    return []


def _caom(version: VersionAnnexe, facts: Faits, on: date) -> list[Constat]:
    year = facts.signature_year(version)
    caom = facts.caom(version)
    if caom is None:
        text = f"{version.financeur_cd} : aucune CAOM {year} n’est enregistrée."
        return [_blocking("montant_cd", text)]
    used = facts.consumption(caom, version, on)
    if used.enveloppe.objectif(version.siae.mesure) is None:
        return [
            _blocking(
                "montant_cd",
                f"La CAOM {caom.annee} ne prévoit pas de cofinancement pour la mesure "
                f"{version.siae.get_mesure_display()}.",
            )
        ]
    found = []
    if caom.signee_le is None:
        text = f"La CAOM {caom.annee} n’est pas signée : les paiements seront retenus jusque-là."
        found.append(_warning("montant_cd", text))
    return [*found, *_envelope(version, caom, used), *_proposal(version, caom)]


def _envelope(version: VersionAnnexe, caom: Caom, used: Consommation) -> list[Constat]:
    """What is left of the amount and of the beneficiaries, this annex not counted."""
    found = []
    if version.montant_cd > used.reste:
        found.append(
            _blocking(
                "montant_cd",
                f"CAOM {caom.annee} : {euros(used.enveloppe.montant)}, déjà engagés "
                f"{euros(used.engage)}, cette annexe {euros(version.montant_cd)}.",
            )
        )
    if version.brsa_vises > used.beneficiaires_restants:
        found.append(
            _blocking(
                "brsa_vises",
                f"CAOM {caom.annee} : {used.enveloppe.beneficiaires} bénéficiaires, déjà engagés "
                f"{used.beneficiaires}, cette annexe {version.brsa_vises}.",
            )
        )
    return found


def _proposal(version: VersionAnnexe, caom: Caom) -> list[Constat]:
    proposed = proposed_montant_cd(
        caom, version.siae.mesure, version.brsa_vises, version.debut, version.fin
    )
    if proposed is None or proposed == version.montant_cd:
        return []
    return [
        _warning(
            "montant_cd",
            f"Le montant du département ({euros(version.montant_cd)}) diffère de celui que "
            f"donne la CAOM pour {version.brsa_vises} bénéficiaires ({euros(proposed)}).",
        )
    ]


def _mandat(version: VersionAnnexe, facts: Faits) -> list[Constat]:
    """A mandate must cover the signature; one not signed yet only holds the payments."""
    day = facts.signed_on(version) or version.signee_le or version.debut
    funder = version.financeur_cd
    mandats = facts.mandats_of(version)
    if any(mandat.engages_on(day) for mandat in mandats):
        return []
    covering = [m for m in mandats if m.debut <= day <= m.fin]
    if any(m.signee_le is None and m.denoncee_le is None for m in covering):
        return [
            _warning(
                "montant_cd",
                "La convention de mandat n’est pas signée : les paiements seront retenus "
                "jusque-là.",
            )
        ]
    ended = next((m for m in covering if m.denoncee_le), None)
    why = f" (dénoncée à effet du {ended.denoncee_le:%d/%m/%Y})" if ended else ""
    return [
        _blocking(
            "montant_cd",
            f"{funder} : aucune convention de mandat n’est en vigueur à la date de signature "
            f"du {day:%d/%m/%Y}{why}.",
        )
    ]


def _bank(version: VersionAnnexe, facts: Faits) -> list[Constat]:
    if version.siae.structure_id in facts.avec_banque:
        return []
    return [
        _warning(
            "",
            "La structure n’a pas de coordonnées bancaires actives : les paiements seront "
            "retenus jusque-là.",
        )
    ]
