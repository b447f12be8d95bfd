"""The acts on conventions, CAOM, mandates and referentials, gathered for their callers."""

from apps.conventions.services.conventions import (
    add_avenant_financier,
    adjust_objectif,
    create_caom,
    create_convention,
    create_financeur,
    create_mandat,
    denounce_mandat,
    months_later,
    sign_caom,
    sign_mandat,
)
from apps.conventions.services.referentiels import approve_valeur, propose_valeur, refuse_valeur

__all__ = [
    "add_avenant_financier",
    "adjust_objectif",
    "approve_valeur",
    "create_caom",
    "create_convention",
    "create_financeur",
    "create_mandat",
    "denounce_mandat",
    "months_later",
    "propose_valeur",
    "refuse_valeur",
    "sign_caom",
    "sign_mandat",
]
