"""The parties of a simulated year: an ASP, two départements, structures and their annexes.

Rows are written straight into the tables, inside the transaction of the simulation: how an annex
is instructed or a statement typed is not what it is about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random

from apps.accounts.models import Delegation, Membership, Organisation, Role, User
from apps.annexes.models import AnnexeFinanciere, MontantUnitaire, VersionAnnexe
from apps.conventions.models import (
    AvenantFinancier,
    Caom,
    ConventionIae,
    ConventionMandat,
    Financeur,
)
from apps.presence.models import EtatMensuel, LignePresence
from apps.rules.conditions import Conditions
from apps.rules.money import cents
from apps.rules.periods import Month, month_range
from apps.siae.models import Contrat, CoordonneesBancaires, Salarie, Siae, Structure

ANNEE = 2023
JANVIER = Month(ANNEE, 1)
CREDITS = Decimal("60000.00")
UNITAIRE = Decimal("22289.00")
PERSONNES = 4  # contracts of a structure: hours are spread over them
# Codes that no département has, so that the year stands beside real data.
DEPARTEMENTS = ("995", "996")
# Lawful keys, fictional banks.
IBANS = (
    "FR7630001007941234567890185",
    "FR1420041010050500013M02606",
    "FR7630006000011234567890189",
    "FR7610107001011234567890129",
)


@dataclass(slots=True)
class Dossier:
    """An annex of the year, with what its structure has declared so far."""

    annexe: AnnexeFinanciere
    structure: Structure
    responsable: Membership
    mois: list[Month]
    declares: dict[Month, EtatMensuel] = field(default_factory=dict)


@dataclass(slots=True)
class Monde:
    """Everybody of the year; `decideurs` and `mandats` by funder."""

    alea: Random
    gestionnaire: Membership
    second: Membership
    ordonnateur: Membership
    comptable: Membership
    etat: Financeur
    departements: list[Financeur]
    decideurs: dict[int, Membership]
    mandats: dict[int, ConventionMandat]
    dossiers: list[Dossier]
    numero: int = 0

    def next(self) -> int:
        """A number nobody else has in this year (bank references, accounts)."""
        self.numero += 1
        return self.numero


def make_monde(seed: int) -> Monde:
    """The parties of the year of a seed: always the same for the same seed."""
    alea = Random(seed)  # noqa: S311 - a reproducible draw, not a secret
    asp = Organisation.objects.create(type="ASP", nom="ASP de la simulation")
    roles = (Role.GESTIONNAIRE, Role.GESTIONNAIRE, Role.ORDONNATEUR, Role.COMPTABLE)
    people = [_member(f"simulation.asp{n}", asp, role) for n, role in enumerate(roles)]
    etat, _created = Financeur.objects.get_or_create(
        type=Financeur.Type.ETAT, defaults={"code": "ETAT", "nom": "État"}
    )
    departements, decideurs, mandats = [], {}, {}
    for code in DEPARTEMENTS:
        financeur, decideur, mandat = _departement(code)
        departements.append(financeur)
        decideurs[financeur.pk] = decideur
        mandats[financeur.pk] = mandat
    monde = Monde(alea, *people, etat, departements, decideurs, mandats, [])
    for number in range(alea.randint(2, 3)):
        financeur = departements[0] if number == 0 else alea.choice(departements)
        monde.dossiers.append(_dossier(monde, financeur, number))
    return monde


def declare(monde: Monde, dossier: Dossier, mois: Month, rate: Decimal, on: date) -> EtatMensuel:
    """A validated statement: `rate` is the share of the theoretical hours that were done."""
    version = dossier.annexe.courante
    assert version is not None  # noqa: S101 - every annex of the year has one
    hours = cents(version.etp * version.heures_annuelles_etp / 12 * rate)
    etat = EtatMensuel.objects.create(
        annexe=dossier.annexe,
        mois=mois.first_day,
        etat=EtatMensuel.Etat.VALIDE,
        certifie_par=dossier.responsable.user,
        certifie_le=mois.last_day,
        premiere_saisie_le=mois.last_day,
        valide_le=on,
    )
    set_hours(etat, hours, alea=monde.alea)
    dossier.declares[mois] = etat
    return etat


def set_hours(etat: EtatMensuel, hours: Decimal, *, alea: Random) -> None:
    """Spread the hours of a statement over the contracts; some are of beneficiaries of the RSA."""
    contrats = Contrat.objects.filter(siae=etat.annexe.siae).order_by("pk")
    share = cents(hours / PERSONNES)
    brsa = alea.randint(0, 3) if hours > PERSONNES else 0
    etat.lignes.all().delete()
    LignePresence.objects.bulk_create(
        LignePresence(
            etat_mensuel=etat,
            version=etat.version,
            contrat=contrat,
            salarie_id=contrat.salarie_id,
            heures_declarees=share if rank else hours - share * (PERSONNES - 1),
            heures_eligibles=share if rank else hours - share * (PERSONNES - 1),
            brsa=rank < brsa,
        )
        for rank, contrat in enumerate(contrats)
    )


def give_account(monde: Monde, structure: Structure) -> CoordonneesBancaires:
    """A new active account, checked by another person than the one who proposed it."""
    active = CoordonneesBancaires.Etat.ACTIVE
    structure.coordonnees_bancaires.filter(etat=active).update(
        etat=CoordonneesBancaires.Etat.REMPLACEE
    )
    return CoordonneesBancaires.objects.create(
        structure=structure,
        titulaire=structure.denomination[:70],
        iban=IBANS[monde.next() % len(IBANS)],
        bic="BDFEFRPPCCT",
        etat=active,
        propose_par=monde.gestionnaire.user,
        controle_par=monde.second.user,
    )


def _departement(code: str) -> tuple[Financeur, Membership, ConventionMandat]:
    organisation = Organisation.objects.create(type="CD", nom=f"Conseil départemental {code}")
    decideur = _member(f"simulation.cd.{code}", organisation, Role.DECIDEUR)
    debut, fin = JANVIER.first_day, Month(ANNEE, 12).last_day
    Delegation.objects.create(
        organisation=organisation,
        nom=decideur.user.nom_complet,
        fonction="directrice de l’insertion",
        debut=debut,
        user=decideur.user,
    )
    financeur = Financeur.objects.create(
        type=Financeur.Type.CD,
        code=code,
        nom=f"Département {code}",
        siret="22620001200012",
        organisation=organisation,
    )
    Caom.objects.create(financeur=financeur, annee=ANNEE, signee_le=debut)
    mandat = ConventionMandat.objects.create(
        financeur=financeur,
        reference=f"SIMULATION-{code}",
        debut=debut,
        fin=fin,
        signee_le=debut,
        avance=CREDITS,
    )
    AvenantFinancier.objects.create(
        mandat=mandat,
        annee=ANNEE,
        credits_intervention=CREDITS,
        credits_frais=Decimal("9071.89"),
        prix_annexe=Decimal("34.93"),
        forfait_annuel=Decimal("7325.39"),
        annexes_prevues=50,
    )
    return financeur, decideur, mandat


def _dossier(monde: Monde, financeur: Financeur, number: int) -> Dossier:
    """An annex of two to seven months, co-financed most of the time."""
    organisation = Organisation.objects.create(type="SIAE", nom=f"Chantier simulé {number}")
    responsable = _member(f"simulation.siae{number}", organisation, Role.RESPONSABLE)
    structure = Structure.objects.create(
        asp_id=9_000_000 + number,
        organisation=organisation,
        siret_signature=f"999{number:011d}",
        siret=f"999{number:011d}",
        denomination=f"Chantier simulé {number}",
        forme_juridique="ASSOCIATION",
        departement=financeur.code,
        adresse="1 rue du Chantier",
        code_postal="62000",
        commune="Arras",
    )
    siae = Siae.objects.create(structure=structure, mesure="ACI_DC")
    give_account(monde, structure)
    _hire(siae)
    first = JANVIER + monde.alea.randint(0, 2)
    last = first + monde.alea.randint(1, 6)
    annexe = _annexe(monde, siae, financeur, first, last, number)
    return Dossier(annexe, structure, responsable, month_range(first, last))


def _annexe(
    monde: Monde, siae: Siae, financeur: Financeur, first: Month, last: Month, number: int
) -> AnnexeFinanciere:
    convention = ConventionIae.objects.create(
        siae=siae,
        numero=f"SIMULATION {siae.pk}",
        debut=first.first_day,
        fin=Month(ANNEE + 2, 12).last_day,
        signee_le=first.first_day,
    )
    annexe = AnnexeFinanciere.objects.create(
        siae=siae, convention=convention, numero=f"ACI99523{number + 1:04d}"
    )
    etp = Decimal(monde.alea.randint(2, 6)) / 2
    cofinanced = monde.alea.random() < 0.8
    rough = Conditions(
        first,
        last,
        etp,
        ((first.first_day, UNITAIRE),),
        Decimal("1820"),
        Decimal("0.00"),
        first,
    )
    montant_cd = cents(rough.total * monde.alea.randint(5, 40) / 100) if cofinanced else Decimal(0)
    annexe.courante = add_version(annexe, financeur, first, last, etp, montant_cd, first)
    annexe.save()
    return annexe


def add_version(
    annexe: AnnexeFinanciere,
    financeur: Financeur | None,
    first: Month,
    last: Month,
    etp: Decimal,
    montant_cd: Decimal,
    a_partir_de: Month,
) -> VersionAnnexe:
    """A version in force from a month on; the one before it is replaced the same day."""
    rank = annexe.versions.count()
    annexe.versions.filter(etat=VersionAnnexe.Etat.VALIDE).update(etat=VersionAnnexe.Etat.HISTORISE)
    unitaires = ((first.first_day, UNITAIRE),)
    figures = Conditions(first, last, etp, unitaires, Decimal("1820"), montant_cd, a_partir_de)
    version = VersionAnnexe.objects.create(
        annexe=annexe,
        siae=annexe.siae,
        modification=rank,
        etat=VersionAnnexe.Etat.VALIDE,
        debut=first.first_day,
        fin=last.last_day,
        etp=etp,
        heures_annuelles_etp=Decimal("1820"),
        financeur_cd=financeur if montant_cd else None,
        montant_cd=montant_cd,
        montant_total=figures.total,
        taux_cd=figures.taux_cd,
        signee_le=first.first_day,
        validee_le=a_partir_de.day(5) if rank else first.first_day,
        a_partir_de=a_partir_de.first_day,
    )
    MontantUnitaire.objects.create(version=version, effet=first.first_day, montant=UNITAIRE)
    return version


def _hire(siae: Siae) -> None:
    for rank in range(PERSONNES):
        salarie = Salarie.objects.create(
            structure=siae.structure,
            numero=rank + 1,
            civilite="MME",
            nom=f"Simulation{rank}",
            prenom="Camille",
            date_naissance=date(1990, 1, 1),
            pass_iae=f"{siae.pk % 10**8:08d}{rank:04d}",
            pass_debut=date(2022, 1, 1),
            pass_fin=date(2025, 12, 31),
        )
        Contrat.objects.create(
            salarie=salarie,
            siae=siae,
            forme="CDDI",
            debut=date(2022, 1, 1),
            fin=date(2025, 12, 31),
            heures_hebdo=Decimal("35.00"),
            salaire_brut=Decimal("1747.20"),
            rsa="NON",
        )


def _member(username: str, organisation: Organisation, role: Role) -> Membership:
    user = User.objects.create(username=username, prenom="Alex", nom=username.split(".")[-1])
    return Membership.objects.create(
        user=user,
        organisation=organisation,
        organisation_type=organisation.type,
        role=role,
        debut=date(2022, 12, 1),
    )
