"""Forms of the annexes: figures, signed PDF, reasons, bulk revaluation.

They read what is typed and hand `figures()` to a service; the services decide. A field left empty
where a proposal exists takes it (département's amount, hours per ETP).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from apps.accounts.models import Delegation, Membership
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.annexes.proposal import parse_postes, proposal_for
from apps.conventions.models import ConventionIae, Financeur
from apps.core.errors import Refus
from apps.core.fields import EuroField, MonthField, NombreField
from apps.core.forms import Form
from apps.rules.periods import Month
from apps.siae.codes import TypeMesure
from apps.siae.models import Siae

# Far above any structure: what is beyond is a slip, and would not fit in the columns.
ETP_MAX = Decimal("9999.99")
EFFECTIF_MAX = 9999
SORTIES = ("taux_sorties_durables", "taux_sorties_transition", "taux_sorties_positives")


class ConventionChoice(forms.ModelChoiceField):
    """« Chantier des Dunes (ACI) – 062 010123 ACI 00001 », found by the name."""

    def label_from_instance(self, obj: ConventionIae) -> str:
        return f"{obj.siae} – {obj.numero}"


class TauxField(NombreField):
    def __init__(self, label: str) -> None:
        super().__init__(
            label=label,
            max_digits=5,
            decimal_places=2,
            min_value=Decimal(0),
            max_value=Decimal(100),
            required=False,
        )


class FiguresForm(Form):
    """Figures of a version; the first month and the convention only where they may be typed."""

    convention = ConventionChoice(ConventionIae.objects.none(), label="Convention et structure")
    debut = MonthField(label="Premier mois", help_text="Par exemple 01/2023.")
    fin = MonthField(label="Dernier mois", help_text="Douze mois au plus, premier mois compris.")
    postes = forms.CharField(
        label="Postes par mois",
        required=False,
        help_text="Pour calculer la moyenne : « 6 × 6 ; 3 × 6 » vaut six postes pendant six "
        "mois, puis trois pendant six mois.",
    )
    etp = NombreField(
        label="Postes en ETP, en moyenne sur la période",
        max_digits=8,
        decimal_places=2,
        min_value=Decimal("0.01"),
        max_value=ETP_MAX,
        required=False,
        help_text="Calculé si vous remplissez les postes par mois.",
    )
    financeur_cd = forms.ModelChoiceField(
        Financeur.objects.none(),
        label="Département cofinanceur",
        required=False,
        empty_label="Aucun",
    )
    brsa_vises = forms.IntegerField(
        label="Bénéficiaires du RSA visés",
        min_value=0,
        max_value=EFFECTIF_MAX,
        required=False,
        initial=0,
    )
    montant_cd = EuroField(
        label="Montant du département, en euros",
        min_value=Decimal(0),
        required=False,
        help_text="Laissez vide pour reprendre le montant que donne la CAOM.",
    )
    sorties_prevues = forms.IntegerField(
        label="Sorties prévues",
        min_value=0,
        max_value=EFFECTIF_MAX,
        required=False,
        initial=0,
    )
    taux_sorties_durables = TauxField("Taux de sorties durables, en %")
    taux_sorties_transition = TauxField("Taux de sorties de transition, en %")
    taux_sorties_positives = TauxField("Taux de sorties positives, en %")
    signataire = forms.ModelChoiceField(
        Delegation.objects.none(), label="Signataire", required=False, empty_label="À compléter"
    )
    signee_le = forms.DateField(label="Signée le", required=False)
    motif_avenant = forms.CharField(label="Objet de l’avenant", max_length=300)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        acting: Membership,
        version: VersionAnnexe | None = None,
        avenant: bool = False,
        **kwargs: Any,
    ) -> None:
        """`version`: the one edited, or the one an amendment starts from (`avenant`)."""
        if version is not None:
            kwargs["initial"] = _initial(version, avenant) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.version = version
        self.avenant = avenant
        siaes = Siae.objects.visible_to(acting)
        conventions = ConventionIae.objects.select_related("siae__structure")
        if version is not None:
            conventions = conventions.filter(siae=version.siae_id)
        self.fields["convention"].queryset = conventions.filter(siae__in=siaes).order_by(
            "siae__structure__cle_tri", "siae__mesure", "numero"
        )
        territory = acting.organisation.departement
        self.fields["financeur_cd"].queryset = Financeur.objects.filter(type="CD", code=territory)
        self.fields["signataire"].queryset = Delegation.objects.filter(
            organisation__type="DDETS", organisation__departement=territory
        )
        amends = avenant or (version is not None and version.modification > 0)
        for name in ("convention", "debut") if amends else ("motif_avenant",):
            del self.fields[name]
        if version is None or avenant:
            del self.fields["revision"]

    @property
    def premier_jour(self) -> date | None:
        if "debut" in self.fields:
            return self.cleaned_data.get("debut")
        return self.version.debut if self.version else None

    def clean_fin(self) -> date:
        return Month.of(self.cleaned_data["fin"]).last_day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        fin = data.get("fin")
        if data.get("postes") and self.premier_jour and fin:
            months = Month.of(fin) - Month.of(self.premier_jour) + 1
            try:
                data["etp"] = parse_postes(data["postes"], months)
            except Refus as refus:
                self.add_error("postes", str(refus))
        elif data.get("etp") is None and "etp" not in self.errors:
            self.add_error("etp", "Indiquez le nombre de postes en ETP, ou les postes par mois.")
        return data

    def figures(self) -> dict[str, Any]:
        """What the services take; an amount left empty is the one the CAOM gives."""
        figures = self._plain()
        if self.cleaned_data.get("montant_cd") is None and figures["financeur_cd"]:
            figures["montant_cd"] = proposal_for(self.sketch()) or Decimal("0.00")
        return figures

    def _plain(self) -> dict[str, Any]:
        left_out = {"convention", "postes", "revision"}
        figures = {k: v for k, v in self.cleaned_data.items() if k not in left_out}
        for name in ("brsa_vises", "sorties_prevues"):
            figures[name] = figures.get(name) or 0
        for name in ("montant_cd", *SORTIES):
            figures[name] = figures.get(name) or Decimal("0.00")
        return figures

    def siae(self) -> Siae | None:
        if self.version is not None:
            return self.version.siae
        convention = self.cleaned_data.get("convention")
        return convention.siae if convention else None

    def sketch(self) -> VersionAnnexe:
        """The version these figures would make, not saved. Raises `Refus` if too few are read."""
        siae, debut, figures = self.siae(), self.premier_jour, self._plain()
        if siae is None or not debut or not figures.get("fin") or not figures.get("etp"):
            raise Refus("Complétez la convention, la période et les postes.")
        version = VersionAnnexe(siae=siae, annexe=AnnexeFinanciere(siae=siae), debut=debut)
        if self.version is not None:
            version.annexe = self.version.annexe
            version.modification = self.version.modification + (1 if self.avenant else 0)
        for name, value in figures.items():
            setattr(version, name, value)
        return version


def _initial(version: VersionAnnexe, avenant: bool) -> dict[str, Any]:
    signed = ("signataire", "signee_le", "motif_avenant")
    names = [n for n in FiguresForm.base_fields if n not in ("convention", "postes")]
    initial = {name: getattr(version, name) for name in names if not (avenant and name in signed)}
    return initial | {"convention": version.annexe.convention_id}


class PieceForm(Form):
    piece = forms.FileField(
        label="Annexe signée",
        help_text="Fichier PDF de 10 Mio au plus.",
        widget=forms.FileInput({"accept": "application/pdf"}),
    )


class RejetForm(Form):
    """The reason is a typed one, then words for the DDETS."""

    MOTIFS = [
        ("SIGN_INSTR", "Signature absente ou non habilitée"),
        ("NUM_AVM_KO", "Numéro d’avenant incorrect"),
        ("CP_BANC_KO", "Coordonnées bancaires non conformes"),
        ("TIT_RIB_KO", "Titulaire du compte différent de la structure"),
        ("ETAB_FERME", "Établissement fermé"),
        ("MONTANT", "Montants à corriger"),
        ("AUTRE", "Autre motif"),
    ]

    motif = forms.ChoiceField(label="Motif", choices=MOTIFS, widget=forms.RadioSelect)
    texte = forms.CharField(
        label="Ce que la DDETS doit corriger", max_length=400, widget=forms.Textarea({"rows": 4})
    )

    def sentence(self) -> str:
        label = dict(self.MOTIFS)[self.cleaned_data["motif"]]
        return f"{label} : {self.cleaned_data['texte']}"


class LotForm(Form):
    """Versions to validate together, once their signed PDF has been read."""

    versions = forms.ModelMultipleChoiceField(
        VersionAnnexe.objects.none(),
        label="Annexes à valider",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins une annexe à valider."},
    )
    confirmation = forms.BooleanField(
        label="J’ai comparé chaque annexe cochée à sa pièce signée",
        error_messages={"required": "Confirmez que vous avez comparé les pièces signées."},
    )

    def __init__(self, *args: Any, versions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["versions"].queryset = versions


class MotifForm(Form):
    """A reason in words (suspension, cancellation)."""

    motif = forms.CharField(label="Motif", max_length=500, widget=forms.Textarea({"rows": 3}))


class RevalorisationForm(Form):
    mesure = forms.ChoiceField(label="Mesure", choices=TypeMesure.choices)


class PeriodeForm(Form):
    """Annexes to renew: those whose last month is in this period."""

    du = MonthField(label="Annexes qui finissent de", help_text="Par exemple 01/2023.")
    au = MonthField(label="À", help_text="Dernier mois de la période.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("du") and data.get("au") and data["au"] < data["du"]:
            self.add_error("au", "Le dernier mois précède le premier.")
        return data


class SerieForm(Form):
    """The annexes chosen, and what their renewals have in common."""

    annexes = forms.ModelMultipleChoiceField(
        AnnexeFinanciere.objects.none(),
        label="Annexes à renouveler",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins une annexe à renouveler."},
    )
    fin = MonthField(
        label="Dernier mois commun",
        required=False,
        help_text="Laissez vide pour douze mois, dans la limite de la convention.",
    )
    taux_cd = NombreField(
        label="Taux commun du département, en %",
        required=False,
        max_digits=5,
        decimal_places=2,
        min_value=Decimal(0),
        max_value=Decimal(100),
        help_text="Laissez vide pour reprendre le montant que donne la CAOM de la nouvelle année.",
    )

    def __init__(self, *args: Any, annexes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["annexes"].queryset = annexes

    def clean_fin(self) -> date | None:
        fin = self.cleaned_data.get("fin")
        return Month.of(fin).last_day if fin else None
