"""One annex from its creation to its recovery orders, by each role in a browser.

Three months of 4 posts, two beneficiaries aimed at and one employed, 1 170 hours done of the
1 820 planned: 650 missing, more than a month's 606,67, so all that was not earned is recovered.

    monthly amount        4 × 22 289 / 12                    = 7 429,67     total × 3 = 22 289,01
    département           2 × 534,82 × 3                     = 3 208,92     rate 14,40 %
    earned                1 170 × 22 289 / 1 820             = 14 328,64    overpaid    7 960,37
    département's cost    one beneficiary, 3 × 526,71        = 1 580,13
    orders                3 208,92 − 1 580,13 = 1 628,79 to the département, 6 331,58 to the State
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from openpyxl import load_workbook

from apps.accounts.models import Membership, Organisation, Role
from apps.payments.documents import notice_context
from apps.payments.models import AvisDePaiement, Campagne, Mouvement
from apps.recoveries.models import OrdreDeRecouvrer
from apps.siae.models import CoordonneesBancaires, Structure
from apps.siae.services import apply_bank_details
from tests.factories import (
    make_caom,
    make_delegation,
    make_financeur,
    make_financeur_etat,
    make_mandat,
    make_membership,
    make_organisation,
    make_siae,
)
from tests.journeys.conftest import Personne, plain

pytestmark = pytest.mark.browser

HEURES = "130"
TOTAL, ETAT, CD = Decimal("22289.01"), Decimal("19080.09"), Decimal("3208.92")


@dataclass
class Frame:
    """What exists before the annex: funders, CAOM, mandate, a structure, and everybody."""

    structure: Structure
    people: dict[str, Membership]


def make_frame() -> Frame:
    structure = make_siae(denomination="Le Verger des possibles").structure
    make_financeur_etat()
    cd = make_financeur("062", nom="Département du Pas-de-Calais")
    make_caom(cd)
    make_mandat(cd)
    delegation = make_delegation("062", nom="Dominique Signataire")
    asp = make_organisation("ASP")
    assert isinstance(cd.organisation, Organisation)
    return Frame(
        structure,
        {
            "ddets": make_membership(Role.INSTRUCTEUR, delegation.organisation),
            "gestionnaire": make_membership(Role.GESTIONNAIRE, asp),
            "ordonnateur": make_membership(Role.ORDONNATEUR, asp),
            "comptable": make_membership(Role.COMPTABLE, asp),
            "responsable": make_membership(Role.RESPONSABLE, structure.organisation),
            "departement": make_membership(Role.LECTEUR, cd.organisation),
        },
    )


def test_one_annex_from_creation_to_orders(at_work: Any, go_to_day: Any) -> None:
    """Everyone does their part in their own screens, and the sums agree wherever they are read."""
    go_to_day(2023, 1, 5)
    frame = make_frame()
    people = {role: at_work(membership) for role, membership in frame.people.items()}
    give_bank_details(people["responsable"], people["gestionnaire"])
    create_and_transmit(people["ddets"], frame.structure)
    validate(people["gestionnaire"])
    hire(people["responsable"])
    for month, (label, certified) in enumerate(
        [("janvier", (2023, 2, 2)), ("février", (2023, 3, 2)), ("mars", (2023, 4, 3))], start=1
    ):
        go_to_day(2023, month, 20)
        pay(people, f"{month:02d}/2023", "7 429,67 €")
        go_to_day(*certified)
        declare(people["responsable"], people["gestionnaire"], month, f"{label} 2023")
    go_to_day(2023, 4, 20)
    pay(people, "04/2023", "0,00 €")
    why_this_amount(people["responsable"])
    orders(people)
    sums_agree(people)


def give_bank_details(responsable: Personne, gestionnaire: Personne) -> None:
    """Proposed by the structure, in effect a few days after the ASP has checked them."""
    responsable.menu("Structure")
    responsable.open("Proposer des coordonnées bancaires")
    responsable.fill(
        titulaire="Le Verger des possibles",
        iban="FR76 3000 6000 0112 3456 7890 189",
        bic="AGRIFRPP",
    )
    responsable.press("Proposer")
    gestionnaire.page.goto("/")
    gestionnaire.menu("Structures")
    gestionnaire.open("Coordonnées bancaires à contrôler")
    gestionnaire.open("Le Verger des possibles")
    gestionnaire.tick("Ces coordonnées bancaires sont exactes")
    gestionnaire.press("Enregistrer la décision")
    assert "Les coordonnées bancaires sont contrôlées" in gestionnaire.reads()
    assert len(apply_bank_details(CoordonneesBancaires.objects.get().effet_le)) == 1


def create_and_transmit(ddets: Personne, structure: Structure) -> None:
    ddets.menu("CAOM et mandats")
    ddets.open("Enregistrer une convention IAE")
    ddets.fill(
        siae=str(structure.siaes.get()),
        numero="062 010123 ACI 00019",
        debut="2023-01-01",
        fin="2025-12-31",
        signee_le="2023-01-02",
    )
    ddets.press("Enregistrer")
    ddets.menu("Annexes financières")
    ddets.open("Créer une annexe")
    ddets.fill(
        convention=f"{structure.siaes.get()} – 062 010123 ACI 00019",
        debut="01/2023",
        fin="mars 2023",
        postes="4 × 3",
        financeur_cd="Département du Pas-de-Calais",
        brsa_vises="2",
        signee_le="2023-01-03",
    )
    ddets.page.locator("[name=signataire]").select_option(index=1)
    # The figures are worked out beside the form as it is filled in.
    ddets.waits_for("22 289,01 €")
    ddets.press("Créer l’annexe")
    said = ddets.reads()
    assert "L’annexe est créée. Joignez l’annexe signée, puis transmettez-la à l’ASP." in said
    assert "3 208,92 €" in said
    ddets.open("Joindre l’annexe signée")
    signed = {"name": "signee.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    ddets.page.set_input_files("[name=piece]", signed)
    ddets.press("Joindre le fichier")
    ddets.open("Transmettre à l’ASP")
    assert "22 289,01 €" in ddets.reads()
    ddets.press("Transmettre à l’ASP")
    assert "est transmise à l’ASP" in ddets.reads()


def validate(gestionnaire: Personne) -> None:
    gestionnaire.page.goto("/")
    gestionnaire.open("1 annexe ou avenant à valider")
    gestionnaire.page.locator("main tbody a").first.click()
    gestionnaire.press("Valider l’annexe")
    assert "est validée" in gestionnaire.reads()


def hire(responsable: Personne) -> None:
    """Three people over the period, the first one on RSA before hiring."""
    for number, (nom, rsa) in enumerate(
        [("Abadie", "Oui, non majoré"), ("Baudry", "Non"), ("Carlier", "Non")], start=1
    ):
        responsable.menu("Salariés")
        responsable.open("Enregistrer un salarié")
        responsable.fill(
            civilite="Mme",
            nom=nom,
            prenom="Zoé",
            date_naissance="1990-05-01",
            pass_iae=f"99999230000{number}",
            pass_debut="2023-01-01",
            pass_fin="2024-12-31",
        )
        responsable.press("Enregistrer le salarié")
        responsable.fill(
            debut="2023-01-01",
            fin="2023-03-31",
            heures_hebdo="35",
            salaire_brut="1 747,20",
            forme="CDDI",
            rsa=rsa,
            rsa_departement="062" if rsa != "Non" else "",
        )
        responsable.press("Enregistrer le contrat")
        assert "Le contrat est enregistré." in responsable.reads()


def declare(responsable: Personne, gestionnaire: Personne, month: int, label: str) -> None:
    """The structure types 130 h for each, certifies; the ASP validates."""
    responsable.menu("Suivi mensuel")
    responsable.page.locator(f"main a[href$='/2023-{month:02d}/']").click()
    for field in responsable.page.locator("main input[name^=heures_]").all():
        field.fill(HEURES)
    responsable.press("Enregistrer et passer à la certification")
    assert "390,00 h" in responsable.reads()
    responsable.tick("Je certifie sur l’honneur l’exactitude des heures déclarées pour ce mois")
    responsable.press("Certifier l’état mensuel")
    assert f"L’état mensuel de {label} est certifié" in responsable.reads()
    gestionnaire.menu("Suivi mensuel")
    gestionnaire.open("États mensuels à valider")
    gestionnaire.page.locator("main tbody a").first.click()
    gestionnaire.press("Valider l’état mensuel")
    assert f"L’état mensuel de {label} est validé." in gestionnaire.reads()


def pay(people: dict[str, Personne], month: str, amount: str) -> None:
    """The run of a month: previewed, prepared and controlled, approved, signed, executed."""
    gestionnaire, comptable = people["gestionnaire"], people["comptable"]
    gestionnaire.menu("Campagnes de paiement")
    gestionnaire.open("Préparer une campagne")
    gestionnaire.fill(mois=month)
    gestionnaire.press("Afficher l’aperçu")
    assert f"Montant des versements {amount}" in gestionnaire.reads()
    gestionnaire.press("Préparer la campagne")
    gestionnaire.waits_for("Le traitement est terminé")
    run = Campagne.objects.count()
    act(gestionnaire, run, "Contrôler la campagne", "Contrôler")
    act(people["ordonnateur"], run, "Approuver la campagne", "Approuver")
    act(comptable, run, "Viser la campagne", "Viser")
    act(comptable, run, "Exécuter la campagne", "Exécuter et payer")
    comptable.waits_for("Le traitement est terminé")
    comptable.menu("Campagnes de paiement")
    assert "EXÉCUTÉE" in comptable.page.locator("main tbody tr").first.inner_text()


def act(person: Personne, run: int, stage: str, button: str) -> None:
    """One stage of the run: its page, the page that restates it, the button."""
    person.menu("Campagnes de paiement")
    person.open(f"n° {run}")
    person.open(stage)
    assert "Montant des versements" in person.reads()
    person.press(button)


def why_this_amount(responsable: Personne) -> None:
    """The last line explains itself, with its text, to the structure that must pay back."""
    responsable.menu("Annexes financières")
    responsable.page.locator("main tbody a").first.click()
    responsable.waits_for("Payé à ce jour")
    responsable.page.get_by_role("link", name="Pourquoi ce montant ?").last.click()
    said = responsable.reads()
    for figure in ("1 170,00 h", "14 328,64 €", "1 580,13 €", "6 331,58 €", "1 628,79 €"):
        assert figure in said, figure


def orders(people: dict[str, Personne]) -> None:
    """The structure and the ASP see both orders; the département its own, and no other."""
    of_the_state, of_the_cd = "6 331,58 €", "1 628,79 €"
    for role, seen in {
        "responsable": [of_the_cd, of_the_state],
        "gestionnaire": [of_the_cd, of_the_state],
        "departement": [of_the_cd],
    }.items():
        people[role].page.goto("/")
        people[role].menu("Ordres de recouvrer")
        # The figures are read at once: on this page, not on the one before.
        people[role].page.locator("h1", has_text="Ordres de recouvrer").wait_for()
        for rank in (4, 3):  # what is due, then what is left to pay: nothing is paid yet
            column = f"main tbody tr td:nth-last-child({rank})"
            due = people[role].page.locator(column).all_inner_texts()
            assert [plain(amount) for amount in due] == seen, role
    etat = OrdreDeRecouvrer.objects.get(financeur__type="ETAT")
    answer = people["departement"].page.goto(f"/ordres/{etat.pk}/")
    assert answer.status == 404
    people["responsable"].open("n° 1")
    assert people["responsable"].downloads("Ordre de recouvrer (PDF)").startswith(b"%PDF")


def sums_agree(people: dict[str, Personne]) -> None:
    """Σ paid of the annex and of each funder: screens = ledger = Excel = notices."""
    assert on_screen(people["responsable"]) == [
        "Payé à ce jour 22 289,01 €",
        "dont État 19 080,09 €",
        "dont Département du Pas-de-Calais 3 208,92 €",
    ]
    assert in_the_ledger() == {"ETAT": ETAT, "CD": CD}
    assert in_excel(people["departement"]) == (ETAT, CD, TOTAL)
    assert in_the_notices(people["responsable"]) == (ETAT, CD, TOTAL)


def on_screen(person: Personne) -> list[str]:
    person.menu("Annexes financières")
    person.page.locator("main tbody a").first.click()
    person.waits_for("Payé à ce jour")
    found = [plain(text) for text in person.page.locator("main dl > div").all_inner_texts()]
    return [text for text in found if text.startswith(("Payé à ce jour", "dont "))]


def in_the_ledger() -> dict[str, Decimal]:
    """What left the treasury for annexes, re-imputations between funders included."""
    moves = (
        Mouvement.objects.filter(compte="515", annexe__isnull=False)
        .order_by()
        .values("financeur__type")
        .annotate(paid=Sum("credit") - Sum("debit"))
    )
    return {move["financeur__type"]: move["paid"] for move in moves}


def in_excel(departement: Personne) -> tuple[Decimal, ...]:
    departement.menu("Exports")
    departement.open("Fichier Excel : Suivi des annexes financières")
    departement.press("Produire le fichier Excel")
    departement.waits_for("Le traitement est terminé")
    book = load_workbook(io.BytesIO(departement.downloads("Télécharger", exact=False)))
    rows = [[cell.value for cell in row] for row in book["Annexes financières"].iter_rows()]
    titles = next(row for row in rows if "Versé total" in row)
    values = rows[rows.index(titles) + 1]
    names = ("Versé État", "Versé département", "Versé total")
    return tuple(Decimal(str(values[titles.index(name)])) for name in names)


def in_the_notices(responsable: Personne) -> tuple[Decimal, ...]:
    """Every notice, downloaded by the structure: the file is the one archived when it was paid."""
    paid = AvisDePaiement.objects.order_by("numero")
    for avis in paid.select_related("fichier"):
        answer = responsable.page.request.get(f"/paiements/avis/{avis.pk}/")
        assert hashlib.sha256(answer.body()).hexdigest() == avis.fichier.sha256
    last = notice_context(paid.last())["cumul"]
    sums = paid.aggregate(etat=Sum("part_etat"), cd=Sum("part_cd"), montant=Sum("montant"))
    assert sums == last
    return sums["etat"], sums["cd"], sums["montant"]
