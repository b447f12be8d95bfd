"""Destruction at the end of a mandate: closed first, two people, what is needed kept, attested."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.accounts.models import Membership, Notification
from apps.conventions.models import ConventionMandat
from apps.core.errors import Refus
from apps.dashboards.models import Destruction
from apps.dashboards.rgpd.documents import destruction_pdf
from apps.dashboards.services_destruction import (
    DESTRUCTION,
    propose_destruction,
    set_destruction_aside,
    sign_destruction,
)
from apps.journal.models import Entree
from apps.payments.models import ClotureMandat
from apps.siae.models import Salarie
from tests.factories import (
    make_contrat,
    make_etat,
    make_financeur,
    make_mandat,
    make_membership,
    make_siae,
    make_version,
)

ON = date(2024, 6, 1)


@dataclass
class World:
    mandat: ConventionMandat
    gestionnaire: Membership
    comptable: Membership
    ordonnateur: Membership
    decideur: Membership
    brsa: Salarie
    elsewhere: Salarie
    working: Salarie
    others: list[Salarie]


@pytest.fixture
def world(db: None) -> World:
    """Three beneficiaries: one whose annexes are closed, one of an annex still open, one whose
    contract runs; a colleague who is nobody's, and a beneficiary of the Nord."""
    cd = make_financeur("062")
    mandat = make_mandat(cd)
    siae = make_siae(departement="062")
    closed = make_version("CLOTURE", siae=siae)
    still_open = make_version("VALIDE", siae=siae, debut=date(2024, 1, 1), fin=date(2024, 12, 31))
    brsa = make_contrat(siae, rsa="OUI-M")
    elsewhere = make_contrat(siae, rsa="OUI-M", fin=date(2024, 3, 31))
    working = make_contrat(siae, rsa="OUI-NM", fin=date(2024, 6, 1))
    colleague = make_contrat(siae)
    hours = [(contrat, Decimal(10)) for contrat in (brsa, elsewhere, working, colleague)]
    make_etat(closed.annexe, date(2023, 1, 1), hours)
    make_etat(still_open.annexe, date(2024, 1, 1), [(elsewhere, Decimal(10))])
    nord = make_siae(departement="059")
    theirs = make_contrat(nord, rsa="OUI-M")
    make_etat(
        make_version("CLOTURE", siae=nord, departement="059").annexe,
        date(2023, 1, 1),
        [(theirs, Decimal(10))],
    )
    asp = make_membership("GESTIONNAIRE")
    return World(
        mandat,
        asp,
        make_membership("COMPTABLE", asp.organisation),
        make_membership("ORDONNATEUR", asp.organisation),
        make_membership("DECIDEUR", cd.organisation),
        brsa.salarie,
        elsewhere.salarie,
        working.salarie,
        [colleague.salarie, theirs.salarie],
    )


def close(world: World) -> None:
    ClotureMandat.objects.create(
        mandat=world.mandat, cloture_par=world.comptable.user, cloture_le=date(2024, 5, 1)
    )


def proposed(world: World) -> Destruction:
    close(world)
    return propose_destruction(world.gestionnaire, world.mandat, on=ON)


def anonymous() -> set[int]:
    return set(Salarie.objects.exclude(anonymise_le=None).values_list("pk", flat=True))


def test_a_mandate_that_is_open_keeps_its_data(world: World) -> None:
    with pytest.raises(Refus, match="n’est pas clôturée"):
        propose_destruction(world.gestionnaire, world.mandat, on=ON)
    assert not Destruction.objects.exists()


def test_proposed_counts_and_erases_nothing(world: World) -> None:
    destruction = proposed(world)
    assert destruction.contenu == {
        "annexes": 1,
        "personnes": 1,
        "deja": 0,
        "retenues": 2,
        "pieces_controle": 0,
        "etats_archives": 0,
        "etats_signes": 0,
    }
    assert anonymous() == set()
    assert propose_destruction(world.gestionnaire, world.mandat, on=ON) == destruction
    assert not Destruction.objects.visible_to(world.decideur).exists()


def test_signed_by_another_it_is_done_and_told(world: World) -> None:
    destruction = sign_destruction(world.comptable, proposed(world), on=ON)
    assert anonymous() == {world.brsa.pk}
    assert destruction.contenu["personnes"] == 1
    assert Destruction.objects.visible_to(world.decideur).get() == destruction
    told = Notification.objects.get(organisation=world.decideur.organisation)
    assert told.url == f"/donnees-personnelles/registre/destructions/{destruction.pk}/"
    actions = list(Entree.objects.order_by("pk").values_list("action", flat=True))
    assert actions[-2:] == ["destruction.proposee", "destruction.signee"]
    with pytest.raises(Refus, match="Rien ne reste à détruire"):
        propose_destruction(world.gestionnaire, world.mandat, on=ON)
    # Later, the contract over and the other annex closed: a further attestation.
    world.elsewhere.contrats.get().lignes_presence.last().etat_mensuel.annexe.versions.update(
        etat="CLOTURE"
    )
    later = propose_destruction(world.gestionnaire, world.mandat, on=date(2024, 6, 2))
    sign_destruction(world.comptable, later, on=date(2024, 6, 2))
    assert anonymous() == {world.brsa.pk, world.elsewhere.pk, world.working.pk}
    assert not anonymous() & {person.pk for person in world.others}


def read_pdf(contents: bytes) -> str:
    """Its words, on one line."""
    done = subprocess.run(["pdftotext", "-", "-"], input=contents, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler-utils")
def test_the_attestation_is_archived_once_with_its_counts(world: World) -> None:
    waiting = proposed(world)
    with pytest.raises(Refus, match="n’est pas signée"):
        destruction_pdf(waiting.pk)
    sign_destruction(world.comptable, waiting, on=ON)
    fichier = destruction_pdf(waiting.pk)
    assert destruction_pdf(waiting.pk) == fichier
    with fichier.contenu.open("rb") as contents:
        text = read_pdf(contents.read())
    assert "Attestation de destruction des données personnelles n° 1" in text
    assert world.mandat.reference in text
    assert "1er juin 2024" in text
    assert "code de commerce, article L. 123-22" in text
    assert world.brsa.nom not in text


def test_who_may(world: World) -> None:
    close(world)
    for acting in (world.comptable, world.ordonnateur, world.decideur):
        with pytest.raises(Refus, match="proposée par un gestionnaire"):
            propose_destruction(acting, world.mandat, on=ON)
    destruction = propose_destruction(world.gestionnaire, world.mandat, on=ON)
    for acting in (world.gestionnaire, world.ordonnateur, world.decideur):
        with pytest.raises(Refus, match="signée par l’agent comptable"):
            sign_destruction(acting, destruction, on=ON)
    same = make_membership(
        "COMPTABLE", world.gestionnaire.organisation, user=world.gestionnaire.user
    )
    with pytest.raises(Refus, match="une autre personne doit la signer"):
        sign_destruction(same, destruction, on=ON)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Destruction.objects.update(etat="SIGNEE", signee_le=ON, signee_par=world.gestionnaire.user)
    assert anonymous() == set()


@pytest.mark.parametrize("state", Destruction.Etat.values)
@pytest.mark.parametrize("event", DESTRUCTION)
def test_states_and_events(world: World, state: str, event: str) -> None:
    destruction = proposed(world)
    if state == "SIGNEE":
        sign_destruction(world.comptable, destruction, on=ON)
    if state == "ECARTEE":
        set_destruction_aside(world.gestionnaire, destruction, motif="Trop tôt", on=ON)
    acts: dict[str, Any] = {
        "signer": lambda: sign_destruction(world.comptable, destruction, on=ON),
        "ecarter": lambda: set_destruction_aside(
            world.gestionnaire, destruction, motif="Non", on=ON
        ),
    }
    before = Entree.objects.count()
    sources, target = DESTRUCTION[event]
    if state in sources:
        assert acts[event]().etat == target
    else:
        with pytest.raises(Refus, match="à signer"):
            acts[event]()
        assert Entree.objects.count() == before


def test_a_signed_attestation_is_sealed(world: World) -> None:
    destruction = sign_destruction(world.comptable, proposed(world), on=ON)
    for act in (
        lambda: Destruction.objects.update(contenu={"personnes": 99}),
        lambda: Destruction.objects.update(etat="PROPOSEE", signee_le=None, signee_par=None),
        destruction.delete,
    ):
        with pytest.raises(DatabaseError, match="destruction"), transaction.atomic():
            act()
    destruction.refresh_from_db()
    assert (destruction.etat, destruction.contenu["personnes"]) == ("SIGNEE", 1)


def test_a_proposal_is_set_aside_with_a_reason(world: World) -> None:
    destruction = proposed(world)
    with pytest.raises(Refus, match="Indiquez pourquoi"):
        set_destruction_aside(world.gestionnaire, destruction, motif=" ", on=ON)
    assert (
        set_destruction_aside(world.gestionnaire, destruction, motif="Trop tôt", on=ON).etat
        == "ECARTEE"
    )
    assert propose_destruction(world.gestionnaire, world.mandat, on=ON) != destruction
