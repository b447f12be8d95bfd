"""What is looked at before a statement is certified, and the sentence of each finding."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.presence.checks import check_etat
from apps.presence.models import EtatMensuel
from apps.presence.services import (
    LineInput,
    certify_etat,
    open_etat,
    reopen_etat,
    save_lines,
    validate_etats,
)
from apps.siae.models import Contrat, Siae
from tests.presence.world import JANVIER, annexe, contrat, end_of, month, structure

FIN_JANVIER = date(2023, 1, 31)


def messages(etat: EtatMensuel, *, bloquant: bool, on: date = date(2023, 12, 31)) -> list[str]:
    found = check_etat(EtatMensuel.objects.get(pk=etat.pk), on=on)
    return [
        finding.message.replace("\xa0", " ") for finding in found if finding.bloquant == bloquant
    ]


def test_certifying_dates_the_statement_and_records_it(world):
    """State SAISI, who, which day; the day of the first entry; an entry in the journal."""
    world.contrat()
    etat = certify_etat(world.responsable, world.typed(hours="112.67"), on=date(2023, 2, 3))
    etat.refresh_from_db()
    assert (etat.etat, etat.certifie_par, etat.certifie_le, etat.premiere_saisie_le) == (
        "SAISI",
        world.responsable.user,
        date(2023, 2, 3),
        date(2023, 2, 3),
    )
    assert etat.justification == ""
    assert Entree.objects.filter(action="etat.certifie", objet_id=etat.pk).count() == 1


def test_the_day_of_the_first_entry_stays_after_a_correction(world):
    world.contrat()
    etat = world.certified(on=date(2023, 2, 3))
    reopen_etat(world.gestionnaire, etat, motif="Heures erronées", on=date(2023, 3, 1))
    etat = certify_etat(world.responsable, etat, on=date(2023, 3, 2))
    assert (etat.certifie_le, etat.premiere_saisie_le) == (date(2023, 3, 2), date(2023, 2, 3))


def test_a_statement_without_contract_may_be_certified(world):
    """Nobody employed in the month: an empty statement is a statement."""
    assert certify_etat(world.responsable, world.opened(), on=FIN_JANVIER).etat == "SAISI"


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        ("saisie", "La certification est réservée au responsable de la structure."),
        ("gestionnaire", "La saisie des heures est réservée à la structure."),
        ("ddets", "La saisie des heures est réservée à la structure."),
        ("lecteur", "La saisie des heures est réservée à la structure."),
    ],
)
def test_only_the_responsable_certifies(world, role, sentence):
    world.contrat()
    etat = world.typed()
    with pytest.raises(Refus, match=sentence):
        certify_etat(getattr(world, role), etat, on=FIN_JANVIER)
    etat.refresh_from_db()
    assert (etat.etat, etat.certifie_le) == ("BROUILLON", None)


@pytest.mark.parametrize(("on", "refused"), [(date(2023, 1, 30), True), (date(2023, 1, 31), False)])
def test_the_last_day_of_the_month_must_have_come(world, on, refused):
    world.contrat()
    etat = world.typed(hours="112.67")
    if refused:
        with pytest.raises(Refus) as refus:
            certify_etat(world.responsable, etat, on=on)
        assert refus.value.motifs == (
            "Le mois de janvier 2023 n’est pas terminé : certifiez cet état mensuel à partir du "
            "31/01/2023.",
        )
    else:
        assert certify_etat(world.responsable, etat, on=on).etat == "SAISI"


def test_every_contract_open_in_the_month_has_typed_hours(world):
    """An untyped line and a contract entered since both block; nothing is certified."""
    world.contrat(nom="Alpha")
    etat = world.opened()
    contrat(world.siae, nom="Bravo", debut=date(2023, 1, 16))

    with pytest.raises(Refus) as refus:
        certify_etat(world.responsable, etat, on=FIN_JANVIER)

    assert refus.value.motifs == (
        "BRAVO Camille : le contrat du 16/01/2023 est ouvert dans le mois et n’a pas de ligne, "
        "enregistrez l’état mensuel pour l’ajouter.",
        "ALPHA Camille : saisissez les heures du mois, 0 s’il n’y en a pas.",
    )
    etat.refresh_from_db()
    assert etat.etat == "BROUILLON"


def test_zero_hour_typed_is_enough(world):
    world.contrat()
    assert certify_etat(world.responsable, world.typed(hours="0"), on=FIN_JANVIER).etat == "SAISI"


def test_hours_made_impossible_by_an_exit_block(world):
    """Entry allowed them; the exit recorded since leaves seven days: 48 h at most."""
    person = world.contrat(nom="Alpha")
    etat = world.typed(hours="100")
    Contrat.objects.filter(pk=person.pk).update(date_sortie=date(2023, 1, 7), motif_sortie="31")
    assert messages(etat, bloquant=True) == [
        "ALPHA Camille : 100,00 h saisies, le maximum est de 48,00 h pour 7 jours de contrat dans "
        "le mois (48 h par semaine)."
    ]
    Contrat.objects.filter(pk=person.pk).update(date_sortie=date(2022, 12, 31), debut="2022-06-01")
    assert messages(etat, bloquant=True) == [
        "ALPHA Camille : le contrat n’est pas ouvert dans le mois, saisissez 0."
    ]


def test_exit_date_and_reason_go_together(world):
    """Held by the database: the one is never there without the other."""
    person = world.contrat()
    for fields in ({"date_sortie": date(2023, 1, 7)}, {"motif_sortie": "31"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Contrat.objects.filter(pk=person.pk).update(**fields)


@pytest.mark.parametrize(
    ("hours", "warned"),
    [
        ("123.93", False),  # 26 × 52 / 12 = 112,67 h; 110 % = 123,937 h
        ("123.94", True),
    ],
)
def test_more_than_110_per_cent_of_the_contract_is_to_be_justified(world, hours, warned):
    world.contrat(nom="Alpha")
    assert messages(world.typed(hours=hours), bloquant=False) == (
        ["ALPHA Camille : 123,94 h déclarées, plus de 110 % des 112,67 h prévues par le contrat."]
        if warned
        else []
    )


def test_a_contract_of_half_a_month_foresees_half_of_its_hours(world):
    """15 days of 30: 26 × 52 / 12 × 15 / 30 = 56,33 h, 61,97 h with the tolerance."""
    world.contrat(nom="Alpha", debut=date(2023, 4, 16))
    etat = world.typed(month(4), "61.97")
    assert messages(etat, bloquant=True) == []
    [line] = etat.lignes.current()
    assert [m for m in messages(etat, bloquant=False) if "110 %" in m] == [
        "ALPHA Camille : 61,97 h déclarées, plus de 110 % des 56,33 h prévues par le contrat."
    ]
    save_lines(world.saisie, etat, [LineInput(line.contrat_id, 2, Decimal("61.96"))])
    assert messages(etat, bloquant=False) == []


@pytest.mark.parametrize(
    ("hours", "warned"), [("70.00", False), ("69.99", True), ("130.00", False), ("130.01", True)]
)
def test_thirty_per_cent_from_last_month_is_to_be_justified(world, hours, warned):
    world.contrat(nom="Alpha", heures_hebdo=Decimal(35))
    world.typed(JANVIER, "100.00")
    etat = world.typed(month(2), hours)
    expected = (
        f"ALPHA Camille : {hours.replace('.', ',')} h déclarées contre 100,00 h en janvier 2023, "
        "un écart de plus de 30 %."
    )
    assert messages(etat, bloquant=False) == ([expected] if warned else [])


def test_an_entry_or_an_exit_explains_the_difference_with_last_month(world):
    """Only contracts open the whole of both months are compared."""
    world.contrat(debut=date(2023, 1, 20))
    leaving = world.contrat()
    world.typed(JANVIER, "40.00")
    Contrat.objects.filter(pk=leaving.pk).update(date_sortie=date(2023, 2, 20), motif_sortie="04")
    assert messages(world.typed(month(2), "80.00"), bloquant=False) == []


@pytest.mark.parametrize(("hours", "warned"), [("51.67", False), ("51.68", True)])
def test_more_than_a_full_time_over_two_structures_is_to_be_justified(world, hours, warned):
    """Same PASS IAE, 100 h certified elsewhere; the other structure is not named."""
    mine = world.contrat(nom="Alpha")
    other = Siae.objects.create(structure=structure("Les Vergers"), mesure="ACI_DC")
    contrat(other, salarie_pass_iae=mine.salarie.pass_iae)
    elsewhere = annexe(other)
    theirs = _typed_and_certified_elsewhere(elsewhere, other)
    etat = world.typed(hours=hours)
    expected = (
        "ALPHA Camille : déclaré aussi sur un autre état mensuel du même mois, 151,68 h en tout, "
        "au-delà d’un temps plein (151,67 h)."
    )
    assert messages(etat, bloquant=False) == ([expected] if warned else [])

    EtatMensuel.objects.filter(pk=theirs.pk).update(etat="BROUILLON")
    assert messages(etat, bloquant=False) == []


def _typed_and_certified_elsewhere(found, siae):
    from tests.presence.world import membership

    responsable = membership(siae.structure.organisation, "RESPONSABLE")
    etat = open_etat(responsable, found, JANVIER, on=FIN_JANVIER)
    [line] = etat.lignes.all()
    save_lines(responsable, etat, [LineInput(line.contrat_id, 1, Decimal(100))])
    return certify_etat(responsable, etat, on=FIN_JANVIER)


def test_lowering_a_validated_month_tells_the_amount_at_stake(world):
    """20 h less: 20 × 19 655 / 1 820 = 215,99 €."""
    person = world.contrat()
    etat = world.validated(JANVIER, "100.00")
    etat = reopen_etat(world.gestionnaire, etat, motif="Erreur", on=date(2023, 2, 1))
    assert messages(etat, bloquant=False) == []
    save_lines(world.saisie, etat, [LineInput(person.pk, 1, Decimal(80))])
    assert messages(etat, bloquant=False) == [
        "Les heures éligibles du mois baissent de 20,00 h par rapport à la version 1 validée : "
        "215,99 € d’aide sont en jeu."
    ]


def test_raising_a_validated_month_needs_no_word(world):
    person = world.contrat()
    etat = world.validated(JANVIER, "100.00")
    etat = reopen_etat(world.gestionnaire, etat, motif="Erreur", on=date(2023, 2, 1))
    save_lines(world.saisie, etat, [LineInput(person.pk, 1, Decimal(110))])
    assert messages(etat, bloquant=False) == []


def test_a_certified_version_sent_back_is_not_the_one_compared_with(world):
    """Version 1 validated at 100 h, version 2 sent back, version 3 at 90 h: 10 h at stake."""
    person = world.contrat()
    etat = world.validated(JANVIER, "100.00")
    etat = reopen_etat(world.gestionnaire, etat, motif="Erreur", on=FIN_JANVIER)
    save_lines(world.saisie, etat, [LineInput(person.pk, 1, Decimal(95))])
    etat = certify_etat(world.responsable, etat, justification="Absence", on=FIN_JANVIER)
    etat = reopen_etat(world.gestionnaire, etat, motif="Pièce absente", on=FIN_JANVIER)
    save_lines(world.saisie, etat, [LineInput(person.pk, 1, Decimal(90))])
    assert messages(etat, bloquant=False) == [
        "Les heures éligibles du mois baissent de 10,00 h par rapport à la version 1 validée : "
        "107,99 € d’aide sont en jeu."
    ]


def test_warnings_need_a_word_and_it_is_kept(world):
    world.contrat()
    etat = world.typed(hours="140.00")
    for empty in ("", "   "):
        with pytest.raises(Refus, match="justifiez-les en quelques mots"):
            certify_etat(world.responsable, etat, justification=empty, on=FIN_JANVIER)
    etat.refresh_from_db()
    assert etat.etat == "BROUILLON"

    etat = certify_etat(world.responsable, etat, justification=" Remplacement ", on=FIN_JANVIER)

    assert etat.justification == "Remplacement"
    assert Entree.objects.get(action="etat.certifie").motif == "Remplacement"


def test_a_word_without_warning_is_not_kept(world):
    """A justification marks a statement for the ASP: it is there only when something was found."""
    world.contrat()
    etat = certify_etat(
        world.responsable, world.typed(hours="112.67"), justification="RAS", on=FIN_JANVIER
    )
    assert etat.justification == ""


def test_validated_statements_compare_on_eligible_hours(world):
    """Hours that were never eligible are not at stake."""
    person = world.contrat(autre_aide_etat=True)
    etat = world.validated(JANVIER, "100.00")
    etat = reopen_etat(world.gestionnaire, etat, motif="Erreur", on=end_of(JANVIER))
    save_lines(world.saisie, etat, [LineInput(person.pk, 1, Decimal(80))])
    assert messages(etat, bloquant=False) == []
    certify_etat(world.responsable, etat, on=FIN_JANVIER)
    [valid] = validate_etats(world.gestionnaire, [etat], on=FIN_JANVIER)
    assert valid.etat == "VALIDE"
