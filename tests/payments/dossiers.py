"""Annexes in force with their statements, written straight into the tables, and runs played.

An annex is described as a request of the simulator is; the figures then come from the database
only. Used by the tests of payments and of recovery orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from math import ceil

from django.db import transaction

from apps.accounts.models import Membership, Role
from apps.annexes.models import AnnexeFinanciere, MontantUnitaire, VersionAnnexe
from apps.conventions.models import Caom, ConventionIae, ConventionMandat, Financeur
from apps.payments import ledger
from apps.payments.models import Campagne, Ecriture
from apps.payments.schemes import simple_entry
from apps.payments.services import (
    approve_campagne,
    control_campagne,
    execute_campagne,
    prepare_campagne,
    visa_campagne,
)
from apps.presence.models import EtatMensuel, LignePresence
from apps.rules.conditions import Conditions
from apps.rules.periods import Month
from apps.siae.models import Contrat, CoordonneesBancaires, Salarie, Siae, Structure
from tests.factories import make_fonds, make_membership, make_organisation, make_user

_numbers = count(1)
MAX_HOURS = Decimal("150.00")


@dataclass
class Asp:
    """The people of a run: three different ones."""

    gestionnaire: Membership
    ordonnateur: Membership
    comptable: Membership


def make_asp() -> Asp:
    organisation = make_organisation("ASP")
    roles = (Role.GESTIONNAIRE, Role.ORDONNATEUR, Role.COMPTABLE)
    return Asp(*(make_membership(role, organisation) for role in roles))


def make_financeurs(departement: str = "062") -> tuple[Financeur, Financeur]:
    """State and département, the latter with a mandate and CAOM signed for 2016-2024."""
    etat, _created = Financeur.objects.get_or_create(
        type="ETAT", defaults={"code": "ETAT", "nom": "État"}
    )
    cd, created = Financeur.objects.get_or_create(
        code=departement,
        defaults={
            "type": "CD",
            "nom": f"Département {departement}",
            "organisation": make_organisation("CD"),
        },
    )
    if created:
        signed = date(2016, 1, 1)
        mandat = ConventionMandat.objects.create(
            financeur=cd,
            reference=f"mandat {departement}",
            debut=signed,
            fin=date(2024, 12, 31),
            signee_le=signed,
            avance=Decimal("100000.00"),
        )
        make_fonds(mandat)
        for year in range(2016, 2025):
            Caom.objects.create(financeur=cd, annee=year, signee_le=date(year, 1, 1))
    return etat, cd


def make_annexe(request: dict, *, bank: bool = True) -> AnnexeFinanciere:
    """An annex in force with its amendments and statements, from a request of the simulator."""
    _etat, cd = make_financeurs()
    siae = _siae(request["mesure"], bank=bank)
    debut = date.fromisoformat(request["debut"])
    signed = debut - timedelta(days=15)
    number = next(_numbers)
    annexe = AnnexeFinanciere.objects.create(
        siae=siae,
        convention=ConventionIae.objects.create(
            siae=siae,
            numero=f"convention {number}",
            debut=debut,
            fin=debut + timedelta(days=1200),
            signee_le=signed,
        ),
        numero=f"{request['mesure'].split('_')[0]}062{debut:%y}{number:04d}",
    )
    figures = {key: request[key] for key in FIGURES if key in request}
    steps = [{"a_partir_de": request["debut"][:7]}, *request.get("avenants", [])]
    for rank, step in enumerate(steps):
        figures |= step
        annexe.courante = add_version(
            annexe, figures, modification=rank, cd=cd, last=rank == len(steps) - 1
        )
    annexe.save()
    for month in request["mois"]:
        add_statement(annexe, month)
    return annexe


FIGURES = (
    "debut",
    "fin",
    "etp",
    "montant_unitaire_annuel",
    "heures_annuelles_etp",
    "montant_cd",
)


def add_version(
    annexe: AnnexeFinanciere, figures: dict, *, modification: int, cd: Financeur, last: bool = True
) -> VersionAnnexe:
    """A version in force (or replaced, when it is not the last) with these figures."""
    unit = figures["montant_unitaire_annuel"]
    dated = unit if isinstance(unit, dict) else {figures["debut"]: unit}
    unitaires = tuple((date.fromisoformat(day), Decimal(value)) for day, value in dated.items())
    a_partir_de = Month.parse(figures["a_partir_de"])
    montant_cd = Decimal(figures.get("montant_cd", "0.00"))
    conditions = Conditions(
        Month.parse(figures["debut"][:7]),
        Month.parse(figures["fin"][:7]),
        Decimal(figures["etp"]),
        unitaires,
        Decimal(figures["heures_annuelles_etp"]),
        montant_cd,
        a_partir_de,
    )
    version = VersionAnnexe.objects.create(
        annexe=annexe,
        siae=annexe.siae,
        modification=modification,
        etat="VALIDE" if last else "HISTORISE",
        debut=conditions.debut.first_day,
        fin=conditions.fin.last_day,
        etp=conditions.etp,
        heures_annuelles_etp=conditions.heures_annuelles_etp,
        financeur_cd=cd if montant_cd else None,
        montant_cd=montant_cd,
        montant_total=conditions.total,
        taux_cd=conditions.taux_cd,
        signee_le=conditions.debut.first_day - timedelta(days=15),
        validee_le=a_partir_de.day(5) if modification else conditions.debut.first_day,
        a_partir_de=a_partir_de.first_day,
    )
    MontantUnitaire.objects.bulk_create(
        MontantUnitaire(version=version, effet=effet, montant=montant)
        for effet, montant in unitaires
    )
    return version


def add_statement(annexe: AnnexeFinanciere, month: dict) -> EtatMensuel:
    """A certified statement, validated when `valide_le` says so; hours spread over employees."""
    mois = Month.parse(month["mois"])
    valide_le = month.get("valide_le")
    etat = EtatMensuel.objects.create(
        annexe=annexe,
        mois=mois.first_day,
        etat="VALIDE" if valide_le else "SAISI",
        certifie_par=make_user(),
        certifie_le=mois.last_day,
        premiere_saisie_le=mois.last_day,
        valide_le=valide_le,
    )
    hours, brsa = Decimal(month["heures"]), int(month.get("brsa", 0))
    persons = max(brsa, ceil(hours / MAX_HOURS)) if hours else 0
    share = (hours / persons).quantize(Decimal("0.01")) if persons else Decimal(0)
    contrats = _contrats(annexe, persons)
    LignePresence.objects.bulk_create(
        LignePresence(
            etat_mensuel=etat,
            contrat=contrat,
            salarie=contrat.salarie,
            heures_declarees=share if rank else hours - share * (persons - 1),
            heures_eligibles=share if rank else hours - share * (persons - 1),
            brsa=rank < brsa,
        )
        for rank, contrat in enumerate(contrats)
    )
    return etat


def statements(first: str, hours: list[str], *, brsa: int = 0, day: int = 10) -> list[dict]:
    """Statements of consecutive months, each validated on a day of the following month."""
    start = Month.parse(first)
    return [
        {
            "mois": str(start + rank),
            "heures": value,
            "brsa": brsa,
            "valide_le": (start + rank + 1).day(day).isoformat(),
        }
        for rank, value in enumerate(hours)
    ]


def run(asp: Asp, month: str, *, day: int = 20) -> Campagne:
    """A whole run of a month, from its preparation to its execution on the payment day."""
    mois = Month.parse(month)
    campagne = prepare_campagne(asp.gestionnaire, mois.first_day)
    control_campagne(asp.gestionnaire, campagne)
    approve_campagne(asp.ordonnateur, campagne)
    visa_campagne(asp.comptable, campagne)
    return execute_campagne(asp.comptable, campagne, on=mois.day(day))


def signed_run(asp: Asp, month: str) -> Campagne:
    """A run ready to be executed."""
    campagne = prepare_campagne(asp.gestionnaire, Month.parse(month).first_day)
    control_campagne(asp.gestionnaire, campagne)
    approve_campagne(asp.ordonnateur, campagne)
    return visa_campagne(asp.comptable, campagne)


def make_bank(structure: Structure) -> CoordonneesBancaires:
    return CoordonneesBancaires.objects.create(
        structure=structure,
        titulaire=structure.denomination[:70],
        iban="FR7630001007941234567890185",
        bic="BDFEFRPPCCT",
        etat="ACTIVE",
        propose_par=make_user(),
        controle_par=make_user(),
    )


def _siae(mesure: str, *, bank: bool) -> Siae:
    number = next(_numbers)
    structure = Structure.objects.create(
        asp_id=number,
        organisation=make_organisation("SIAE"),
        siret_signature=f"{number:014d}",
        siret=f"{number:014d}",
        denomination=f"Structure {number}",
        forme_juridique="ASSOCIATION",
        departement="062",
        adresse="1 rue du Chantier",
        code_postal="62000",
        commune="Arras",
    )
    if bank:
        make_bank(structure)
    return Siae.objects.create(structure=structure, mesure=mesure)


def _contrats(annexe: AnnexeFinanciere, persons: int) -> list[Contrat]:
    """The first employees of the structure, created as they are needed."""
    siae = annexe.siae
    contrats = list(Contrat.objects.filter(siae=siae).order_by("pk")[:persons])
    for rank in range(len(contrats), persons):
        salarie = Salarie.objects.create(
            structure=siae.structure,
            numero=rank + 1,
            civilite="MME",
            nom=f"Nom{rank}",
            prenom="Camille",
            date_naissance=date(1990, 1, 1),
            pass_iae=f"{rank:012d}",
            pass_debut=date(2016, 1, 1),
            pass_fin=date(2025, 12, 31),
        )
        contrats.append(
            Contrat.objects.create(
                salarie=salarie,
                siae=siae,
                forme="CDDI",
                debut=date(2016, 1, 1),
                fin=date(2025, 12, 31),
                heures_hebdo=Decimal("35.00"),
                salaire_brut=Decimal("1700.00"),
                rsa="NON",
            )
        )
    return contrats


def leave_funds(montant: str, departement: str = "062") -> ConventionMandat:
    """Pay back, or receive, what makes the treasury of the mandate this amount."""
    mandat = ConventionMandat.objects.get(financeur__code=departement)
    gap = Decimal(montant) - ledger.treasury([mandat.pk]).get(mandat.pk, Decimal(0))
    event = Ecriture.Evenement.FONDS_RECUS if gap > 0 else Ecriture.Evenement.FONDS_REVERSES
    piece = ledger.Piece(reference="ESSAI")
    sides = {"financeur_id": mandat.financeur_id, "mandat_id": mandat.pk}
    with transaction.atomic():
        ledger.post([simple_entry(event, piece, abs(gap), "Fonds", **sides)], mandat.debut)
    return mandat
