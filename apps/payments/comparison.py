"""A run against the month before: for each annex, how much more or less, and why (spec 05 §1).

The difference of an annex is cut into parts, each with its cause, whose sum is the difference to
the cent; the totals by cause then add up to the difference of the runs. Computed on the recorded
lines: the preview asks for it before it is rolled back, the run's page afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import TextChoices

from apps.annexes.models import AnnexeFinanciere
from apps.payments.decaissement import Poste, cash_steps
from apps.payments.models import Campagne, Retenue, Versement
from apps.rules.money import ZERO, total

Nature = Versement.Nature
INSTALMENTS = (Nature.FORFAIT, Nature.REGULARISATION)
COUNTED = (Versement.Statut.PROPOSE, Versement.Statut.EXECUTE)


class Cause(TextChoices):
    NOUVELLE = "NOUVELLE", "Première échéance de l’annexe"
    FIN = "FIN", "Dernière échéance passée"
    RETENUE = "RETENUE", "Échéance retenue cette fois"
    ECARTEE = "ECARTEE", "Ligne retirée ou rejetée"
    LIBERATION = "LIBERATION", "Échéances libérées"
    REGULARISATION = "REGULARISATION", "Régularisation trimestrielle"
    RETOUR = "RETOUR", "Retour au forfait après une régularisation"
    RAPPEL = "RAPPEL", "Rappel de revalorisation"
    SOLDE = "SOLDE", "Solde de fin d’annexe"
    MODULATION = "MODULATION", "Part modulée"
    AVENANT = "AVENANT", "Avenant"
    MONTANT = "MONTANT", "Montant unitaire ou plafond de l’annexe"
    PARTS = "PARTS", "Parts des financeurs seulement"
    DEJA = "DEJA", "Déjà payée par une campagne de ce mois"


@dataclass(frozen=True, slots=True)
class Composante:
    """One part of a difference, in euros; `passee`: an amount of last month not paid again."""

    cause: Cause
    montant: Decimal
    passee: bool = False

    @property
    def libelle(self) -> str:
        label = str(self.cause.label)
        return f"{label}, du mois précédent" if self.passee else label


@dataclass(frozen=True, slots=True)
class Ecart:
    """An annex in both runs; amounts in euros."""

    annexe: AnnexeFinanciere
    avant: Decimal
    apres: Decimal
    composantes: tuple[Composante, ...]

    @property
    def montant(self) -> Decimal:
        return self.apres - self.avant

    @property
    def ampleur(self) -> Decimal:
        """Size of the difference, what the table is sorted on."""
        return abs(self.montant)


@dataclass(frozen=True, slots=True)
class TotalCause:
    """One row of the summary: annexes concerned and sum of the parts, in euros."""

    libelle: str
    nombre: int
    montant: Decimal


@dataclass(frozen=True, slots=True)
class Comparaison:
    """`reference`: the month compared with, None for the first run ever."""

    reference: date | None
    avant: Decimal
    apres: Decimal
    ecarts: list[Ecart]
    inchangees: int
    causes: list[TotalCause] = field(default_factory=list)
    decaissement: list[Poste] = field(default_factory=list)

    @property
    def montant(self) -> Decimal:
        return self.apres - self.avant


@dataclass(frozen=True, slots=True)
class _Ligne:
    mois: date
    nature: str
    montant: Decimal
    part_cd: Decimal
    modification: int


_Mois = dict[int, list[_Ligne]]


def compare_campagne(campagne: Campagne) -> Comparaison:
    """The run against everything the last executed month before it paid; 18 queries."""
    earlier = Campagne.objects.executed().filter(mois__lt=campagne.mois)
    reference = earlier.order_by("-mois").values_list("mois", flat=True).first()
    now = _lines(Versement.objects.filter(campagne=campagne, statut__in=COUNTED))
    paid = Versement.objects.executed()
    before = _lines(paid.filter(campagne__mois=reference)) if reference else {}
    ids = sorted(now.keys() | before.keys())
    situation = _Situation.read(campagne, reference, ids)
    annexes = AnnexeFinanciere.objects.select_related("siae__structure").in_bulk(ids)
    ecarts, unchanged = [], 0
    for pk in ids:
        parts = tuple(situation.parts(pk, before.get(pk, []), now.get(pk, [])))
        if parts:
            avant, apres = _sum(before.get(pk, [])), _sum(now.get(pk, []))
            ecarts.append(Ecart(annexes[pk], avant, apres, parts))
        else:
            unchanged += 1
    avant, apres = (total(map(_sum, lines.values())) for lines in (before, now))
    cash = cash_steps(
        Campagne.objects.filter(pk=campagne.pk), Campagne.objects.executed().filter(mois=reference)
    )
    return Comparaison(reference, avant, apres, ecarts, unchanged, _by_cause(ecarts), cash)


def _sum(lines: list[_Ligne]) -> Decimal:
    return total(line.montant for line in lines)


@dataclass(frozen=True, slots=True)
class _Situation:
    """What explains the absence of an instalment on one side or the other."""

    mois: date
    reference: date | None
    retenues: dict[int, str]
    deja_payees: set[int]
    connues: set[int]
    forfaits: dict[int, Decimal]  # last flat amount paid before the month compared with

    @classmethod
    def read(cls, campagne: Campagne, reference: date | None, ids: list[int]) -> _Situation:
        held = campagne.retenues.filter(annexe__in=ids, mois=campagne.mois)
        held = held.exclude(motif=Retenue.Motif.FONDS)
        # Known when the run was computed: what a later one released explains nothing here.
        paid = Versement.objects.executed().filter(
            annexe__in=ids, nature__in=INSTALMENTS, campagne__numero__lt=campagne.numero
        )
        others = paid.filter(mois=campagne.mois)
        earlier = paid.filter(mois__lt=campagne.mois).order_by()
        return cls(
            campagne.mois,
            reference,
            dict(held.values_list("annexe", "motif")),
            set(others.values_list("annexe", flat=True)),
            set(earlier.values_list("annexe", flat=True).distinct()),
            _last_flat(earlier, reference),
        )

    def parts(self, annexe: int, avant: list[_Ligne], apres: list[_Ligne]) -> list[Composante]:
        """The parts of an annex's difference, none when nothing differs."""
        parts = [
            *_one_off(apres, self.mois, passee=False),
            *(_one_off(avant, self.reference, passee=True) if self.reference else ()),
        ]
        was, now = _instalment(avant, self.reference), _instalment(apres, self.mois)
        if was is not None and now is not None:
            parts += _between(was, now, self.forfaits.get(annexe))
        elif now is not None:
            # The month before was held, or the annex had none.
            cause = Cause.LIBERATION if annexe in self.connues else Cause.NOUVELLE
            if cause is Cause.NOUVELLE and any(x.mois < self.mois for x in apres):
                cause = Cause.LIBERATION
            parts.append(Composante(cause, now.montant))
        elif was is not None:
            parts.append(Composante(self._absence(annexe), -was.montant))
        return _merged(parts)

    def _absence(self, annexe: int) -> Cause:
        """Why the instalment of the run's month is not paid by it."""
        if annexe in self.deja_payees:
            return Cause.DEJA
        if annexe not in self.retenues:
            return Cause.FIN
        withdrawn = self.retenues[annexe] == Retenue.Motif.RETRAIT
        return Cause.ECARTEE if withdrawn else Cause.RETENUE


def _lines(rows) -> _Mois:  # type: ignore[no-untyped-def]
    lines: _Mois = defaultdict(list)
    fields = ("mois", "nature", "montant", "part_cd", "version__modification")
    for annexe, *figures in rows.order_by("pk").values_list("annexe", *fields):
        lines[annexe].append(_Ligne(*figures))
    return dict(lines)


def _instalment(lines: list[_Ligne], mois: date | None) -> _Ligne | None:
    """The instalment of the month of the run itself."""
    return next((x for x in lines if x.mois == mois and x.nature in INSTALMENTS), None)


def _one_off(lines: list[_Ligne], mois: date | None, *, passee: bool) -> Iterable[Composante]:
    """Back-pay, final regularisations, instalments of earlier months released."""
    for line in lines:
        amount = -line.montant if passee else line.montant
        if line.nature == Nature.RAPPEL:
            yield Composante(Cause.RAPPEL, amount, passee)
        elif line.nature == Nature.SOLDE:
            yield Composante(Cause.SOLDE, amount, passee)
        elif line.nature == Nature.MODULATION:
            yield Composante(Cause.MODULATION, amount, passee)
        elif line.mois != mois:
            yield Composante(Cause.LIBERATION, amount, passee)


def _last_flat(paid, reference: date | None) -> dict[int, Decimal]:  # type: ignore[no-untyped-def]
    flat = paid.filter(nature=Nature.FORFAIT, mois__lt=reference) if reference else paid.none()
    last = flat.order_by("annexe", "-mois").distinct("annexe")
    return dict(last.values_list("annexe", "montant"))


def _between(was: _Ligne, now: _Ligne, flat: Decimal | None) -> list[Composante]:
    """Why the instalment of this month is not that of the month before.

    `flat`: the flat amount paid before them, to tell the end of a regularisation from an
    amendment that came with it.
    """
    gap = now.montant - was.montant
    if not gap:
        shares = now.part_cd != was.part_cd
        return [Composante(Cause.PARTS, ZERO)] if shares else []
    if now.nature == Nature.REGULARISATION:
        return [Composante(Cause.REGULARISATION, gap)]
    amended = now.modification != was.modification
    if amended and was.nature == Nature.REGULARISATION and flat is not None:
        back = flat - was.montant
        parts = (Composante(Cause.RETOUR, back), Composante(Cause.AVENANT, gap - back))
        return [part for part in parts if part.montant]
    if amended:
        return [Composante(Cause.AVENANT, gap)]
    if was.nature == Nature.REGULARISATION:
        return [Composante(Cause.RETOUR, gap)]
    return [Composante(Cause.MONTANT, gap)]


def _merged(parts: list[Composante]) -> list[Composante]:
    """One part per cause, the largest first; a re-imputation alone has an amount of 0."""
    sums: dict[tuple[Cause, bool], Decimal] = {}
    for part in parts:
        key = part.cause, part.passee
        sums[key] = sums.get(key, ZERO) + part.montant
    merged = [Composante(cause, amount, past) for (cause, past), amount in sums.items()]
    # A final regularisation of 0.00 last month explains nothing any more.
    kept = [part for part in merged if part.montant or not part.passee]
    return sorted(kept, key=lambda part: -abs(part.montant))


def _by_cause(ecarts: list[Ecart]) -> list[TotalCause]:
    sums: dict[str, list[Decimal]] = defaultdict(list)
    for ecart in ecarts:
        for part in ecart.composantes:
            sums[part.libelle].append(part.montant)
    rows = [TotalCause(label, len(amounts), total(amounts)) for label, amounts in sums.items()]
    return sorted(rows, key=lambda row: (-abs(row.montant), row.libelle))
