"""From what happened to an annex to the figures of its bilans (cahier des charges §3.1).

Hours and beneficiaries are those of the validated statements, amounts those of the executed lines:
the same figures as the payments, the posts and the Excel files. Called by the screens for one annex
and by the issuing for many, on facts read beforehand (`lecture`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from apps.annexes.models import VersionAnnexe
from apps.dashboards.bilans.compte import Montants, Part, both
from apps.dashboards.bilans.figures import (
    Bilan,
    Heures,
    Identite,
    Point,
    Regularisation,
    Structure,
)
from apps.dashboards.bilans.lecture import Faits
from apps.dashboards.bilans.trimestres import Trimestre, quarters
from apps.dashboards.dossier import Dossier
from apps.dashboards.postes import monthly_lines
from apps.payments.models import Versement
from apps.rules.consommation import Consommation, consumption
from apps.rules.due import Executee
from apps.rules.etats import Etats
from apps.rules.explanation import Etape
from apps.rules.money import ZERO, total
from apps.rules.periods import Month
from apps.rules.postes import (
    etp_moyens,
    heures_theoriques,
    taux_heures,
)


def quarter_bilan(faits: Faits, trimestre: Trimestre, on: date) -> Bilan:
    """Bilan intermédiaire of a quarter, as known on a day."""
    lines = [_explained(faits, row) for row in _of_quarter(faits, trimestre)]
    return _bilan(faits, trimestre.months, trimestre.rang, lines, on)


def final_bilan(faits: Faits, on: date) -> Bilan:
    """Bilan final: the whole period, with the reasoning of each final regularisation."""
    lines = [_explained(faits, row) for row in faits.regularisations if row.nature == "solde"]
    return _bilan(faits, faits.dossier.months, 0, lines, on)


def _bilan(
    faits: Faits,
    months: tuple[Month, ...],
    trimestre: int,
    regularisations: list[Regularisation],
    on: date,
) -> Bilan:
    dossier = faits.dossier
    since = dossier.months[: dossier.months.index(months[-1]) + 1]
    validated = dossier.valides(months)
    whole = not trimestre
    return Bilan(
        identite=identity_of(dossier.version),
        etabli_le=on,
        trimestre=trimestre,
        lignes=monthly_lines(dossier, months),
        courbe=curve_of(dossier, since),
        heures=hours_of(dossier, months),
        cumul=hours_of(dossier, since),
        salaries=len(faits.salaries(months)),
        salaries_brsa=len(faits.beneficiaires(months)),
        entrees=faits.entrees_between(months[0].first_day, months[-1].last_day),
        sorties=faits.sorties.between(months[0].first_day, months[-1].last_day),
        montants=amounts_of(dossier, months, on, whole=whole),
        montants_cumules=amounts_of(dossier, since, on, whole=whole),
        brsa_vises=dossier.version.brsa_vises * len(validated),
        brsa_mois=sum(realise.brsa for realise in validated),
        cout_cd=total(realise.cout_brsa for realise in validated),
        consommation=consumption_to(dossier, since),
        regularisations=regularisations,
        ordres=list(faits.ordres) if whole else [],
        creances=list(faits.creances) if whole else [],
        composition=parts_of(faits) if whole else [],
        soldee=dossier.soldee,
    )


def identity_of(version: VersionAnnexe) -> Identite:
    """The annex and its structure as they are named that day."""
    structure = version.annexe.siae.structure
    return Identite(
        structure=Structure(
            structure.denomination,
            structure.siret,
            structure.correspondant,
            structure.adresse_gestion,
            structure.adresse,
            structure.code_postal,
            structure.commune,
        ),
        annexe=str(version.annexe),
        version=f"M{version.modification}",
        mesure=version.annexe.siae.get_mesure_display(),
        debut=version.debut,
        fin=version.fin,
        etp=version.etp,
        montant_total=version.montant_total,
        montant_cd=version.montant_cd,
        financeur_cd=str(version.financeur_cd or ""),
    )


def _of_quarter(faits: Faits, trimestre: Trimestre) -> list[Versement]:
    """The regularisation of a quarter: paid with the second month after its end (spec 02 §4)."""
    paid_with = trimestre.months[-1] + 2
    return [
        row
        for row in faits.regularisations
        if row.nature == "regularisation" and Month.of(row.mois) == paid_with
    ]


def _explained(faits: Faits, row: Versement) -> Regularisation:
    month = Month.of(row.mois)
    flat = flat_cd = None
    if row.nature == "regularisation":
        conditions = faits.dossier.in_force_for(month)
        known = month in conditions.months
        flat = conditions.forfait(month) if known else ZERO
        flat_cd = conditions.forfait_cd(month) if known else ZERO
    return Regularisation(
        versement=row.pk,
        nature=row.get_nature_display(),
        mois=month,
        sequence=row.sequence,
        campagne=row.campagne.numero,
        paye_le=row.execute_le or row.campagne.jour_paiement,
        montant=row.montant,
        part_etat=row.part_etat,
        part_cd=row.part_cd,
        forfait=flat,
        etapes=[Etape(**step) for step in row.calcul],
        forfait_cd=flat_cd,
        a_recouvrer=row.recouvre_etat + row.recouvre_cd,
    )


def curve_of(dossier: Dossier, months: Sequence[Month]) -> list[Point]:
    """Cumulative hours, theoretical and done; the latter stop at the first month without a
    validated statement."""
    points: list[Point] = []
    running: Decimal | None = ZERO
    for rank, mois in enumerate(months, start=1):
        realise = dossier.realises.get(mois)
        known = realise is not None and realise.valide is not None
        running = running + realise.eligibles if known and running is not None else None
        points.append(Point(mois, heures_theoriques(dossier.conditions, rank), running))
    return points


def consumption_to(dossier: Dossier, months: Sequence[Month]) -> Consommation:
    """How the département's amount was used by the end of these months."""
    costs = dossier.couts_brsa
    return consumption(dossier.conditions, {m: costs[m] for m in months if m in costs})


def due_of(dossier: Dossier, months: Sequence[Month], on: date) -> Decimal | None:
    """Worth in euros of the hours done in these months, within the amount of the annex: what the
    hours are worth to their end, less what they were before. None while one is not validated."""
    etats = Etats(dossier.months, dossier.etats, on)
    start = dossier.months.index(months[0])
    end = start + len(months)
    if etats.complets < end:
        return None
    conditions = dossier.conditions
    before, after = (min(conditions.total, etats.earned(conditions, n)) for n in (start, end))
    return after - before


def hours_of(dossier: Dossier, months: Sequence[Month]) -> Heures:
    conditions, validated = dossier.conditions, len(dossier.valides(months))
    hours = dossier.heures(months)
    return Heures(
        mois=len(months),
        valides=validated,
        theoriques=heures_theoriques(conditions, validated),
        realisees=hours,
        etp=etp_moyens(hours, conditions.heures_annuelles_etp, validated),
        taux=taux_heures(conditions, hours, validated),
        theoriques_periode=heures_theoriques(conditions, len(months)),
    )


def amounts_of(
    dossier: Dossier, months: Sequence[Month], on: date, *, whole: bool = False
) -> list[Montants]:
    """The State, the département, then both, over these months of work.

    The `whole` annex has besides its final regularisations, their orders, and the instalments paid
    of months that an amendment dropped: they are of no quarter.
    """
    lines = [
        line
        for line in dossier.executees
        if whole or (line.nature != "solde" and line.mois in months)
    ]
    etat = _account_of("État", dossier, months, lines, 0)
    cd = _account_of(str(dossier.version.financeur_cd or "Département"), dossier, months, lines, 1)
    return [etat, cd, both(etat, cd, due_of(dossier, months, on))]


def _account_of(
    label: str, dossier: Dossier, months: Sequence[Month], lines: Sequence[Executee], funder: int
) -> Montants:
    """Account of one funder (0 the State, 1 the département): each line in one place."""
    flats = {mois: _flat(dossier, mois)[funder] for mois in months}
    gaps = dict.fromkeys(("regularise", "rappels", "limites", "hors_periode", "soldes"), ZERO)
    unpaid = dict(flats)
    for line in lines:
        paid = (line.part_etat, line.part_cd)[funder]
        if line.nature == "solde":
            gaps["soldes"] += paid
        elif line.mois not in flats:
            gaps["hors_periode"] += paid
        elif line.nature == "rappel":
            gaps["rappels"] += paid
        else:
            place = "regularise" if line.nature == "regularisation" else "limites"
            gaps[place] += paid - unpaid.pop(line.mois, ZERO)
    return Montants(
        label,
        prevu=total(flats.values()),
        non_payes=-total(unpaid.values()),
        verse=total((line.part_etat, line.part_cd)[funder] for line in lines),
        ordres=total((line.recouvre_etat, line.recouvre_cd)[funder] for line in lines),
        **gaps,
    )


def _flat(dossier: Dossier, mois: Month) -> tuple[Decimal, Decimal]:
    """(State, département) planned for a month by the version in force for it; by the one read
    for a month that an amendment added later."""
    conditions = dossier.in_force_for(mois)
    if mois not in conditions.months:
        conditions = dossier.conditions
    return conditions.forfait_etat(mois), conditions.forfait_cd(mois)


def parts_of(faits: Faits) -> list[Part]:
    """What was paid over the whole annex: quarter after quarter, then what is of no quarter."""
    dossier = faits.dossier
    parts = [
        _part(f"{quarter.titre}, {quarter.libelle}", lines)
        for quarter in quarters(dossier)
        for lines in [
            [e for e in dossier.executees if e.nature != "solde" and e.mois in quarter.months]
        ]
    ]
    settled = [line for line in dossier.executees if line.nature == "solde"]
    dropped = [
        line
        for line in dossier.executees
        if line.nature != "solde" and line.mois not in dossier.months
    ]
    if dropped:
        parts.append(_part("Échéances hors période, sorties de l’annexe par un avenant", dropped))
    for line in settled:
        rank = f" n° {line.sequence}" if line.sequence > 1 else ""
        parts.append(_part(f"Régularisation finale{rank}", [line]))
    return parts


def _part(label: str, lines: Sequence[Executee]) -> Part:
    return Part(
        label, total(line.part_etat for line in lines), total(line.part_cd for line in lines)
    )
