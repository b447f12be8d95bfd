"""The form layer: hints, errors and their summary."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django import forms
from django.template.loader import render_to_string
from django.test import RequestFactory
from lxml import html

from apps.core.fields import HoursField, NombreField
from apps.core.forms import FilterForm, Form, ModelForm
from apps.siae.models import Contrat, Salarie


class ReleveForm(Form):
    heures = HoursField(label="Heures déclarées", help_text="Du mois entier.")
    sortie = forms.DateField(label="Date de sortie", required=False)
    motif = forms.ChoiceField(
        label="Motif", choices=[("1", "Emploi"), ("2", "Formation")], widget=forms.RadioSelect
    )
    piece = forms.FileField(label="Pièce", required=False)


def rendered(form: Form) -> html.HtmlElement:
    request = RequestFactory().get("/")
    context = {"form": form, "libelle": "Enregistrer", "retour": "/retour/"}
    return html.fromstring(render_to_string("components/form.html", context, request))


def ids(element: html.HtmlElement) -> list[str]:
    return element.get("aria-describedby", "").split()


def test_a_field_announces_its_hint() -> None:
    page = rendered(ReleveForm())
    (field,) = page.xpath("//input[@name='heures']")
    assert ids(field) == ["id_heures-indice"]
    assert page.get_element_by_id("id_heures-indice").text_content() == "Du mois entier."
    assert field.get("aria-invalid") is None


def test_a_wrong_field_announces_its_hint_and_its_error() -> None:
    """The error does not take the place of the hint (RGAA 11.10)."""
    page = rendered(ReleveForm({"heures": "beaucoup", "motif": "1"}))
    (field,) = page.xpath("//input[@name='heures']")
    assert ids(field) == ["id_heures-indice", "id_heures-erreur"]
    assert field.get("aria-invalid") == "true"
    assert page.get_element_by_id("id_heures-erreur").text_content().strip() == (
        "« beaucoup » n’est pas un nombre. Écrivez par exemple 151,67 ou 7h30."
    )


def test_the_summary_links_to_each_wrong_field_with_the_same_words() -> None:
    page = rendered(ReleveForm({"heures": "beaucoup", "sortie": "hier"}))
    summary = page.get_element_by_id("erreurs")
    links = [(link.get("href"), link.text) for link in summary.xpath(".//a")]
    assert links == [
        ("#id_heures", "Heures déclarées"),
        ("#id_sortie", "Date de sortie"),
        ("#groupe-id_motif", "Motif"),
    ]
    for href, _ in links:
        assert page.get_element_by_id(href[1:]) is not None
    for item in summary.xpath(".//li"):
        message = item.text_content().split(" : ", 1)[1]
        assert page.xpath("//p[@class='fr-message fr-message--error' and text()=$m]", m=message)


def test_a_right_form_shows_no_summary() -> None:
    page = rendered(ReleveForm({"heures": "7h30", "motif": "1"}))
    assert not page.xpath("//*[@id='erreurs']")
    assert not page.xpath("//*[@aria-invalid]")


def test_optional_fields_are_marked_and_compulsory_ones_are_not() -> None:
    labels = {
        label.get("for"): label.text_content().strip()
        for label in rendered(ReleveForm()).xpath("//label")
    }
    assert labels["id_sortie"] == "Date de sortie (facultatif)"
    assert labels["id_heures"] == "Heures déclaréesDu mois entier."


def test_filters_are_all_optional_and_none_is_marked() -> None:
    class Filtre(FilterForm):
        nom = forms.CharField(label="Nom", required=False)

    assert "facultatif" not in str(Filtre())


def test_dates_use_the_browser_s_own_entry_and_show_the_stored_day() -> None:
    (field,) = rendered(ReleveForm(initial={"sortie": "2023-07-14"})).xpath("//input[@type='date']")
    assert field.get("value") == "2023-07-14"


@pytest.mark.parametrize("typed", ["0001-01-01", "1899-12-31", "2101-01-01", "9999-12-31"])
def test_a_date_out_of_all_likelihood_is_refused(typed: str) -> None:
    """Months added to it would leave the calendar."""
    form = ReleveForm({"heures": "7", "motif": "1", "sortie": typed})
    sentence = "Saisissez une date comprise entre le 01/01/1900 et le 31/12/2100."
    assert form.errors == {"sortie": [sentence]}


def test_a_form_with_a_file_is_sent_as_such() -> None:
    (form,) = rendered(ReleveForm()).xpath("//form")
    assert form.get("enctype") == "multipart/form-data"
    assert form.get("novalidate") is not None


def test_choices_carry_no_attribute_that_is_not_theirs() -> None:
    page = rendered(ReleveForm({"heures": "1"}))
    radios = page.xpath("//input[@type='radio']")
    assert len(radios) == 2
    assert all(radio.get("aria-invalid") is None for radio in radios)
    assert page.get_element_by_id("groupe-id_motif").get("aria-labelledby") == (
        "id_motif-legende id_motif-erreur"
    )


@pytest.mark.parametrize("typed", ["1 234,50", "1234.50"])
def test_decimals_of_a_model_form_are_typed_in_french(typed: str) -> None:
    """A model's decimal becomes a text entry that accepts a comma and spaces."""

    class SalaireForm(ModelForm):
        class Meta:
            model = Contrat
            fields = ("salaire_brut",)

    form = SalaireForm({"salaire_brut": typed})
    assert isinstance(form.fields["salaire_brut"], NombreField)
    assert form["salaire_brut"].field.widget.input_type == "text"
    form.is_valid()
    assert form.cleaned_data["salaire_brut"] == Decimal("1234.50")


def test_a_menu_opens_on_words_not_on_dashes() -> None:
    """A compulsory choice is to be made; an optional one may stay unknown."""

    class EmbaucheForm(ModelForm):
        class Meta:
            model = Salarie
            fields = ("civilite", "situation_familiale")

    form = EmbaucheForm()
    assert form.fields["civilite"].choices[0] == ("", "À choisir")
    assert form.fields["situation_familiale"].choices[0] == ("", "Non renseigné")
    assert "---" not in str(form)
    assert EmbaucheForm({"civilite": ""}).errors == {"civilite": ["Ce champ est obligatoire."]}
