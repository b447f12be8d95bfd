"""Forms of the CAOM, their signature and the conventions IAE; the services decide."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from apps.accounts.models import Membership
from apps.conventions.models import Caom, ConventionMandat, Financeur, ObjectifCaom
from apps.core.fields import EuroField, NombreField
from apps.core.forms import Form
from apps.core.words import label_of
from apps.siae.codes import TypeMesure
from apps.siae.models import Siae

# Far above any département: what is beyond is a slip, and would not fit in the columns.
ENTREES_MAX = 9999
MONTANT_MENSUEL_MAX = Decimal("9999.99")


class ObjectifFields(Form):
    """Volet 2 of CERFA 13999*02 for one measure: entries, by public, and the monthly amount."""

    mesure = forms.ChoiceField(label="Mesure", choices=TypeMesure.choices)
    entrees = forms.IntegerField(label="Entrées prévues", min_value=0, max_value=ENTREES_MAX)
    entrees_brsa = forms.IntegerField(
        label="Dont bénéficiaires du RSA", min_value=0, max_value=ENTREES_MAX
    )
    montant_mensuel = EuroField(
        label="Montant mensuel par bénéficiaire, en euros",
        min_value=Decimal("0.01"),
        max_value=MONTANT_MENSUEL_MAX,
        help_text="En principe 88 % du RSA d’une personne seule, par exemple 534,82.",
    )
    mois_prevus = forms.IntegerField(label="Mois prévus", min_value=1, max_value=12, initial=12)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The other publics are for information: left empty, there is none.
        for name in ObjectifCaom.PUBLICS[1:]:
            self.fields[name] = forms.IntegerField(
                label=label_of(ObjectifCaom._meta.get_field(name)),
                min_value=0,
                max_value=ENTREES_MAX,
                required=False,
            )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name in ObjectifCaom.PUBLICS:
            if name in data:
                data[name] = data[name] or 0
            if "entrees" in data and data.get(name, 0) > data["entrees"]:
                self.add_error(
                    name, f"Ce nombre dépasse le total des entrées prévues ({data['entrees']})."
                )
        return data

    def objectif(self) -> dict[str, Any]:
        names = ("mesure", "entrees", *ObjectifCaom.PUBLICS, "montant_mensuel", "mois_prevus")
        return {name: self.cleaned_data[name] for name in names}


class CaomForm(ObjectifFields):
    """A CAOM with the objective of one kind of structure; others are added afterwards."""

    financeur = forms.ModelChoiceField(Financeur.objects.none(), label="Département")
    annee = forms.IntegerField(label="Année", min_value=2014, max_value=2100)
    somme_des_montants_dates = forms.BooleanField(
        label="Proposer le montant des annexes par la somme des montants datés du RSA",
        required=False,
    )

    field_order = ("financeur", "annee", "mesure", "entrees", *ObjectifCaom.PUBLICS)

    def __init__(self, *args: Any, acting: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        financeurs = Financeur.objects.filter(type=Financeur.Type.CD)
        if acting.is_ddets:
            financeurs = financeurs.filter(code=acting.organisation.departement)
        self.fields["financeur"].queryset = financeurs


class ObjectifForm(ObjectifFields):
    """A new objective, or the dated version of one, agreed by exchange of letters."""

    effet = forms.DateField(label="À compter du")

    accord_le = forms.DateField(
        label="Accord signé le",
        help_text="Date de l’avenant ou de l’échange de lettres entre l’État et le département.",
    )

    field_order = ("mesure", "effet", "accord_le", "entrees", *ObjectifCaom.PUBLICS)

    def __init__(self, *args: Any, caom: Caom, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.annee = caom.annee
        self.fields["effet"].help_text = f"Dans l’année {caom.annee}."
        if caom.signee_le is None:  # signed with the CAOM itself
            del self.fields["accord_le"]

    def clean_effet(self) -> date:
        effet: date = self.cleaned_data["effet"]
        if effet.year != self.annee:
            raise forms.ValidationError(f"Donnez une date de l’année {self.annee}.")
        return effet


class SignatureForm(Form):
    signee_le = forms.DateField(label="Signée le")


class SignatureCaomForm(SignatureForm):
    """The signature of a CAOM has effects that cannot be undone: it is confirmed."""

    confirmation = forms.BooleanField(
        label="La convention est signée par l’État et par le département à cette date",
    )


class SignatureMandatForm(SignatureForm):
    """How the convention is funded is read on what is signed (art. 3.1)."""

    modalite = forms.ChoiceField(
        label="Versement des fonds par le département",
        choices=ConventionMandat.Modalite.choices,
        widget=forms.RadioSelect,
        help_text="L’avance est proposée aussitôt ; une autre personne de l’ASP l’appelle.",
    )


class DenonciationForm(Form):
    recue_le = forms.DateField(label="Lettre reçue le")
    motif = forms.CharField(label="Motif", max_length=500, widget=forms.Textarea({"rows": 3}))


class ConventionForm(Form):
    siae = forms.ModelChoiceField(Siae.objects.none(), label="Structure et mesure")
    numero = forms.CharField(
        label="Numéro", max_length=40, help_text="Par exemple 062 010123 ACI 00019."
    )
    debut = forms.DateField(label="Début")
    fin = forms.DateField(label="Fin")
    signee_le = forms.DateField(label="Signée le")

    def __init__(self, *args: Any, acting: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = Siae.objects.visible_to(acting).select_related("structure")
        self.fields["siae"].queryset = seen.order_by("structure__cle_tri", "mesure")


class ValeurForm(Form):
    """A value of the law, as its text gives it."""

    effet = forms.DateField(label="Prend effet le")
    montant = NombreField(
        label="Valeur", min_value=Decimal("0.01"), max_digits=10, decimal_places=2
    )
    reference = forms.CharField(
        label="Texte",
        max_length=200,
        help_text="Par exemple : arrêté du 28 juillet 2023 (JO du 17 août 2023).",
    )
    connu_le = forms.DateField(
        label="Publié le",
        help_text="Les annexes transmises avant ce jour gardent le montant qui était connu.",
    )

    def __init__(self, *args: Any, en_heures: bool, en_indice: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = "Montant, en euros"
        if en_heures:
            unit = "Nombre d’heures"
        elif en_indice:
            unit = "Indice"
            self.fields["effet"].help_text = "Le 1er août de l’année mesurée."
            self.fields["connu_le"].help_text = "Jour de sa publication par l’INSEE."
        self.fields["montant"].label = unit


class DecisionForm(Form):
    DECISIONS = [("APPROUVER", "Approuver la valeur"), ("REFUSER", "Refuser la valeur")]

    decision = forms.ChoiceField(label="Décision", choices=DECISIONS, widget=forms.RadioSelect)
    motif = forms.CharField(
        label="Motif du refus",
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text="À remplir seulement en cas de refus.",
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("decision") == "REFUSER" and not data.get("motif"):
            self.add_error("motif", "Indiquez le motif du refus.")
        return data


class AvenantFinancierForm(Form):
    """Yearly credits of a mandate (convention de mandat, art. 3)."""

    annee = forms.IntegerField(label="Année", min_value=2014, max_value=2100)
    credits_intervention = EuroField(
        label="Crédits d’intervention, en euros", min_value=Decimal(0), max_digits=14
    )
    prix_annexe = EuroField(
        label="Prix par annexe ou avenant, en euros",
        min_value=Decimal(0),
        max_digits=8,
        help_text="Indexé chaque 1er janvier, par exemple 34,93.",
    )
    annexes_prevues = forms.IntegerField(
        label="Annexes prévues", min_value=0, max_value=ENTREES_MAX
    )
    forfait_annuel = EuroField(
        label="Forfait annuel, en euros", min_value=Decimal(0), max_digits=10
    )
    credits_frais = EuroField(
        label="Crédits de frais de gestion, en euros",
        min_value=Decimal(0),
        max_digits=12,
        required=False,
        help_text="Laissez vide pour reprendre prix × annexes prévues + forfait.",
    )
    credits_paiement = EuroField(
        label="Crédits de paiement de l’année, en euros",
        min_value=Decimal(0),
        max_digits=14,
        required=False,
        help_text="Laissez vide s’ils sont égaux aux crédits d’intervention votés.",
    )
    notifie_le = forms.DateField(
        label="Crédits notifiés le",
        required=False,
        help_text="Date de la lettre du département qui notifie le vote de son budget.",
    )
