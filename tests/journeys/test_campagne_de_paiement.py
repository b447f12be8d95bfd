"""A month's payment run in browsers: validated, prepared, compared, a line withdrawn, then paid.

Two structures of 6 posts (9 827,50 € a month), January paid. In February one of them leaves the
run: four people act, the structure paid reads its notice, the other one reads why it is not.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.annexes.models import AnnexeFinanciere
from apps.payments.models import Campagne, Versement
from tests.factories import make_membership
from tests.journeys.conftest import Personne
from tests.payments.dossiers import make_annexe, make_asp, run
from tests.payments.test_preparation import REQUEST

pytestmark = pytest.mark.browser

CERTIFIED = REQUEST | {"mois": [{"mois": "2018-01", "heures": "910.00", "brsa": 4}]}
MOTIF = "Contrat à vérifier avec la structure"


def test_a_payment_run_from_validation_to_notice(at_work: Any, go_to_day: Any) -> None:
    """Each stage by its person, in its screens; the withdrawn line is not paid, and says why."""
    go_to_day(2018, 1, 20)
    asp = make_asp()
    paid, withdrawn = make_annexe(CERTIFIED), make_annexe(CERTIFIED)
    structures = [responsable(annexe) for annexe in (paid, withdrawn)]
    Membership.objects.update(debut=date(2018, 1, 1))
    run(asp, "2018-01")
    go_to_day(2018, 2, 20)
    gestionnaire = at_work(asp.gestionnaire)
    validate_statements(gestionnaire, 2)
    preview_and_prepare(gestionnaire)
    withdraw(gestionnaire, withdrawn)
    act(gestionnaire, "Contrôler la campagne", "Contrôler")
    act(at_work(asp.ordonnateur), "Approuver la campagne", "Approuver")
    comptable = at_work(asp.comptable)
    act(comptable, "Viser la campagne", "Viser")
    act(comptable, "Exécuter la campagne", "Exécuter et payer")
    comptable.waits_for("Le traitement est terminé")
    assert states() == {paid.pk: "EXECUTE", withdrawn.pk: "RETIRE"}
    reads_its_notice(at_work(structures[0]))
    reads_why_it_is_not_paid(at_work(structures[1]))


def responsable(annexe: AnnexeFinanciere) -> Membership:
    return make_membership(Role.RESPONSABLE, annexe.siae.structure.organisation)


def states() -> dict[int, str]:
    """What became of the line of each annex in the run of February."""
    lines = Versement.objects.filter(campagne=Campagne.objects.first())
    return dict(lines.values_list("annexe", "statut"))


def validate_statements(gestionnaire: Personne, count: int) -> None:
    for _ in range(count):
        gestionnaire.page.goto(reverse("presence:a_valider"))
        gestionnaire.page.locator("main tbody a").first.click()
        gestionnaire.press("Valider l’état mensuel")
        assert "est validé." in gestionnaire.reads()


def preview_and_prepare(gestionnaire: Personne) -> None:
    """The preview says that nothing differs from January, annex by annex."""
    gestionnaire.page.goto(reverse("payments:preparer"))
    gestionnaire.fill(mois="02/2018")
    gestionnaire.press("Afficher l’aperçu")
    assert "Montant des versements 19 655,00 €" in gestionnaire.reads()
    gestionnaire.open("Comparer avec le mois précédent")
    assert "Aucun écart" in gestionnaire.reads()
    gestionnaire.open("Revenir à la campagne")
    gestionnaire.press("Préparer la campagne")
    gestionnaire.waits_for("Le traitement est terminé")


def withdraw(gestionnaire: Personne, annexe: AnnexeFinanciere) -> None:
    """Its page asks for a reason; the comparison then names the cause and its amount."""
    campagne = Campagne.objects.first()
    gestionnaire.page.goto(reverse("payments:campagne_lignes", args=[campagne.pk]))
    row = gestionnaire.page.locator("main tbody tr").filter(has_text=str(annexe))
    row.get_by_role("link", name="Retirer").click()
    gestionnaire.fill(motif=MOTIF)
    gestionnaire.press("Retirer la ligne")
    assert "La ligne est écartée de la campagne." in gestionnaire.reads()
    gestionnaire.page.goto(reverse("payments:campagne", args=[campagne.pk]))
    gestionnaire.open("Comparaison avec le mois précédent")
    said = gestionnaire.reads()
    assert "Ligne retirée ou rejetée" in said
    assert "−9 827,50 €" in said


def act(person: Personne, stage: str, button: str) -> None:
    campagne = Campagne.objects.first()
    person.page.goto(reverse("payments:campagne", args=[campagne.pk]))
    person.open(stage)
    assert "Montant des versements 9 827,50 €" in person.reads()
    person.press(button)


def reads_its_notice(structure: Personne) -> None:
    structure.page.goto(reverse("payments:liste"))
    structure.page.locator("#resultats tbody a", has_text="Pourquoi").first.click()
    assert "9 827,50 €" in structure.reads()
    assert structure.downloads("Avis de paiement", exact=False).startswith(b"%PDF")


def reads_why_it_is_not_paid(structure: Personne) -> None:
    structure.page.goto(reverse("accounts:notifications"))
    assert "Aucun versement par la campagne de février 2018" in structure.reads()
    structure.page.goto(reverse("payments:retenues"))
    said = structure.reads()
    assert f"Retirée par l’ASP : {MOTIF}" in said
    assert "L’ASP reprend la ligne dans une prochaine campagne." in said
