"""Thresholds of the alerts: at the value, each département its own, who changes them, together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.annexes.models import Suspension
from apps.core.errors import Refus
from apps.dashboards.alertes.alerte import Nature
from apps.dashboards.alertes.registre import judge, read_alerts, read_pressing
from apps.dashboards.alertes.seuils import IGNORABLES, USUELS, seuils_of
from apps.dashboards.models import SeuilsAlertes
from apps.dashboards.restitutions.alertes import thresholds
from apps.dashboards.restitutions.restitution import Criteres
from apps.dashboards.services_seuils import set_thresholds, usual_thresholds
from apps.journal.history import events_of
from apps.siae.services import ModifieEntreTemps
from tests.dashboards.test_alertes import ON, half, months_of, reader_of, whole
from tests.documents.conftest import case
from tests.factories import make_financeur, make_membership
from tests.payments.dossiers import make_annexe

__all__ = ["half", "whole"]


def kinds(acting, on=ON, **changes) -> set[str]:
    situations = read_pressing(acting, Criteres(), on)
    return {a.nature.value for a in judge(situations, replace(USUELS, **changes)).alertes}


def decideur_of(annexe):
    return make_membership("DECIDEUR", annexe.courante.financeur_cd.organisation)


@pytest.mark.parametrize(
    ("field", "at", "beyond", "kind"),
    [
        ("realisation_basse", Decimal(50), Decimal("50.01"), "SOUS_REALISATION"),
        ("mois_observes", 6, 5, "SOUS_REALISATION"),
        ("trop_percu_minimum", Decimal("14741.26"), Decimal("14741.25"), "TROP_PERCU"),
    ],
)
def test_half_of_the_hours_at_the_threshold_and_beyond(half, field, at, beyond, kind):
    """Five validated months, 50 % exactly."""
    acting = reader_of(half)
    assert kind not in kinds(acting, **{field: at})
    assert kind in kinds(acting, **{field: beyond})


def test_realisation_of_all_the_hours_at_a_high_threshold(whole):
    acting = reader_of(whole)
    assert "SUR_REALISATION" not in kinds(acting, realisation_haute=Decimal(100))
    assert "SUR_REALISATION" in kinds(acting, realisation_haute=Decimal("99.99"))


def test_days_of_lateness_tolerated(db):
    """April not entered: 25 days late on 25 June. Tolerated to the day, then told; when it is not
    told, the suspension that follows from it is."""
    annexe = make_annexe(months_of(case("annee-pleine-realisee"), 3))
    Suspension.objects.create(
        annexe=annexe, motif="EMP_NON_SAISI", detail="Avril 2018", depuis=date(2018, 6, 1)
    )
    acting = reader_of(annexe)
    assert {"ETAT_EN_RETARD", "SUSPENSION"} & kinds(acting, jours_de_retard=25) == {"SUSPENSION"}
    assert {"ETAT_EN_RETARD", "SUSPENSION"} & kinds(acting, jours_de_retard=24) == {
        "ETAT_EN_RETARD"
    }
    left_out = frozenset({Nature.ETAT_EN_RETARD})
    assert {"ETAT_EN_RETARD", "SUSPENSION"} & kinds(acting, ignorees=left_out) == {"SUSPENSION"}


def test_months_before_the_end(db):
    """The annex ends in June: from May with two months, from April with three."""
    acting = reader_of(make_annexe(case("annexe-de-six-mois")))
    april = date(2018, 4, 1)
    assert "FIN_SANS_SUITE" not in kinds(acting, april, mois_avant_la_fin=2)
    assert "FIN_SANS_SUITE" in kinds(acting, april, mois_avant_la_fin=3)


def test_each_departement_reads_with_its_own(half):
    """One lowers its threshold to 50 %: it is told of nothing; the ASP still is. Another
    département sets its own, and reads nothing of these annexes."""
    acting, other = (
        decideur_of(half),
        make_membership("DECIDEUR", make_financeur("080").organisation),
    )
    set_thresholds(
        acting, {"realisation_basse": Decimal(50), "realisation_tres_basse": Decimal(40)}
    )
    set_thresholds(other, {"realisation_basse": Decimal(95)})
    assert seuils_of(acting).realisation_basse == 50
    assert seuils_of(other).realisation_basse == 95
    assert seuils_of(make_membership("GESTIONNAIRE")) == USUELS

    def told(reader):
        return {a.nature.value for a in read_alerts(reader, Criteres(), ON).alertes}

    assert "SOUS_REALISATION" not in told(reader_of(half))
    assert "SOUS_REALISATION" in told(make_membership("GESTIONNAIRE"))
    assert told(other) == set()


def test_kinds_left_out_are_counted_and_said_in_the_file(half):
    acting = decideur_of(half)
    before = read_alerts(acting, Criteres(), ON)
    set_thresholds(acting, {"ignorees": [Nature.SOUS_REALISATION]})
    after = read_alerts(acting, Criteres(), ON)
    assert (before.ignorees, after.ignorees) == (0, 1)
    assert len(after.alertes) == len(before.alertes) - 1
    notes = dict(thresholds(acting))
    assert notes["Alertes non suivies"] == "Sous-réalisation"
    assert notes["Seuils appliqués"].startswith("Seuils de votre département, modifiés le")
    assert dict(thresholds(make_membership("GESTIONNAIRE")))["Seuils appliqués"].startswith(
        "Seuils usuels"
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"realisation_tres_basse": Decimal(91)}, "sous-réalisation prioritaire"),
        ({"realisation_haute": Decimal(90)}, "doit dépasser la sous-réalisation"),
        ({"ignorees": [Nature.ORDRE_IMPAYE]}, "toujours suivie"),
        ({}, "Aucun seuil"),
    ],
)
def test_what_is_refused_leaves_everything_as_it_was(db, values, said):
    acting = make_membership("DECIDEUR", make_financeur("062").organisation)
    with pytest.raises(Refus, match=said):
        set_thresholds(acting, values)
    assert not SeuilsAlertes.objects.exists()


def test_only_a_decideur_changes_them(db):
    organisation = make_financeur("062").organisation
    for acting in (make_membership("LECTEUR", organisation), make_membership("GESTIONNAIRE")):
        with pytest.raises(Refus):
            set_thresholds(acting, {"realisation_basse": Decimal(80)})


def test_two_people_at_once_and_the_history(db):
    organisation = make_financeur("062").organisation
    one, two = (make_membership("DECIDEUR", organisation) for _ in range(2))
    kept = set_thresholds(one, {"realisation_basse": Decimal(80)})
    for stale in (None, 7):
        with pytest.raises(ModifieEntreTemps):
            set_thresholds(two, {"realisation_basse": Decimal(85)}, revision=stale)
    usual_thresholds(two, revision=kept.revision)
    assert seuils_of(one).are_usual
    last, first = events_of(kept, one)
    assert [(c.libelle, c.avant, c.apres) for c in last.changements] == [
        ("Sous-réalisation : au-dessous de (%)", "80,00", "90,00")
    ]
    assert first.phrase == "a modifié les seuils des alertes"


def test_the_screen(half, client: Client, settings):
    """The fault is shown beside its field, the good values counted, then saved and applied."""
    settings.TODAY = ON
    acting = decideur_of(half)
    client.force_login(acting.user)
    address = reverse("dashboards:seuils_alertes")
    typed = {name: getattr(USUELS, name) for name in SeuilsAlertes().__dict__ if name in FIELDS}
    wrong = client.post(address, typed | {"realisation_haute": "90"})
    assert set(wrong.context["form"].errors) == {"realisation_basse", "realisation_haute"}
    precise = client.post(address, typed | {"realisation_basse": "75,555"})
    assert "au plus deux décimales" in precise.text
    endless = client.post(address, {"acte": "usuels", "revision": "9" * 5000})
    assert endless.status_code == 302
    good = typed | {"realisation_basse": "50", "realisation_tres_basse": "40"}
    preview = client.get(address, good, headers={"HX-Request": "true"})
    assert "Avec ces seuils" in preview.text
    faulty = client.get(address, good | {"mois_observes": "0"}, headers={"HX-Request": "true"})
    assert "Donnez une valeur d’au moins 1." in faulty.text
    page = client.post(address, good, follow=True)
    assert "Seuils de votre département, modifiés le 25/06/2018" in page.text
    left_out = {"ignorees": ["SOUS_REALISATION", "FIN_SANS_SUITE"]}
    conflict = client.post(address, good | {"realisation_basse": "60"} | left_out)
    assert conflict.status_code == 409
    told = {line["libelle"]: line for line in conflict.context["form"].conflit["differences"]}
    line = told["Alertes non suivies"]
    assert line["saisi"] == "Sous-réalisation, Fin proche sans renouvellement"
    assert line["enregistre"] == "Aucune"
    kept = SeuilsAlertes.objects.get()
    client.post(address, good | {"acte": "usuels", "revision": kept.revision})
    assert seuils_of(acting).are_usual


FIELDS = {name for name in USUELS.__dataclass_fields__ if name not in ("ignorees", "modifies_le")}


def test_every_kind_may_be_left_out_but_money_held_or_owed():
    assert set(Nature) - set(IGNORABLES) == {Nature.SUSPENSION, Nature.ORDRE_IMPAYE}
