"""Contracts beside statements: what a certified month freezes, what is told at entry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.core.errors import Refus
from apps.siae import services
from apps.siae.checks import warnings_of
from tests.siae.conftest import TERMES, refused


@pytest.mark.parametrize("etat", ["SAISI", "VALIDE"])
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"debut": date(2023, 1, 2)}, "La date d’embauche, la forme du contrat"),
        ({"forme": "CDII"}, "La date d’embauche, la forme du contrat"),
        ({"autre_aide_etat": True}, "La date d’embauche, la forme du contrat"),
        ({"rsa": "OUI-M"}, "La situation au regard du RSA ne peut plus changer"),
    ],
)
def test_a_certified_month_freezes_what_its_hours_rest_on(
    saisie, contrat, certified, etat, changes, sentence
):
    certified(contrat, date(2023, 2, 1), etat=etat)
    with pytest.raises(Refus) as refus:
        services.update_contrat(saisie, contrat, **changes)
    assert refus.value.motifs[0].startswith(sentence)
    assert "février 2023 est déjà certifié. Demandez à l’ASP de le rouvrir." in str(refus.value)
    name, value = next(iter(changes.items()))
    contrat.refresh_from_db()
    assert getattr(contrat, name) != value


@pytest.mark.parametrize("etat", ["BROUILLON", "DEBLOQUE"])
def test_an_open_month_freezes_nothing(saisie, contrat, certified, etat):
    certified(contrat, date(2023, 2, 1), etat=etat)
    services.update_contrat(saisie, contrat, debut=date(2023, 1, 2), rsa="OUI-M")
    contrat.refresh_from_db()
    assert (contrat.debut, contrat.rsa) == (date(2023, 1, 2), "OUI-M")


def test_hours_and_pay_may_still_be_corrected(saisie, contrat, certified):
    certified(contrat, date(2023, 2, 1))
    services.update_contrat(saisie, contrat, heures_hebdo=Decimal("30.00"))
    contrat.refresh_from_db()
    assert contrat.heures_hebdo == Decimal("30.00")


@pytest.mark.parametrize(
    ("sortie", "allowed"),
    [
        (date(2023, 1, 31), False),  # before the certified month: 0 day for 100 hours
        (date(2023, 2, 14), False),  # 14 days: 96 hours at most
        (date(2023, 2, 15), True),  # 15 days: 102.86 hours at most
        (date(2023, 3, 10), True),
    ],
)
def test_an_exit_leaves_room_for_the_certified_hours(saisie, contrat, certified, sortie, allowed):
    """100 hours certified in February: at most 48 hours a week until the exit."""
    certified(contrat, date(2023, 2, 1), "100.00")
    if allowed:
        services.record_exit(saisie, contrat, date_sortie=sortie, motif_sortie="25")
    else:
        refused(
            lambda: services.record_exit(saisie, contrat, date_sortie=sortie, motif_sortie="25"),
            "L’état mensuel de février 2023, déjà certifié, déclare 100,00\u00a0h",
        )
    contrat.refresh_from_db()
    assert contrat.date_sortie == (sortie if allowed else None)


def test_a_planned_end_leaves_room_for_the_certified_hours(saisie, contrat, certified):
    certified(contrat, date(2023, 2, 1), "100.00")
    refused(
        lambda: services.update_contrat(saisie, contrat, fin=date(2023, 2, 14)),
        "L’état mensuel de février 2023, déjà certifié, déclare 100,00\u00a0h",
    )
    services.update_contrat(saisie, contrat, fin=date(2023, 2, 15))
    contrat.refresh_from_db()
    assert contrat.fin == date(2023, 2, 15)


def test_a_month_certified_without_hours_does_not_hold_the_exit(saisie, contrat, certified):
    certified(contrat, date(2023, 2, 1), "0.00")
    services.record_exit(saisie, contrat, date_sortie=date(2023, 1, 20), motif_sortie="25")
    contrat.refresh_from_db()
    assert contrat.date_sortie == date(2023, 1, 20)


def test_a_plain_contract_warns_of_nothing(contrat):
    assert warnings_of(contrat) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"forme": "CTT"}, "La forme « Contrat de mission » n’est pas admise en ACI"),
        ({"fin": date(2025, 1, 1)}, "Le PASS IAE (01/01/2023 au 31/12/2024) ne couvre pas"),
        ({"debut": date(2022, 12, 31)}, "Le PASS IAE (01/01/2023 au 31/12/2024) ne couvre pas"),
        ({"autre_aide_etat": True}, "Une autre aide à l’emploi de l’État est versée"),
    ],
)
def test_what_makes_hours_ineligible_is_told_at_entry(saisie, salarie, siae, changes, sentence):
    contrat = services.create_contrat(saisie, salarie, siae, **TERMES | changes)
    assert warnings_of(contrat)[0].startswith(sentence)


def test_beyond_twenty_four_months_a_decision_is_needed(saisie, contrat):
    renewal = services.renew_contrat(saisie, contrat, debut=date(2023, 7, 1), fin=date(2025, 1, 1))
    assert warnings_of(renewal)[-1].startswith("La durée totale, renouvellements compris, dépasse")


def test_a_contract_entered_late_names_the_months_certified_without_it(
    saisie, structure, siae, contrat, certified
):
    certified(contrat, date(2023, 2, 1))
    certified(contrat, date(2023, 3, 1), etat="BROUILLON")
    other = services.create_salarie(
        saisie,
        structure,
        civilite="M",
        nom="Petit",
        prenom="Ali",
        date_naissance=date(1985, 1, 1),
        pass_iae="999990000009",
        pass_debut=date(2023, 1, 1),
        pass_fin=date(2024, 12, 31),
    )
    late = services.create_contrat(saisie, other, siae, **TERMES)
    assert warnings_of(late) == [
        "Des mois de ce contrat sont déjà certifiés sans lui : février 2023. Demandez à l’ASP de "
        "les rouvrir pour y déclarer ses heures."
    ]
    assert warnings_of(contrat) == []
