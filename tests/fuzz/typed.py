"""What is read without the database: requests of the simulator, typed values.

Each function gives its import, as `imports.Import` says.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from apps.annexes.management.commands.simuler_annexe import _read
from apps.core.errors import Refus
from apps.core.fields import EuroField, HoursField, MonthField
from apps.rules.simulation import DemandeRefusee, simulate
from apps.siae import identifiers
from tests.fuzz import values
from tests.fuzz.documents import broken_json
from tests.fuzz.imports import Import


# --- Requests of the simulator --------------------------------------------------------------------
def simulateur() -> Import:
    """The file of `manage.py simuler_annexe`: its faults are its refusal."""
    example = Path(settings.BASE_DIR) / "fixtures/simulation/annexe-de-douze-mois.json"
    request = json.loads(example.read_text())
    temporary = Path(settings.MEDIA_ROOT) / "demande.json"

    def read(contents: bytes) -> list[str]:
        temporary.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(contents)
        try:
            json.dumps(simulate(_read(str(temporary)), explain=True))
        except DemandeRefusee as refusal:
            raise Refus(*refusal.faults) from None
        return []

    return Import(lambda random: broken_json(random, request), read, suffix=".json")


# --- Typed values ---------------------------------------------------------------------------------
FIELDS = {
    "heures": (HoursField(), "151,67"),
    "euros": (EuroField(), "1 234,50"),
    "mois": (MonthField(), "mars 2023"),
    "date": (forms.DateField(), "31/03/2023"),
}
IDENTIFIERS = {
    "siret": (identifiers.read_siret, "13000679000014"),
    "iban": (identifiers.read_iban, "FR76 3000 1007 9412 3456 7890 185"),
    "bic": (identifiers.read_bic, "BDFEFRPPCCT"),
    "pass": (identifiers.read_pass_iae, "99999 000 0001"),
    "ide": (identifiers.read_numero_ide, "1234567A"),
    "rome": (identifiers.read_code_rome, "A1203"),
    "departement": (identifiers.read_departement, "62"),
    "code_postal": (identifiers.read_code_postal, "62000"),
    "nom": (lambda text: identifiers.read_name(text, quoi="Le nom"), "N’Diaye"),
}


def valeurs() -> Import:
    """One typed value: what is read of it is bounded and exact, or it is refused."""
    names = [*FIELDS, *IDENTIFIERS]

    def draw(random: Random) -> bytes:
        name = random.choice(names)
        right = (FIELDS.get(name) or IDENTIFIERS[name])[1]
        value = values.nasty(random) if random.random() < 0.4 else right
        for _ in range(random.randrange(3)):
            value = values.worn(random, value)
        return json.dumps([name, value]).encode()

    def read(contents: bytes) -> list[str]:
        name, value = json.loads(contents)
        if name in FIELDS:
            try:
                found = FIELDS[name][0].clean(value)
            except ValidationError as error:
                raise Refus(*error.messages) from None
        else:
            found = IDENTIFIERS[name][0](value)
        assert len(str(found)) <= max(len(value), 16), (value, found)
        return []

    return Import(draw, read, suffix=".json")
