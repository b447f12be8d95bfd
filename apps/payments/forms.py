"""Forms of the payments: the month of a run, the reason of an act, the hypothesis of a forecast."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.core.fields import HoursField, MonthField
from apps.core.forms import FilterForm, Form
from apps.payments.comparison import Cause, Comparaison, Ecart
from apps.payments.treasury import Dossier
from apps.rules.forecast import Hypothese
from apps.rules.periods import Month
from apps.siae.codes import TypeMesure


class PreparationForm(Form):
    mois = MonthField(
        label="Mois de la campagne",
        help_text="Le droit au paiement est apprécié au jour de paiement de ce mois.",
    )


class MotifForm(Form):
    motif = forms.CharField(
        label="Motif",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Il est conservé dans le journal et montré aux parties.",
    )


class HypotheseForm(Form):
    """Hours and beneficiaries of every month to come, then of one month or another.

    Sent by GET: the address of the page holds the whole hypothesis.
    """

    mark_optional = False
    heures = HoursField(
        label="Heures par mois",
        max_digits=8,
        help_text="Heures éligibles de tous les salariés, pour chaque mois à venir.",
    )
    brsa = forms.IntegerField(
        label="Bénéficiaires du RSA",
        min_value=0,
        max_value=9999,
        required=False,
        help_text="Personnes ayant au moins une heure dans le mois.",
    )

    def __init__(self, dossier: Dossier, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dossier = dossier
        self.cofinancee = bool(dossier.montants_cd)
        if not self.cofinancee:
            del self.fields["brsa"]
        for mois in dossier.mois_a_venir:
            self.fields[f"h-{mois}"] = HoursField(
                label=f"Heures {mois.label_with_de}", max_digits=8, required=False
            )
            if self.cofinancee:
                self.fields[f"b-{mois}"] = forms.IntegerField(
                    label=f"Bénéficiaires du RSA {mois.label_with_de}",
                    min_value=0,
                    max_value=9999,
                    required=False,
                )

    @property
    def mois_par_mois(self) -> list[dict[str, Any]]:
        """The fields of each month to come, with the hours already declared for it."""
        return [
            {
                "mois": mois,
                "heures": self[f"h-{mois}"],
                "brsa": self[f"b-{mois}"] if self.cofinancee else None,
                "declarees": self.dossier.declares.get(mois),
            }
            for mois in self.dossier.mois_a_venir
        ]

    @property
    def detaillee(self) -> bool:
        """Whether a month has figures, or a fault, of its own."""
        names = [name for name in self.fields if name[:2] in ("h-", "b-")]
        return any(self.data.get(name) or name in self.errors for name in names)

    def hypotheses(self) -> dict[Month, Hypothese]:
        """What each month to come holds: its own figures, those declared, else the general ones."""
        return {mois: self._of_month(mois) for mois in self.dossier.mois_a_venir}

    def _of_month(self, mois: Month) -> Hypothese:
        data = self.cleaned_data
        heures, brsa = data.get(f"h-{mois}"), data.get(f"b-{mois}")
        if heures is None:
            heures = self.dossier.declares.get(mois, data["heures"])
        return Hypothese(heures, (data.get("brsa") or 0) if brsa is None else brsa)


class ComparaisonForm(FilterForm):
    """Filters of the differences between two runs, which are computed, not stored."""

    SENS = (("", "Tous"), ("HAUSSE", "Hausses"), ("BAISSE", "Baisses"))

    q = forms.CharField(label="Structure ou numéro d’annexe", required=False)
    cause = forms.ChoiceField(
        label="Cause", choices=[("", "Toutes"), *Cause.choices], required=False
    )
    sens = forms.ChoiceField(label="Sens de l’écart", choices=SENS, required=False)
    departement = forms.ChoiceField(label="Département", required=False)
    mesure = forms.ChoiceField(
        label="Mesure", choices=[("", "Toutes"), *TypeMesure.choices], required=False
    )

    def __init__(self, comparaison: Comparaison, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = sorted({x.annexe.siae.structure.departement for x in comparaison.ecarts})
        field = self.fields["departement"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", "Tous"), *((code, code) for code in codes)]

    def keep(self, ecarts: list[Ecart]) -> list[Ecart]:
        """The differences that answer every filter; all of them when none is valid."""
        if not self.is_valid():
            return ecarts
        return [ecart for ecart in ecarts if self._kept(ecart)]

    def active_filters(self, query: Any) -> list[dict[str, str]]:
        """Each filter in use, in words, with the address of the page without it."""
        active = []
        for field in self.visible_fields():
            if value := query.get(field.html_name):
                rest = query.copy()
                rest.pop(field.html_name)
                rest.pop("page", None)
                words = dict(getattr(field.field, "choices", ())).get(value, value)
                url = f"?{rest.urlencode()}"
                active.append({"libelle": f"{field.label} : {words}", "url": url})
        return active

    def _kept(self, ecart: Ecart) -> bool:
        data, siae = self.cleaned_data, ecart.annexe.siae
        typed = data["q"].lower()
        named = typed in siae.structure.denomination.lower()
        numbered = "".join(typed.split()) in ecart.annexe.numero.lower()
        rises = {"HAUSSE": ecart.montant > 0, "BAISSE": ecart.montant < 0}
        return (
            (named or numbered)
            and rises.get(data["sens"], True)
            and data["cause"] in ("", *(part.cause for part in ecart.composantes))
            and data["departement"] in ("", siae.structure.departement)
            and data["mesure"] in ("", siae.mesure)
        )
