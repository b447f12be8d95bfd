"""The form of the thresholds: what each one means is said beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from apps.core.fields import NombreField
from apps.dashboards.alertes.alerte import Nature
from apps.dashboards.alertes.seuils import IGNORABLES, MONTANTS, USUELS
from apps.dashboards.models import SeuilsAlertes
from apps.dashboards.services_seuils import faults_of
from apps.siae.forms import FicheForm, RevisionField

AIDES = {
    "realisation_basse": "Alerte « Sous-réalisation » quand le cumul des heures réalisées est "
    "strictement inférieur à ce pourcentage des heures théoriques. Usuel : 90.",
    "realisation_tres_basse": "Au-dessous de ce pourcentage, la sous-réalisation est prioritaire. "
    "Usuel : 75.",
    "realisation_haute": "Alerte « Sur-réalisation » quand le cumul est strictement supérieur à ce "
    "pourcentage. Usuel : 110.",
    "mois_observes": "Avant ce nombre de mois validés, de 1 à 12, aucune alerte sur un taux ou un "
    "rythme. Usuel : 2.",
    "sorties_examinees": "Avant ce nombre de sorties, de 1 à 100, pas d’alerte « Sorties sous "
    "l’objectif ». Usuel : 3.",
    "ecart_brsa": "Alerte « Moins de bénéficiaires que prévu » quand il en manque au moins ce "
    "nombre au dernier mois validé, de 1 à 100. Usuel : 1.",
    "consommation_basse": "Alerte « Montant du département peu consommé » quand la consommation "
    "attendue à la fin de l’annexe est inférieure à ce pourcentage. Usuel : 90.",
    "trop_percu_minimum": "Alerte « Trop-perçu en formation » à partir de ce montant, tous "
    "financeurs confondus. Usuel : 0.",
    "jours_de_retard": "Alerte « État mensuel en retard » au-delà de ce nombre de jours après "
    "l’échéance de saisie, de 0 à 60. La suspension des paiements, elle, suit toujours la "
    "convention. Usuel : 0.",
    "mois_avant_la_fin": "Alerte « Fin proche sans renouvellement » dans ce nombre de derniers "
    "mois, mois en cours compris, de 1 à 12. Usuel : 2.",
    "jours_avant_la_fin_urgents": "Cette alerte devient prioritaire à ce nombre de jours de la "
    "fin, de 0 à 366. Usuel : 31.",
    "jours_ordre_ancien": "L’alerte « Ordre de recouvrer impayé » devient prioritaire au-delà de "
    "ce nombre de jours après l’échéance de l’ordre, de 0 à 3 650. Usuel : 60.",
}
BORNES = {
    "mois_observes": (1, 12),
    "sorties_examinees": (1, 100),
    "ecart_brsa": (1, 100),
    "trop_percu_minimum": (0, 1_000_000),
    "jours_de_retard": (0, 60),
    "mois_avant_la_fin": (1, 12),
    "jours_avant_la_fin_urgents": (0, 366),
    "jours_ordre_ancien": (0, 3650),
}
GROUPES = (
    ("Réalisation", ("realisation_basse", "realisation_tres_basse", "realisation_haute")),
    ("Nombres requis", ("mois_observes", "sorties_examinees", "ecart_brsa")),
    ("Montants", ("consommation_basse", "trop_percu_minimum")),
    (
        "Saisie et fin d’annexe",
        ("jours_de_retard", "mois_avant_la_fin", "jours_avant_la_fin_urgents"),
    ),
    ("Recouvrement", ("jours_ordre_ancien",)),
    ("Natures d’alertes", ("ignorees",)),
)


def _at_most_two_decimals(value: Decimal) -> None:
    if value * 100 % 1:
        raise ValidationError("Donnez au plus deux décimales, par exemple 92,50.")


class SeuilsForm(FicheForm):
    """Thresholds of a département; empty is refused, every bound is said."""

    revision = RevisionField()
    ignorees = forms.MultipleChoiceField(
        label="Alertes non suivies",
        choices=[(nature.value, nature.label) for nature in IGNORABLES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Elles ne sont plus affichées ni exportées ; la page des alertes indique leur "
        "nombre. Les paiements suspendus et les ordres impayés sont toujours suivis.",
    )

    class Meta:
        model = SeuilsAlertes
        fields = [*AIDES, "ignorees", "revision"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in AIDES.items():
            field = self.fields[name]
            field.help_text = words
            low, high = BORNES.get(name, (0, 300))
            field.validators = [
                MinValueValidator(low, f"Donnez une valeur d’au moins {low}."),
                MaxValueValidator(high, f"Donnez une valeur d’au plus {high}."),
            ]
            if isinstance(field, NombreField):
                field.exemple = "92,50"
                field.suffixe = "€" if name in MONTANTS else "%"
                field.validators.append(_at_most_two_decimals)
            usual = f"{getattr(USUELS, name):.0f}"
            field.error_messages["required"] = f"Donnez une valeur : la valeur usuelle est {usual}."

    @property
    def groupes(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [(title, [self[name] for name in names]) for title, names in GROUPES]

    def read_again(self, objet: Any) -> None:
        """As elsewhere; a list of choices is given as a list."""
        super().read_again(objet)
        kept = (self.add_prefix("ignorees"), self.add_initial_prefix("ignorees"))
        for name in kept if "ignorees" not in self.changed_data else kept[1:]:
            self.data.setlist(name, objet.ignorees)
        for line in self.conflit["differences"]:
            if line["nom"] == "ignorees":
                line["enregistre"] = _in_words(objet.ignorees)
                line["saisi"] = _in_words(self.cleaned_data["ignorees"])
                line["nom"] = "ignorees_0"  # where the first box of the list is

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            typed = SeuilsAlertes(**self.values())
            for name, words in faults_of(typed).items():
                self.add_error(name, words)
        return cleaned

    def values(self) -> dict[str, Any]:
        """What was typed, without what the page carries."""
        return {name: self.cleaned_data[name] for name in (*AIDES, "ignorees")}


def _in_words(ignored: list[str]) -> str:
    return ", ".join(str(Nature(code).label) for code in ignored) or "Aucune"
