"""Structures: identity, measures, contacts, change of SIRET (spec 01 §2, convention art. 2).

A change of SIRET touches one column: employees, contracts and annexes hang on the structure,
and the history of SIRET is kept. Called by the screens of the ASP, the DDETS and the structure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction

from apps.accounts.models import Organisation
from apps.core import fence
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.services import next_number
from apps.journal.services import record
from apps.siae import identifiers, permissions
from apps.siae.codes import ELIGIBLES_ACI, FormeJuridique, TypeMesure
from apps.siae.models import ChangementSiret, Siae, Structure
from apps.siae.services.changes import apply_values, check_choices, read_values, store_changes

if TYPE_CHECKING:
    from apps.accounts.models import Membership

IDENTITE = (
    "denomination",
    "forme_juridique",
    "departement",
    "adresse",
    "code_postal",
    "commune",
)
CONTACTS = ("adresse_gestion", "telephone", "correspondant", "courriel")
READERS = {
    "siret": identifiers.read_siret,
    "departement": identifiers.read_departement,
    "code_postal": identifiers.read_code_postal,
}


@transaction.atomic
def create_structure(
    acting: Membership,
    *,
    mesures: Iterable[str],
    siret: str,
    asp_id: int | None = None,
    **fields: Any,
) -> Structure:
    """A new structure, its organisation and one SIAE per measure.

    `asp_id` is the ASP's identifier when it already gave one; otherwise the next free one.
    """
    permissions.can_manage_structure(acting).enforce()
    structure = Structure()
    values = read_values({"siret": siret, **fields}, READERS)
    siret = values.pop("siret")
    apply_values(structure, values, IDENTITE + CONTACTS)
    permissions.can_manage_structure(acting, structure).enforce()
    structure.siret = structure.siret_signature = siret
    check_choices(structure, IDENTITE + CONTACTS)
    mesures = list(dict.fromkeys(mesures))
    _check_mesures(structure, mesures)
    _check_siret_free(siret)
    structure.asp_id = _asp_id(asp_id)
    structure.organisation = Organisation.objects.create(
        type=Organisation.Type.SIAE, nom=structure.denomination
    )
    structure.save()
    Siae.objects.bulk_create(Siae(structure=structure, mesure=mesure) for mesure in mesures)
    record(
        acting,
        "structure.creee",
        structure,
        apres={"asp_id": structure.asp_id, "siret": siret, "mesures": mesures, **values},
    )
    return structure


@transaction.atomic
def update_structure(
    acting: Membership, structure: Structure, *, revision: int | None = None, **fields: Any
) -> Structure:
    """Change contacts, or the identity for those who keep it; the SIRET has its own act.

    `revision` is the one that was read: raises `ModifieEntreTemps` when it is no longer current.
    """
    structure = _locked(structure)
    before, after = apply_values(structure, read_values(fields, READERS), IDENTITE + CONTACTS)
    if set(after) & set(IDENTITE):
        permissions.can_manage_structure(acting, _as_it_was(structure, before)).enforce()
        permissions.can_manage_structure(acting, structure).enforce()
    permissions.can_edit_contacts(acting, structure).enforce()
    check_choices(structure, after)
    if "forme_juridique" in after:
        _check_mesures(structure, list(structure.siaes.values_list("mesure", flat=True)))
    if after:
        store_changes(structure, after, revision)
        if "denomination" in after:
            Organisation.objects.filter(pk=structure.organisation_id).update(
                nom=structure.denomination
            )
        record(acting, "structure.modifiee", structure, avant=before, apres=after)
    return structure


@transaction.atomic
def add_mesure(acting: Membership, structure: Structure, mesure: str) -> Siae:
    """One more measure for the same ASP id: a new SIAE of the structure."""
    structure = _locked(structure)
    permissions.can_manage_structure(acting, structure).enforce()
    _check_mesures(structure, [mesure])
    if structure.siaes.filter(mesure=mesure).exists():
        raise Refus(f"La structure est déjà connue pour la mesure {TypeMesure(mesure).label}.")
    siae = Siae.objects.create(structure=structure, mesure=mesure)
    record(acting, "structure.modifiee", structure, apres={"mesure_ajoutee": mesure})
    return siae


@transaction.atomic
def change_siret(
    acting: Membership,
    structure: Structure,
    nouveau: str,
    effet: date,
    *,
    on: date | None = None,
) -> ChangementSiret:
    """Give the structure its new current SIRET; the SIRET at signature does not move."""
    structure = _locked(structure)
    permissions.can_manage_structure(acting, structure).enforce()
    nouveau = identifiers.read_siret(nouveau)
    if nouveau == structure.siret:
        raise Refus("C’est déjà le SIRET actuel de la structure.")
    _check_siret_free(nouveau)
    if effet > (on or today()):
        raise Refus(
            "La date d’effet n’est pas encore atteinte : enregistrez le changement à cette date."
        )
    dernier = structure.changements_siret.last()
    if dernier and effet <= dernier.effet:
        raise Refus(
            f"Le changement précédent a pris effet le {dernier.effet:%d/%m/%Y} : la date d’effet "
            "doit être postérieure."
        )
    changement = ChangementSiret.objects.create(
        structure=structure, ancien=structure.siret, nouveau=nouveau, effet=effet
    )
    structure.siret = nouveau
    structure.save(update_fields=["siret"])
    record(
        acting,
        "structure.siret_change",
        structure,
        avant={"siret": changement.ancien},
        apres={"siret": nouveau, "effet": effet},
    )
    return changement


def _locked(structure: Structure) -> Structure:
    return Structure.objects.select_for_update(of=("self",)).get(pk=structure.pk)


def _as_it_was(structure: Structure, before: dict[str, Any]) -> Structure:
    return Structure(departement=before.get("departement", structure.departement))


def _check_mesures(structure: Structure, mesures: list[str]) -> None:
    if not mesures:
        raise Refus("Choisissez au moins une mesure.")
    for mesure in mesures:
        if mesure not in TypeMesure.values:
            raise Refus(f"La mesure « {mesure} » n’existe pas.")
        if mesure.startswith("ACI") and structure.forme_juridique not in ELIGIBLES_ACI:
            raise Refus(
                f"La forme juridique « {FormeJuridique(structure.forme_juridique).label} » ne "
                "peut pas porter d’atelier et chantier d’insertion (convention de mandat, "
                "article 2)."
            )


@fence.system("one SIRET in the nation")
def _check_siret_free(siret: str) -> None:
    other = Structure.objects.filter(siret=siret).values_list("asp_id", flat=True).first()
    if other is not None:
        raise Refus(f"Ce SIRET est déjà celui de la structure d’identifiant ASP {other}.")


@fence.system("one number in the nation")
def _asp_id(asked: int | None) -> int:
    if asked is None:
        number = next_number("structure.asp_id")
        while Structure.objects.filter(asp_id=number).exists():
            number = next_number("structure.asp_id")
        return number
    if Structure.objects.filter(asp_id=asked).exists():
        raise Refus(f"L’identifiant ASP {asked} est déjà attribué.")
    return asked
