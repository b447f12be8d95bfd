"""What the tests start from: people, organisations, memberships… one small function each.

Every function gives a valid object with the fewest arguments; a test states only what its rule
is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from stdnum import luhn

from apps.accounts.models import ROLES_BY_TYPE, Delegation, Membership, Organisation, Role, User
from apps.annexes.conditions import refresh_amounts
from apps.annexes.models import AnnexeFinanciere, MontantUnitaire, VersionAnnexe
from apps.conventions.models import (
    Caom,
    ConventionIae,
    ConventionMandat,
    Financeur,
    ObjectifCaom,
    ValeurReferentiel,
)
from apps.payments import ledger
from apps.payments.models import Ecriture
from apps.payments.schemes import simple_entry
from apps.presence.models import EtatMensuel, LignePresence
from apps.rules.periods import Month
from apps.siae.models import Contrat, CoordonneesBancaires, Salarie, Siae, Structure
from apps.siae.services import apply_bank_details, control_bank_details

_numbers = count(1)

# The kind of organisation each role belongs to.
TYPE_OF_ROLE = {role: type_ for type_, roles in ROLES_BY_TYPE.items() for role in roles}
PASSWORD = "un mot de passe assez long"


def make_user(username: str = "", **fields: Any) -> User:
    number = next(_numbers)
    fields = {"prenom": "Camille", "nom": f"Personne{number}"} | fields
    return User.objects.create_user(username or f"personne{number}", PASSWORD, **fields)


def make_organisation(type: str = "SIAE", **fields: Any) -> Organisation:
    fields = {"nom": f"Organisation {type} {next(_numbers)}"} | fields
    if type == "DDETS":
        fields.setdefault("departement", "062")
    return Organisation.objects.create(type=type, **fields)


def make_membership(
    role: Role | str = Role.RESPONSABLE,
    organisation: Organisation | None = None,
    user: User | None = None,
    **fields: Any,
) -> Membership:
    """A person acting with a role; the organisation is of the kind that has that role."""
    organisation = organisation or make_organisation(TYPE_OF_ROLE[Role(role)])
    fields = {"debut": date(2020, 1, 1)} | fields
    return Membership.objects.create(
        user=user or make_user(),
        organisation=organisation,
        organisation_type=organisation.type,
        role=role,
        **fields,
    )


def make_siret() -> str:
    """A SIRET whose check digits are right (its SIREN's too), nobody's."""
    siren = f"9{next(_numbers):07d}"
    body = f"{siren}{luhn.calc_check_digit(siren)}0001"
    return body + luhn.calc_check_digit(body)


def make_structure(**fields: Any) -> Structure:
    number = next(_numbers)
    siret = make_siret()
    values = {
        "asp_id": 10_000 + number,
        "siret_signature": siret,
        "siret": siret,
        "denomination": f"Chantier {number}",
        "forme_juridique": "ASSOCIATION",
        "departement": "062",
        "adresse": "1 rue de l’Exemple",
        "code_postal": "62000",
        "commune": "Arras",
    } | fields
    if "organisation" not in values:
        values["organisation"] = make_organisation("SIAE", nom=values["denomination"])
    return Structure.objects.create(**values)


def make_siae(structure: Structure | None = None, mesure: str = "ACI_DC", **fields: Any) -> Siae:
    """A SIAE; `fields` are those of its structure."""
    return Siae.objects.create(structure=structure or make_structure(**fields), mesure=mesure)


def make_bank_details(structure: Structure, **fields: Any) -> CoordonneesBancaires:
    """Active bank details, proposed by one person and checked by another."""
    values = {
        "titulaire": structure.denomination[:70],
        "iban": "FR7630006000011234567890189",
        "bic": "AGRIFRPP",
        "etat": "ACTIVE",
    } | fields
    if values["etat"] in ("ACTIVE", "GELEE", "CONTROLEE"):
        values.setdefault("controle_par", make_user())
    if values["etat"] == "CONTROLEE":
        values.setdefault("effet_le", date(2030, 1, 2))
    return CoordonneesBancaires.objects.create(
        structure=structure, propose_par=make_user(), **values
    )


def put_in_effect(acting: Membership, coordonnees: CoordonneesBancaires) -> None:
    """Checked by `acting`, then the delay is over."""
    checked = control_bank_details(acting, coordonnees)
    apply_bank_details(checked.effet_le)


def make_financeur(code: str = "062", **fields: Any) -> Financeur:
    """The département with that code, made once; its organisation likewise."""
    found = Financeur.objects.filter(code=code).first()
    if found:
        return found
    values = {"type": "CD", "nom": f"Département {code}"} | fields
    if values["type"] == "CD":
        values.setdefault("organisation", make_organisation("CD", nom=values["nom"]))
    return Financeur.objects.create(code=code, **values)


def make_financeur_etat() -> Financeur:
    return make_financeur("ETAT", type="ETAT", nom="État")


def make_caom(
    financeur: Financeur | None = None,
    annee: int = 2023,
    *,
    entrees_brsa: int = 729,
    montant_mensuel: str = "534.82",
    mois_prevus: int = 12,
    mesure: str = "ACI_DC",
    **fields: Any,
) -> Caom:
    """A signed CAOM with one objective: 729 × 534,82 € × 12 = 4 678 605,36 € by default."""
    values = {"signee_le": date(annee, 1, 2)} | fields
    caom = Caom.objects.create(financeur=financeur or make_financeur(), annee=annee, **values)
    monthly = Decimal(montant_mensuel)
    ObjectifCaom.objects.create(
        caom=caom,
        mesure=mesure,
        effet=date(annee, 1, 1),
        entrees=entrees_brsa,
        entrees_brsa=entrees_brsa,
        montant_mensuel=monthly,
        mois_prevus=mois_prevus,
        montant=entrees_brsa * monthly * mois_prevus,
    )
    return caom


def make_mandat(
    financeur: Financeur | None = None, annee: int = 2023, **fields: Any
) -> ConventionMandat:
    values = {
        "reference": f"MANDAT-{next(_numbers)}",
        "debut": date(annee, 1, 1),
        "fin": date(annee, 12, 31),
        "signee_le": date(annee, 1, 2),
        "avance": Decimal("4678605.36"),
    } | fields
    mandat = ConventionMandat.objects.create(financeur=financeur or make_financeur(), **values)
    make_fonds(mandat)
    return mandat


def make_fonds(mandat: ConventionMandat, montant: str = "50000000.00") -> None:
    """Funds received for a mandate, so that its département is short of nothing."""
    piece = ledger.Piece(reference=f"ESSAI-{mandat.pk}")
    entry = simple_entry(
        Ecriture.Evenement.FONDS_RECUS,
        piece,
        Decimal(montant),
        "Fonds reçus",
        financeur_id=mandat.financeur_id,
        mandat_id=mandat.pk,
    )
    with transaction.atomic():
        ledger.post([entry], mandat.debut)


def make_convention(siae: Siae, **fields: Any) -> ConventionIae:
    values = {
        "numero": f"{siae.structure.departement} 010123 ACI {next(_numbers):05d}",
        "debut": date(2023, 1, 1),
        "fin": date(2025, 12, 31),
        "signee_le": date(2023, 1, 2),
    } | fields
    return ConventionIae.objects.create(siae=siae, **values)


def delegate(member: Membership, **fields: Any) -> Delegation:
    """A décideur may sign for the département, since 2020 and without an end."""
    values = {"debut": date(2020, 1, 1), "fonction": "Directrice"} | fields
    return Delegation.objects.create(
        organisation=member.organisation, user=member.user, nom=member.user.nom_complet, **values
    )


def make_delegation(departement: str = "062", **fields: Any) -> Delegation:
    """A delegation of the DDETS of that territory, without an end."""
    organisation = Organisation.objects.filter(type="DDETS", departement=departement).first()
    values = {
        "organisation": organisation or make_organisation("DDETS", departement=departement),
        "nom": f"Dominique Signataire{next(_numbers)}",
        "fonction": "Directrice départementale",
        "debut": date(2020, 1, 1),
    } | fields
    return Delegation.objects.create(**values)


def make_valeur(**fields: Any) -> ValeurReferentiel:
    """A proposed unit amount of the ACI, from 2030: it changes no annex of a test."""
    values = {
        "fichier": "montants_unitaires",
        "serie": "ACI_DC",
        "effet": date(2030, 1, 1),
        "connu_le": date(2023, 1, 1),
        "montant": Decimal("24000.00"),
        "reference": "arrêté d’essai",
        "proposee_le": date(2023, 1, 2),
    } | fields
    return ValeurReferentiel.objects.create(
        proposee_par=values.pop("proposee_par", None) or make_user(), **values
    )


def make_pdf(name: str = "annexe.pdf", contents: bytes = b"%PDF-1.7\n%%EOF\n") -> ContentFile:
    return ContentFile(contents, name=name)


def make_version(
    etat: str = "VALIDE",
    *,
    siae: Siae | None = None,
    annexe: AnnexeFinanciere | None = None,
    unitaires: Sequence[tuple[date, Decimal]] = ((date(2022, 8, 1), Decimal("22289.00")),),
    departement: str = "062",
    **fields: Any,
) -> VersionAnnexe:
    """A version in any state with any figures, written directly: no check, no journal.

    By default a whole ACI annex of 2023, 6 posts at 22 289 €, 4 beneficiaries, validated on
    10 January, with everything the checks ask for but a CAOM and a mandate. Given `annexe`, the
    next amendment of it; in force, it replaces the one before. Total and rate are the rules'.
    """
    siae = siae or (annexe.siae if annexe else make_siae(departement=departement))
    debut = fields.get("debut", date(2023, 1, 1))
    year = debut.year
    if annexe is None:
        annexe = _make_annexe(siae, debut)
    values = {
        "modification": annexe.versions.count(),
        "debut": debut,
        "fin": date(year, 12, 31),
        "etp": Decimal("6.00"),
        "heures_annuelles_etp": Decimal("1820"),
        "financeur_cd": make_financeur(siae.structure.departement),
        "montant_cd": Decimal("25671.36"),
        "brsa_vises": 4,
        "signataire": make_delegation(siae.structure.departement),
        "signee_le": date(year, 1, 2),
    } | fields
    version = VersionAnnexe(annexe=annexe, siae=siae, etat=etat, **values)
    if etat not in ("BROUILLON", "PROVISOIRE") and version.transmise_le is None:
        version.transmise_le = date(year, 1, 5)
    if etat in ("VALIDE", "HISTORISE", "CLOTURE", "ANNULE"):
        version.validee_le = version.validee_le or date(year, 1, 10)
        version.a_partir_de = version.a_partir_de or debut
    refresh_amounts(version, unitaires)
    if "piece" not in fields:
        # The column is filled without a file on disk: most tests never open it.
        version.piece = "annexes/annexe.pdf"
    if etat in ("VALIDE", "CLOTURE"):
        annexe.versions.filter(etat="VALIDE").update(
            etat="HISTORISE", remplacee_le=version.validee_le
        )
    version.save()
    MontantUnitaire.objects.bulk_create(
        [MontantUnitaire(version=version, effet=day, montant=amount) for day, amount in unitaires]
    )
    if annexe.courante is None or etat in ("VALIDE", "CLOTURE", "ANNULE"):
        annexe.courante = version
        annexe.save(update_fields=["courante"])
    return version


def _make_annexe(siae: Siae, debut: date) -> AnnexeFinanciere:
    convention = siae.conventions.first() or make_convention(
        siae, debut=date(debut.year, 1, 1), fin=date(debut.year + 2, 12, 31)
    )
    kind = siae.mesure.split("_")[0]
    numero = f"{kind}{siae.structure.departement}{debut:%y}{next(_numbers) % 10_000:04d}"
    return AnnexeFinanciere.objects.create(siae=siae, convention=convention, numero=numero)


def make_salarie(structure: Structure, **fields: Any) -> Salarie:
    """A person whose PASS IAE covers 2022 to 2025."""
    number = next(_numbers)
    values = {
        "numero": number,
        "civilite": "MME",
        "nom": f"Personne{number}",
        "prenom": "Camille",
        "date_naissance": date(1990, 5, 1),
        "pass_iae": f"{number:012d}",
        "pass_debut": date(2022, 1, 1),
        "pass_fin": date(2025, 12, 31),
    } | fields
    return Salarie.objects.create(structure=structure, **values)


def make_contrat(siae: Siae, salarie: Salarie | None = None, **fields: Any) -> Contrat:
    """A contract over the year 2023, 26 h a week, no RSA; `rsa="OUI-M"` for the 062's."""
    values = {
        "forme": "CDDI",
        "debut": date(2023, 1, 1),
        "fin": date(2023, 12, 31),
        "heures_hebdo": Decimal("26.00"),
        "salaire_brut": Decimal("1200.00"),
        "rsa": "NON",
    } | fields
    if values["rsa"] != "NON":
        values.setdefault("rsa_departement", siae.structure.departement)
    return Contrat.objects.create(
        salarie=salarie or make_salarie(siae.structure), siae=siae, **values
    )


def make_etat(
    annexe: AnnexeFinanciere,
    mois: date,
    heures: Sequence[tuple[Contrat, Decimal]] = (),
    etat: str = "VALIDE",
    **fields: Any,
) -> EtatMensuel:
    """A statement in any state, written directly; all its hours are eligible.

    `heures`: declared hours of each contract. Certified, then validated, on the last day it
    may be entered unless `certifie_le` and `valide_le` say otherwise.
    """
    day = (Month.of(mois) + 1).last_day
    values: dict[str, Any] = {}
    if etat in ("SAISI", "VALIDE"):
        certifie_le = fields.get("certifie_le", day)
        values |= {"certifie_par": make_user(), "certifie_le": certifie_le}
        values["premiere_saisie_le"] = certifie_le
    if etat in ("VALIDE", "CARENCE"):
        values |= {"valide_par": make_user(), "valide_le": day}
    found = EtatMensuel.objects.create(annexe=annexe, mois=mois, etat=etat, **(values | fields))
    LignePresence.objects.bulk_create(
        LignePresence(
            etat_mensuel=found,
            version=found.version,
            contrat=contrat,
            salarie_id=contrat.salarie_id,
            heures_declarees=declared,
            heures_eligibles=declared if etat == "VALIDE" else None,
            brsa=etat == "VALIDE" and contrat.is_brsa,
        )
        for contrat, declared in heures
    )
    return found
