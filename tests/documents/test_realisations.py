"""« Réalisations mensuelles par salarié »: a row per person, contract and month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.exports import Totals
from apps.dashboards.restitutions import realisations
from apps.dashboards.restitutions.realisations import (
    REALISATIONS_ANNEXE,
    REALISATIONS_STRUCTURES,
)
from apps.dashboards.restitutions.restitution import Criteres
from apps.presence.models import EtatMensuel, LignePresence
from apps.siae.models import Contrat, Salarie
from tests.documents.conftest import case, excel, sheet, six_persons
from tests.factories import make_membership
from tests.payments.dossiers import make_annexe


@pytest.fixture
def annexe(db):
    """Six months of six persons, 100 hours each."""
    return make_annexe(six_persons())


def rows_of(acting, annexe, **criteres):
    return list(REALISATIONS_ANNEXE.rows(acting, Criteres(annexe=annexe, **criteres)))


def test_one_row_says_everything_of_a_person_s_month(annexe):
    """Identity, contract, hours, FTE and its shares, exit, state and version of the statement."""
    contrat = Contrat.objects.order_by("pk")[1]
    Contrat.objects.filter(pk=contrat.pk).update(
        rsa="OUI-NM",
        rsa_departement="062",
        numero_renouvellement=1,
        date_sortie=date(2018, 3, 31),
        motif_sortie="04",
    )
    Salarie.objects.filter(pk=contrat.salarie_id).update(nom="Ázalée", prenom="=1+1")
    line = EtatMensuel.objects.get(mois=date(2018, 3, 1)).lignes.get(contrat=contrat)
    line.heures_declarees, line.heures_eligibles = Decimal("130.00"), Decimal("0.00")
    line.motif_ineligibilite = "Le PASS IAE ne couvre aucun jour du contrat dans le mois."
    line.save()
    acting = make_membership("GESTIONNAIRE")
    (row,) = [
        row
        for row in rows_of(acting, annexe, debut=date(2018, 3, 1), fin=date(2018, 3, 1))
        if row["numero"] == contrat.salarie.numero
    ]
    assert {key: row[key] for key in (c.key for c in realisations.ANNEXE.columns)} == {
        "mois": date(2018, 3, 1),
        "numero": 2,
        "nom": "Ázalée",
        "prenom": "=1+1",
        "naissance": date(1990, 1, 1),
        "sexe": "F",
        "brsa": "Oui, non majoré",
        "forme": "CDDI",
        "debut": date(2016, 1, 1),
        "fin": date(2025, 12, 31),
        "renouvellement": 1,
        "heures": Decimal("130.00"),
        "eligibles": Decimal("0.00"),
        "motif": "Le PASS IAE ne couvre aucun jour du contrat dans le mois.",
        # 130 × 12 / 1820 = 0.857…; 19.54 % of 0.86 = 0.168…
        "etp": Decimal("0.86"),
        "etp_etat": Decimal("0.69"),
        "etp_cd": Decimal("0.17"),
        "sortie": date(2018, 3, 31),
        "motif_sortie": "Embauche en CDI",
        "categorie": "Emploi durable",
        "etat": "Validé",
        "version": 1,
        "valide_le": date(2018, 4, 10),
    }


def test_totals_are_computed_on_the_hours(annexe):
    """3 600 hours are 23.74 FTE-months, 4.64 of them the département's, as on the statements: not
    the sum of 36 rounded lines of 0.66."""
    LignePresence.objects.update(heures_eligibles="90.00")
    rows = rows_of(make_membership("GESTIONNAIRE"), annexe)
    totals = Totals(REALISATIONS_ANNEXE.definition)
    for row in rows:
        totals.add(row)
    column = REALISATIONS_ANNEXE.definition.column
    assert len(rows) == 36
    assert totals.of(column("heures")) == Decimal("3600.00")
    assert totals.of(column("eligibles")) == Decimal("3240.00")
    assert totals.of(column("etp")) == Decimal("23.74")
    assert totals.of(column("etp_cd")) == Decimal("4.64")
    assert totals.of(column("etp_etat")) == Decimal("19.10")
    assert sum(row["etp"] for row in rows) == Decimal("23.76")


def test_only_the_current_version_of_a_statement_counts(annexe):
    """Re-opened, a statement shows its new lines; what was validated before is not added."""
    etat = EtatMensuel.objects.get(mois=date(2018, 3, 1))
    for line in etat.lignes.all():
        line.pk, line.version = None, 2
        line.heures_declarees = line.heures_eligibles = Decimal("10.00")
        line.save()
    EtatMensuel.objects.filter(pk=etat.pk).update(version=2, etat="DEBLOQUE")
    rows = rows_of(make_membership("GESTIONNAIRE"), annexe, debut=date(2018, 3, 1))
    march = [row for row in rows if row["mois"] == date(2018, 3, 1)]
    assert [row["heures"] for row in march] == [Decimal("10.00")] * 6
    assert {(row["version"], row["etat"]) for row in march} == {(2, "Rouvert")}


def test_hours_not_typed_yet_are_empty_not_zero(annexe):
    """A line of a draft without hours has no figure at all."""
    etat = EtatMensuel.objects.get(mois=date(2018, 6, 1))
    etat.lignes.update(heures_declarees=None, heures_eligibles=None)
    EtatMensuel.objects.filter(pk=etat.pk).update(etat="BROUILLON", valide_le=None)
    acting = make_membership("RESPONSABLE", annexe.siae.structure.organisation)
    (row, *_rest) = rows_of(acting, annexe, debut=date(2018, 6, 1))
    assert [row[key] for key in ("heures", "eligibles", "etp", "etp_etat", "etp_cd")] == [None] * 5


def test_scope_of_each_reader(annexe):
    """The co-financing département reads the rows, another one and another structure none."""
    other = make_annexe(case("huit-mois-sans-departement"))
    lecteur = make_membership("LECTEUR", annexe.courante.financeur_cd.organisation)
    assert len(rows_of(lecteur, annexe)) == 36
    assert rows_of(lecteur, other) == []
    responsable = make_membership("RESPONSABLE", other.siae.structure.organisation)
    assert rows_of(responsable, annexe) == []
    everything = list(REALISATIONS_STRUCTURES.rows(lecteur, Criteres()))
    assert {row["annexe"] for row in everything} == {str(annexe)}
    assert realisations.count(lecteur, Criteres()) == 36


def test_nothing_private_is_exported():
    """No NIR, no bank details, no wage in the file."""
    headings = " ".join(column.heading for column in REALISATIONS_STRUCTURES.definition.columns)
    for word in ("NIR", "IBAN", "BIC", "alaire", "PASS"):
        assert word not in headings


def test_the_file_says_what_the_rows_say(annexe):
    """Every cell of the Excel file is the value of the row; the last line is the totals'."""
    acting = make_membership("GESTIONNAIRE")
    rows = rows_of(acting, annexe)
    definition = REALISATIONS_ANNEXE.definition.for_reader(acting)
    contents, _totals = excel(definition, rows)
    lines = sheet(contents)
    assert len(lines) == 1 + 36 + 1
    assert lines[0] == [column.heading for column in definition.columns]
    hours = [column.key for column in definition.columns].index("heures")
    assert [line[hours] for line in lines[1:-1]] == [float(row["heures"]) for row in rows]
    assert (lines[-1][0], lines[-1][hours]) == ("Total", 3600)


def test_a_page_of_the_screen_reads_the_rows_of_the_file_and_its_totals(annexe):
    """Any window is that slice of the file; sums made by the database are the file's totals, half
    a hundredth included: thirds of hours do not make whole ones without care."""
    for number in range(3):
        make_annexe(six_persons() | {"heures_annuelles_etp": f"{1505 + number}.00"})
    hours = [Decimal("33.33"), Decimal("0.00"), None, Decimal("151.67"), Decimal("7.05")]
    for rank, line in enumerate(LignePresence.objects.order_by("pk")):
        line.heures_declarees = line.heures_eligibles = hours[rank % 5]
        line.save()
    acting = make_membership("GESTIONNAIRE")
    for criteres in (Criteres(), Criteres(annexe=annexe), Criteres(debut=date(2018, 4, 1))):
        rows = list(REALISATIONS_STRUCTURES.rows(acting, criteres))
        totals = Totals(REALISATIONS_STRUCTURES.definition)
        for row in rows:
            totals.add(row)
        reading = realisations.Reading(acting, criteres)
        sums = reading.totals()
        assert (
            len(reading) == sums.count == totals.count == realisations.count(acting, criteres) > 0
        )
        for column in REALISATIONS_STRUCTURES.definition.columns:
            assert sums.of(column) == totals.of(column), column.key
        # Inside a statement of six lines, up to its end, across two, across all, beyond the last.
        for start, stop in ((1, 4), (2, 6), (5, 11), (0, len(rows)), (len(rows) - 3, 10_000)):
            assert list(reading.rows(start, stop)) == rows[start:stop], (start, stop)
    nothing = realisations.Reading(make_membership("RESPONSABLE"), Criteres())
    assert (len(nothing), nothing.totals().count, list(nothing.rows(0, 25))) == (0, 0, [])


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(annexe):
    """One annex or four: the same queries."""
    acting = make_membership("GESTIONNAIRE")

    def queries() -> list[int]:
        counts = []
        for read in (
            lambda: list(REALISATIONS_STRUCTURES.rows(acting, Criteres())),
            lambda: list(realisations.Reading(acting, Criteres()).rows(0, 200)),
        ):
            with CaptureQueriesContext(connection) as captured:
                read()
            counts.append(len(captured))
        return counts

    few = queries()
    for _ in range(3):
        make_annexe(six_persons())
    assert queries() == few
    assert max(few) <= 6
