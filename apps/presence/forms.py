"""Forms of the monthly statements: entry of the hours, batches, reasons.

The entry form has one set of fields per contract. A hidden field keeps what the page had read, so
that only the rows really changed are sent to the service, with the revision they were read at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from apps.core.fields import EuroField, HoursField
from apps.core.forms import Form
from apps.presence.checks import hours_fault
from apps.presence.models import EtatMensuel
from apps.presence.services import Conflict, LineInput
from apps.presence.services.entry import input_of
from apps.presence.sheet import Row, hundredths
from apps.rules.money import cents, hours2
from apps.rules.presence import plafond_heures

SALAIRE_MAX = Decimal("999999.99")


@dataclass(frozen=True, slots=True)
class RowFields:
    """What the template draws for a row."""

    row: Row
    lu: BoundField
    heures: BoundField
    salaire_brut: BoundField
    commentaire: BoundField
    conflit: Conflict | None
    alertes: list[str]

    @property
    def plafond(self) -> int:
        """Most hours of the contract in the month, in hundredths, for the live grid."""
        return hundredths(plafond_heures(self.row.jours))


class SaisieForm(Form):
    """Hours, gross pay and comment of each row: those of a sheet, or the one being autosaved."""

    mark_optional = False

    def __init__(
        self,
        rows: Sequence[Row],
        *args: Any,
        conflicts: Mapping[int, Conflict] | None = None,
        alertes: Mapping[int, list[str]] | None = None,
    ) -> None:
        super().__init__(*args)
        self.rows = rows
        self.conflicts = conflicts or {}
        self.alertes = alertes or {}
        for row in rows:
            self._add_row(row, self.conflicts.get(row.contrat.pk))

    def _add_row(self, row: Row, conflict: Conflict | None) -> None:
        pk, who = row.contrat.pk, row.salarie
        read = _read(row)
        shown = conflict.typed if conflict else read
        self.fields[f"lu_{pk}"] = forms.CharField(
            widget=forms.HiddenInput, required=False, initial=dump(read)
        )
        self.fields[f"heures_{pk}"] = HoursField(
            required=False, label=f"Heures de {who}", initial=shown.heures
        )
        self.fields[f"salaire_{pk}"] = EuroField(
            required=False,
            label=f"Salaire brut de {who}",
            initial=shown.salaire_brut,
            min_value=Decimal(0),
            max_value=SALAIRE_MAX,
        )
        self.fields[f"commentaire_{pk}"] = forms.CharField(
            required=False,
            label=f"Commentaire sur {who}",
            initial=shown.commentaire,
            max_length=300,
        )

    def lignes(self) -> Iterator[RowFields]:
        for row in self.rows:
            pk = row.contrat.pk
            yield RowFields(
                row,
                self[f"lu_{pk}"],
                self[f"heures_{pk}"],
                self[f"salaire_{pk}"],
                self[f"commentaire_{pk}"],
                self.conflicts.get(pk),
                self.alertes.get(pk, []),
            )

    def clean(self) -> dict[str, Any]:
        for row in self.rows:
            typed = self.cleaned_data.get(f"heures_{row.contrat.pk}")
            if typed is not None and typed > plafond_heures(row.jours):
                fault = hours_fault(row.salarie, typed, row.jours)
                # The field and the summary name the person already.
                fault = fault.removeprefix(f"{row.salarie} : ")
                self.add_error(f"heures_{row.contrat.pk}", fault)
        return self.cleaned_data

    def changed_rows(self) -> list[LineInput]:
        """Rows whose values are not those the page had shown; the others are left alone."""
        read_and_typed = [self.typed_row(row) for row in self.rows]
        return [typed for read, typed in read_and_typed if read is not None and typed != read]

    def typed_row(self, row: Row) -> tuple[LineInput | None, LineInput]:
        """What the page had read of a row (None: it was not on it) and what was typed."""
        pk = row.contrat.pk
        read = _load(pk, self.cleaned_data.get(f"lu_{pk}", ""))
        typed = LineInput(
            pk,
            read.revision if read else row.revision,
            self.cleaned_data[f"heures_{pk}"],
            self.cleaned_data[f"salaire_{pk}"],
            self.cleaned_data[f"commentaire_{pk}"],
        )
        return read, typed


class LotForm(Form):
    """The statements a page restates before they are validated together."""

    etat = forms.ModelMultipleChoiceField(
        queryset=EtatMensuel.objects.none(),
        label="États mensuels",
        widget=forms.MultipleHiddenInput,
        error_messages={
            "required": "Choisissez au moins un état mensuel.",
            "invalid_choice": "Un état mensuel de la sélection a changé : revenez à la liste.",
        },
    )

    def __init__(self, queryset: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["etat"].queryset = queryset


class MotifForm(Form):
    """The reason of a re-opening or of a carence."""

    motif = forms.CharField(max_length=300, widget=forms.Textarea({"rows": 3}))

    def __init__(self, label: str, help_text: str, *args: Any) -> None:
        super().__init__(*args)
        self.fields["motif"].label = label
        self.fields["motif"].help_text = help_text


def _read(row: Row) -> LineInput:
    return input_of(row.ligne) if row.ligne else LineInput(row.contrat.pk, row.revision, None)


def dump(read: LineInput) -> str:
    """The same as the text of a hidden field; `_load` reads it back."""
    hours, pay = read.heures, read.salaire_brut
    return json.dumps(
        [
            read.revision,
            None if hours is None else str(hours),
            None if pay is None else str(pay),
            read.commentaire,
        ]
    )


def _load(contrat_id: int, text: str) -> LineInput | None:
    """What the page had read; None for a row that was not on it."""
    try:
        revision, hours, pay, comment = json.loads(text)
        return LineInput(
            contrat_id,
            int(revision),
            None if hours is None else hours2(Decimal(hours)),
            None if pay is None else cents(Decimal(pay)),
            str(comment),
        )
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        return None
