"""States × events of a statement, and who may provoke each of them (spec 01 §3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.annexes.models import VersionAnnexe
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.presence.models import EtatMensuel
from apps.presence.querysets import validated_totals
from apps.presence.services import (
    LineInput,
    certify_etat,
    record_carence,
    reopen_etat,
    save_lines,
    validate_etat,
    validate_etats,
)
from apps.presence.transitions import TRANSITIONS
from tests.factories import make_membership
from tests.presence.world import JANVIER, month

FIN_JANVIER = date(2023, 1, 31)
AVRIL = date(2023, 4, 3)

# (state, event) → state reached. Whatever is not here is refused and changes nothing.
ALLOWED = {
    ("BROUILLON", "certifier"): "SAISI",
    ("DEBLOQUE", "certifier"): "SAISI",
    ("SAISI", "valider"): "VALIDE",
    ("SAISI", "debloquer"): "DEBLOQUE",
    ("VALIDE", "debloquer"): "DEBLOQUE",
    ("CARENCE", "debloquer"): "DEBLOQUE",
    ("BROUILLON", "constater_carence"): "CARENCE",
    ("DEBLOQUE", "constater_carence"): "CARENCE",
}


def in_state(world, etat: str) -> EtatMensuel:
    """A real statement brought to that state by the services."""
    world.contrat()
    if etat == "BROUILLON":
        return world.typed()
    if etat == "SAISI":
        return world.certified()
    if etat == "CARENCE":
        world.typed()
        return record_carence(
            world.gestionnaire, world.annexe, JANVIER, motif="Mise en demeure", on=AVRIL
        )
    found = world.validated()
    if etat == "VALIDE":
        return found
    return reopen_etat(world.gestionnaire, found, motif="Erreur", on=AVRIL)


def provoke(world, event: str, etat: EtatMensuel) -> EtatMensuel:
    if event == "certifier":
        return certify_etat(world.responsable, etat, justification="Vérifié.", on=AVRIL)
    if event == "valider":
        return validate_etat(world.gestionnaire, etat, on=AVRIL)
    if event == "debloquer":
        return reopen_etat(world.gestionnaire, etat, motif="Erreur", on=AVRIL)
    return record_carence(world.gestionnaire, world.annexe, etat.mois, motif="Relance", on=AVRIL)


@pytest.mark.parametrize("event", sorted(TRANSITIONS))
@pytest.mark.parametrize("state", EtatMensuel.Etat.values)
def test_every_event_from_every_state(world, state, event):
    etat = in_state(world, state)
    assert etat.etat == state
    before = EtatMensuel.objects.filter(pk=etat.pk).values().get()
    lines = list(etat.lignes.order_by("pk").values())
    entries = Entree.objects.count()
    target = ALLOWED.get((state, event))
    if target:
        assert provoke(world, event, etat).etat == target
        etat.refresh_from_db()
        assert etat.etat == target
        assert Entree.objects.count() == entries + 1
        return
    with pytest.raises(Refus) as refus:
        provoke(world, event, etat)
    assert all(len(sentence) > 20 for sentence in refus.value.motifs)
    assert EtatMensuel.objects.filter(pk=etat.pk).values().get() == before
    assert list(etat.lignes.order_by("pk").values()) == lines
    assert Entree.objects.count() == entries


@pytest.mark.parametrize("state", EtatMensuel.Etat.values)
def test_hours_are_typed_only_while_the_statement_is_open(world, state):
    etat = in_state(world, state)
    line = etat.lignes.current().get()
    rows = [LineInput(line.contrat_id, line.revision, Decimal(1))]
    if state in ("BROUILLON", "DEBLOQUE"):
        assert len(save_lines(world.saisie, etat, rows).lignes) == 1
    else:
        with pytest.raises(Refus):
            save_lines(world.saisie, etat, rows)
        line.refresh_from_db()
        assert line.heures_declarees == 100


@pytest.mark.parametrize(
    "role",
    ["saisie", "responsable", "ordonnateur", "comptable", "ddets", "lecteur", "decideur", "admin"],
)
def test_only_a_gestionnaire_of_the_asp_decides(world, role):
    acting = getattr(world, role)
    etat = in_state(world, "SAISI")
    for act in (
        lambda: validate_etats(acting, [etat], on=AVRIL),
        lambda: reopen_etat(acting, etat, motif="Erreur", on=AVRIL),
        lambda: record_carence(
            acting, world.annexe, month(2), motif="Relance", on=date(2023, 5, 1)
        ),
    ):
        with pytest.raises(Refus, match="réservée aux gestionnaires de l’ASP"):
            act()
    etat.refresh_from_db()
    assert (etat.etat, etat.version, EtatMensuel.objects.count()) == ("SAISI", 1, 1)


def test_the_person_who_certified_does_not_validate(world):
    """Two memberships, one person: the hours that are paid are seen by somebody else."""
    etat = in_state(world, "SAISI")
    same = make_membership("GESTIONNAIRE", user=world.responsable.user)
    with pytest.raises(Refus, match="vous l’avez certifié, une autre personne"):
        validate_etats(same, [etat], on=AVRIL)
    etat.refresh_from_db()
    assert (etat.etat, etat.valide_le) == ("SAISI", None)


def test_reopening_copies_the_lines_to_a_new_version(world):
    """The validated version stays, with its frozen figures; the new one has none yet."""
    world.contrat(rsa="OUI-M", rsa_departement="062")
    etat = world.validated()
    etat = reopen_etat(world.gestionnaire, etat, motif="Heures oubliées", on=AVRIL)
    assert (etat.version, etat.valide_le, etat.motif_deblocage) == (2, None, "Heures oubliées")
    old, new = etat.lignes.order_by("version")
    assert (old.heures_declarees, old.heures_eligibles, old.brsa) == (100, 100, True)
    assert (new.heures_declarees, new.heures_eligibles, new.brsa, new.revision) == (
        100,
        None,
        False,
        1,
    )
    assert validated_totals([world.annexe.pk]) == []


def test_payments_count_the_new_version_alone(world):
    person = world.contrat()
    etat = reopen_etat(world.gestionnaire, world.validated(), motif="Erreur", on=AVRIL)
    save_lines(world.saisie, etat, [LineInput(person.pk, 1, Decimal(120))])
    certify_etat(world.responsable, etat, justification="Oubli", on=AVRIL)
    validate_etat(world.gestionnaire, etat, on=AVRIL)
    [total] = validated_totals([world.annexe.pk])
    assert (total.heures, total.valide_le) == (Decimal("120.00"), AVRIL)


@pytest.mark.parametrize("motif", ["", "   "])
def test_reopening_and_carence_need_a_reason(world, motif):
    etat = in_state(world, "VALIDE")
    with pytest.raises(Refus, match="motif de la réouverture"):
        reopen_etat(world.gestionnaire, etat, motif=motif, on=AVRIL)
    with pytest.raises(Refus, match="mise en demeure"):
        record_carence(world.gestionnaire, world.annexe, month(2), motif=motif, on=AVRIL)
    etat.refresh_from_db()
    assert (etat.etat, etat.version) == ("VALIDE", 1)


def test_a_closed_annex_keeps_its_statements(world):
    """Until the annex is CLOTURE a statement may be re-opened, not after."""
    etat = in_state(world, "VALIDE")
    VersionAnnexe.objects.update(etat="CLOTURE")
    with pytest.raises(Refus, match="est clôturée : ses états mensuels ne peuvent plus être"):
        reopen_etat(world.gestionnaire, etat, motif="Erreur", on=AVRIL)
    etat.refresh_from_db()
    assert etat.etat == "VALIDE"


@pytest.mark.parametrize("annexe_etat", ["PROVISOIRE", "SAISI", "REJETE"])
def test_a_statement_is_validated_once_its_annex_is(world, annexe_etat):
    """A provisional annex accepts statements; what is frozen needs the annex in force."""
    VersionAnnexe.objects.update(etat=annexe_etat)
    world.contrat()
    etat = world.certified()
    with pytest.raises(Refus, match="l’annexe financière n’est pas en vigueur"):
        validate_etat(world.gestionnaire, etat, on=AVRIL)
    etat.refresh_from_db()
    assert etat.etat == "SAISI"
    VersionAnnexe.objects.update(etat="VALIDE")
    assert validate_etat(world.gestionnaire, etat, on=AVRIL).etat == "VALIDE"


def test_a_batch_is_validated_whole_or_not_at_all(world):
    """One statement that is not certified: its sentence, and no other one is validated."""
    world.contrat()
    ready, open_one = world.certified(), world.typed(month(2))
    with pytest.raises(Refus) as refus:
        validate_etats(world.gestionnaire, [ready, open_one], on=AVRIL)
    [sentence] = refus.value.motifs
    assert sentence.startswith("EMP 02/2023 de ACI 062 23")
    assert sentence.endswith("La structure n’a pas encore certifié cet état mensuel.")
    ready.refresh_from_db()
    assert ready.etat == "SAISI"
    assert not Entree.objects.filter(action="etat.valide").exists()


def test_a_batch_takes_as_many_queries_for_one_statement_as_for_nine(
    world, django_assert_num_queries
):
    world.contrat()
    world.contrat()
    certified = [world.certified(month(number)) for number in range(1, 11)]
    with django_assert_num_queries(12):
        validate_etats(world.gestionnaire, certified[:1], on=date(2023, 11, 2))
    with django_assert_num_queries(12):
        validate_etats(world.gestionnaire, certified[1:], on=date(2023, 11, 2))
    assert EtatMensuel.objects.filter(etat="VALIDE", valide_le=date(2023, 11, 2)).count() == 10
    assert [total.heures for total in validated_totals([world.annexe.pk])] == [Decimal(200)] * 10
    entries = Entree.objects.filter(action="etat.valide")
    assert entries.count() == 10
    assert entries.first().apres == {
        "version": 1,
        "valide_le": "2023-11-02",
        "heures_eligibles": "200.00",
        "brsa": 0,
    }


def test_a_statement_is_not_validated_before_the_day_it_was_certified(world):
    world.contrat()
    etat = world.certified(on=date(2023, 2, 3))
    with pytest.raises(Refus, match="certifié le 03/02/2023"):
        validate_etat(world.gestionnaire, etat, on=date(2023, 2, 2))


@pytest.mark.parametrize(("on", "accepted"), [(date(2023, 2, 28), False), (date(2023, 3, 1), True)])
def test_carence_comes_after_the_delay_of_the_following_month(world, on, accepted):
    """January may be entered until 28 February; the carence counts as a statement of 0 hour."""
    if accepted:
        etat = record_carence(world.gestionnaire, world.annexe, JANVIER, motif="LRAR", on=on)
        assert (etat.etat, etat.valide_le, etat.valide_par) == (
            "CARENCE",
            on,
            world.gestionnaire.user,
        )
        [total] = validated_totals([world.annexe.pk])
        assert (total.heures, total.brsa, total.valide_le) == (0, 0, on)
        assert Entree.objects.get(action="etat.carence").motif == "LRAR"
    else:
        with pytest.raises(Refus, match="jusqu’au 28/02/2023"):
            record_carence(world.gestionnaire, world.annexe, JANVIER, motif="LRAR", on=on)
        assert not EtatMensuel.objects.exists()


def test_hours_typed_and_never_certified_do_not_count_after_a_carence(world):
    world.contrat()
    world.typed(hours="100")
    record_carence(world.gestionnaire, world.annexe, JANVIER, motif="LRAR", on=AVRIL)
    [total] = validated_totals([world.annexe.pk])
    assert total.heures == 0


def test_no_carence_outside_the_period_of_the_annex(world):
    with pytest.raises(Refus, match="hors de la période"):
        record_carence(world.gestionnaire, world.annexe, date(2022, 12, 1), motif="LRAR", on=AVRIL)
    assert not EtatMensuel.objects.exists()
