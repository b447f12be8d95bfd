"""Acts of recovery: the state table whole, the deadlines, the suspensions, who may do what."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Notification
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.recoveries.models import ActeDeRecouvrement, OrdreDeRecouvrer
from apps.recoveries.services import ask_plan, grant_plan, pursue
from apps.recoveries.transitions import CLOS, ORDRE, OUVERTS, next_state_of
from tests.recoveries.creances import make_ordre, make_people

Etat = OrdreDeRecouvrer.Etat
DUE = date(2023, 5, 3)
LATE = DUE + timedelta(days=1)

EXPECTED = {
    "notifier": {"EMIS": "NOTIFIE"},
    "relancer": {"NOTIFIE": "RELANCE"},
    "mettre_en_demeure": {"NOTIFIE": "MIS_EN_DEMEURE", "RELANCE": "MIS_EN_DEMEURE"},
    "forcer": {"MIS_EN_DEMEURE": "FORCE"},
    "solder": dict.fromkeys(OUVERTS, "SOLDE"),
    "annuler": dict.fromkeys(
        [*OUVERTS, "SOLDE", "APURE", "NON_VALEUR", "ETEINT", "REMIS"], "ANNULE"
    ),
    "apurer": dict.fromkeys(OUVERTS, "APURE"),
    "admettre": dict.fromkeys(OUVERTS, "NON_VALEUR"),
    "eteindre": dict.fromkeys(OUVERTS, "ETEINT"),
    "remettre": dict.fromkeys(OUVERTS, "REMIS"),
    "reprendre": dict.fromkeys(CLOS - {Etat.ANNULE}, "NOTIFIE"),
    "remettre_a_notifier": dict.fromkeys(CLOS - {Etat.ANNULE}, "EMIS"),
}


@pytest.mark.parametrize("event", ORDRE)
@pytest.mark.parametrize("state", Etat.values)
def test_every_event_from_every_state(event, state):
    ordre = OrdreDeRecouvrer(etat=state)
    if state in EXPECTED[event]:
        assert next_state_of(ordre, event) == EXPECTED[event][state]
    else:
        with pytest.raises(Refus, match=ordre.get_etat_display().split(" (")[0]):
            next_state_of(ordre, event)


def test_open_and_closed_states_share_out_all_of_them():
    assert set(Etat.values) == OUVERTS | CLOS
    assert not OUVERTS & CLOS


def test_from_the_notification_to_the_enforcement(db):
    """Each act sets the next deadline, counted from its day; the debtor is told each time."""
    ordre = make_ordre("310.00", etat="EMIS")
    people = make_people(ordre)
    steps = [
        ("notifier", None, date(2023, 4, 3), date(2023, 5, 3), "NOTIFIE"),
        ("relancer", None, date(2023, 5, 4), date(2023, 6, 3), "RELANCE"),
        (
            "mettre_en_demeure",
            people.comptable,
            date(2023, 6, 4),
            date(2023, 7, 4),
            "MIS_EN_DEMEURE",
        ),
        ("forcer", people.comptable, date(2023, 7, 5), date(2023, 7, 4), "FORCE"),
    ]
    for event, acting, day, echeance, etat in steps:
        ways = {"voie": "COMMISSAIRE", "detail": "Étude Dupont"} if event == "forcer" else {}
        acte = pursue(acting, ordre, event, on=day, **ways)
        ordre.refresh_from_db()
        assert (ordre.etat, ordre.echeance, acte.reste, acte.jour) == (etat, echeance, D(310), day)
    assert ordre.notifie_le == date(2023, 4, 3)
    told = Notification.objects.filter(organisation=ordre.structure.organisation)
    assert list(told.order_by("pk").values_list("titre", flat=True)) == [
        "Ordre de recouvrer notifié",
        "Relance",
        "Mise en demeure de payer",
        "Recouvrement forcé engagé",
    ]
    actions = Entree.objects.filter(action__startswith="ordre.").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "ordre.notifie",
        "ordre.relance",
        "ordre.mis_en_demeure",
        "ordre.force",
    ]


REFUSED = [
    ("relancer", "NOTIFIE", "comptable", DUE, "attendez cette échéance"),
    ("mettre_en_demeure", "RELANCE", "comptable", DUE, "attendez cette échéance"),
    ("mettre_en_demeure", "RELANCE", None, LATE, "Seul l’agent comptable"),
    ("forcer", "MIS_EN_DEMEURE", None, LATE, "Seul l’agent comptable"),
    ("forcer", "RELANCE", "comptable", LATE, "suit une mise en demeure"),
    ("relancer", "RELANCE", "comptable", LATE, "Seul un ordre notifié"),
    ("notifier", "NOTIFIE", "comptable", LATE, "non encore notifié"),
    *(
        ("relancer", "NOTIFIE", role, LATE, "Seul l’agent comptable")
        for role in ("gestionnaire", "ordonnateur", "decideur", "lecteur", "responsable")
    ),
]


@pytest.mark.parametrize(("event", "etat", "role", "day", "words"), REFUSED)
def test_a_refusal_changes_nothing(db, event, etat, role, day, words):
    ordre = make_ordre(etat=etat)
    people = make_people(ordre)
    ways = {"voie": "SAISIE"} if event == "forcer" else {}
    before = Entree.objects.count()
    with pytest.raises(Refus, match=words):
        pursue(getattr(people, role) if role else None, ordre, event, on=day, **ways)
    ordre.refresh_from_db()
    assert (ordre.etat, ordre.echeance) == (etat, DUE)
    assert not ActeDeRecouvrement.objects.exists()
    assert not Notification.objects.exists()
    assert Entree.objects.count() == before


def test_an_act_is_made_once(db):
    ordre = make_ordre()
    pursue(None, ordre, "relancer", on=LATE)
    with pytest.raises(Refus, match="Relancé"):
        pursue(None, ordre, "relancer", on=LATE)
    assert ActeDeRecouvrement.objects.count() == 1


def test_the_enforcement_says_its_way(db):
    ordre = make_ordre(etat="MIS_EN_DEMEURE")
    people = make_people(ordre)
    with pytest.raises(Refus, match="voie d’exécution"):
        pursue(people.comptable, ordre, "forcer", on=LATE)
    assert not ActeDeRecouvrement.objects.exists()


def test_a_plan_in_force_suspends_the_pursuit(db):
    ordre = make_ordre()
    people = make_people(ordre)
    plan = ask_plan(
        people.responsable,
        ordre,
        nombre=3,
        premiere=date(2023, 5, 31),
        motif="Trésorerie",
        on=date(2023, 5, 2),
    )
    # Asked, not granted: nothing is suspended yet.
    assert pursue(None, ordre, "relancer", on=LATE).nature == "RELANCE"
    grant_plan(people.comptable, plan, on=LATE)
    with pytest.raises(Refus, match="suspendu : un plan de paiement de 3 échéances"):
        pursue(people.comptable, ordre, "mettre_en_demeure", on=date(2023, 7, 1))


def test_the_database_wants_a_person_behind_a_formal_notice(db):
    ordre = make_ordre()
    common = {"ordre": ordre, "jour": DUE, "reste": D(1), "echeance": LATE}
    with pytest.raises(IntegrityError, match="act_decided_by_a_person"), transaction.atomic():
        ActeDeRecouvrement.objects.create(nature="MISE_EN_DEMEURE", **common)
    with pytest.raises(IntegrityError, match="act_is_complete"), transaction.atomic():
        ActeDeRecouvrement.objects.create(nature="RELANCE", **common | {"echeance": None})
