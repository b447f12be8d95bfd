"""Requests written by hand: objects of another in a form, parameters sent twice or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from apps.presence.models import LignePresence
from apps.siae.models import Contrat, Salarie
from tests.factories import make_caom, make_financeur, make_mandat
from tests.security.matrix import ROWS
from tests.security.test_access_matrix import address, body_of, expected, signed_in
from tests.security.test_bad_input import plausible
from tests.security.texts import NAME_OF_THE_CASE
from tests.security.traces import tables_written, written
from tests.security.world import ACTORS, World, make_world

MULTIPLE = (forms.MultipleChoiceField, forms.ModelMultipleChoiceField)


@pytest.fixture
def world(db: None) -> World:
    made = make_world()
    other = make_financeur("059")
    make_caom(other)
    make_mandat(other)
    return made


def choices_of(answer: Any) -> Iterator[tuple[forms.BaseForm, str, Any]]:
    """Each field of the page's forms that takes one of a list."""
    body_of(answer)
    if answer.streaming or answer.status_code != 200 or not answer.context:
        return
    found = {id(value): value for layer in answer.context for value in _values(layer)}
    for form in found.values():
        if isinstance(form, forms.BaseForm) and not hasattr(form, "queryset"):
            for name, field in form.fields.items():
                if isinstance(field, forms.ChoiceField):
                    yield form, name, field


def _values(layer: Any) -> list[Any]:
    flat = layer.flatten() if hasattr(layer, "flatten") else dict(layer)
    return list(flat.values())


def foreign(field: Any) -> str:
    """The key of an object that exists and is not offered; else a key that is nobody's."""
    offered = getattr(field, "queryset", None)
    if offered is None:
        return "999999999"
    other = offered.model._default_manager.exclude(pk__in=[row.pk for row in offered]).first()
    return str(other.pk) if other else "999999999"


def test_a_choice_never_takes_the_object_of_another(world: World) -> None:
    """Every list of every form, answered with what it does not offer: refused, nothing written."""
    clients = signed_in(world)
    tried, existing, faults = 0, 0, []
    for page in ROWS:
        url = address(page, world)
        for actor in [a for a in ACTORS if expected(page)[a] == 200][:1]:
            for form, name, field in choices_of(clients[actor].get(url)):
                value = foreign(field)
                filled = {form.add_prefix(n): plausible(form[n]) for n in form.fields}
                typed = filled | {form.add_prefix(name): [value] if _many(field) else value}
                before = written()
                answer = clients[actor].post(url, typed)
                if tables_written(before, written()) or answer.status_code >= 500:
                    faults.append((page, name, tables_written(before, written())))
                tried += 1
                existing += value != "999999999"
    assert faults == []
    assert tried > 30
    assert existing > 5


def _many(field: Any) -> bool:
    return isinstance(field, MULTIPLE)


def test_a_contract_of_another_structure_takes_no_hours(world: World) -> None:
    """One's own statement, the contract of somebody else: in the address, then in the fields."""
    acting = world.actors["responsable"]
    theirs = _contract_of_another(world)
    client = Client()
    client.force_login(acting.user)
    before = written()
    arguments = {"annexe_id": world.annexe.pk, "mois": "2023-03"}
    row = reverse("presence:ligne", kwargs=arguments | {"contrat_id": theirs.pk})
    typed = {f"heures_{theirs.pk}": "10", f"lu_{theirs.pk}": "", f"salaire_{theirs.pk}": ""}
    assert client.post(row, typed).status_code == 404
    for page in ("presence:lignes", "presence:saisie"):
        client.post(reverse(page, kwargs=arguments), typed)
    assert tables_written(before, written()) == set()
    assert not LignePresence.objects.filter(contrat=theirs).exists()


def test_fields_that_a_form_does_not_have_change_nothing(world: World) -> None:
    """What decides rights and amounts is not for the form to say."""
    client = Client()
    client.force_login(world.actors["responsable"].user)
    salarie = world.salarie
    other = world.actors["autre_structure"].organisation.structure
    url = reverse("siae:salarie_modifier", args=[salarie.pk])
    form = client.get(url).context["form"]
    filled = {form.add_prefix(name): form[name].value() for name in form.fields}
    typed = {name: value for name, value in filled.items() if value is not None}
    extra = {"structure": other.pk, "structure_id": other.pk, "numero": 99, "id": 1, "pk": 1}
    client.post(url, typed | extra)
    salarie.refresh_from_db()
    assert (salarie.structure_id, salarie.numero) == (world.structure.pk, 1)


def test_a_parameter_sent_twice_is_one(world: World) -> None:
    """The last counts, here as everywhere: nothing checks one and uses the other."""
    client = Client()
    client.force_login(world.actors["gestionnaire"].user)
    answer = client.get(reverse("annexes:liste") + "?per_page=25&per_page=50&page=x&page=1")
    assert answer.context["table"].paginator.per_page == 50


def test_the_address_does_not_fill_a_form(world: World) -> None:
    """A confirmation or a reason put in a link: the page shows its form, nothing is done."""
    client = Client()
    client.force_login(world.actors["gestionnaire"].user)
    before = written()
    for page in ("annexes:suspendre", "annexes:rejeter", "payments:abandonner"):
        url = f"{address(page, world)}?motif=Motif&texte=Texte&confirmation=on&depuis=2023-05-01"
        assert client.post(url).status_code in (200, 302), page
    assert tables_written(before, written()) == set()


def test_a_key_in_a_parameter_is_that_of_the_page(world: World) -> None:
    """The document of another statement, an edition never issued: nothing is shown instead."""
    client = Client()
    client.force_login(world.actors["responsable"].user)
    other = world.etat_certifie.documents.get()
    for page, query in (
        ("presence:emp_pdf", {"archive": other.pk}),
        ("dashboards:bilan_final", {"edition": 9}),
        ("dashboards:bilan_final_pdf", {"edition": 9}),
    ):
        assert client.get(address(page, world), query).status_code == 404, page


@pytest.mark.parametrize("actor", ["autre_structure", "autre_ddets", "autre_cd"])
def test_an_annex_of_others_typed_as_a_criterion_is_unknown(world: World, actor: str) -> None:
    """By its number, by the name of its structure: neither the screen nor the file knows it."""
    client = Client()
    client.force_login(world.actors[actor].user)
    before = written()
    for page in ("dashboards:restitution", "dashboards:export_demander"):
        url = reverse(page, kwargs={"cle": "realisations-annexe"})
        for typed in (world.annexe.numero, NAME_OF_THE_CASE):
            query = {"annexe": typed, "debut": "01/2023", "fin": "03/2023"}
            answer = (client.post if "demander" in page else client.get)(url, query)
            assert answer.status_code == 200
            assert world.structure.siret not in answer.content.decode()
    assert tables_written(before, written()) == set()


def _contract_of_another(world: World) -> Contrat:
    structure = world.actors["autre_structure"].organisation.structure
    salarie = Salarie.objects.create(
        structure=structure,
        numero=1,
        civilite="M",
        nom="Autre",
        prenom="Paul",
        date_naissance=world.salarie.date_naissance,
        pass_iae="999992300002",
        pass_debut=world.salarie.pass_debut,
        pass_fin=world.salarie.pass_fin,
    )
    mine = world.contrat
    return Contrat.objects.create(
        salarie=salarie,
        siae=structure.siaes.get(),
        forme=mine.forme,
        debut=mine.debut,
        fin=mine.fin,
        heures_hebdo=mine.heures_hebdo,
        salaire_brut=mine.salaire_brut,
        rsa="NON",
    )
