"""A DDETS amends an annex in the browser; the ASP rejects it with a reason, then validates it.

Six posts at 22 289 € make 133 734,00 € over 2023; the amendment asks for 8 from March: on average
(2 × 6 + 10 × 8) / 12 = 7,67 posts, that is 170 956,63 €. The first try is mistyped, unsigned, then
signed by nobody: each time the page says what to correct, and nothing typed is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.models import Membership, Role
from apps.annexes.models import VersionAnnexe
from tests.factories import (
    make_bank_details,
    make_caom,
    make_delegation,
    make_financeur,
    make_mandat,
    make_membership,
    make_organisation,
    make_siae,
    make_version,
)
from tests.journeys.conftest import Personne

pytestmark = pytest.mark.browser

MOTIF = "Deux postes de plus à compter de mars"
SIGNE = {"name": "avenant.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}


@dataclass
class Frame:
    version: VersionAnnexe
    ddets: Membership
    asp: Membership


def make_frame() -> Frame:
    siae = make_siae(denomination="Les Haies vives")
    make_bank_details(siae.structure)
    cd = make_financeur("062", nom="Département du Pas-de-Calais")
    make_caom(cd)
    make_mandat(cd)
    delegation = make_delegation("062", nom="Dominique Signataire")
    version = make_version(siae=siae, signataire=delegation)
    return Frame(
        version,
        make_membership(Role.INSTRUCTEUR, delegation.organisation),
        make_membership(Role.GESTIONNAIRE, make_organisation("ASP")),
    )


def test_an_amendment_from_its_first_mistake_to_its_validation(
    at_work: Any, go_to_day: Any
) -> None:
    """The version in force changes only on the last click, and keeps what was typed meanwhile."""
    go_to_day(2023, 3, 6)
    frame = make_frame()
    ddets, asp = at_work(frame.ddets), at_work(frame.asp)
    mistype_then_open(ddets)
    transmit_only_when_complete(ddets)
    reject(asp)
    assert states(frame) == ["VALIDE", "REJETE"]
    correct(ddets)
    validate(asp)
    assert states(frame) == ["HISTORISE", "VALIDE"]
    last = frame.version.annexe.versions.get(modification=1)
    assert (last.montant_total, last.etp) == (Decimal("170956.63"), Decimal("7.67"))
    ddets.page.reload()
    assert "170 956,63 €" in ddets.reads()


def mistype_then_open(ddets: Personne) -> None:
    """Eleven months of posts instead of twelve, and no reason: two errors, each by its field."""
    ddets.page.goto("/annexes/")
    ddets.page.locator("main tbody a").first.press("Enter")
    ddets.open("Ouvrir un avenant")
    ddets.fill(postes="6 × 2 ; 8 × 9")
    ddets.page.locator("[name=postes]").press("Enter")
    said = ddets.reads()
    assert "Le formulaire comporte des erreurs" in said
    assert "Les postes sont indiqués pour 11 mois alors que la période en compte 12." in said
    assert ddets.page.title().startswith("Erreur –")
    assert ddets.page.evaluate("document.activeElement.id") == "erreurs"
    assert ddets.value("postes") == "6 × 2 ; 8 × 9"
    ddets.page.locator("#erreurs a").first.press("Enter")
    assert ddets.page.evaluate("document.activeElement.name") in ("postes", "motif_avenant")
    ddets.fill(postes="6 × 2 ; 8 × 10", motif_avenant=MOTIF)
    # What the amendment changes is worked out beside the form.
    ddets.waits_for("170 956,63 €")
    ddets.press("Ouvrir l’avenant")
    assert "L’avenant est ouvert." in ddets.reads()


def transmit_only_when_complete(ddets: Personne) -> None:
    """Not signed, not attached: refused with every reason at once; then signed, then sent."""
    ddets.open("Transmettre à l’ASP")
    ddets.press("Transmettre à l’ASP")
    said = ddets.reads()
    for reason in (
        "Joignez l’annexe signée (PDF).",
        "Indiquez la date de signature de l’annexe.",
        "Indiquez le signataire de l’annexe.",
    ):
        assert reason in said, reason
    ddets.open("Annuler")
    ddets.open("Modifier")
    ddets.page.locator("[name=signataire]").select_option(index=1)
    ddets.fill(signee_le="2023-03-03")
    ddets.press("Enregistrer")
    ddets.open("Joindre l’annexe signée")
    ddets.page.set_input_files("[name=piece]", SIGNE)
    ddets.press("Joindre le fichier")
    ddets.open("Transmettre à l’ASP")
    # The consumption of the CAOM is beside the figures.
    ddets.waits_for("Reste à engager")
    ddets.press("Transmettre à l’ASP")
    assert "est transmise à l’ASP" in ddets.reads()


def reject(asp: Personne) -> None:
    """A typed reason and words are asked for; without words, nothing moves."""
    asp.page.goto("/annexes/a-valider/")
    asp.page.locator("main tbody a").first.press("Enter")
    assert "1 sur 1 dans la file" in asp.reads()
    asp.open("Rejeter")
    asp.tick("Montants à corriger")
    asp.press("Rejeter l’annexe")
    assert "Le formulaire comporte une erreur" in asp.reads()
    asp.fill(texte="Le nombre de bénéficiaires du RSA n’a pas été revu.")
    asp.press("Rejeter l’annexe")
    assert "est rejetée et revient à la DDETS" in asp.reads()


def correct(ddets: Personne) -> None:
    """The reason is on the page of the annex, and in the notifications."""
    ddets.page.goto("/annexes/")
    ddets.page.locator("main tbody a").first.press("Enter")
    said = ddets.reads()
    assert "Rejetée par l’ASP le 06/03/2023" in said
    assert "Le nombre de bénéficiaires du RSA n’a pas été revu." in said
    ddets.open("Modifier")
    ddets.fill(brsa_vises="5", montant_cd="")
    ddets.press("Enregistrer")
    ddets.open("Transmettre à l’ASP")
    assert "32 089,20 €" in ddets.reads()  # 5 × 534,82 × 12
    ddets.press("Transmettre à l’ASP")
    assert "est transmise à l’ASP" in ddets.reads()


def validate(asp: Personne) -> None:
    asp.page.goto("/annexes/a-valider/")
    asp.page.locator("main tbody a").first.press("Enter")
    assert MOTIF in asp.reads()
    asp.press("Valider l’annexe")
    assert "est validée" in asp.reads()


def states(frame: Frame) -> list[str]:
    rows = frame.version.annexe.versions.order_by("modification")
    return list(rows.values_list("etat", flat=True))
