"""The form of a schedule: which file, with which criteria, how often."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.accounts.models import Membership
from apps.conventions.territoires import named
from apps.core.forms import Form
from apps.dashboards.models import EnvoiProgramme
from apps.dashboards.permissions import can_schedule
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.restitutions.restitution import Restitution
from apps.dashboards.restitutions.territoires import territories
from apps.siae.codes import TypeMesure


def schedulable(acting: Membership) -> list[Restitution]:
    """The restitutions this person's organisation may have made on a schedule."""
    return [r for r in RESTITUTIONS.values() if can_schedule(acting, r)]


class EnvoiForm(Form):
    """The criteria are those of the export, without the period: each file takes its own."""

    restitution = forms.ChoiceField(
        label="Restitution",
        error_messages={
            "required": "Choisissez la restitution à produire.",
            "invalid_choice": "« %(value)s » n’est pas proposée : choisissez une restitution dans "
            "la liste.",
        },
    )
    departement = forms.ChoiceField(label="Département", required=False)
    mesure = forms.ChoiceField(
        label="Mesure", choices=[("", "Toutes"), *TypeMesure.choices], required=False
    )
    rythme = forms.ChoiceField(
        label="Rythme",
        choices=EnvoiProgramme.Rythme.choices,
        initial=EnvoiProgramme.Rythme.MENSUEL,
        widget=forms.RadioSelect,
        help_text="Chaque trimestre : en janvier, avril, juillet et octobre. Les réalisations des "
        "salariés et les bénéficiaires payés portent sur le mois ou les trois mois précédents ; "
        "les autres restitutions donnent la situation du jour où elles sont produites.",
    )
    jour = forms.IntegerField(
        label="Jour du mois",
        min_value=1,
        max_value=28,
        initial=5,
        help_text="De 1 à 28 : ce jour existe dans tous les mois.",
        error_messages={
            "required": "Donnez un jour compris entre 1 et 28.",
            "min_value": "Donnez un jour compris entre 1 et 28.",
            "max_value": "Donnez un jour compris entre 1 et 28 : ce jour existe dans tous les "
            "mois.",
        },
    )
    courriel = forms.BooleanField(
        label="Prévenir aussi par courriel",
        initial=True,
        required=False,
        help_text="Le courriel annonce le fichier et conduit à l’extranet ; il ne contient "
        "aucune donnée.",
    )

    def __init__(
        self,
        *args: Any,
        acting: Membership,
        restitution: Restitution | None = None,
        **kwargs: Any,
    ) -> None:
        """`restitution`: that of a schedule being changed, which is chosen once for all."""
        super().__init__(*args, **kwargs)
        self.chosen = restitution
        if restitution:
            del self.fields["restitution"]
            for name in {"departement", "mesure"} - set(restitution.filters):
                del self.fields[name]
        else:
            offered = [
                (r.key, f"{r.title} (fichiers conservés douze mois)" if r.nominative else r.title)
                for r in schedulable(acting)
            ]
            self.fields["restitution"].choices = [("", "À choisir"), *offered]
        self._offer_territories(acting)
        for name in {"departement", "mesure", "rythme"} & set(self.fields):
            self.fields[name].error_messages |= {
                "required": "Choisissez une des réponses proposées.",
                "invalid_choice": "« %(value)s » n’est pas proposé : choisissez dans la liste.",
            }

    def _offer_territories(self, acting: Membership) -> None:
        """Only to those who see several."""
        if "departement" not in self.fields:
            return
        codes = territories(acting)
        if len(codes) > 1:
            self.fields["departement"].choices = [("", "Tous"), *named(codes)]
        else:
            del self.fields["departement"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = self.chosen or RESTITUTIONS.get(cleaned.get("restitution", ""))
        for name in ("departement", "mesure"):
            if chosen and cleaned.get(name) and name not in chosen.filters:
                self.add_error(
                    name,
                    f"« {chosen.title} » ne se limite pas à ce critère : laissez « "
                    f"{self.fields[name].choices[0][1]} ».",
                )
        return cleaned
