"""A small world for the tests of the monthly statements: one structure, its annex, its people.

Everything is written through the models, so that a test of this folder fails for a fault of the
statements and for nothing else. The annex is that of the cahier des charges §2.2 played in 2023.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import count

from apps.accounts.models import Membership, Organisation, User
from apps.annexes.models import AnnexeFinanciere, MontantUnitaire, VersionAnnexe
from apps.conventions.models import ConventionIae, Financeur
from apps.presence.models import EtatMensuel
from apps.presence.services import (
    LineInput,
    certify_etat,
    open_etat,
    save_lines,
    validate_etats,
)
from apps.rules.periods import Month
from apps.siae.models import Contrat, Salarie, Siae, Structure

NUMBER = count(1)
JANVIER = date(2023, 1, 1)


def month(number: int, year: int = 2023) -> date:
    return date(year, number, 1)


def end_of(mois: date) -> date:
    return Month.of(mois).last_day


def membership(organisation: Organisation, role: str) -> Membership:
    number = next(NUMBER)
    user = User.objects.create(username=f"p{number}", prenom=f"Prénom{number}", nom=f"Nom{number}")
    return Membership.objects.create(
        user=user,
        organisation=organisation,
        role=role,
        organisation_type=organisation.type,
        debut=date(2020, 1, 1),
    )


def organisation(kind: str, nom: str, departement: str = "") -> Organisation:
    return Organisation.objects.create(type=kind, nom=nom, departement=departement)


def structure(nom: str, departement: str = "062") -> Structure:
    number = next(NUMBER)
    return Structure.objects.create(
        asp_id=number,
        organisation=organisation("SIAE", nom),
        siret_signature=f"{number:014d}",
        siret=f"{number:014d}",
        denomination=nom,
        forme_juridique="ASSOCIATION",
        departement=departement,
        adresse="1 rue des Tilleuls",
        code_postal="62000",
        commune="Arras",
    )


def annexe(
    siae: Siae,
    *,
    debut: date = JANVIER,
    fin: date = date(2023, 12, 31),
    etat: str = "VALIDE",
    financeur: Financeur | None = None,
    **figures: object,
) -> AnnexeFinanciere:
    number = next(NUMBER)
    convention = ConventionIae.objects.create(
        siae=siae, numero=f"062 {number:06d}", debut=debut, fin=fin, signee_le=debut
    )
    found = AnnexeFinanciere.objects.create(
        siae=siae, convention=convention, numero=f"ACI062{debut:%y}{number:04d}"
    )
    values = {
        "etp": Decimal("6.00"),
        "heures_annuelles_etp": Decimal("1820.00"),
        "montant_cd": Decimal("23040.96") if financeur else Decimal(0),
        "montant_total": Decimal("117930.00"),
        "taux_cd": Decimal("19.54") if financeur else Decimal(0),
        "validee_le": debut if etat in ("VALIDE", "CLOTURE", "HISTORISE") else None,
        "a_partir_de": debut if etat in ("VALIDE", "CLOTURE", "HISTORISE") else None,
    }
    version = VersionAnnexe.objects.create(
        annexe=found,
        siae=siae,
        etat=etat,
        debut=debut,
        fin=fin,
        financeur_cd=financeur,
        **(values | figures),
    )
    MontantUnitaire.objects.create(version=version, effet=debut, montant=Decimal("19655.00"))
    found.courante = version
    found.save(update_fields=["courante"])
    return found


def contrat(siae: Siae, *, nom: str = "", **fields: object) -> Contrat:
    """A contract of a new person over the year 2023; fields of the person by `salarie_…`."""
    number = next(NUMBER)
    person = {key[8:]: fields.pop(key) for key in list(fields) if key.startswith("salarie_")}
    salarie = fields.pop("salarie", None) or Salarie.objects.create(
        **{
            "structure": siae.structure,
            "numero": number,
            "civilite": "MME",
            "nom": nom or f"Personne{number:03d}",
            "prenom": "Camille",
            "date_naissance": date(1990, 5, 1),
            "pass_iae": f"{number:012d}",
            "pass_debut": date(2022, 1, 1),
            "pass_fin": date(2024, 12, 31),
        }
        | person
    )
    values = {
        "forme": "CDDI",
        "debut": JANVIER,
        "fin": date(2023, 12, 31),
        "heures_hebdo": Decimal("26.00"),
        "salaire_brut": Decimal("1200.00"),
        "rsa": "NON",
    }
    return Contrat.objects.create(salarie=salarie, siae=siae, **(values | fields))


@dataclass
class World:
    """The structure « Les Jardins », its annex of 2023 and one person of each role."""

    siae: Siae = field(init=False)
    annexe: AnnexeFinanciere = field(init=False)
    cd: Financeur = field(init=False)

    def __post_init__(self) -> None:
        home = structure("Les Jardins")
        self.siae = Siae.objects.create(structure=home, mesure="ACI_DC")
        self.cd = Financeur.objects.create(
            type="CD",
            code="062",
            nom="Département du Pas-de-Calais",
            organisation=organisation("CD", "Département du Pas-de-Calais"),
        )
        self.annexe = annexe(self.siae, financeur=self.cd)
        self.saisie = membership(home.organisation, "SAISIE")
        self.responsable = membership(home.organisation, "RESPONSABLE")
        asp = organisation("ASP", "ASP")
        self.gestionnaire = membership(asp, "GESTIONNAIRE")
        self.ordonnateur = membership(asp, "ORDONNATEUR")
        self.comptable = membership(asp, "COMPTABLE")
        self.ddets = membership(organisation("DDETS", "DDETS 62", "062"), "INSTRUCTEUR")
        self.lecteur = membership(self.cd.organisation, "LECTEUR")
        self.decideur = membership(self.cd.organisation, "DECIDEUR")
        self.admin = membership(organisation("ADMIN", "Administration"), "ADMINISTRATEUR")

    def contrat(self, **fields: object) -> Contrat:
        return contrat(self.siae, **fields)

    def opened(self, mois: date = JANVIER, annexe: AnnexeFinanciere | None = None) -> EtatMensuel:
        return open_etat(self.saisie, annexe or self.annexe, mois, on=end_of(mois))

    def typed(
        self, mois: date = JANVIER, hours: object = "100.00", by: dict[int, object] | None = None
    ) -> EtatMensuel:
        """The statement of a month with `hours` on each line, or `by` contract."""
        etat = self.opened(mois)
        rows = [
            LineInput(
                line.contrat_id,
                line.revision,
                Decimal(str((by or {}).get(line.contrat_id, hours))),
            )
            for line in etat.lignes.current()
        ]
        save_lines(self.saisie, etat, rows)
        return etat

    def certified(self, mois: date = JANVIER, hours: object = "100.00", **kwargs) -> EtatMensuel:
        on = kwargs.pop("on", end_of(mois))
        etat = self.typed(mois, hours, **kwargs)
        return certify_etat(self.responsable, etat, justification="Vérifié.", on=on)

    def validated(self, mois: date = JANVIER, hours: object = "100.00", **kwargs) -> EtatMensuel:
        on = kwargs.get("on", end_of(mois))
        etat = self.certified(mois, hours, **kwargs)
        return validate_etats(self.gestionnaire, [etat], on=on)[0]
