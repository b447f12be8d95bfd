"""Entering a monthly statement: opening it, saving hours line by line, last month's hours.

Text: cahier des charges §2.3 (hours declared at the end of each month for all employees). Called
by the entry page and by the demonstration. A line changed meanwhile by somebody else is not
overwritten: it comes back as a `Conflict` with both values, the other lines are saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.presence.checks import hours_fault
from apps.presence.models import EtatMensuel, LignePresence
from apps.presence.permissions import can_enter
from apps.presence.transitions import check_open
from apps.rules.money import cents, hours2
from apps.rules.periods import Month
from apps.rules.presence import days_in_month, plafond_heures
from apps.siae.models import Contrat
from apps.siae.services import record_exit

WRITTEN = (
    "heures_declarees",
    "salaire_brut",
    "commentaire",
    "revision",
    "modifie_par",
    "modifie_le",
)
CONTRAT_FERME = "Un contrat n’est plus ouvert dans le mois : rechargez la page avant d’enregistrer."


@dataclass(frozen=True, slots=True)
class LineInput:
    """What was typed for one contract; `revision` is the one the screen had read.

    `heures` None means "not typed": 0 is typed, never assumed.
    """

    contrat_id: int
    revision: int
    heures: Decimal | None
    salaire_brut: Decimal | None = None
    commentaire: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A line that somebody else changed since it was read: `ligne` is theirs, `typed` ours."""

    ligne: LignePresence
    typed: LineInput


@dataclass(frozen=True, slots=True)
class Sortie:
    """The exit typed on a row: both or neither, as for the contract itself."""

    date_sortie: date
    motif_sortie: str


@dataclass(slots=True)
class Saved:
    """Lines written and lines refused because they had changed."""

    lignes: list[LignePresence] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    # What `enter_rows` left out, by contract.
    refused: dict[int, list[str]] = field(default_factory=dict)
    # The statement, or a line of it, was opened meanwhile: the page knows nothing of it yet.
    opened: bool = False


def open_etat(
    acting: Membership, annexe: AnnexeFinanciere, mois: date, *, on: date | None = None
) -> EtatMensuel:
    """The statement of this month, created if need be, with a line per contract open in it.

    Idempotent; adds the contracts entered since and drops the untyped lines of those that no
    longer touch the month. A certified or validated statement is returned as it is.
    """
    can_enter(acting, annexe).enforce()
    with transaction.atomic():
        if not EtatMensuel.objects.filter(annexe=annexe, mois=mois).exists():
            _check_month(annexe, mois, on or today())
        _etat, created = EtatMensuel.objects.get_or_create(annexe=annexe, mois=mois)
        etat = lock_etat(_etat)
        if etat.etat in EtatMensuel.ETATS_OUVERTS:
            _align_lines(etat)
        if created:
            record(acting, "etat.ouvert", etat)
    return etat


@transaction.atomic
def save_lines(acting: Membership, etat: EtatMensuel, rows: Iterable[LineInput]) -> Saved:
    """Write the rows that changed. Raises `Refus`, and writes nothing, for an impossible value."""
    etat = lock_etat(etat)
    can_enter(acting, etat.annexe).enforce()
    check_open(etat)
    lines = {line.contrat_id: line for line in current_lines(etat)}
    rows = list(rows)
    faults = [fault for row in rows for fault in _faults(row, lines, etat)]
    if faults:
        raise Refus(*faults)
    saved = Saved()
    before: dict[str, object] = {}
    for row in rows:
        line = lines[row.contrat_id]
        if values_of(line) == _typed(row):
            continue
        if line.revision != row.revision:
            saved.conflicts.append(Conflict(line, row))
            continue
        before[str(line.contrat_id)] = line.heures_declarees
        _write(line, row, acting)
        saved.lignes.append(line)
    _store(acting, etat, saved.lignes, before)
    return saved


@transaction.atomic
def copy_previous_month(acting: Membership, etat: EtatMensuel) -> Saved:
    """Give the lines not typed yet the hours of the month before, when they still can be done."""
    etat = lock_etat(etat)
    before = LignePresence.objects.previous_lines(etat.annexe.siae_id, etat.mois)
    month = Month.of(etat.mois)
    rows = []
    for line in current_lines(etat):
        last = previous_hours(line.contrat, before)
        days = days_in_month(line.contrat.debut, line.contrat.dernier_jour, month)
        if line.heures_declarees is None and last is not None and last <= plafond_heures(days):
            rows.append(
                LineInput(line.contrat_id, line.revision, last, line.salaire_brut, line.commentaire)
            )
    return save_lines(acting, etat, rows)


@transaction.atomic
def enter_month(
    acting: Membership,
    annexe: AnnexeFinanciere,
    mois: date,
    rows: Iterable[LineInput],
    *,
    copy: bool = False,
    on: date | None = None,
) -> Saved:
    """Open the statement, save what was typed and, on request, copy last month's hours."""
    etat = open_etat(acting, annexe, mois, on=on)
    saved = save_lines(acting, etat, rows)
    if copy:
        saved.lignes += copy_previous_month(acting, etat).lignes
    return saved


@transaction.atomic
def enter_row(
    acting: Membership,
    annexe: AnnexeFinanciere,
    mois: date,
    row: LineInput,
    *,
    sortie: Sortie | None = None,
    on: date | None = None,
) -> Saved:
    """Save one row and, when given, the exit of its contract: both or neither.

    The autosave of the entry page. Opens the statement when it is not yet; the exit comes first,
    since it may lower the hours the month can hold.
    """
    can_enter(acting, annexe).enforce()
    line = _line_of(annexe, mois, row.contrat_id)
    opened = line is None
    if line is None:
        open_etat(acting, annexe, mois, on=on)
        line = _line_of(annexe, mois, row.contrat_id)
    if line is None:
        raise Refus(CONTRAT_FERME)
    etat = line.etat_mensuel
    check_open(etat)
    if line.revision != row.revision and values_of(line) != _typed(row):
        return Saved(conflicts=[Conflict(line, row)])
    if sortie is not None:
        line.contrat = record_exit(
            acting,
            line.contrat,
            date_sortie=sortie.date_sortie,
            motif_sortie=sortie.motif_sortie,
            on=on,
        )
    if faults := list(_faults(row, {line.contrat_id: line}, etat)):
        raise Refus(*faults)
    if values_of(line) != _typed(row):
        _write_row(acting, line, row)
    return Saved([line], opened=opened)


@transaction.atomic
def enter_rows(
    acting: Membership,
    annexe: AnnexeFinanciere,
    mois: date,
    rows: Iterable[LineInput],
    *,
    on: date | None = None,
) -> Saved:
    """Save rows typed or pasted together, each for itself: a faulty one is left out, with why."""
    etat = open_etat(acting, annexe, mois, on=on)
    check_open(etat)
    lines = {line.contrat_id: line for line in current_lines(etat)}
    rows = list(rows)
    refused = {
        row.contrat_id: faults for row in rows if (faults := list(_faults(row, lines, etat)))
    }
    saved = save_lines(acting, etat, [row for row in rows if row.contrat_id not in refused])
    saved.refused = refused
    return saved


def _write_row(acting: Membership, line: LignePresence, row: LineInput) -> None:
    """Write over the revision that was read, and over no other."""
    before: dict[str, object] = {str(line.contrat_id): line.heures_declarees}
    same = LignePresence.objects.filter(pk=line.pk, revision=line.revision)
    _write(line, row, acting)
    if not same.update(**{name: getattr(line, name) for name in WRITTEN}):
        raise Refus("Une autre personne vient de modifier cette ligne : recommencez.")
    after = {str(line.contrat_id): line.heures_declarees}
    record(acting, "etat.saisi", line.etat_mensuel, avant=before, apres=after)


def previous_hours(contrat: Contrat, before: Mapping[int, LignePresence]) -> Decimal | None:
    """Last month's hours of a contract or of the one it renews (see `previous_lines`)."""
    line = before.get(contrat.serie_id)
    return line.heures_declarees if line else None


def lock_etat(etat: EtatMensuel) -> EtatMensuel:
    """The same statement, its row locked until the end of the transaction."""
    return (
        EtatMensuel.objects.select_for_update(of=("self",))
        .select_related("annexe__siae__structure", "annexe__courante__financeur_cd")
        .get(pk=etat.pk)
    )


def current_lines(etat: EtatMensuel) -> list[LignePresence]:
    """Lines of the current version, with contract and person, in the order of names."""
    return list(
        LignePresence.objects.filter(etat_mensuel=etat, version=etat.version)
        .select_related("contrat", "salarie", "modifie_par")
        .order_by("salarie__cle_tri", "salarie_id", "contrat__debut")
    )


def _line_of(annexe: AnnexeFinanciere, mois: date, contrat_id: int) -> LignePresence | None:
    """The line of a contract in the month, its statement locked; None when it is not open."""
    line = (
        LignePresence.objects.current()
        .select_for_update(of=("etat_mensuel",))
        .filter(etat_mensuel__annexe=annexe, etat_mensuel__mois=mois, contrat_id=contrat_id)
        .select_related("etat_mensuel", "contrat__salarie", "modifie_par")
        .first()
    )
    if line is not None:
        line.etat_mensuel.annexe = annexe
        line.salarie = line.contrat.salarie
    return line


def input_of(line: LignePresence) -> LineInput:
    """A line as it would be typed, at its revision."""
    return LineInput(line.contrat_id, line.revision, *values_of(line))


def values_of(line: LignePresence) -> tuple[Decimal | None, Decimal | None, str]:
    return line.heures_declarees, line.salaire_brut, line.commentaire


def _typed(row: LineInput) -> tuple[Decimal | None, Decimal | None, str]:
    return (
        None if row.heures is None else hours2(row.heures),
        None if row.salaire_brut is None else cents(row.salaire_brut),
        row.commentaire.strip(),
    )


def _check_month(annexe: AnnexeFinanciere, mois: date, on: date) -> None:
    courante = annexe.courante
    month = Month.of(mois)
    if mois.day != 1 or not courante.debut <= mois <= courante.fin:
        raise Refus(
            f"L’annexe financière {annexe} couvre la période du {courante.debut:%d/%m/%Y} au "
            f"{courante.fin:%d/%m/%Y} : le mois {month.label_with_de} n’en fait pas partie."
        )
    if mois > on:
        raise Refus(f"Le mois {month.label_with_de} n’a pas commencé : revenez à partir du 1er.")


def _align_lines(etat: EtatMensuel) -> None:
    """One line per contract open in the month; untyped lines of the others go."""
    month = Month.of(etat.mois)
    wanted = {
        contrat.pk: contrat
        for contrat in Contrat.objects.open_between(month.first_day, month.last_day).filter(
            siae=etat.annexe.siae_id
        )
    }
    lines = LignePresence.objects.filter(etat_mensuel=etat, version=etat.version)
    lines.exclude(contrat__in=wanted).filter(heures_declarees__isnull=True).delete()
    known = set(lines.values_list("contrat_id", flat=True))
    LignePresence.objects.bulk_create(
        LignePresence(
            etat_mensuel=etat,
            version=etat.version,
            contrat=contrat,
            salarie_id=contrat.salarie_id,
        )
        for contrat in wanted.values()
        if contrat.pk not in known
    )


def _faults(row: LineInput, lines: Mapping[int, LignePresence], etat: EtatMensuel) -> Iterable[str]:
    line = lines.get(row.contrat_id)
    if line is None:
        yield CONTRAT_FERME
        return
    heures, salaire, commentaire = _typed(row)
    days = days_in_month(line.contrat.debut, line.contrat.dernier_jour, Month.of(etat.mois))
    if heures is not None and not 0 <= heures <= plafond_heures(days):
        yield hours_fault(line.salarie, heures, days)
    if salaire is not None and not 0 <= salaire < Decimal(1_000_000):
        yield f"{line.salarie} : le salaire brut doit être compris entre 0 et 999 999,99 €."
    if len(commentaire) > 300:
        yield f"{line.salarie} : le commentaire ne doit pas dépasser 300 caractères."


def _write(line: LignePresence, row: LineInput, acting: Membership) -> None:
    line.heures_declarees, line.salaire_brut, line.commentaire = _typed(row)
    line.revision += 1
    line.modifie_par = acting.user
    line.modifie_le = timezone.now()


def _store(
    acting: Membership, etat: EtatMensuel, lines: list[LignePresence], before: dict[str, object]
) -> None:
    if not lines:
        return
    LignePresence.objects.bulk_update(lines, WRITTEN)
    after = {str(line.contrat_id): line.heures_declarees for line in lines}
    record(acting, "etat.saisi", etat, avant=before, apres=after)
