"""Columns of the workbook: the fields of the fiche and of the contract, each under its heading.

A cell is read by the form field of the same name, so that a workbook and a page accept and refuse
the same things. Called by the model to download and by the reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from apps.core.sorting import without_accents
from apps.core.words import label_of
from apps.siae.codes import TypeMesure
from apps.siae.fiche import CHAMPS_EITI, EXIT, SECTIONS, TERMS
from apps.siae.models import Contrat, Salarie

REQUIRED = (
    "civilite",
    "nom",
    "prenom",
    "date_naissance",
    "pass_iae",
    "pass_debut",
    "pass_fin",
)
YES, NO = ("oui", "o", "x", "1", "true", "vrai"), ("non", "n", "0", "false", "faux")
# Lengths of the codes that a spreadsheet takes for numbers and strips of their zeros.
CODES = {"code_postal": 5, "departement_naissance": 3, "rsa_departement": 3}


@dataclass(frozen=True, slots=True)
class Colonne:
    """`nom` is the name of the form field; `choix` the (code, label) pairs of its list."""

    nom: str
    titre: str
    choix: tuple[tuple[str, str], ...] = ()
    oui_non: bool = False
    est_date: bool = False
    obligatoire: bool = False

    @property
    def liste(self) -> list[str]:
        """What the model offers in the cell."""
        return ["Oui", "Non"] if self.oui_non else [label for _, label in self.choix]


def _column(model: type[Salarie] | type[Contrat], name: str) -> Colonne:
    field: Any = model._meta.get_field(name)
    return Colonne(
        name,
        label_of(field),
        choix=tuple((str(code), str(label)) for code, label in field.flatchoices),
        oui_non=field.get_internal_type() == "BooleanField",
        est_date=field.get_internal_type() == "DateField",
        obligatoire=model is Salarie and name in REQUIRED,
    )


FICHE = tuple(
    _column(Salarie, name)
    for section in SECTIONS
    for name in section.champs
    if name not in CHAMPS_EITI
)
MESURE = Colonne("mesure", "Mesure", choix=tuple(TypeMesure.choices))
RENOUVELLEMENT = Colonne("renouvellement", "Renouvellement du contrat précédent", oui_non=True)
CONTRAT = (MESURE, RENOUVELLEMENT, *(_column(Contrat, name) for name in (*TERMS, *EXIT)))
COLONNES = (*FICHE, *CONTRAT)
PAR_NOM = {colonne.nom: colonne for colonne in COLONNES}
OBLIGATOIRES = tuple(c.titre for c in COLONNES if c.obligatoire)
FACULTATIVES = tuple(c.titre for c in COLONNES if not c.obligatoire)


def as_typed(colonne: Colonne, value: Any) -> str:
    """A cell as the form of the page would receive it: codes for labels, ISO dates, digits."""
    if isinstance(value, bool):
        value = "Oui" if value else "Non"
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat() if colonne.est_date else f"{value:%d/%m/%Y}"
    text = str(value).replace(".", ",") if isinstance(value, Decimal) else str(value).strip()
    if not text:
        return ""
    if colonne.oui_non:
        return _yes_or_no(text)
    if colonne.choix:
        return _code(colonne, text)
    if isinstance(value, int) and colonne.nom in CODES:
        return text.zfill(CODES[colonne.nom])
    if isinstance(value, int) and colonne.nom == "telephone" and len(text) == 9:
        return f"0{text}"
    return text


def _yes_or_no(text: str) -> str:
    key = without_accents(text)
    return "True" if key in YES else "False" if key in NO else text


def _code(colonne: Colonne, text: str) -> str:
    """The code of a label, of a code whose zeros were lost, or of « 05 - label »."""
    key = without_accents(text.replace("’", "'"))
    for code, label in colonne.choix:
        words = without_accents(label.replace("’", "'"))
        if key in (code.lower(), words, f"{code.lower()} - {words}", code.lstrip("0").lower()):
            return code
    return text
