"""Forms that receive a file: the filled Excel model, the signed statement, supporting documents.

What the file really is, is judged by its content in the services; the form asks for it.
"""

from __future__ import annotations

from django import forms

from apps.core.forms import Form

EXCEL = ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REQUIRED = "Choisissez un fichier."


class ClasseurForm(Form):
    """The model of the month, filled in."""

    classeur = forms.FileField(
        label="Modèle rempli",
        help_text="Classeur Excel (.xlsx) de 5 Mio au plus.",
        widget=forms.FileInput({"accept": EXCEL}),
        error_messages={"required": REQUIRED, "empty": "Ce fichier est vide."},
    )


class SigneForm(Form):
    """The statement printed, signed and scanned."""

    signe = forms.FileField(
        label="État mensuel signé",
        help_text="Fichier PDF de 10 Mio au plus.",
        widget=forms.FileInput({"accept": "application/pdf"}),
        error_messages={"required": REQUIRED, "empty": "Ce fichier est vide."},
    )
