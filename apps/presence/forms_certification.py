"""The form of the certification: a word on each finding, and the statement of honour."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.core.forms import Form
from apps.presence.checks import Constat
from apps.presence.services.certification import JUSTIFICATION_MAX

PREFIXE = "mot_"


class CertificationForm(Form):
    """One short field per finding that asks for a word; none when nothing is odd."""

    def __init__(self, findings: list[Constat], *args: Any) -> None:
        super().__init__(*args)
        for finding in findings:
            if not finding.bloquant:
                self.fields[f"{PREFIXE}{finding.cle}"] = forms.CharField(
                    label=finding.message,
                    max_length=JUSTIFICATION_MAX,
                    error_messages={
                        "required": "Justifiez cet écart en quelques mots, par exemple : absence, "
                        "remplacement, correction d’une erreur."
                    },
                )
        self.fields["honneur"] = forms.BooleanField(
            label="Je certifie sur l’honneur l’exactitude des heures déclarées pour ce mois",
            error_messages={"required": "Cochez cette case pour certifier l’état mensuel."},
        )

    def words(self) -> dict[str, str]:
        """The word of each finding, by its key."""
        return {
            name.removeprefix(PREFIXE): value
            for name, value in self.cleaned_data.items()
            if name.startswith(PREFIXE)
        }
