"""The monthly statement on paper, checked against the figures of a real one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.presence.documents import TEMPLATE, emp_context, statement_file
from apps.presence.models import EtatMensuel, LignePresence
from apps.siae.models import Contrat
from tests.documents.test_notices_and_orders import text_of
from tests.payments.dossiers import add_statement, make_annexe

REAL = {
    "mesure": "ACI_DC",
    "debut": "2026-01-01",
    "fin": "2026-12-31",
    "etp": "24.76",
    "montant_unitaire_annuel": "23921.00",
    "heures_annuelles_etp": "1820",
    "montant_cd": "100000.00",
    "mois": [],
}


@pytest.fixture
def etat(db) -> EtatMensuel:
    """38 persons, 24 on RSA: 3 942 declared hours of which 46 are not eligible."""
    annexe = make_annexe(REAL)
    etat = add_statement(
        annexe,
        {"mois": "2026-01", "heures": "3942.00", "brsa": 38, "valide_le": "2026-02-10"},
    )
    others = etat.lignes.order_by("pk")[24:]
    LignePresence.objects.filter(pk__in=[line.pk for line in others]).update(brsa=False)
    line = etat.lignes.order_by("pk").last()
    line.heures_eligibles -= Decimal("46.00")
    line.motif_ineligibilite = "La forme du contrat n’est pas admise pour cette mesure."
    line.save()
    return EtatMensuel.objects.get(pk=etat.pk)


def test_header_figures_are_those_of_a_real_statement(etat):
    """3 942 h at 24,76 posts: 25,99 FTE done from declared hours, 104,97 %, 49 357,00 € flat."""
    figures = emp_context(etat)["chiffres"]
    assert figures == {
        "forfait": Decimal("49357.00"),
        "salaries": 38,
        "salaries_brsa": 24,
        "heures": Decimal("3942.00"),
        "heures_eligibles": Decimal("3896.00"),
        "contribuant": 38,
        "contribuant_brsa": 24,
        "etp_realises": Decimal("25.99"),
        "etp_conventionnes": Decimal("24.76"),
        "taux": Decimal("104.97"),
    }


def test_a_person_with_two_contracts_counts_once(etat):
    """Two lines of one person are one employee and one beneficiary."""
    first, second = etat.lignes.order_by("pk")[:2]
    LignePresence.objects.filter(pk=second.pk).update(salarie=first.salarie)
    figures = emp_context(etat)["chiffres"]
    assert (figures["salaries"], figures["contribuant_brsa"]) == (37, 23)


def test_the_document_lists_employees_exits_and_reasons(etat):
    """One line per contract, the exit with its code, the reason of hours set aside, signatures."""
    contrat = Contrat.objects.order_by("pk").first()
    Contrat.objects.filter(pk=contrat.pk).update(date_sortie=date(2026, 1, 30), motif_sortie="04")
    said = text_of(TEMPLATE, emp_context(etat))
    assert "ATELIER ET CHANTIER D’INSERTION — État mensuel de présence" in said
    assert "Mois d’effet : Janvier 2026" in said
    assert f"N° Annexe : {etat.annexe} M0" in said
    assert "30/01/2026 04" in said
    assert "04 Embauche en CDI" in said
    assert "La forme du contrat n’est pas admise pour cette mesure." in said
    assert "Identification : 2026-01 / 1 " in said
    assert f"{etat.annexe} M0 – référence {etat.pk}-1" in said
    assert "Validé le 10/02/2026." in said
    assert "Document de travail" not in said


def test_an_exit_after_the_month_is_not_on_its_statement(etat):
    """Whenever it is drawn, the statement of January does not tell an exit of February."""
    contrat = Contrat.objects.order_by("pk").first()
    Contrat.objects.filter(pk=contrat.pk).update(date_sortie=date(2026, 2, 1), motif_sortie="04")
    assert "01/02/2026" not in text_of(TEMPLATE, emp_context(etat))


def test_archived_once_per_version_and_state(etat):
    """The same file while nothing moves; another one for another version, the first one kept."""
    first = statement_file(etat)
    assert statement_file(etat) == first
    assert first.nom.endswith("-2026-01-v1-valide.pdf")
    etat.lignes.update(version=2)
    EtatMensuel.objects.filter(pk=etat.pk).update(version=2, etat="SAISI", valide_le=None)
    second = statement_file(etat)
    assert second.nom.endswith("-2026-01-v2-saisi.pdf")
    assert Fichier.objects.count() == 2


def test_before_validation_eligible_hours_are_those_foreseen(etat):
    """Certified and not validated: the PASS IAE tells which hours will count, and it is said."""
    EtatMensuel.objects.filter(pk=etat.pk).update(etat="SAISI", valide_le=None)
    etat.refresh_from_db()
    # The employees' PASS IAE of these annexes ends on 31 December 2025.
    context = emp_context(etat)
    assert context["chiffres"]["heures_eligibles"] == Decimal("0.00")
    assert context["chiffres"]["contribuant"] == 0
    assert "sous réserve de la validation" in text_of(TEMPLATE, context)


def test_a_statement_being_entered_is_a_draft_and_is_not_archived(etat):
    """Open, it is drawn with a warning and never kept as issued."""
    EtatMensuel.objects.filter(pk=etat.pk).update(etat="DEBLOQUE", valide_le=None)
    etat.refresh_from_db()
    assert "Document de travail" in text_of(TEMPLATE, emp_context(etat))
    with pytest.raises(Refus, match="certifiez-le"):
        statement_file(etat)
    assert Fichier.objects.count() == 0


def test_a_carence_says_so(etat):
    """No hour is kept for a month in default."""
    etat.lignes.all().delete()
    EtatMensuel.objects.filter(pk=etat.pk).update(etat="CARENCE")
    etat.refresh_from_db()
    said = text_of(TEMPLATE, emp_context(etat))
    assert "Carence constatée par l’ASP le 10/02/2026 après mise en demeure" in said
    assert "Aucun contrat en cours sur ce mois." in said


def test_the_number_of_queries_does_not_depend_on_the_lines(etat, django_assert_max_num_queries):
    """Thirty-eight lines, six queries."""
    with django_assert_max_num_queries(6):
        emp_context(EtatMensuel.objects.get(pk=etat.pk))
