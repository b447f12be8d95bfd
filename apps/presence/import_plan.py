"""The preview of an import: each line of the file against the sheet of the month.

Who, before and after, and the lines refused with what to do. Reads only: exits are tried and
taken back. `seal` makes the preview a signed text that the page sends back to be imported, so that
no file is kept on the server. Called by the import page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils.dateparse import parse_date

from apps.accounts.models import Membership
from apps.core.errors import Refus
from apps.core.words import repeated
from apps.presence.checks import hours_fault
from apps.presence.import_file import Classeur, Fault, FileRow
from apps.presence.services import ImportedLine, LineInput
from apps.presence.sheet import Row, Sheet
from apps.presence.workbook import Colonne
from apps.rules.explanation import euros, heures
from apps.rules.periods import Month
from apps.rules.presence import days_in_month, plafond_heures
from apps.siae.services import record_exit

SEAL = "presence.import"
SEAL_SECONDS = 4 * 3600


@dataclass(frozen=True, slots=True)
class Changement:
    """One value: what it is in the extranet and what the file says."""

    libelle: str
    avant: str
    apres: str


@dataclass(frozen=True, slots=True)
class Apercu:
    """One line that will be imported."""

    ligne: int
    row: Row
    changements: list[Changement]
    importee: ImportedLine


@dataclass(slots=True)
class Plan:
    """What an import will do; `inchangees` lines say what the extranet already says."""

    apercus: list[Apercu] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    inchangees: int = 0
    absents: list[Row] = field(default_factory=list)

    @property
    def lines(self) -> list[ImportedLine]:
        return [apercu.importee for apercu in self.apercus]


class _TakeBack(Exception):
    """Ends the trial of an exit."""


def plan_import(acting: Membership, sheet: Sheet, classeur: Classeur, *, on: date) -> Plan:
    """Compare the file with the sheet. `Refus` when it is the model of something else."""
    _check_subject(sheet, classeur)
    plan = Plan(faults=list(classeur.faults))
    taken: set[int] = set()
    for line in classeur.rows:
        row = _find(plan, sheet, line)
        if row is None:
            continue
        if row.contrat.pk in taken:
            plan.faults.append(
                Fault(
                    line.ligne,
                    Colonne.NUMERO,
                    "Une autre ligne du fichier désigne déjà ce contrat : ne gardez que l’une "
                    "des deux.",
                )
            )
            continue
        taken.add(row.contrat.pk)
        _compare(plan, acting, sheet, line, row, on)
    plan.faults.sort(key=lambda fault: fault.ligne)
    refused = {fault.ligne for fault in plan.faults}
    named = {line.numero for line in classeur.rows if line.ligne in refused}
    plan.absents = [
        row
        for row in sheet.rows
        if row.contrat.pk not in taken and row.heures is None and row.salarie.numero not in named
    ]
    return plan


def seal(acting: Membership, sheet: Sheet, plan: Plan, fichier: str) -> str:
    """The lines of a plan as a signed text, good for this person, annex and month."""
    lines = [
        [
            line.saisie.contrat_id,
            line.saisie.revision,
            _text(line.saisie.heures),
            _text(line.saisie.salaire_brut),
            line.saisie.commentaire,
            _text(line.date_sortie),
            line.motif_sortie,
        ]
        for line in plan.lines
    ]
    subject = [acting.pk, sheet.annexe.pk, sheet.mois.isoformat()]
    return signing.dumps([subject, fichier, lines], salt=SEAL, compress=True)


def unseal(acting: Membership, sheet: Sheet, text: str) -> tuple[str, list[ImportedLine]]:
    """The name of the file and the lines. `Refus` for a preview too old or that is not ours."""
    try:
        subject, fichier, lines = signing.loads(text, salt=SEAL, max_age=SEAL_SECONDS)
    except signing.BadSignature:
        subject, fichier, lines = None, "", []
    if subject != [acting.pk, sheet.annexe.pk, sheet.mois.isoformat()]:
        raise Refus("Cet aperçu a expiré : importez de nouveau le fichier.")
    return fichier, [_line(*values) for values in lines]


def _line(
    contrat_id: int,
    revision: int,
    hours: str | None,
    pay: str | None,
    comment: str,
    sortie: str | None,
    motif: str,
) -> ImportedLine:
    saisie = LineInput(
        contrat_id,
        revision,
        None if hours is None else Decimal(hours),
        None if pay is None else Decimal(pay),
        comment,
    )
    return ImportedLine(saisie, parse_date(sortie) if sortie else None, motif)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _check_subject(sheet: Sheet, classeur: Classeur) -> None:
    """The model of another month or annex must not be imported by mistake."""
    if classeur.mois and classeur.mois != f"{sheet.mois:%m/%Y}":
        raise Refus(
            f"Ce fichier est le modèle du mois {repeated(classeur.mois)}, vous importez le mois "
            f"{sheet.month.label_with_de} : choisissez le bon fichier ou le bon mois."
        )
    if classeur.annexe and classeur.annexe.split()[:4] != str(sheet.annexe).split()[:4]:
        raise Refus(
            f"Ce fichier est le modèle de l’annexe financière {repeated(classeur.annexe)}, vous "
            f"importez l’annexe {sheet.annexe} : choisissez le bon fichier."
        )
    if not classeur.rows and not classeur.faults:
        raise Refus("Ce classeur n’a aucune ligne : remplissez le modèle du mois.")


def _find(plan: Plan, sheet: Sheet, line: FileRow) -> Row | None:
    """The contract of a line: by the number of the person, and its start when there are several."""
    rows = [row for row in sheet.rows if row.salarie.numero == line.numero]
    if not rows:
        message = (
            f"Aucun contrat ouvert en {sheet.month.label} pour le salarié n° {line.numero} : "
            "vérifiez le numéro ou enregistrez le contrat."
        )
        plan.faults.append(Fault(line.ligne, Colonne.NUMERO, message))
        return None
    if line.debut is not None or len(rows) > 1:
        rows = [row for row in rows if row.contrat.debut == line.debut]
    if not rows:
        message = (
            f"Le salarié n° {line.numero} n’a pas de contrat du mois qui commence à cette date : "
            "reprenez celle du modèle."
        )
        plan.faults.append(Fault(line.ligne, Colonne.DEBUT, message))
        return None
    if line.nom and line.nom.casefold() != str(rows[0].salarie).casefold():
        message = (
            f"Le n° {line.numero} est celui de {rows[0].salarie}, le fichier dit "
            f"« {repeated(line.nom)} » : vérifiez la ligne, un tri a pu décaler les noms."
        )
        plan.faults.append(Fault(line.ligne, Colonne.SALARIE, message))
        return None
    return rows[0]


def _compare(
    plan: Plan, acting: Membership, sheet: Sheet, line: FileRow, row: Row, on: date
) -> None:
    """Add what a line changes, or what is wrong with it."""
    imported = _merged(line, row)
    fault = _exit_fault(acting, line, row, imported, on) or _hours_fault(sheet, line, row, imported)
    if fault:
        plan.faults.append(fault)
        return
    changes = _changes(row, imported)
    if changes:
        plan.apercus.append(Apercu(line.ligne, row, changes, imported))
    else:
        plan.inchangees += 1


def _merged(line: FileRow, row: Row) -> ImportedLine:
    """What the extranet will say: the file, and what it says already where a cell is empty."""
    values = line.valeurs
    current = row.ligne

    def chosen(colonne: Colonne, otherwise: Any) -> Any:
        value = values.get(colonne)
        return otherwise if value is None else value

    saisie = LineInput(
        row.contrat.pk,
        row.revision,
        chosen(Colonne.HEURES, row.heures),
        chosen(Colonne.SALAIRE, current.salaire_brut if current else None),
        chosen(Colonne.COMMENTAIRE, current.commentaire if current else ""),
    )
    exit_day, reason = values.get(Colonne.DATE_SORTIE), values.get(Colonne.MOTIF_SORTIE) or ""
    if (exit_day, reason) == (row.contrat.date_sortie, row.contrat.motif_sortie):
        exit_day, reason = None, ""
    return ImportedLine(saisie, exit_day, reason)


def _exit_fault(
    acting: Membership, line: FileRow, row: Row, imported: ImportedLine, on: date
) -> Fault | None:
    """Why the exit of a line cannot be recorded, by recording it and taking it back."""
    if imported.date_sortie is None and not imported.motif_sortie:
        return None
    if imported.date_sortie is None or not imported.motif_sortie:
        return Fault(
            line.ligne,
            Colonne.DATE_SORTIE,
            "La date de sortie et le code du motif se renseignent ensemble.",
        )
    try:
        with transaction.atomic():
            record_exit(
                acting,
                row.contrat,
                date_sortie=imported.date_sortie,
                motif_sortie=imported.motif_sortie,
                on=on,
            )
            raise _TakeBack
    except _TakeBack:
        return None
    except Refus as refus:
        return Fault(line.ligne, Colonne.DATE_SORTIE, str(refus))


def _hours_fault(sheet: Sheet, line: FileRow, row: Row, imported: ImportedLine) -> Fault | None:
    hours = imported.saisie.heures
    last = imported.date_sortie or row.contrat.dernier_jour
    days = days_in_month(row.contrat.debut, last, Month.of(sheet.mois))
    if hours is None or hours <= plafond_heures(days):
        return None
    fault = hours_fault(row.salarie, hours, days).removeprefix(f"{row.salarie} : ")
    return Fault(line.ligne, Colonne.HEURES, fault)


def _changes(row: Row, imported: ImportedLine) -> list[Changement]:
    saisie, current = imported.saisie, row.ligne
    pay = current.salaire_brut if current else None
    comment = current.commentaire if current else ""
    changes = []
    if saisie.heures != row.heures:
        changes.append(Changement("Heures", _hours(row.heures), _hours(saisie.heures)))
    if saisie.salaire_brut != pay:
        changes.append(Changement("Salaire brut", _euros(pay), _euros(saisie.salaire_brut)))
    if saisie.commentaire != comment:
        changes.append(Changement("Commentaire", comment or "vide", saisie.commentaire))
    if imported.date_sortie:
        before = row.contrat.date_sortie
        changes.append(
            Changement(
                "Sortie",
                f"{before:%d/%m/%Y}, motif {row.contrat.motif_sortie}" if before else "aucune",
                f"{imported.date_sortie:%d/%m/%Y}, motif {imported.motif_sortie}",
            )
        )
    return changes


def _hours(value: Decimal | None) -> str:
    return "à saisir" if value is None else heures(value)


def _euros(value: Decimal | None) -> str:
    return "vide" if value is None else euros(value)
