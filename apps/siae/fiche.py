"""The fiche salarié in sections: which fields, under which title, who reads them.

One list serves the form, the page of a person and the comparison of two fiches (fields of the
exchange of the fiche salarié with the ASP). Called by the forms and the screens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from apps.core.words import in_words, label_of
from apps.rules import explanation
from apps.siae.models import Contrat, Salarie

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.accounts.models import Membership


@dataclass(frozen=True, slots=True)
class Section:
    titre: str
    champs: tuple[str, ...]
    eiti: bool = False  # self-employed people only


SECTIONS = (
    Section(
        "Identité",
        (
            "civilite",
            "nom",
            "nom_naissance",
            "prenom",
            "date_naissance",
            "commune_naissance",
            "departement_naissance",
            "pays_naissance",
        ),
    ),
    Section("PASS IAE", ("pass_iae", "pass_debut", "pass_fin")),
    Section(
        "Résidence et coordonnées",
        (
            "adresse",
            "complement_adresse",
            "code_postal",
            "commune",
            "qpv",
            "zrr",
            "telephone",
            "courriel",
        ),
    ),
    Section(
        "Parcours avant l’entrée",
        (
            "orienteur",
            "niveau_formation",
            "en_emploi",
            "type_employeur",
            "inscrit_france_travail",
            "inscrit_depuis",
            "sans_emploi_depuis",
            "numero_ide",
        ),
    ),
    Section(
        "Ressources et situation familiale à l’entrée",
        (
            "situation_familiale",
            "numero_caf",
            "sans_ressource",
            "aide_sociale",
            "ass",
            "ass_depuis",
            "aah",
            "aah_depuis",
            "rqth",
            "oeth",
        ),
    ),
    Section(
        "Difficultés à l’entrée",
        (
            "hebergement",
            "mobilite",
            "langue_francaise",
            "refugie",
            "sortant_ase",
            "sortant_detention",
        ),
    ),
    Section(
        "Travailleur indépendant (EITI)",
        (
            "are",
            "are_depuis",
            "prime_activite",
            "prime_activite_depuis",
            "cape",
            "cesa",
            "acteur_creation",
            "revenu_moyen",
            "cotisations",
        ),
        eiti=True,
    ),
)
CHAMPS_EITI = tuple(name for section in SECTIONS if section.eiti for name in section.champs)
# How to reach a person is between the structure and the State: not for the département.
NOT_FOR_CD = frozenset({"telephone", "courriel", "adresse", "complement_adresse", "numero_ide"})
# Not shown when empty: they only complete the field before them.
DEPENDENT = frozenset(
    {
        "nom_naissance",
        "complement_adresse",
        "type_employeur",
        "inscrit_depuis",
        "numero_ide",
        "ass_depuis",
        "aah_depuis",
        "are_depuis",
        "prime_activite_depuis",
    }
)
UNITS: dict[str, Callable[[Decimal], str]] = {
    "heures_hebdo": explanation.heures,
    "salaire_brut": explanation.euros,
    "revenu_moyen": explanation.euros,
}
# The terms of a contract, in the order of the form, of the page and of the import.
TERMS = (
    "forme",
    "debut",
    "fin",
    "heures_hebdo",
    "salaire_brut",
    "code_rome",
    "rsa",
    "rsa_departement",
    "rsa_depuis",
    "autre_aide_etat",
)
EXIT = ("date_sortie", "motif_sortie")


def fiche_of(salarie: Salarie, acting: Membership, *, eiti: bool) -> list[dict[str, Any]]:
    """Sections of a person's fiche in words, as this reader may see them."""
    hidden = NOT_FOR_CD if acting.is_cd else frozenset()
    return [
        {
            "titre": section.titre,
            "lignes": [
                row(salarie, name)
                for name in section.champs
                if name not in hidden and (name not in DEPENDENT or getattr(salarie, name))
            ],
        }
        for section in SECTIONS
        if eiti or not section.eiti
    ]


def row(objet: Model, name: str) -> tuple[str, str]:
    """(label, value in words) of one field."""
    return label_of(objet._meta.get_field(name)), words_of(objet, name, getattr(objet, name))


def words_of(objet: Model, name: str, value: Any) -> str:
    """A value of this field in words, with its unit."""
    if name in UNITS and value is not None:
        return UNITS[name](value)
    return in_words(objet._meta.get_field(name), value)


def differences(kept: Model, typed: dict[str, Any]) -> list[dict[str, str]]:
    """Fields whose typed value is not the one kept: label, both in words, and the field's name."""
    rows = []
    for name, value in typed.items():
        if getattr(kept, name) != value:
            rows.append(
                {
                    "nom": name,
                    "libelle": label_of(kept._meta.get_field(name)),
                    "enregistre": words_of(kept, name, getattr(kept, name)),
                    "saisi": words_of(kept, name, value),
                }
            )
    return rows


def contrat_of(contrat: Contrat) -> list[tuple[str, str]]:
    """The terms of a contract in words."""
    return [row(contrat, name) for name in (*TERMS, *EXIT)]
