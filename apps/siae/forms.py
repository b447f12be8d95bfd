"""Forms of structures, bank details, salariés and contracts.

They read what is typed and show the sentences beside the fields; the services decide. The same
readers (`identifiers`) serve both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.core.errors import Refus
from apps.core.fields import EuroField, HoursField
from apps.core.forms import Form, ModelForm
from apps.core.imports import MAX_BYTES
from apps.siae import identifiers
from apps.siae.codes import CATEGORIE_DU_MOTIF, CategorieSortie, MotifSortie, TypeMesure
from apps.siae.fiche import CHAMPS_EITI, SECTIONS, TERMS
from apps.siae.importation.lecture import MAX_ROWS, read_workbook
from apps.siae.models import Contact, Contrat, Salarie, Siae, Structure


class IdentifiantField(forms.CharField):
    """Text read by a function of `identifiers`: spaces are tolerated, faults said in words."""

    def __init__(self, read: Callable[[str], str], **kwargs: Any) -> None:
        self.read = read
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return self.read(text)
        except Refus as refus:
            raise ValidationError(list(refus.motifs), code="invalid") from refus


class FicheForm(ModelForm):
    """A model's fields without its invariants: the services refuse in sentences.

    `revision` travels with the page when the form has it: a change made meanwhile by somebody
    else is shown, not overwritten.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "revision" not in self.fields or self.instance.pk is None:
            return
        self.initial["revision"] = self.instance.revision
        for name, field in self.fields.items():
            # The page says what it had read: a field that its reader left alone is not a choice.
            field.show_hidden_initial = name != "revision"

    def read_again(self, objet: Any) -> None:
        """After a conflict: what was typed stays, everything else is the object as it now is."""
        typed = set(self.changed_data)
        self.data = self.data.copy()
        for name, field in self.fields.items():
            value = getattr(objet, name)
            if name == "revision" or name not in typed:
                self.data[self.add_prefix(name)] = value
            if field.show_hidden_initial:
                self.data[self.add_initial_prefix(name)] = value

    def _get_validation_exclusions(self) -> set[str]:
        """No check of the model on top of the form's: its constraints have no words of ours."""
        return {field.name for field in self._meta.model._meta.get_fields()}

    def validate_unique(self) -> None:
        """Left to the services."""


class RevisionField(forms.IntegerField):
    """The revision that the page has read; absent for what is created."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(min_value=1, max_value=2_147_483_647, **kwargs)


class StructureForm(FicheForm):
    revision = RevisionField()
    departement = IdentifiantField(
        identifiers.read_departement,
        label="Département",
        help_text="Sur trois caractères, par exemple 062.",
    )
    code_postal = IdentifiantField(identifiers.read_code_postal, label="Code postal")

    class Meta:
        model = Structure
        fields = [
            "denomination",
            "forme_juridique",
            "departement",
            "adresse",
            "code_postal",
            "commune",
            "adresse_gestion",
            "telephone",
            "correspondant",
            "courriel",
        ]


class NouvelleStructureForm(StructureForm):
    siret = IdentifiantField(identifiers.read_siret, label="SIRET")
    asp_id = forms.IntegerField(
        label="Identifiant ASP",
        required=False,
        min_value=1,
        max_value=2_147_483_647,
        help_text="Laissez vide pour attribuer le prochain numéro libre.",
    )
    mesures = forms.MultipleChoiceField(
        label="Mesures", choices=TypeMesure.choices, widget=forms.CheckboxSelectMultiple
    )
    revision = None
    field_order = ["denomination", "siret", "asp_id", "mesures"]

    class Meta(StructureForm.Meta):
        pass


class ContactsForm(FicheForm):
    """What the responsable of a structure may change directly."""

    revision = RevisionField()

    class Meta:
        model = Structure
        fields = ["adresse_gestion", "telephone", "correspondant", "courriel"]


class ContactForm(FicheForm):
    class Meta:
        model = Contact
        fields = ["nom", "fonction", "telephone", "courriel"]


class SiretForm(Form):
    nouveau = IdentifiantField(identifiers.read_siret, label="Nouveau SIRET")
    effet = forms.DateField(label="Date d’effet")


class MesureForm(Form):
    """One of the measures for which the structure is not known yet."""

    mesure = forms.ChoiceField(label="Mesure à ajouter")

    def __init__(self, structure: Structure, *args: Any) -> None:
        super().__init__(*args)
        known = {siae.mesure for siae in structure.siaes.all()}
        left = [choice for choice in TypeMesure.choices if choice[0] not in known]
        self.fields["mesure"].choices = [("", "À choisir"), *left]


class BanqueForm(Form):
    titulaire = forms.CharField(
        label="Titulaire du compte",
        max_length=70,
        help_text="Tel qu’il figure sur le relevé d’identité bancaire.",
    )
    iban = IdentifiantField(identifiers.read_iban, label="IBAN")
    bic = IdentifiantField(identifiers.read_bic, label="BIC")


class ControleBanqueForm(Form):
    DECISIONS = [
        ("CONTROLER", "Ces coordonnées bancaires sont exactes"),
        ("REJETER", "Rejeter la proposition"),
    ]

    decision = forms.ChoiceField(label="Décision", choices=DECISIONS, widget=forms.RadioSelect)
    motif = forms.CharField(
        label="Motif du rejet",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Communiqué à la structure. À remplir seulement en cas de rejet.",
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("decision") == "REJETER" and not data.get("motif"):
            self.add_error("motif", "Indiquez le motif du rejet.")
        return data


class MotifBanqueForm(Form):
    """Why: urgency, contestation, what was verified."""

    motif = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, label: str, *args: Any) -> None:
        super().__init__(*args)
        self.fields["motif"].label = label
        self.fields["motif"].help_text = "Conservé dans l’historique de la structure."


class SalarieForm(FicheForm):
    pass_iae = IdentifiantField(
        identifiers.read_pass_iae, label="Numéro de PASS IAE", help_text="12 chiffres."
    )
    code_postal = IdentifiantField(
        identifiers.read_code_postal, label="Code postal", required=False
    )

    departement_naissance = IdentifiantField(
        identifiers.read_departement,
        label="Département de naissance",
        required=False,
        help_text="Sur trois caractères, par exemple 062 ; 099 pour une naissance à l’étranger.",
    )
    numero_ide = IdentifiantField(
        identifiers.read_numero_ide, label="Identifiant France Travail", required=False
    )
    revenu_moyen = EuroField(
        label="Revenu mensuel moyen", max_digits=7, min_value=0, required=False
    )
    revision = RevisionField()

    def __init__(self, *args: Any, eiti: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["orienteur"].required = False
        if not eiti:
            for name in CHAMPS_EITI:
                del self.fields[name]

    def sections(self) -> list[tuple[str, list[Any]]]:
        """The fields under the titles of the fiche."""
        return [
            (section.titre, [self[name] for name in section.champs if name in self.fields])
            for section in SECTIONS
            if any(name in self.fields for name in section.champs)
        ]

    def clean_orienteur(self) -> str:
        return self.cleaned_data["orienteur"] or "99"

    class Meta:
        model = Salarie
        exclude = [
            "structure",
            "numero",
            "revision",
            "nir_chiffre",
            "nir_empreinte",
            "anonymise_le",
        ]
        field_classes = {
            "date_naissance": forms.DateField,
            "pass_debut": forms.DateField,
            "pass_fin": forms.DateField,
        }


class NirForm(Form):
    """The social security number, as typed; empty, it is erased."""

    nir = IdentifiantField(
        identifiers.read_nir,
        label="Numéro de sécurité sociale",
        required=False,
        help_text="13 chiffres et la clé de 2 chiffres. Laissez vide pour effacer le numéro.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
    )


class ImportForm(Form):
    """A workbook of salariés; `cleaned_data["fichier"]` holds its rows."""

    fichier = forms.FileField(
        label="Classeur Excel",
        help_text=f"Format .xlsx, {MAX_BYTES // 1024 // 1024} Mo et {MAX_ROWS} lignes au plus.",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_fichier(self) -> list[dict[str, Any]]:
        try:
            return read_workbook(self.cleaned_data["fichier"])
        except Refus as refus:
            raise ValidationError(list(refus.motifs)) from refus


class ContratForm(FicheForm):
    """A hiring. `siae` is offered among the measures of the structure."""

    siae = forms.ModelChoiceField(label="Mesure", queryset=Siae.objects.none(), empty_label=None)
    heures_hebdo = HoursField(
        label="Heures par semaine", max_digits=4, help_text="Par exemple 26 ou 17,50."
    )
    salaire_brut = EuroField(label="Salaire brut mensuel", max_digits=8, min_value=0)
    code_rome = IdentifiantField(
        identifiers.read_code_rome,
        label="Code ROME",
        required=False,
        help_text="Une lettre et quatre chiffres, par exemple A1203.",
    )
    rsa_departement = IdentifiantField(
        identifiers.read_departement,
        label="RSA versé par le département",
        required=False,
        help_text="Sur trois caractères, par exemple 062. Vide si le salarié n’avait pas le RSA.",
    )

    class Meta:
        model = Contrat
        fields = ["siae", *TERMS]

    def __init__(self, *args: Any, siaes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        champ = self.fields["siae"]
        champ.queryset = siaes
        champ.label_from_instance = lambda siae: siae.get_mesure_display()


class ContratModifieForm(ContratForm):
    """A correction: the measure stays, and a renewal keeps the RSA status of its series."""

    revision = RevisionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, siaes=Siae.objects.none(), **kwargs)
        del self.fields["siae"]
        if self.instance.parent_id is not None:
            for name in ("rsa", "rsa_departement", "rsa_depuis"):
                del self.fields[name]

    class Meta(ContratForm.Meta):
        exclude = ["siae"]


class RenouvellementForm(ContratForm):
    """The next contract of a series: the RSA status is that of the first one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, siaes=Siae.objects.none(), **kwargs)
        for name in ("siae", "rsa", "rsa_departement", "rsa_depuis"):
            self.fields.pop(name, None)

    class Meta(ContratForm.Meta):
        exclude = ["siae", "rsa", "rsa_departement", "rsa_depuis"]


class SortieForm(Form):
    date_sortie = forms.DateField(label="Date de sortie", help_text="Dernier jour travaillé.")
    motif_sortie = forms.ChoiceField(label="Motif de sortie")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["motif_sortie"].choices = [("", "Choisir un motif"), *motifs_by_category()]


class AnnulationSortieForm(Form):
    motif = forms.CharField(label="Motif de l’annulation", max_length=300)


def motifs_by_category() -> list[tuple[str, list[tuple[str, str]]]]:
    """Exit reasons grouped by category, in the order of the code list."""
    return [
        (
            categorie.label,
            [
                (motif.value, motif.label)
                for motif in MotifSortie
                if CATEGORIE_DU_MOTIF[motif.value] == categorie
            ],
        )
        for categorie in CategorieSortie
    ]
