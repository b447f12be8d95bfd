"""Forms of the accounts: the succession of a département, the reason of an act."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.conventions.models import Financeur
from apps.core.forms import Form


class RaisonForm(Form):
    motif = forms.CharField(
        label="Motif",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Il est conservé dans le journal et lu par les personnes concernées.",
    )


class ExtourneForm(Form):
    # The label of the entry holds it beside the number of its origin.
    motif = forms.CharField(
        label="Motif de l’extourne",
        max_length=150,
        help_text="Il figure dans le libellé de l’écriture d’extourne.",
    )


class SuccessionForm(Form):
    financeur = forms.ModelChoiceField(
        label="Département repris",
        queryset=Financeur.objects.none(),
        help_text="Celui dont les conventions et les comptes passent à un autre.",
    )
    successeur = forms.ModelChoiceField(
        label="Département qui lui succède", queryset=Financeur.objects.none()
    )
    effet = forms.DateField(
        label="Prend effet le",
        help_text="Le successeur paie à compter de ce jour.",
    )
    texte = forms.CharField(
        label="Texte qui la fonde",
        max_length=300,
        help_text="Loi, décret ou délibération, avec sa date.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departements = Financeur.objects.filter(type=Financeur.Type.CD)
        self.fields["financeur"].queryset = departements  # type: ignore[attr-defined]
        self.fields["successeur"].queryset = departements.filter(  # type: ignore[attr-defined]
            successeur__isnull=True
        )
