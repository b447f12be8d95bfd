"""A structure in Arras with its people, the ASP, the DDETS and a département beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Membership
from apps.core.errors import Refus
from apps.presence.models import EtatMensuel, LignePresence
from apps.siae import services
from apps.siae.models import Contrat, Salarie, Siae, Structure
from tests.factories import PASSWORD, make_membership, make_organisation, make_siae, make_version

IDENTITE = {
    "civilite": "MME",
    "nom": "Durand",
    "prenom": "Léa",
    "date_naissance": date(1990, 5, 4),
    "pass_iae": "999990000001",
    "pass_debut": date(2023, 1, 1),
    "pass_fin": date(2024, 12, 31),
}
TERMES = {
    "forme": "CDDI",
    "debut": date(2023, 1, 1),
    "fin": date(2023, 6, 30),
    "heures_hebdo": Decimal("26.00"),
    "salaire_brut": Decimal("1300.00"),
    "rsa": "OUI-NM",
    "rsa_departement": "062",
}


def refused(act, *sentences):
    """The act is refused with exactly these beginnings of sentences."""
    with pytest.raises(Refus) as refus:
        act()
    assert len(refus.value.motifs) == len(sentences), refus.value.motifs
    for motif, sentence in zip(refus.value.motifs, sentences, strict=True):
        assert motif.startswith(sentence), motif


@pytest.fixture
def siae(db: None) -> Siae:
    return make_siae(departement="062")


@pytest.fixture
def structure(siae: Siae) -> Structure:
    return siae.structure


@pytest.fixture
def saisie(structure: Structure) -> Membership:
    return make_membership("SAISIE", structure.organisation)


@pytest.fixture
def responsable(structure: Structure) -> Membership:
    return make_membership("RESPONSABLE", structure.organisation)


@pytest.fixture
def gestionnaire(db: None) -> Membership:
    return make_membership("GESTIONNAIRE")


@pytest.fixture
def instructeur(db: None) -> Membership:
    return make_membership("INSTRUCTEUR", make_organisation("DDETS", departement="062"))


@pytest.fixture
def salarie(saisie: Membership, structure: Structure) -> Salarie:
    return services.create_salarie(saisie, structure, **IDENTITE)


@pytest.fixture
def contrat(saisie: Membership, salarie: Salarie, siae: Siae) -> Contrat:
    return services.create_contrat(saisie, salarie, siae, **TERMES)


@pytest.fixture
def certified(siae: Siae) -> Callable[..., EtatMensuel]:
    """A statement certified (or validated) for a month, with the hours of one contract."""

    def make(contrat: Contrat, mois: date, heures: str = "100.00", etat: str = "SAISI") -> Any:
        annexe = siae.annexes.first() or make_version(siae=siae).annexe
        somebody = make_membership("RESPONSABLE", siae.structure.organisation).user
        statement = EtatMensuel.objects.create(
            annexe=annexe,
            mois=mois,
            etat=etat,
            certifie_par=somebody,
            certifie_le=date(2023, 12, 31),
            valide_le=date(2023, 12, 31) if etat == "VALIDE" else None,
        )
        LignePresence.objects.create(
            etat_mensuel=statement,
            contrat=contrat,
            salarie=contrat.salarie,
            heures_declarees=Decimal(heures),
        )
        return statement

    return make


@pytest.fixture
def as_user() -> Callable[[Membership], Client]:
    """A browser signed in as the person of a membership."""

    def sign_in(membership: Membership) -> Client:
        client = Client()
        assert client.login(username=membership.user.username, password=PASSWORD)
        return client

    return sign_in
