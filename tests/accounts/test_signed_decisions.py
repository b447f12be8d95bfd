"""Every decision of a département × no delegation, an expired one, one to come, a valid one.

Convention de mandat, art. 6: a decision signed outside a valid delegation is refused, and changes
nothing. A decision that is not in this table is found by `test_no_decision_is_forgotten`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import Delegation
from apps.accounts.services.delegations import attach_specimen, record_delegation
from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.services import store_file
from apps.journal.models import Entree
from apps.payments.services.recettes import notify_funds, withdraw_notice
from apps.recoveries.services.admissions import decide_line
from apps.recoveries.services.remises import decide_remission
from tests.factories import delegate, make_membership, make_pdf
from tests.payments.funds import make_empty_mandat
from tests.recoveries.creances import make_ordre, make_people
from tests.recoveries.test_remissions import received as remission_received
from tests.recoveries.test_write_offs import received as lines_received

# The day of the decision, within the four months that follow the receipt of the file.
JOUR = date(2023, 11, 2)
STATES: dict[str, dict[str, Any] | None] = {
    "sans délégation": None,
    "expirée": {"debut": date(2023, 1, 1), "fin": date(2023, 11, 1)},
    "à venir": {"debut": date(2023, 11, 3)},
    "valable": {"debut": date(2023, 11, 2), "fin": date(2023, 11, 2)},
}


def _notify(people: Any, ordre: Any) -> Any:
    mandat = make_empty_mandat("062")
    return lambda: notify_funds(
        people.decideur,
        mandat,
        montant=Decimal("600.00"),
        ordonnance_le=JOUR,
        reference="MDT-1",
        on=JOUR,
    )


def _withdraw(people: Any, ordre: Any) -> Any:
    notice = _notify(people, ordre)()
    return lambda: withdraw_notice(people.decideur, notice, motif="Erreur", on=JOUR)


def _remit(people: Any, ordre: Any) -> Any:
    found = remission_received(ordre, people)
    return lambda: decide_remission(
        people.decideur, found, montant=Decimal(0), motif="Non.", on=JOUR
    )


def _admit(people: Any, ordre: Any) -> Any:
    (ligne,) = lines_received(people, make_ordre("1000.00"))
    ligne.liste.__class__.objects.update(recue_le=date(2023, 10, 31))
    return lambda: decide_line(people.decideur, ligne, admise=True, on=JOUR)


DECISIONS: dict[str, Callable[[Any, Any], Callable[[], Any]]] = {
    "can_notify_funds": _notify,
    "can_withdraw_notice": _withdraw,
    "can_decide (remise)": _remit,
    "can_decide (non-valeur)": _admit,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("decision", DECISIONS)
def test_a_departement_decides_under_a_delegation_of_that_day(db, decision, state) -> None:
    ordre = make_ordre("1000.00", forme="INDIVIDUELLE")
    people = make_people(ordre)
    act = DECISIONS[decision](people, ordre)
    Delegation.objects.filter(user=people.decideur.user).delete()
    # A colleague's delegation is worth nothing to another person.
    colleague = make_membership("DECIDEUR", people.decideur.organisation)
    delegate(colleague)
    if dates := STATES[state]:
        delegate(people.decideur, **dates)
    before = Entree.objects.count()
    if state == "valable":
        act()
        assert Entree.objects.count() > before
        return
    with pytest.raises(Refus, match=r"Aucune délégation de signature .* le 02/11/2023"):
        act()
    assert Entree.objects.count() == before


def test_no_decision_is_forgotten(root: Path) -> None:
    """Permissions that name the décideur: those that decide ask for the delegation."""
    # A receipt, a missing document, one's own thresholds and contacts, an answer to a person about
    # their data: nothing owed is decided.
    acknowledged = {"can_receive", "can_return", "can_set_thresholds"}
    acknowledged |= {"can_answer_request", "can_edit_contact"}
    found = {}
    for path in sorted(root.glob("apps/*/permissions*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                source = ast.unparse(node)
                if "Role.DECIDEUR" in source:
                    found[node.name] = "can_sign(" in source
    assert {name for name, signed in found.items() if not signed} <= acknowledged
    assert {name for name, signed in found.items() if signed} == {"can_notify_funds", "can_decide"}


# --- The specimen of signature -----------------------------------------------------------------


def specimen() -> Fichier:
    return store_file(b"%PDF-1.7\n", nom="s.pdf", titre="S", type_mime="application/pdf")


def test_a_specimen_is_kept_with_the_delegation_and_replaced_with_a_trace(db) -> None:
    acting, decideur = make_membership("GESTIONNAIRE"), make_membership("DECIDEUR")
    first, second = specimen(), specimen()
    found = record_delegation(
        acting, decideur, fonction="Directrice", debut=date(2023, 1, 1), specimen=first
    )
    assert Entree.objects.get().apres["sha256"] == first.sha256
    attach_specimen(acting, found, second)
    found.refresh_from_db()
    assert found.specimen == second
    last = Entree.objects.order_by("pk").last()
    assert (last.action, last.avant["sha256"]) == ("delegation.specimen", first.sha256)
    for who in (decideur, make_membership("ORDONNATEUR")):
        with pytest.raises(Refus, match="tenues par les gestionnaires"):
            attach_specimen(who, found, first)


@pytest.mark.parametrize(
    ("contents", "name", "said"),
    [
        (b"MZ\x90\x00", "signature.png", "ni un PDF ni une image"),
        (b"", "signature.pdf", "Ce fichier est vide."),
        (b"<svg onload='x'/>", "signature.svg", "ni un PDF ni une image"),
    ],
)
def test_a_specimen_that_is_no_document_is_refused(db, client, contents, name, said) -> None:
    acting, decideur = make_membership("GESTIONNAIRE"), make_membership("DECIDEUR")
    found = delegate(decideur)
    client.force_login(acting.user)
    page = client.post(
        f"/apurement/delegations/{found.pk}/specimen/deposer/",
        {"specimen": _upload(contents, name)},
    )
    assert said in page.text
    found.refresh_from_db()
    assert found.specimen is None


def test_the_asp_records_a_delegation_with_its_specimen_on_screen(db, client) -> None:
    acting, decideur = make_membership("GESTIONNAIRE"), make_membership("DECIDEUR")
    client.force_login(acting.user)
    values = {
        "decideur": decideur.pk,
        "fonction": "Directrice",
        "debut": "2023-01-01",
        "specimen": make_pdf(),
    }
    page = client.post("/apurement/delegations/enregistrer/", values, follow=True)
    assert "La délégation est enregistrée." in page.text
    found = Delegation.objects.get()
    answer = client.get(f"/apurement/delegations/{found.pk}/specimen/")
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert answer["X-Content-Type-Options"] == "nosniff"


def _upload(contents: bytes, name: str) -> Any:
    return SimpleUploadedFile(name, contents)
