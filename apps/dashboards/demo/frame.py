"""The frame of the demonstration: financeurs, organisations, people, CAOM and mandates of 2023.

Real figures of the Pas-de-Calais: CAOM 729 × 534,82 € × 12 = 4 678 605,36 €; fees 34,93 € × 50
annexes + 7 325,39 € = 9 071,89 € (convention de mandat 2023, art. 3). The Somme stands beside it
so that one can see that a département sees nothing of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.accounts.models import Delegation, Membership, Organisation, Role, User
from apps.conventions.models import Financeur
from apps.conventions.services import (
    create_caom,
    create_financeur,
    create_mandat,
    sign_caom,
    sign_mandat,
)

MOT_DE_PASSE = "Demonstration-2023"
# Invented Treasury deposit accounts: no counter bears the number 99999; the keys are right.
IBAN_ASP = {"062": "FR7610071999990000000006289", "080": "FR7610071999990000000008035"}
SIGNATURE = date(2023, 1, 2)  # of the CAOM and of the mandates
MONTANT_MENSUEL_CD = Decimal("534.82")  # 88 % of the RSA, as written in the CAOM
OUVERTURE = date(2022, 12, 1)  # every habilitation of the demonstration exists by then


@dataclass(frozen=True, slots=True)
class Personne:
    username: str
    prenom: str
    nom: str
    organisation: str  # key of ORGANISATIONS
    role: Role
    delegation: str = ""


# key: (type, name, territory)
ORGANISATIONS = {
    "asp": ("ASP", "Agence de services et de paiement", ""),
    "ddets-062": ("DDETS", "DDETS du Pas-de-Calais", "062"),
    "ddets-080": ("DDETS", "DDETS de la Somme", "080"),
    "cd-062": ("CD", "Conseil départemental du Pas-de-Calais", ""),
    "cd-080": ("CD", "Conseil départemental de la Somme", ""),
    "admin": ("ADMIN", "Administration de l’extranet", ""),
}

PERSONNES = (
    Personne("ddets", "Camille", "Instructrice", "ddets-062", Role.INSTRUCTEUR),
    Personne("ddets.somme", "Dominique", "Instructeur", "ddets-080", Role.INSTRUCTEUR),
    Personne("asp.gestionnaire", "Alix", "Gestionnaire", "asp", Role.GESTIONNAIRE),
    Personne("asp.gestionnaire2", "Sacha", "Gestionnaire", "asp", Role.GESTIONNAIRE),
    Personne("asp.ordonnateur", "Frédérique", "Ordonnatrice", "asp", Role.ORDONNATEUR),
    Personne("asp.comptable", "Morgan", "Comptable", "asp", Role.COMPTABLE),
    Personne("cd.lecteur", "Lou", "Lectrice", "cd-062", Role.LECTEUR),
    Personne("cd.decideur", "Charlie", "Décideuse", "cd-062", Role.DECIDEUR),
    Personne("cd.somme", "Andrea", "Lecteur", "cd-080", Role.LECTEUR),
    Personne("admin", "Ange", "Administratrice", "admin", Role.ADMINISTRATEUR),
)


def build_frame() -> None:
    """Create the frame, once. Accounts are written directly: an invitation would send e-mails."""
    organisations = {
        key: Organisation.objects.create(type=t, nom=name, departement=territory)
        for key, (t, name, territory) in ORGANISATIONS.items()
    }
    for person in PERSONNES:
        create_member(person, organisations[person.organisation])
    for key in ("ddets-062", "ddets-080"):
        Delegation.objects.create(
            organisation=organisations[key],
            nom="Camille Instructrice" if key == "ddets-062" else "Dominique Instructeur",
            fonction="responsable du service insertion par l’activité économique",
            debut=date(2022, 9, 1),
        )
    _delegate_decideurs()
    _create_financeurs(organisations)
    _create_caoms()


def _delegate_decideurs() -> None:
    """The décideurs of the départements may sign (convention de mandat, art. 6)."""
    for member in Membership.objects.filter(role=Role.DECIDEUR).select_related("user"):
        Delegation.objects.create(
            organisation_id=member.organisation_id,
            user=member.user,
            nom=member.user.nom_complet,
            fonction="directrice de l’insertion et de l’emploi",
            debut=date(2022, 9, 1),
        )


def create_member(person: Personne, organisation: Organisation) -> Membership:
    """A user with the password of the demonstration and a membership."""
    user = User.objects.filter(username=person.username).first()
    if user is None:
        user = User.objects.create_user(
            person.username,
            MOT_DE_PASSE,
            prenom=person.prenom,
            nom=person.nom,
            email=f"{person.username}@demonstration.example",
        )
    membership, _ = Membership.objects.get_or_create(
        user=user,
        organisation=organisation,
        role=person.role,
        defaults={"organisation_type": organisation.type, "debut": OUVERTURE},
    )
    return membership


def build_people() -> None:
    """People of structures beside their responsables: data entry, and one in two structures."""
    jardins = Organisation.objects.get(nom="Les Jardins de la Haute-Morinie")
    atelier = Organisation.objects.get(nom="L’Atelier de la Gohelle")
    create_member(Personne("jardins.saisie", "Maxime", "Saisie", "", Role.SAISIE), jardins)
    both = Personne("deux.structures", "Noa", "Partagée", "", Role.SAISIE)
    create_member(both, jardins)
    create_member(both, atelier)


def acting(username: str) -> Membership:
    """The membership of a person of the demonstration (the first one when there are two)."""
    return (
        Membership.objects.select_related("user", "organisation")
        .filter(user__username=username)
        .earliest("pk")
    )


def _create_financeurs(organisations: dict[str, Organisation]) -> None:
    asp = acting("asp.gestionnaire")
    create_financeur(asp, type="ETAT", code="ETAT", nom="État")
    create_financeur(
        asp,
        type="CD",
        code="062",
        nom="Département du Pas-de-Calais",
        siret="22620001200012",
        organisation=organisations["cd-062"],
    )
    create_financeur(
        asp,
        type="CD",
        code="080",
        nom="Département de la Somme",
        organisation=organisations["cd-080"],
    )


def _create_caoms() -> None:
    """CAOM and mandate of each département, signed before the first annex."""
    asp = acting("asp.gestionnaire")
    for code, entries in (("062", 729), ("080", 40)):
        financeur = Financeur.objects.get(code=code)
        objectif = {
            "mesure": "ACI_DC",
            "entrees": entries * 3 // 2,
            "entrees_brsa": entries,
            "montant_mensuel": MONTANT_MENSUEL_CD,
            "mois_prevus": 12,
        }
        caom = create_caom(asp, financeur, annee=2023, objectifs=[objectif])
        sign_caom(asp, caom, SIGNATURE)
        create_mandat_of_year(financeur, 2023, entries * MONTANT_MENSUEL_CD * 12)


def create_mandat_of_year(financeur: Financeur, annee: int, credits: Decimal) -> None:
    """The convention de mandat of a year, signed in its first days; `credits` in euros."""
    asp = acting("asp.gestionnaire")
    avenant = {
        "annee": annee,
        "credits_intervention": credits,
        "credits_frais": Decimal("9071.89"),
        "prix_annexe": Decimal("34.93"),
        "forfait_annuel": Decimal("7325.39"),
        "annexes_prevues": 50,
    }
    mandat = create_mandat(
        asp,
        financeur,
        reference=f"CM-{financeur.code}-{annee}",
        debut=date(annee, 1, 1),
        fin=date(annee, 12, 31),
        avance=credits,
        iban_asp=IBAN_ASP[financeur.code],
        avenants=[avenant],
    )
    sign_mandat(asp, mandat, SIGNATURE.replace(year=annee))
