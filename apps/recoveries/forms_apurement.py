"""Forms of the disputes, remissions, write-offs, extinctions and collective procedures.

Each is shown on a confirmation page that restates what will happen; the services check again.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.accounts.models import Membership, Role
from apps.conventions.models import Financeur
from apps.core.clock import today
from apps.core.fields import EuroField
from apps.core.forms import Form
from apps.recoveries.models import (
    Extinction,
    LigneNonValeur,
    OrdreDeRecouvrer,
    ProcedureCollective,
)
from apps.recoveries.models.contestation import TEXTE_MAX
from apps.siae.models import Structure

OUI, NON = "oui", "non"


def _text(label: str, help_text: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=TEXTE_MAX,
        widget=forms.Textarea({"rows": 5}),
    )


def _piece(label: str = "Pièce justificative", *, required: bool = True) -> forms.FileField:
    return forms.FileField(
        label=label,
        required=required,
        help_text="PDF, JPEG ou PNG, de 10 Mio au plus.",
        widget=forms.FileInput({"accept": "application/pdf,image/jpeg,image/png"}),
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )


class DepotForm(Form):
    """A dispute, or a request of remission."""

    motif = _text("Motifs", "Ce que vous contestez ou demandez, et pourquoi.")
    piece = _piece(required=False)


class CourrierForm(DepotForm):
    """The same, received by the ASP by letter."""

    motif = _text("Motifs", "Ce que la structure conteste ou demande, et pourquoi.")
    recue_le = forms.DateField(label="Courrier reçu le")
    field_order = ["recue_le", "motif", "piece"]


class MotifForm(Form):
    motif = _text("Motifs", "La structure les lit.")


class AvisForm(Form):
    avis = _text("Avis", "Lu par l’ordonnateur : ce qui est dû, ce qui ne l’est pas, et pourquoi.")
    reduction = EuroField(
        label="Réduction proposée, en euros",
        help_text="0 pour proposer le rejet ; tout le montant pour proposer l’annulation.",
        min_value=0,
    )


class DecisionForm(Form):
    reduction = EuroField(
        label="Réduction de l’ordre, en euros",
        help_text="0 pour rejeter la contestation ; tout le montant pour annuler l’ordre.",
        min_value=0,
    )
    motif = _text("Motifs de la décision", "La structure les lit.")


class PropositionForm(Form):
    synthese = _text(
        "Synthèse",
        "Ressources et charges du débiteur, ce qu’il peut payer, l’avis de l’ASP.",
    )
    montant = EuroField(
        label="Remise proposée, en euros",
        help_text="0 pour proposer le refus.",
        min_value=0,
    )


class RemiseForm(Form):
    montant = EuroField(
        label="Remise accordée, en euros", help_text="0 pour refuser la remise.", min_value=0
    )
    motif = _text("Motifs de la décision", "Le débiteur les lit.")


class ReceptionForm(Form):
    """Receipt of the complete file; the ASP gives the reference of the receipt."""

    recue_le = forms.DateField(
        label="Dossier complet reçu le",
        help_text="Le délai de quatre mois court de ce jour.",
    )
    reference = forms.CharField(
        label="Référence de l’accusé de réception",
        help_text="Obligatoire lorsque l’ASP enregistre la réception.",
        required=False,
        max_length=120,
    )


class ManqueForm(Form):
    manque = _text(
        "Ce qui manque", "Le délai de quatre mois s’arrête ; il repart de zéro au dossier complet."
    )


class VideForm(Form):
    """Nothing to fill in: the page says what will happen, the button does it."""


class ListeForm(Form):
    financeur = forms.ModelChoiceField(Financeur.objects.none(), label="Financeur")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["financeur"].queryset = Financeur.objects.filter(
            ordres__isnull=False
        ).distinct()


class LigneForm(Form):
    """An order to present: its number, why, the proof."""

    numero = forms.IntegerField(label="Numéro de l’ordre de recouvrer", min_value=1)
    motif = forms.ChoiceField(label="Motif", choices=LigneNonValeur.Motif.choices)
    detail = _text("Précisions", "Obligatoires pour un autre motif.", required=False)
    piece = _piece()

    def clean_numero(self) -> int:
        numero: int = self.cleaned_data["numero"]
        self.ordre = OrdreDeRecouvrer.objects.filter(numero=numero).first()
        if self.ordre is None:
            raise ValidationError(f"Il n’y a pas d’ordre de recouvrer n° {numero}.")
        return numero


class PieceForm(Form):
    piece = _piece()


class AdmissionForm(Form):
    admise = forms.ChoiceField(
        label="Décision",
        choices=[
            (OUI, "Admettre en non-valeur : la somme est à la charge du financeur"),
            (NON, "Refuser : le recouvrement reprend avec les éléments donnés ci-dessous"),
        ],
        widget=forms.RadioSelect,
    )
    elements = _text(
        "Éléments permettant de reprendre le recouvrement",
        "Obligatoires pour refuser : nouvelle adresse, biens connus, personne à poursuivre…",
        required=False,
    )


class ExtinctionForm(Form):
    motif = forms.ChoiceField(label="Motif", choices=Extinction.Motif.choices)
    detail = _text("Précisions", required=False)
    piece = _piece("Justificatif : jugement, décision d’effacement ou acte de décès")


class PrononcerForm(Form):
    prononcee = forms.ChoiceField(
        label="Décision",
        choices=[
            (OUI, "Prononcer l’extinction : la somme est à la charge du financeur"),
            (NON, "Rejeter la proposition"),
        ],
        widget=forms.RadioSelect,
    )
    motif = _text("Motifs", "Obligatoires pour rejeter.", required=False)


class ProcedureForm(Form):
    """An opening judgment."""

    siret = forms.CharField(label="SIRET de la structure", max_length=20)
    nature = forms.ChoiceField(label="Nature", choices=ProcedureCollective.Nature.choices)
    jugement_le = forms.DateField(label="Date du jugement d’ouverture")
    tribunal = forms.CharField(label="Tribunal", max_length=120)
    mandataire = forms.CharField(label="Mandataire judiciaire", max_length=160, required=False)
    bodacc_le = forms.DateField(
        label="Date de publication au BODACC",
        help_text="Les deux mois pour déclarer les créances courent de ce jour.",
        required=False,
    )
    piece = _piece("Jugement d’ouverture")

    def clean_siret(self) -> str:
        siret = "".join(self.cleaned_data["siret"].split())
        self.structure = Structure.objects.filter(siret=siret).first()
        if self.structure is None:
            raise ValidationError("Aucune structure ne porte ce SIRET : vérifiez ses 14 chiffres.")
        return siret


class PublicationForm(Form):
    bodacc_le = forms.DateField(label="Date de publication au BODACC")


class DeclarationForm(Form):
    declaree_le = forms.DateField(label="Déclarées le")
    reference = forms.CharField(
        label="Référence de l’envoi",
        help_text="Recommandé ou dépôt électronique auprès du mandataire judiciaire.",
        max_length=120,
    )
    precisions = _text(
        "Demande de relevé de forclusion",
        "Obligatoire si le délai de deux mois est passé.",
        required=False,
    )


class ConversionForm(Form):
    le = forms.DateField(label="Date du jugement de conversion")


class ClotureForm(Form):
    issue = forms.ChoiceField(
        label="Issue", choices=ProcedureCollective.Issue.choices, widget=forms.RadioSelect
    )
    le = forms.DateField(label="Date du jugement de clôture")
    piece = _piece("Jugement de clôture ou de plan")


class DelegationForm(Form):
    """Who may sign for a département, from when to when."""

    decideur = forms.ModelChoiceField(Membership.objects.none(), label="Décideur")
    fonction = forms.CharField(label="Fonction", max_length=160)
    debut = forms.DateField(label="Valable du")
    fin = forms.DateField(label="Au", help_text="Compris.", required=False)
    specimen = _piece("Spécimen de signature", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decideur"].queryset = (
            Membership.objects.active(today())
            .filter(role=Role.DECIDEUR)
            .select_related("user", "organisation")
            .order_by("organisation__nom", "user__nom")
        )


class SpecimenForm(Form):
    specimen = _piece("Spécimen de signature")


class FinForm(Form):
    fin = forms.DateField(label="Dernier jour de la délégation")
