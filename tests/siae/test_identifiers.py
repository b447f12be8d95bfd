"""Identifiers: what is accepted, in which form it is kept, and the sentence of each refusal."""

from __future__ import annotations

import pytest

from apps.core.errors import Refus
from apps.siae import identifiers


@pytest.mark.parametrize(
    ("read", "typed", "kept"),
    [
        (identifiers.read_siret, "732 829 320 00074", "73282932000074"),
        # Establishments of La Poste follow another key than Luhn's.
        (identifiers.read_siret, "356 000 000 49837", "35600000049837"),
        (identifiers.read_iban, "fr14 2004 1010 0505 0001 3m02 606", "FR1420041010050500013M02606"),
        (identifiers.read_bic, "agrifrpp867", "AGRIFRPP867"),
        (identifiers.read_bic, "AGRI FR PP", "AGRIFRPP"),
        (identifiers.read_pass_iae, "99999 00 00001", "999990000001"),
        (identifiers.read_code_rome, "a1203", "A1203"),
        (identifiers.read_code_rome, "", ""),
        (identifiers.read_departement, "62", "062"),
        (identifiers.read_departement, "59l", "59L"),
        (identifiers.read_departement, "2A", "02A"),
        (identifiers.read_departement, "974", "974"),
        (identifiers.read_code_postal, "62 000", "62000"),
    ],
)
def test_spaces_and_case_do_not_matter(read, typed, kept):
    """An identifier is kept in one form, however it was typed."""
    assert read(typed) == kept


@pytest.mark.parametrize(
    ("read", "typed", "sentence"),
    [
        (identifiers.read_siret, "7328293200007", "Le SIRET compte 14 chiffres."),
        (identifiers.read_siret, "٧٣٢٨٢٩٣٢٠٠٠٠٧٤", "Le SIRET compte 14 chiffres."),
        (
            identifiers.read_siret,
            "73282932000075",
            "Ce SIRET n’existe pas : sa clé de contrôle est fausse. Vérifiez la saisie.",
        ),
        (
            identifiers.read_iban,
            "FR1420041010050500013M02607",
            "Cet IBAN n’est pas valide : sa longueur ou sa clé de contrôle est fausse. "
            "Recopiez-le depuis le relevé d’identité bancaire.",
        ),
        (
            identifiers.read_bic,
            "AGRI",
            "Le BIC compte 8 ou 11 caractères, par exemple AGRIFRPP867.",
        ),
        (identifiers.read_pass_iae, "99999000001", "Le numéro de PASS IAE compte 12 chiffres."),
        (identifiers.read_pass_iae, "99999000000A", "Le numéro de PASS IAE compte 12 chiffres."),
        (
            identifiers.read_code_rome,
            "1203",
            "Le code ROME compte une lettre et quatre chiffres, par exemple A1203.",
        ),
        (
            identifiers.read_departement,
            "6",
            "Le département s’écrit sur trois caractères, par exemple 062, 59L ou 02A.",
        ),
        (identifiers.read_code_postal, "6200", "Le code postal compte 5 chiffres."),
    ],
)
def test_a_wrong_identifier_is_refused_in_a_sentence(read, typed, sentence):
    with pytest.raises(Refus) as refus:
        read(typed)
    assert refus.value.motifs == (sentence,)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Le   Goff ", "Le Goff"),
        ("D'Hondt", "D'Hondt"),
        ("Jean-François", "Jean-François"),
        ("N’Diaye", "N’Diaye"),
        ("Ümit", "Ümit"),
    ],
)
def test_names_of_people_are_accepted_with_their_signs(typed, kept):
    assert identifiers.read_name(typed, quoi="Le nom") == kept


@pytest.mark.parametrize("typed", ["Durand2", "=Durand", "Dur@nd", "Durand;", "-"])
def test_a_name_holds_letters_only(typed):
    """Figures and signs (a spreadsheet formula among them) are not a name."""
    with pytest.raises(Refus) as refus:
        identifiers.read_name(typed, quoi="Le nom")
    assert refus.value.motifs == (
        "Le nom ne contient que des lettres, des espaces, des traits d’union et des apostrophes.",
    )


def test_a_name_is_compulsory():
    with pytest.raises(Refus, match=r"^Le prénom est obligatoire\.$"):
        identifiers.read_name("   ", quoi="Le prénom")
