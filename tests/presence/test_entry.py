"""Entering a statement: which lines it has, what is refused, and two persons on one line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.presence.models import EtatMensuel, LignePresence
from apps.presence.services import (
    LineInput,
    copy_previous_month,
    open_etat,
    reopen_etat,
    save_lines,
)
from apps.siae.models import Contrat, Siae
from tests.presence.world import JANVIER, annexe, contrat, end_of, membership, month, structure


def line_of(etat: EtatMensuel, contrat: Contrat) -> LignePresence:
    return etat.lignes.current().get(contrat=contrat)


def test_a_statement_has_one_line_per_contract_open_in_the_month(world):
    """Open at least one day of the month, exits taken into account; no hour is assumed."""
    whole = world.contrat()
    ends_first_day = world.contrat(debut=date(2022, 6, 1), fin=date(2023, 3, 1))
    begins_last_day = world.contrat(debut=date(2023, 3, 31))
    world.contrat(debut=date(2022, 6, 1), fin=date(2023, 2, 28))
    world.contrat(debut=date(2023, 4, 1))
    world.contrat(date_sortie=date(2023, 2, 15), motif_sortie="04")
    elsewhere = Siae.objects.create(structure=world.siae.structure, mesure="EI_DC")
    contrat(elsewhere)

    etat = world.opened(month(3))

    found = set(etat.lignes.values_list("contrat_id", flat=True))
    assert found == {whole.pk, ends_first_day.pk, begins_last_day.pk}
    assert set(etat.lignes.values_list("heures_declarees", flat=True)) == {None}


def test_opening_again_adds_new_contracts_and_keeps_what_was_typed(world):
    """Idempotent: one statement, one line per contract, one entry in the journal."""
    first = world.contrat()
    etat = world.typed(JANVIER, "90.00")
    gone = world.contrat()
    world.opened()
    second = world.contrat()
    Contrat.objects.filter(pk=gone.pk).update(debut=date(2023, 2, 1))

    again = world.opened()

    assert again.pk == etat.pk
    assert {line.contrat_id: line.heures_declarees for line in again.lignes.current()} == {
        first.pk: Decimal("90.00"),
        second.pk: None,
    }
    assert Entree.objects.filter(action="etat.ouvert").count() == 1


def test_a_certified_statement_is_not_changed_by_opening_it(world):
    world.contrat()
    etat = world.certified()
    world.contrat()

    assert world.opened().etat == "SAISI"
    assert etat.lignes.count() == 1


@pytest.mark.parametrize(
    ("mois", "on", "sentence"),
    [
        (
            date(2024, 1, 1),
            date(2024, 1, 31),
            "le mois de janvier 2024 n’en fait pas partie",
        ),
        (date(2022, 12, 1), date(2023, 1, 1), "le mois de décembre 2022 n’en fait pas partie"),
        (date(2023, 5, 1), date(2023, 4, 30), "Le mois de mai 2023 n’a pas commencé"),
    ],
)
def test_no_statement_outside_the_annex_nor_before_the_month(world, mois, on, sentence):
    with pytest.raises(Refus, match=sentence):
        open_etat(world.saisie, world.annexe, mois, on=on)
    assert not EtatMensuel.objects.exists()


@pytest.mark.parametrize(
    ("etat", "allowed"),
    [
        ("BROUILLON", False),
        ("PROVISOIRE", True),
        ("SAISI", True),
        ("REJETE", True),
        ("VALIDE", True),
        ("CLOTURE", False),
        ("ANNULE", False),
    ],
)
def test_which_annexes_accept_hours(world, etat, allowed):
    """A provisional annex, or one the ASP still examines, accepts statements."""
    other = Siae.objects.create(structure=world.siae.structure, mesure="EI_DC")
    found = annexe(other, etat=etat)
    if allowed:
        assert open_etat(world.saisie, found, JANVIER, on=JANVIER).etat == "BROUILLON"
    else:
        with pytest.raises(Refus):
            open_etat(world.saisie, found, JANVIER, on=JANVIER)
        assert not EtatMensuel.objects.exists()


@pytest.mark.parametrize(
    "role", ["gestionnaire", "ordonnateur", "ddets", "lecteur", "decideur", "admin"]
)
def test_only_the_structure_enters(world, role):
    contrat = world.contrat()
    etat = world.opened()
    with pytest.raises(Refus, match="réservée à la structure"):
        save_lines(getattr(world, role), etat, [LineInput(contrat.pk, 1, Decimal(10))])
    with pytest.raises(Refus, match="réservée à la structure"):
        open_etat(getattr(world, role), world.annexe, month(2), on=month(2))
    assert line_of(etat, contrat).heures_declarees is None
    assert EtatMensuel.objects.count() == 1


def test_another_structure_enters_nothing(world):
    contrat = world.contrat()
    etat = world.opened()
    stranger = membership(structure("Les Vergers").organisation, "RESPONSABLE")
    with pytest.raises(Refus, match="n’est pas celle de votre structure"):
        save_lines(stranger, etat, [LineInput(contrat.pk, 1, Decimal(10))])
    assert line_of(etat, contrat).heures_declarees is None


def test_saving_writes_the_lines_that_changed_and_records_them(world):
    """Hours, gross pay and comment; the line's revision goes up by one; 0 is a typed value."""
    contrat, absent = world.contrat(), world.contrat()
    etat = world.opened()

    saved = save_lines(
        world.saisie,
        etat,
        [
            LineInput(contrat.pk, 1, Decimal("112.67"), Decimal("1298.40"), "  Formation "),
            LineInput(absent.pk, 1, Decimal(0)),
        ],
    )

    line = line_of(etat, contrat)
    assert (line.heures_declarees, line.salaire_brut, line.commentaire, line.revision) == (
        Decimal("112.67"),
        Decimal("1298.40"),
        "Formation",
        2,
    )
    assert line.modifie_par == world.saisie.user
    assert line_of(etat, absent).heures_declarees == 0
    assert len(saved.lignes) == 2
    assert saved.conflicts == []
    entree = Entree.objects.get(action="etat.saisi")
    assert entree.apres == {str(contrat.pk): "112.67", str(absent.pk): "0.00"}


def test_the_same_values_again_write_nothing(world):
    contrat = world.contrat()
    etat = world.typed(JANVIER, "50.00")
    saved = save_lines(world.saisie, etat, [LineInput(contrat.pk, 1, Decimal("50.00"))])
    assert (saved.lignes, saved.conflicts) == ([], [])
    assert line_of(etat, contrat).revision == 2


def test_a_line_changed_by_somebody_else_is_refused_with_both_values(world):
    """The colleague's value stays; ours comes back; the other lines are saved."""
    disputed, free = world.contrat(), world.contrat()
    etat = world.opened()
    save_lines(world.responsable, etat, [LineInput(disputed.pk, 1, Decimal(80))])

    saved = save_lines(
        world.saisie,
        etat,
        [LineInput(disputed.pk, 1, Decimal(95)), LineInput(free.pk, 1, Decimal(60))],
    )

    [conflict] = saved.conflicts
    assert conflict.ligne.heures_declarees == 80
    assert conflict.ligne.modifie_par == world.responsable.user
    assert conflict.typed.heures == 95
    assert line_of(etat, disputed).heures_declarees == 80
    assert line_of(etat, free).heures_declarees == 60


@pytest.mark.parametrize(
    ("debut", "hours", "accepted"),
    [
        (date(2023, 1, 1), "212.57", True),  # 48 × 31 / 7
        (date(2023, 1, 1), "212.58", False),
        (date(2023, 1, 25), "48.00", True),  # seven days
        (date(2023, 1, 25), "48.01", False),
        (date(2023, 1, 31), "6.86", True),  # one day
        (date(2023, 1, 31), "6.87", False),
        (date(2023, 1, 1), "-0.01", False),
    ],
)
def test_hours_are_within_forty_eight_a_week_of_the_contract(world, debut, hours, accepted):
    """[0, 48 × days of the contract in the month / 7]; a refusal saves none of the rows."""
    contrat, other = world.contrat(debut=debut), world.contrat()
    etat = world.opened()
    rows = [LineInput(other.pk, 1, Decimal(10)), LineInput(contrat.pk, 1, Decimal(hours))]
    if accepted:
        save_lines(world.saisie, etat, rows)
        assert line_of(etat, contrat).heures_declarees == Decimal(hours)
    else:
        with pytest.raises(Refus, match="maximum"):
            save_lines(world.saisie, etat, rows)
        assert line_of(etat, contrat).heures_declarees is None
        assert line_of(etat, other).heures_declarees is None


def test_hours_of_a_certified_statement_do_not_change(world):
    contrat = world.contrat()
    etat = world.certified()
    with pytest.raises(Refus, match="déjà certifié : demandez à l’ASP de le rouvrir"):
        save_lines(world.saisie, etat, [LineInput(contrat.pk, 2, Decimal(1))])
    assert line_of(etat, contrat).heures_declarees == 100


def test_a_contract_that_has_no_line_is_refused(world):
    world.contrat()
    etat = world.opened()
    with pytest.raises(Refus, match="rechargez la page"):
        save_lines(world.saisie, etat, [LineInput(0, 1, Decimal(1))])


def test_last_month_is_copied_on_the_lines_not_typed_yet(world):
    """Also for a renewed contract; never over a typed value, nor beyond what the month allows."""
    kept, filled, short = world.contrat(), world.contrat(), world.contrat(fin=date(2023, 2, 7))
    parent = world.contrat(fin=date(2023, 1, 31))
    renewed = world.contrat(
        salarie=parent.salarie, parent=parent, numero_renouvellement=1, debut=date(2023, 2, 1)
    )
    world.typed(JANVIER, "100.00", by={parent.pk: "77.00"})
    etat = world.opened(month(2))
    save_lines(world.saisie, etat, [LineInput(kept.pk, 1, Decimal(3))])

    saved = copy_previous_month(world.saisie, etat)

    assert len(saved.lignes) == 2
    assert line_of(etat, kept).heures_declarees == 3
    assert line_of(etat, filled).heures_declarees == 100
    assert line_of(etat, short).heures_declarees is None
    assert line_of(etat, renewed).heures_declarees == 77


def test_a_second_renewal_goes_on_from_the_first_one(world):
    """Renewals hang on the first contract of the series: the month before is the series'."""
    first = world.contrat(fin=date(2023, 1, 31))
    series = {"salarie": first.salarie, "parent": first}
    second = world.contrat(
        **series, numero_renouvellement=1, debut=date(2023, 2, 1), fin=date(2023, 2, 28)
    )
    third = world.contrat(**series, numero_renouvellement=2, debut=date(2023, 3, 1))
    world.typed(JANVIER, "77.00")
    world.typed(month(2), "88.00")
    etat = world.opened(month(3))

    copy_previous_month(world.saisie, etat)

    assert line_of(etat, third).heures_declarees == 88
    assert not etat.lignes.filter(contrat=second).exists()


def test_a_reopened_statement_is_entered_on_its_new_version(world):
    contrat = world.contrat()
    etat = world.validated()
    etat = reopen_etat(world.gestionnaire, etat, motif="Erreur", on=end_of(JANVIER))
    save_lines(world.saisie, etat, [LineInput(contrat.pk, 1, Decimal(90))])
    assert [(line.version, line.heures_declarees) for line in etat.lignes.order_by("version")] == [
        (1, Decimal("100.00")),
        (2, Decimal("90.00")),
    ]
