"""Identifiers as people type them: each function normalises one, or refuses it in a sentence.

Sources: INSEE (SIRET), ISO 13616 and 9362 (IBAN, BIC), the fiche salarié exchange (PASS IAE on
12 digits, département on 3 characters), ROME. Called by the forms, which show the sentence beside
the field, and by the services, which enforce it.
"""

from __future__ import annotations

import re

from stdnum import bic, iban
from stdnum.exceptions import ValidationError as StdnumError
from stdnum.fr import nir, siret

from apps.core.errors import Refus

DEPARTEMENT = re.compile(r"[0-9]{2}[A-Z0-9]")
NOM = re.compile(r"[^\W\d_]+(?:[ '’.-]+[^\W\d_]+)*[.]?")
SPACES = re.compile(r"\s+")


def read_siret(text: str) -> str:
    """14 digits; the establishments of La Poste follow their own key."""
    number = _compact(text)
    if not re.fullmatch(r"[0-9]{14}", number):
        raise Refus("Le SIRET compte 14 chiffres.")
    if not siret.is_valid(number):
        raise Refus("Ce SIRET n’existe pas : sa clé de contrôle est fausse. Vérifiez la saisie.")
    return number


def read_iban(text: str) -> str:
    """International account number, without spaces, in capitals."""
    number = _compact(text).upper()
    try:
        return str(iban.validate(number))
    except StdnumError:
        raise Refus(
            "Cet IBAN n’est pas valide : sa longueur ou sa clé de contrôle est fausse. "
            "Recopiez-le depuis le relevé d’identité bancaire."
        ) from None


def read_bic(text: str) -> str:
    """8 or 11 characters, in capitals."""
    code = _compact(text).upper()
    try:
        return str(bic.validate(code))
    except StdnumError:
        raise Refus("Le BIC compte 8 ou 11 caractères, par exemple AGRIFRPP867.") from None


def read_pass_iae(text: str) -> str:
    number = _compact(text)
    if not re.fullmatch(r"[0-9]{12}", number):
        raise Refus("Le numéro de PASS IAE compte 12 chiffres.")
    return number


def read_nir(text: str) -> str:
    """13 characters and the key of two digits, those of Corsica (2A, 2B) included."""
    try:
        return str(nir.validate(_compact(text).upper()))
    except StdnumError:
        raise Refus(
            "Ce numéro de sécurité sociale n’est pas valide : il compte 13 chiffres puis une clé "
            "de 2 chiffres. Recopiez-le depuis l’attestation de droits."
        ) from None


def read_numero_ide(text: str) -> str:
    """Empty, or the number of France Travail: 8 characters (old) or 11 digits."""
    number = _compact(text).upper()
    if number and not re.fullmatch(r"[0-9]{7}[0-9A-Z]|[0-9]{11}", number):
        raise Refus(
            "L’identifiant France Travail compte 11 chiffres, ou 7 chiffres suivis d’un chiffre "
            "ou d’une lettre."
        )
    return number


def read_code_rome(text: str) -> str:
    """Empty, or one letter and four digits ("A1203")."""
    code = _compact(text).upper()
    if code and not re.fullmatch(r"[A-N][0-9]{4}", code):
        raise Refus("Le code ROME compte une lettre et quatre chiffres, par exemple A1203.")
    return code


def read_departement(text: str) -> str:
    """Three characters; two are completed with a leading zero ("62" → "062", "2A" → "02A")."""
    code = _compact(text).upper()
    code = f"0{code}" if len(code) == 2 else code
    if not DEPARTEMENT.fullmatch(code):
        raise Refus("Le département s’écrit sur trois caractères, par exemple 062, 59L ou 02A.")
    return code


def read_code_postal(text: str) -> str:
    """Empty, or five digits."""
    code = _compact(text)
    if code and not re.fullmatch(r"[0-9]{5}", code):
        raise Refus("Le code postal compte 5 chiffres.")
    return code


def read_name(text: str, *, quoi: str) -> str:
    """A person's name: letters, with spaces, hyphens and apostrophes; `quoi` starts the sentence
    ("Le nom")."""
    name = SPACES.sub(" ", text).strip()
    if not name:
        raise Refus(f"{quoi} est obligatoire.")
    if not NOM.fullmatch(name):
        raise Refus(
            f"{quoi} ne contient que des lettres, des espaces, des traits d’union et des "
            "apostrophes."
        )
    return name


def _compact(text: str) -> str:
    return SPACES.sub("", text).replace(".", "")
