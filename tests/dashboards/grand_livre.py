"""The ledger of a mandate over two years, every kind of movement once, written by its own schemes.

Used by the tests of the comptes d’emploi. Another mandate has movements of its own, which must
never appear.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.conventions.models import AvenantFinancier, ConventionMandat, Financeur
from apps.payments import ledger
from apps.payments.ledger import Piece
from apps.payments.models import (
    Campagne,
    Deduction,
    Ecriture,
    Mouvement,
    PartEnAttente,
    Versement,
    Virement,
)
from apps.payments.schemes import (
    payment_entries,
    reemission_entries,
    rejection_entries,
    simple_entry,
)
from apps.recoveries.models import ActeDeRecouvrement, OrdreDeRecouvrer
from tests.factories import (
    make_financeur,
    make_membership,
    make_organisation,
    make_siae,
    make_user,
    make_version,
)

D = Decimal
Event = Ecriture.Evenement
NOEL = date(2023, 12, 31)


@dataclass
class World:
    """A mandate of the Pas-de-Calais, one of the Nord, the people of the ASP and of the first."""

    mandat: ConventionMandat
    autre: ConventionMandat
    version: Any
    ordres: list[OrdreDeRecouvrer]
    gestionnaire: Any
    comptable: Any
    ordonnateur: Any
    decideur: Any


def make_world() -> World:
    etat = make_financeur("ETAT")
    cd, nord = make_financeur("062"), make_financeur("059")
    mandat, autre = (_mandat(funder) for funder in (cd, nord))
    version = make_version(
        siae=make_siae(departement="062"), financeur_cd=cd, montant_cd=D("4000.00")
    )
    book = Book(etat, cd, mandat, version)
    with transaction.atomic():
        book.year_before()
        book.payments()
        orders = book.orders()
        book.end_of_year()
        other = Book(etat, nord, autre, make_version(siae=make_siae(departement="059")))
        other.simple(Event.FONDS_RECUS, date(2023, 1, 5), "7777.00", "RF-9")
    asp = make_organisation("ASP")
    roles = ("GESTIONNAIRE", "COMPTABLE", "ORDONNATEUR")
    people = [make_membership(role, asp) for role in roles]
    return World(
        mandat, autre, version, orders, *people, make_membership("DECIDEUR", cd.organisation)
    )


def _mandat(funder: Financeur) -> ConventionMandat:
    mandat = ConventionMandat.objects.create(
        financeur=funder,
        reference=f"MANDAT {funder.code}",
        debut=date(2022, 1, 1),
        fin=date(2023, 12, 31),
        signee_le=date(2022, 1, 2),
        avance=D("6000.00"),
    )
    for year, credits in ((2022, "1000.00"), (2023, "5000.00")):
        AvenantFinancier.objects.create(
            mandat=mandat,
            annee=year,
            credits_intervention=D(credits),
            credits_frais=D("100.00"),
            prix_annexe=D("34.93"),
            forfait_annuel=D("50.00"),
            annexes_prevues=1,
        )
    return mandat


class Book:
    """Writes the entries of one mandate."""

    def __init__(
        self, etat: Financeur, cd: Financeur, mandat: ConventionMandat, version: Any
    ) -> None:
        self.etat, self.cd, self.mandat, self.version = etat, cd, mandat, version
        self.annexe, self.structure = version.annexe, version.siae.structure
        self.lines: list[Versement] = []

    def simple(self, event: str, day: date, amount: str, reference: str) -> None:
        """An event of the mandate; those of an order name its annex and its structure."""
        piece = Piece(reference=reference)
        if reference.startswith("OR-"):
            piece = Piece(self.annexe.pk, self.structure.pk, reference=reference)
        entry = simple_entry(
            event,
            piece,
            D(amount),
            f"{Event(event).label} – {reference}",
            financeur_id=self.cd.pk,
            mandat_id=self.mandat.pk,
        )
        ledger.post([entry], day)

    def line(self, day: date, nature: str, etat: str, cd: str, **options: Any) -> Versement:
        """A line executed on a day, in a run of its own, and its entries."""
        number = 500 + len(self.lines)
        run = Campagne.objects.create(
            numero=number,
            mois=day.replace(day=1),
            jour_paiement=day,
            etat="EXECUTEE",
            prepare_par=make_user(),
            approuve_par=make_user(),
            vise_par=make_user(),
        )
        versement = Versement.objects.create(
            campagne=run,
            annexe=self.annexe,
            version=self.version,
            structure=self.structure,
            financeur_cd=self.cd,
            mandat=self.mandat,
            mois=day.replace(day=1),
            nature=nature,
            statut="EXECUTE",
            execute_le=day,
            montant=D(etat) + D(cd),
            part_etat=D(etat),
            part_cd=D(cd),
        )
        self.lines.append(versement)
        made = {key: make(versement) for key, make in options.items()}
        ledger.post(payment_entries(versement, self.etat.pk, **made), day)
        return versement

    def transfer(
        self, versement: Versement, amount: str, remplace: Virement | None = None
    ) -> Virement:
        return Virement.objects.create(
            campagne=versement.campagne,
            annexe=self.annexe,
            structure=self.structure,
            montant=D(amount),
            remplace=remplace,
        )

    def year_before(self) -> None:
        self.simple(Event.FONDS_RECUS, date(2022, 2, 1), "1000.00", "RF-1")
        self.line(date(2022, 5, 20), "forfait", "300.00", "200.00")

    def payments(self) -> None:
        """A transfer rejected and sent again, a re-imputation, a part that waits for funds."""
        self.simple(Event.FONDS_RECUS, date(2023, 1, 10), "5000.00", "RF-2")
        sent = []

        def virement(versement: Versement) -> Virement:
            sent.append(self.transfer(versement, "1000.00"))
            return sent[0]

        self.line(date(2023, 2, 20), "forfait", "600.00", "400.00", virement=virement)
        legs = Mouvement.objects.filter(ecriture__virement=sent[0], compte="515")
        ledger.post(rejection_entries(sent[0], legs), date(2023, 3, 1))
        back = Mouvement.objects.filter(
            ecriture__virement=sent[0], ecriture__evenement="REJET_VIREMENT", compte="515"
        )
        again = self.transfer(self.lines[0], "1000.00", remplace=sent[0])
        ledger.post(reemission_entries(again, back), date(2023, 3, 20))
        self.line(date(2023, 3, 21), "regularisation", "130.00", "-30.00")
        self.line(date(2023, 7, 20), "rappel", "250.00", "150.00", attente=self.waiting)

    def waiting(self, versement: Versement) -> PartEnAttente:
        return PartEnAttente.objects.create(
            versement=versement,
            financeur=self.cd,
            mandat=self.mandat,
            especes=D("150.00"),
        )

    def orders(self) -> list[OrdreDeRecouvrer]:
        """Three orders: one paid in part and set off, one cleared, one reduced and reminded."""
        found = []
        for number, amount in ((1, "150.00"), (2, "25.00"), (3, "90.00")):
            day = date(2023, 4, 19 + number)
            solde = self.line(date(2023, 4 + number, 25), "solde", "0.00", "0.00")
            order = OrdreDeRecouvrer.objects.create(
                numero=number,
                annexe=self.annexe,
                structure=self.structure,
                financeur=self.cd,
                mandat=self.mandat,
                versement=solde,
                montant_initial=D(amount),
                montant=D(amount),
                emis_le=day,
                emis_par=make_user(),
            )
            self.simple(Event.ORDRE, day, amount, f"OR-{number}")
            found.append(order)
        self.simple(Event.ENCAISSEMENT, date(2023, 5, 2), "60.00", "OR-1")
        self.simple(Event.EXCEDENT, date(2023, 5, 3), "5.00", "OR-1")
        self.simple(Event.EXCEDENT_REMBOURSE, date(2023, 6, 3), "2.00", "OR-1")
        self.simple(Event.APUREMENT, date(2023, 6, 1), "25.00", "OR-2")
        self.simple(Event.REDUCTION_ORDRE, date(2023, 6, 2), "10.00", "OR-3")
        self.line(date(2023, 8, 20), "forfait", "200.00", "100.00", deductions=self.set_off)
        for nature, day in (("NOTIFICATION", date(2023, 5, 2)), ("RELANCE", date(2023, 6, 20))):
            ActeDeRecouvrement.objects.create(
                ordre=found[2],
                nature=nature,
                jour=day,
                reste=D("80.00"),
                echeance=date(2023, day.month + 1, 15),
            )
        return found

    def set_off(self, versement: Versement) -> list[Deduction]:
        return [
            Deduction.objects.create(
                versement=versement,
                financeur=self.cd,
                annexe=self.annexe,
                mandat=self.mandat,
                reference="OR-1",
                montant=D("40.00"),
            )
        ]

    def end_of_year(self) -> None:
        self.simple(Event.FRAIS_FACTURES, date(2023, 7, 1), "100.00", "FF-1")
        self.simple(Event.FRAIS_ENCAISSES, date(2023, 8, 1), "60.00", "FF-1")
        self.simple(Event.FONDS_REVERSES, date(2023, 12, 15), "500.00", "RV-1")
        self.simple(Event.FONDS_RECUS, date(2024, 1, 10), "999.00", "RF-3")
