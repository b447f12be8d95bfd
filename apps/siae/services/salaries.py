"""Salariés: one fiche per person and structure, numbered, found by PASS IAE.

The same person hired for another measure of the structure keeps the fiche: a second one is
refused and the screen proposes to attach the contract to the first (fiche salarié, code 3436).
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max

from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record, record_reading
from apps.siae import identifiers, permissions
from apps.siae.checks import salarie_faults
from apps.siae.models import Salarie, Structure
from apps.siae.services.changes import apply_values, check_choices, read_values, store_changes

if TYPE_CHECKING:
    from apps.accounts.models import Membership

FIELDS = tuple(
    field.name
    for field in Salarie._meta.concrete_fields
    if not field.generated
    and field.name
    not in (
        "id",
        "structure",
        "numero",
        "revision",
        "nir_chiffre",
        "nir_empreinte",
        "anonymise_le",
    )
)
READERS = {
    "nom": partial(identifiers.read_name, quoi="Le nom"),
    "prenom": partial(identifiers.read_name, quoi="Le prénom"),
    "nom_naissance": lambda text: (
        identifiers.read_name(text, quoi="Le nom de naissance") if text.strip() else ""
    ),
    "pass_iae": identifiers.read_pass_iae,
    "code_postal": identifiers.read_code_postal,
    "departement_naissance": lambda text: (
        identifiers.read_departement(text) if text.strip() else ""
    ),
    "numero_ide": identifiers.read_numero_ide,
}


class SalarieDejaConnu(Refus):
    """The structure already has a fiche for this person: `salarie`.

    Same PASS IAE (return code 3436 of the fiche salarié), or same names and date of birth under
    another PASS IAE (3437, identity mismatch), said in words.
    """

    def __init__(self, salarie: Salarie, pass_iae: str) -> None:
        if salarie.pass_iae == pass_iae:
            sentence = (
                f"Un salarié de la structure porte déjà ce numéro de PASS IAE : {salarie}, n° "
                f"{salarie.numero}. Rattachez le contrat à la fiche existante."
            )
        else:
            sentence = (
                f"Une fiche porte déjà les mêmes nom, prénom et date de naissance : {salarie}, n° "
                f"{salarie.numero}, sous le PASS IAE {salarie.pass_iae}. Rattachez le contrat à "
                "cette fiche, ou confirmez qu’il s’agit d’une autre personne."
            )
        super().__init__(sentence)
        self.salarie = salarie


@transaction.atomic
def create_salarie(
    acting: Membership,
    structure: Structure,
    *,
    autre_personne: bool = False,
    on: date | None = None,
    **fields: Any,
) -> Salarie:
    """A new fiche with the next number of the structure.

    Raises `SalarieDejaConnu` when the PASS IAE is already that of a fiche of the structure, or
    the names and date of birth are, unless `autre_personne` says that it is somebody else.
    """
    structure = Structure.objects.select_for_update(of=("self",)).get(pk=structure.pk)
    permissions.can_edit_salaries(acting, structure).enforce()
    salarie = Salarie(structure=structure)
    values = read_values(fields, READERS)
    apply_values(salarie, values, FIELDS)
    _check(salarie, on or today())
    namesake = None if autre_personne else structure.salaries.homonyms_of(salarie).first()
    if namesake is not None:
        raise SalarieDejaConnu(namesake, salarie.pass_iae)
    dernier = structure.salaries.aggregate(numero=Max("numero"))["numero"]
    salarie.numero = (dernier or 0) + 1
    salarie.save()
    record(acting, "salarie.cree", salarie, apres={"numero": salarie.numero, **values})
    return salarie


@transaction.atomic
def update_salarie(
    acting: Membership,
    salarie: Salarie,
    *,
    revision: int | None = None,
    on: date | None = None,
    **fields: Any,
) -> Salarie:
    """Correct or complete a fiche. Hours already validated keep the eligibility they had.

    `revision` is the one that was read: raises `ModifieEntreTemps` when it is no longer current.
    """
    # The structure is locked too: the uniqueness of the PASS IAE is checked within it.
    structure = Structure.objects.select_for_update(of=("self",)).get(pk=salarie.structure_id)
    permissions.can_edit_salaries(acting, structure).enforce()
    salarie = structure.salaries.select_for_update(of=("self",)).get(pk=salarie.pk)
    permissions.can_change_fiche(salarie).enforce()
    before, after = apply_values(salarie, read_values(fields, READERS), FIELDS)
    if after:
        _check(salarie, on or today())
        store_changes(salarie, after, revision)
        record(acting, "salarie.modifie", salarie, avant=before, apres=after)
    return salarie


def note_reading(acting: Membership, salarie: Salarie) -> None:
    """Whoever is not the employer and reads a fiche leaves a trace, once a day."""
    if not acting.is_siae:
        record_reading(acting, "fiche.consultee", salarie)


def _check(salarie: Salarie, on: date) -> None:
    for name in ("date_naissance", "pass_debut", "pass_fin"):
        if getattr(salarie, name) is None:
            libelle = Salarie._meta.get_field(name).verbose_name
            raise Refus(f"À renseigner : {libelle}.")
    check_choices(salarie, FIELDS)
    faults = salarie_faults(salarie, on=on)
    if faults:
        raise Refus(*faults)
    same = salarie.structure.salaries.filter(pass_iae=salarie.pass_iae).exclude(pk=salarie.pk)
    known = same.first()
    if known is not None:
        raise SalarieDejaConnu(known, salarie.pass_iae)
