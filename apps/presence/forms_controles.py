"""Forms of the controls on documents: draw, target, answer, ask again, conclude."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.core.fields import MonthField
from apps.core.forms import Form
from apps.presence.models import Controle, NaturePiece
from apps.presence.services import Champ, Demande
from apps.presence.services.sampling import MOTIF_MAX, SAMPLE_MAX
from apps.siae.codes import TypeMesure
from apps.siae.identifiers import read_departement


class DemandeForm(Form):
    """What is asked of the structures."""

    pieces = forms.MultipleChoiceField(
        label="Pièces demandées",
        choices=NaturePiece.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins une pièce."},
    )
    echeance = forms.DateField(label="Pièces attendues au plus tard le")
    motif = forms.CharField(
        label="Objet du contrôle",
        help_text="Les structures le lisent, par exemple : contrôle annuel sur échantillon.",
        max_length=MOTIF_MAX,
    )

    def demande(self) -> Demande:
        data = self.cleaned_data
        return Demande(data["pieces"], data["echeance"], data["motif"])


class TirageForm(DemandeForm):
    """The field of a random draw, then what is asked."""

    debut = MonthField(label="Premier mois", help_text="Par exemple 01/2023.")
    fin = MonthField(label="Dernier mois", help_text="Le même mois, ou la fin du trimestre.")
    departement = forms.CharField(
        label="Département", help_text="Trois caractères, par exemple 062.", required=False
    )
    mesure = forms.ChoiceField(
        label="Mesure", choices=[("", "Toutes"), *TypeMesure.choices], required=False
    )
    taille = forms.IntegerField(
        label="Nombre d’états mensuels à tirer",
        help_text="Ce nombre, ou le taux ci-dessous.",
        min_value=1,
        max_value=SAMPLE_MAX,
        required=False,
    )
    taux = forms.IntegerField(
        label="Taux, en pour cent",
        help_text="Arrondi à l’état mensuel supérieur.",
        min_value=1,
        max_value=100,
        required=False,
    )
    field_order = ["debut", "fin", "departement", "mesure", "taille", "taux"]

    def clean_departement(self) -> str:
        text = self.cleaned_data["departement"].strip()
        if not text:
            return ""
        try:
            return read_departement(text)
        except Exception as error:
            raise ValidationError("Écrivez le département sur trois caractères : 062.") from error

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if {"debut", "fin"} <= set(data) and data["fin"] < data["debut"]:
            self.add_error("fin", "Le dernier mois ne peut pas précéder le premier.")
        are_read = not {"taille", "taux"} & set(self.errors)
        if are_read and bool(data.get("taille")) == bool(data.get("taux")):
            self.add_error("taille", "Indiquez un nombre ou un taux, l’un des deux.")
        return data

    def champ(self) -> Champ:
        data = self.cleaned_data
        return Champ(data["debut"], data["fin"], data["departement"], data["mesure"])


class PieceForm(Form):
    """One supporting document."""

    nature = forms.ChoiceField(label="Pièce")
    fichier = forms.FileField(
        label="Fichier",
        help_text="PDF, JPEG ou PNG, de 10 Mio au plus.",
        widget=forms.FileInput({"accept": "application/pdf,image/jpeg,image/png"}),
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )

    def __init__(self, controle: Controle, *args: Any) -> None:
        super().__init__(*args)
        self.fields["nature"].choices = [
            (code, NaturePiece(code).label) for code in controle.tirage.pieces
        ]


class TransmissionForm(Form):
    message = forms.CharField(
        label="Message à l’ASP",
        help_text="Obligatoire s’il manque une pièce : dites pourquoi.",
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )


class ComplementForm(Form):
    demande = forms.CharField(
        label="Complément demandé",
        help_text="Les pièces ou les précisions qui manquent ; la structure le lit.",
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
    )
    echeance = forms.DateField(label="Nouvelle échéance")


class ConclusionForm(Form):
    avis = forms.ChoiceField(
        label="Conclusion",
        choices=[
            ("conforme", "Conforme : les pièces confirment les heures déclarées"),
            ("non_conforme", "Non conforme : les heures sont à corriger ou les pièces manquent"),
            ("abandonner", "Contrôle abandonné"),
        ],
        widget=forms.RadioSelect,
    )
    conclusion = forms.CharField(
        label="Motivation",
        help_text="La structure la lit.",
        max_length=500,
        widget=forms.Textarea({"rows": 4}),
    )
