"""Supervision of an annex, declared by its structure (bilan des objectifs négociés).

No exchange file nor other document of the annex holds what was really done; the ASP's restitution
asks, for each kind of person, for hours and full-time equivalents over the conventioned period.
Called by the page of the declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.accounts.models import Membership, Role
from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.core.fields import HoursField, NombreField
from apps.core.forms import Form
from apps.core.verdicts import ALLOWED, Verdict, refused
from apps.dashboards.emission import reissue_objectives
from apps.dashboards.models import BilanEmis, Encadrement
from apps.journal.services import record

Categorie = Encadrement.Categorie
# Hours and full-time equivalents of one kind of person.
Chiffres = tuple[Decimal, Decimal]


def can_declare_supervision(acting: Membership, annexe: AnnexeFinanciere) -> Verdict:
    """The people of the structure of the annex."""
    own = annexe.siae.structure.organisation_id == acting.organisation_id
    if own and acting.has_role(Role.RESPONSABLE, Role.SAISIE):
        return ALLOWED
    return refused("L’encadrement est déclaré par la structure.")


def supervision_of(annexe: AnnexeFinanciere) -> dict[str, Chiffres]:
    """What is declared, by category; empty before the first declaration."""
    return {row.categorie: (row.heures, row.etp) for row in annexe.encadrement.all()}


@transaction.atomic
def declare_supervision(
    acting: Membership,
    annexe: AnnexeFinanciere,
    chiffres: Mapping[str, Chiffres],
    on: date | None = None,
) -> BilanEmis | None:
    """Replace what is declared for an annex. A bilan already issued keeps what it said: a further
    edition is issued, and returned. The same figures again change nothing.

    Raises Refus for anybody but the structure.
    """
    can_declare_supervision(acting, annexe).enforce()
    AnnexeFinanciere.objects.select_for_update(of=("self",)).get(pk=annexe.pk)
    before = supervision_of(annexe)
    if before == dict(chiffres):
        return None
    for categorie, (heures, etp) in chiffres.items():
        Encadrement.objects.update_or_create(
            annexe=annexe, categorie=categorie, defaults={"heures": heures, "etp": etp}
        )
    record(
        acting,
        "encadrement.declare",
        annexe,
        avant=_in_words(before),
        apres=_in_words(chiffres),
    )
    return reissue_objectives(acting, annexe, on or today())


def _in_words(chiffres: Mapping[str, Chiffres]) -> dict[str, Any]:
    return {
        f"{Categorie(code).label}, {unit}": value
        for code, values in chiffres.items()
        for unit, value in zip(("heures", "ETP"), values, strict=True)
    }


class EncadrementForm(Form):
    """Hours and ETP of each category; 0 is typed, never assumed."""

    def __init__(self, chiffres: Mapping[str, Chiffres], *args: Any) -> None:
        super().__init__(*args)
        for code, label in Categorie.choices:
            heures, etp = chiffres.get(code, (None, None))
            self.fields[f"{code}_heures"] = HoursField(
                label=f"{label} : heures", max_digits=8, initial=heures
            )
            self.fields[f"{code}_etp"] = NombreField(
                label=f"{label} : ETP",
                max_digits=6,
                decimal_places=2,
                min_value=Decimal(0),
                initial=etp,
            )

    def clean(self) -> dict[str, Any]:
        """Hours without ETP, or the reverse, are a slip."""
        cleaned: dict[str, Any] = super().clean() or {}
        for code in Categorie.values:
            heures, etp = cleaned.get(f"{code}_heures"), cleaned.get(f"{code}_etp")
            if heures is not None and etp is not None and bool(heures) != bool(etp):
                name, missing = ("heures", "d’heures") if etp else ("etp", "d’ETP")
                self.add_error(
                    f"{code}_{name}",
                    f"Indiquez un nombre {missing} : l’autre chiffre de cette catégorie n’est "
                    "pas nul. Saisissez 0 aux deux pour une catégorie sans objet.",
                )
        return cleaned

    def chiffres(self) -> dict[str, Chiffres]:
        """What was typed, by category."""
        typed = self.cleaned_data
        return {code: (typed[f"{code}_heures"], typed[f"{code}_etp"]) for code in Categorie.values}
