"""Posting schemes: each event's accounts, exactly, and docs/accounting.md that says the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from apps.payments import schemes
from apps.payments.ledger import Piece, Projet
from apps.payments.models import (
    Campagne,
    Compte,
    Deduction,
    Ecriture,
    Mouvement,
    PartEnAttente,
    Versement,
    Virement,
)

D = Decimal
ETAT, CD, HEIR, MANDAT, OTHER_MANDAT = 1, 2, 3, 20, 21
ANNEXE, STRUCTURE, OTHER_ANNEXE = 7, 8, 9
PIECE = Piece(ANNEXE, STRUCTURE, reference="OR-12")
Pair = tuple[str, int, int | None, str, str, Decimal]


def line(montant: str, part_etat: str, part_cd: str) -> Versement:
    return Versement(
        campagne=Campagne(numero=1),
        annexe_id=ANNEXE,
        structure_id=STRUCTURE,
        financeur_cd_id=CD,
        mandat_id=MANDAT,
        mois=date(2018, 5, 1),
        nature="regularisation",
        montant=D(montant),
        part_etat=D(part_etat),
        part_cd=D(part_cd),
    )


def pairs(projets: list[Projet]) -> list[Pair]:
    return [
        (str(p.evenement), pose.financeur_id, pose.mandat_id, pose.debit, pose.credit, pose.montant)
        for p in projets
        for pose in p.poses
    ]


def sent(**movement: object) -> list[Mouvement]:
    """Treasury movements of both funders: 60,00 and 40,00."""
    shares = ((ETAT, None, D("60.00")), (CD, MANDAT, D("40.00")))
    [side] = movement
    return [
        Mouvement(financeur_id=f, mandat_id=m, compte_id="515", **{side: amount})
        for f, m, amount in shares
    ]


def waiting(versement: Versement, especes: str, reimputation: str = "0.00") -> PartEnAttente:
    return PartEnAttente(
        versement=versement,
        financeur_id=CD,
        mandat_id=MANDAT,
        especes=D(especes),
        reimputation=D(reimputation),
    )


def debt(financeur_id: int, mandat_id: int | None, montant: str) -> Deduction:
    return Deduction(
        financeur_id=financeur_id,
        annexe_id=OTHER_ANNEXE,
        mandat_id=mandat_id,
        reference="OR-12",
        montant=D(montant),
    )


VIREMENT = Virement(
    campagne=Campagne(numero=1),
    annexe_id=ANNEXE,
    structure_id=STRUCTURE,
    reference="IAE-000001-000001",
)
SHARED = line("100.00", "60.00", "40.00")
TAKEN = line("100.00", "130.00", "-30.00")


# Every way money is posted by a run, with its exact pairs: (event, funder, mandate, debit, …).
RUNS: dict[str, tuple[Callable[[], list[Projet]], list[Pair]]] = {
    "paid by both": (
        lambda: schemes.payment_entries(SHARED, ETAT),
        [
            ("LIQUIDATION", ETAT, None, "657", "401", D("60.00")),
            ("LIQUIDATION", CD, MANDAT, "657", "401", D("40.00")),
            ("PAIEMENT", ETAT, None, "401", "515", D("60.00")),
            ("PAIEMENT", CD, MANDAT, "401", "515", D("40.00")),
        ],
    ),
    "waits for the funds of the département": (
        lambda: schemes.payment_entries(SHARED, ETAT, attente=waiting(SHARED, "40.00")),
        [
            ("LIQUIDATION", ETAT, None, "657", "401", D("60.00")),
            ("LIQUIDATION", CD, MANDAT, "657", "401", D("40.00")),
            ("PAIEMENT", ETAT, None, "401", "515", D("60.00")),
        ],
    ),
    "released by a later run": (
        lambda: schemes.release_entries(
            waiting(SHARED, "40.00"), ETAT, Campagne(numero=2), VIREMENT
        ),
        [("PAIEMENT", CD, MANDAT, "401", "515", D("40.00"))],
    ),
    "taken over by the State": (
        lambda: schemes.payment_entries(TAKEN, ETAT),
        [
            ("LIQUIDATION", ETAT, None, "657", "401", D("100.00")),
            ("PAIEMENT", ETAT, None, "401", "515", D("100.00")),
            ("REIMPUTATION", ETAT, None, "657", "581", D("30.00")),
            ("REIMPUTATION", CD, MANDAT, "581", "657", D("30.00")),
            ("REIMPUTATION", ETAT, None, "581", "515", D("30.00")),
            ("REIMPUTATION", CD, MANDAT, "515", "581", D("30.00")),
        ],
    ),
    "taken over by a département without funds": (
        lambda: schemes.payment_entries(
            line("0.00", "-12.00", "12.00"),
            ETAT,
            attente=waiting(line("0.00", "-12.00", "12.00"), "0.00", "12.00"),
        ),
        [
            ("REIMPUTATION", ETAT, None, "581", "657", D("12.00")),
            ("REIMPUTATION", CD, MANDAT, "657", "581", D("12.00")),
        ],
    ),
    "then with its funds": (
        lambda: schemes.release_entries(
            waiting(line("0.00", "-12.00", "12.00"), "0.00", "12.00"),
            ETAT,
            Campagne(numero=2),
            None,
        ),
        [
            ("REIMPUTATION", CD, MANDAT, "581", "515", D("12.00")),
            ("REIMPUTATION", ETAT, None, "515", "581", D("12.00")),
        ],
    ),
    "set off against a debt of another mandate": (
        lambda: schemes.payment_entries(
            SHARED, ETAT, deductions=[debt(CD, OTHER_MANDAT, "15.00"), debt(ETAT, None, "60.00")]
        ),
        [
            ("LIQUIDATION", ETAT, None, "657", "401", D("60.00")),
            ("LIQUIDATION", CD, MANDAT, "657", "401", D("40.00")),
            ("PAIEMENT", CD, MANDAT, "401", "515", D("25.00")),
            ("COMPENSATION", CD, MANDAT, "401", "515", D("15.00")),
            ("COMPENSATION", CD, OTHER_MANDAT, "515", "463", D("15.00")),
            ("COMPENSATION", ETAT, None, "401", "515", D("60.00")),
            ("COMPENSATION", ETAT, None, "515", "463", D("60.00")),
        ],
    ),
    "rejected by the bank": (
        lambda: schemes.rejection_entries(VIREMENT, sent(credit=1)),
        [
            ("REJET_VIREMENT", ETAT, None, "515", "401", D("60.00")),
            ("REJET_VIREMENT", CD, MANDAT, "515", "401", D("40.00")),
        ],
    ),
    "sent again": (
        lambda: schemes.reemission_entries(VIREMENT, sent(debit=1)),
        [
            ("REEMISSION", ETAT, None, "401", "515", D("60.00")),
            ("REEMISSION", CD, MANDAT, "401", "515", D("40.00")),
        ],
    ),
    "an order": (
        lambda: [schemes.order_entry(PIECE, CD, MANDAT, D("5.00"), "Ordre")],
        [("ORDRE", CD, MANDAT, "463", "657", D("5.00"))],
    ),
    "an order reduced": (
        lambda: [schemes.order_entry(PIECE, CD, MANDAT, D("-5.00"), "Réduction")],
        [("REDUCTION_ORDRE", CD, MANDAT, "657", "463", D("5.00"))],
    ),
    "a loss cancelled": (
        lambda: [
            schemes.loss_cancelled_entry(
                PIECE, "6544", D("5.00"), "Perte annulée", financeur_id=CD, mandat_id=MANDAT
            )
        ],
        [("PERTE_ANNULEE", CD, MANDAT, "463", "6544", D("5.00"))],
    ),
    "a succession": (
        lambda: [
            schemes.take_over_entry(
                PIECE, CD, HEIR, MANDAT, [("463", D("5.00")), ("4671", D("-9.00"))], "Reprise"
            )
        ],
        [
            ("REPRISE", CD, MANDAT, "451", "463", D("5.00")),
            ("REPRISE", HEIR, MANDAT, "463", "451", D("5.00")),
            ("REPRISE", CD, MANDAT, "4671", "451", D("9.00")),
            ("REPRISE", HEIR, MANDAT, "451", "4671", D("9.00")),
        ],
    ),
}
# Events of one debit and one credit, as an agent comptable would write them.
SIMPLE = {
    "ORDRE": ("463", "657"),
    "REDUCTION_ORDRE": ("657", "463"),
    "ENCAISSEMENT": ("515", "463"),
    "EXCEDENT": ("515", "466"),
    "EXCEDENT_REDUCTION": ("463", "466"),
    "EXCEDENT_IMPUTE": ("466", "463"),
    "EXCEDENT_REMBOURSE": ("466", "515"),
    "REMISE": ("6543", "463"),
    "NON_VALEUR": ("6541", "463"),
    "EXTINCTION": ("6542", "463"),
    "APUREMENT": ("6544", "463"),
    "FONDS_RECUS": ("515", "4671"),
    "FONDS_REVERSES": ("4671", "515"),
    "FRAIS_FACTURES": ("4672", "706"),
    "FRAIS_AVOIR": ("706", "4672"),
    "FRAIS_ENCAISSES": ("5152", "4672"),
}


@pytest.mark.parametrize(("projets", "expected"), RUNS.values(), ids=RUNS.keys())
def test_what_each_event_posts(projets, expected):
    assert pairs(projets()) == expected


def test_a_set_off_names_the_annex_of_the_debt():
    [projet] = [
        p
        for p in schemes.payment_entries(SHARED, ETAT, deductions=[debt(CD, OTHER_MANDAT, "15.00")])
        if p.evenement == "COMPENSATION"
    ]
    assert projet.piece.reference == "OR-12"
    assert [pose.annexe_id for pose in projet.poses] == [None, OTHER_ANNEXE]


def test_the_simple_events():
    assert {str(event): accounts for event, accounts in schemes.SIMPLE.items()} == SIMPLE


@pytest.mark.parametrize(("event", "accounts"), SIMPLE.items())
def test_a_simple_event_posts_its_pair(event, accounts):
    def entry(montant: str) -> Projet:
        return schemes.simple_entry(
            event, PIECE, D(montant), "Essai", financeur_id=CD, mandat_id=MANDAT
        )

    assert pairs([entry("3.00")]) == [(event, CD, MANDAT, *accounts, D("3.00"))]
    for montant in ("0.00", "-3.00"):
        with pytest.raises(ValueError, match=event):
            entry(montant)


def test_an_event_with_a_scheme_of_its_own_is_not_simple():
    with pytest.raises(KeyError):
        schemes.simple_entry("PAIEMENT", PIECE, D(1), "Essai", financeur_id=CD, mandat_id=MANDAT)


def test_a_reversal_is_the_same_the_other_way_round():
    """Every pair of its origin inverted: same funder, mandate, annex, amount and document."""
    origin = Ecriture(pk=5, numero=41, evenement="ENCAISSEMENT", reference="OR-12")
    about = {"financeur_id": CD, "mandat_id": MANDAT, "annexe_id": ANNEXE}
    posted = [
        Mouvement(compte_id="515", debit=D("3.00"), structure_id=STRUCTURE, **about),
        Mouvement(compte_id="463", credit=D("3.00"), structure_id=STRUCTURE, **about),
    ]
    projet = schemes.reversal_entry(origin, posted, "Erreur de saisie")
    assert pairs([projet]) == [("EXTOURNE", CD, MANDAT, "463", "515", D("3.00"))]
    assert projet.extourne_id == 5
    assert projet.piece == replace(PIECE, campagne=None)
    assert projet.poses[0].annexe_id == ANNEXE
    assert projet.libelle == "Extourne de l’écriture n° 41 – Erreur de saisie"


# --- docs/accounting.md --------------------------------------------------------------------------


def documented(root: Path) -> dict[str, set[tuple[str, str]]]:
    """Pairs of each event's table, in the document."""
    text = (root / "docs" / "accounting.md").read_text(encoding="utf-8")
    found = {}
    for section in re.split(r"^#### ", text, flags=re.MULTILINE)[1:]:
        event, _, body = section.partition("\n")
        rows = re.findall(r"^\| (.+?) \| (.+?) \| .+ \| .+ \|$", body, re.MULTILINE)
        assert rows[0] == ("debit", "credit"), event
        found[event.strip()] = {row for row in rows[1:] if row != ("---", "---")}
    return found


def coded() -> dict[str, set[tuple[str, str]]]:
    """Pairs of each event, as the tests above have shown that the code posts them."""
    found: dict[str, set[tuple[str, str]]] = {event: {pair} for event, pair in SIMPLE.items()}
    for _projets, expected in RUNS.values():
        for event, _funder, _mandat, *accounts, _amount in expected:
            pair = tuple("account" if event == "REPRISE" and a != "451" else a for a in accounts)
            if event == "PERTE_ANNULEE":
                pair = ("463", "loss")
            found.setdefault(event, set()).add(pair)
    return found | {"EXTOURNE": {("credit of the origin", "debit of the origin")}}


def test_the_document_says_what_the_code_does(root):
    """Every event of the product, every pair of accounts, and nothing else."""
    assert documented(root).keys() == set(Ecriture.Evenement.values)
    assert documented(root) == coded()


def test_the_document_lists_the_accounts_of_the_plan(db, root):
    text = (root / "docs" / "accounting.md").read_text(encoding="utf-8")
    plan = text.split("## Accounts", 1)[1].split("## Schemes", 1)[0]
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", plan, re.MULTILINE)
    assert rows == list(Compte.objects.order_by("code").values_list("code", "libelle"))


def test_every_account_posted_exists(db):
    used = {account for pairs_of in coded().values() for pair in pairs_of for account in pair}
    codes = {account for account in used if account.isdigit()}
    assert codes - set(Compte.objects.values_list("code", flat=True)) == set()
