"""What each annex is owed by a run, and why the rest is not paid (cahier des charges §2.3-2.4).

Facts are read for all annexes in a fixed number of queries; `apps.rules.due.due_lines` computes,
annex by annex, in memory. The preparation writes the result, the preview shows it, the control
compares it with what was written, the nightly alert looks for what is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_by_annexe
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.payments.holds import Blocage, Situation, holds_on, mandat_of, situation_of
from apps.payments.models import PartModulee, Retenue, Versement
from apps.payments.modulation import modulated_lines, parts_to_pay
from apps.presence.querysets import TotalValide, validated_totals
from apps.rules.cofinancement import MontantsDates, cost_of_month
from apps.rules.conditions import Conditions
from apps.rules.due import Attente, Executee, Ligne, MoisValide, due_lines
from apps.rules.money import ZERO
from apps.rules.parameter import ParametreInconnu, montants_mensuels_cd, one_reading
from apps.rules.periods import Month

Forfait = Versement.Nature.FORFAIT


@dataclass(frozen=True, slots=True)
class Suspendue:
    """An instalment due and not paid by the run; `montant` in euros, what may be expected."""

    mois: Month
    nature: str
    motif: str
    detail: str
    montant: Decimal


@dataclass(slots=True)
class Liquidation:
    """One annex in one run: the lines to pay in their order, and what is held."""

    annexe_id: int
    structure_id: int
    references: dict[str, VersionAnnexe]
    payables: list[Ligne] = field(default_factory=list)
    retenues: list[Suspendue] = field(default_factory=list)
    financeur_cd_id: int | None = None
    mandat_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Faits:
    """Everything read from the database for a run."""

    structures: dict[int, int]
    bareme: dict[int, MontantsDates | ParametreInconnu]
    versions: dict[int, list[tuple[VersionAnnexe, Conditions]]]
    etats: dict[int, list[TotalValide]]
    executees: dict[int, list[Executee]]
    modulations: dict[int, PartModulee]
    situation: Situation


def liquidate(
    mois: Month, jour: date, *, annexe_ids: list[int] | None = None
) -> Iterator[Liquidation]:
    """Liquidation of every candidate annex for the run of `mois` paid on `jour`, by annex id.

    Candidates: in force now, begun, with a version validated on or before the payment day.
    """
    faits = _read(mois, jour, annexe_ids)
    for annexe_id in sorted(faits.versions):
        yield _of_annexe(annexe_id, faits, mois, jour)


def candidates(mois: Month, jour: date):  # type: ignore[no-untyped-def]
    """Annexes that a run may pay or hold."""
    versions = VersionAnnexe.objects.filter(annexe=OuterRef("pk"))
    return AnnexeFinanciere.objects.filter(
        Exists(versions.filter(etat=VersionAnnexe.Etat.VALIDE)),
        Exists(versions.ever_in_force().filter(validee_le__lte=jour, debut__lte=mois.first_day)),
    )


def _read(mois: Month, jour: date, annexe_ids: list[int] | None) -> _Faits:
    annexes = candidates(mois, jour)
    if annexe_ids is not None:
        annexes = annexes.filter(pk__in=annexe_ids)
    rows = list(annexes.values_list("pk", "siae__structure_id", "siae__structure__departement"))
    ids = [annexe_id for annexe_id, _structure, _departement in rows]
    structures = {annexe_id: structure for annexe_id, structure, _departement in rows}
    etats: dict[int, list[TotalValide]] = defaultdict(list)
    for total in validated_totals(ids):
        etats[total.annexe_id].append(total)
    return _Faits(
        structures=structures,
        bareme=_amounts({annexe_id: departement for annexe_id, _s, departement in rows}, jour),
        versions=conditions_by_annexe(ids),
        etats=etats,
        executees=executed_lines(ids),
        modulations=parts_to_pay(ids, jour),
        situation=situation_of(ids, structures.values(), jour),
    )


@one_reading()
def _amounts(
    departements: dict[int, str], jour: date
) -> dict[int, MontantsDates | ParametreInconnu]:
    """RSA amounts of each annex's territory known on the payment day, or why there are none.

    Read before the annexes are computed one by one: a reading kept open by a generator would last
    until somebody exhausts it, or for ever.
    """
    found: dict[str, MontantsDates | ParametreInconnu] = {}
    for departement in set(departements.values()):
        try:
            found[departement] = montants_mensuels_cd(jour, departement)
        except ParametreInconnu as unknown:
            found[departement] = unknown
    return {annexe_id: found[departement] for annexe_id, departement in departements.items()}


def executed_lines(
    annexe_ids: list[int], acting: Membership | None = None
) -> dict[int, list[Executee]]:
    """Executed lines of these annexes, as the rules read them, in one query: every one for a
    payment, those `acting` sees for a screen. The modulated part stands beside the total of an
    annex and is none of them."""
    seen = Versement.objects.visible_to(acting) if acting else Versement.objects
    rows = seen.executed().filter(annexe__in=annexe_ids).order_by("pk")
    rows = rows.exclude(nature=Versement.Nature.MODULATION)
    lines: dict[int, list[Executee]] = defaultdict(list)
    for annexe_id, mois, *figures in rows.values_list(
        "annexe_id",
        "mois",
        "nature",
        "sequence",
        "montant",
        "part_etat",
        "part_cd",
        "recouvre_etat",
        "recouvre_cd",
    ).iterator():
        lines[annexe_id].append(Executee(Month.of(mois), *figures))
    return lines


def _of_annexe(annexe_id: int, faits: _Faits, mois: Month, jour: date) -> Liquidation:
    pairs = faits.versions[annexe_id]
    versions = [version for version, _conditions in pairs]
    conditions = [figures for _version, figures in pairs]
    references = {figures.reference: version for version, figures in pairs}
    liquidation = Liquidation(annexe_id, faits.structures[annexe_id], references)
    payer = faits.situation.payer_on(_last_funder(versions))
    liquidation.financeur_cd_id = payer.pk if payer else None
    liquidation.mandat_id = mandat_of(versions, faits.situation)
    try:
        valides = _statements(annexe_id, conditions, faits)
    except ParametreInconnu as error:
        liquidation.retenues = [
            Suspendue(mois, Forfait, Retenue.Motif.BAREME, str(error), _flat(conditions, mois))
        ]
        return liquidation
    lignes, attentes = due_lines(
        conditions, valides, faits.executees.get(annexe_id, []), mois, jour
    )
    lignes += modulated_lines(faits.modulations.get(annexe_id), conditions)
    blocages = holds_on(versions, liquidation.structure_id, faits.situation, waits=bool(attentes))
    payable = _payable(lignes, blocages)
    liquidation.payables = lignes[:payable]
    liquidation.retenues = [
        *(_held(ligne, blocages) for ligne in lignes[payable:]),
        *(_waiting(attente, conditions) for attente in attentes),
    ]
    return liquidation


def _statements(
    annexe_id: int, conditions: list[Conditions], faits: _Faits
) -> dict[Month, MoisValide]:
    montants: MontantsDates | ParametreInconnu | None = None
    if any(version.montant_cd for version in conditions):
        montants = faits.bareme[annexe_id]
    if isinstance(montants, ParametreInconnu):
        raise montants
    return months_validated(faits.etats.get(annexe_id, []), montants)


def months_validated(
    totals: Iterable[TotalValide], montants: MontantsDates | None
) -> dict[Month, MoisValide]:
    """Validated statements of one annex, with what their beneficiaries cost the département;
    `montants` None when it bears nothing."""
    valides = {}
    for total in totals:
        mois = Month.of(total.mois)
        cout = ZERO if montants is None else cost_of_month(total.brsa, montants, mois)
        valides[mois] = MoisValide(mois, total.heures, total.brsa, cout, total.valide_le)
    return valides


def _last_funder(versions: list[VersionAnnexe]) -> int | None:
    """The département of the annex, kept when an amendment takes its money away: what it has
    borne may still have to be re-imputed."""
    return next((v.financeur_cd_id for v in reversed(versions) if v.financeur_cd_id), None)


def _payable(lignes: list[Ligne], blocages: list[Blocage]) -> int:
    """How many of the first lines go: amounts rest on the lines before, so a held one stops
    those that follow."""
    if not blocages:
        return len(lignes)
    if not all(blocage.cash_only for blocage in blocages):
        return 0
    return next((i for i, ligne in enumerate(lignes) if ligne.montant), len(lignes))


def _held(ligne: Ligne, blocages: list[Blocage]) -> Suspendue:
    detail = " ".join(blocage.detail for blocage in blocages)[:500]
    return Suspendue(ligne.mois, ligne.nature, blocages[0].motif, detail, ligne.montant)


def _waiting(attente: Attente, conditions: list[Conditions]) -> Suspendue:
    mois = attente.mois or conditions[-1].fin + 1
    labels = ", ".join(month.label for month in attente.mois_manquants)
    plural = len(attente.mois_manquants) > 1
    subject = "États mensuels non validés" if plural else "État mensuel non validé"
    montant = _flat(conditions, mois) if attente.mois else ZERO
    return Suspendue(
        mois, attente.nature, Retenue.Motif.EMP_MANQUANT, f"{subject} : {labels}.", montant
    )


def _flat(conditions: list[Conditions], mois: Month) -> Decimal:
    """Flat amount of the version in force for a month; 0 outside its period."""
    in_force = [c for c in conditions if c.a_partir_de <= mois] or conditions[:1]
    version = in_force[-1]
    return version.forfait(mois) if version.debut <= mois <= version.fin else ZERO
