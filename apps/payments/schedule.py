"""Schedule of an annex: what is planned, held with its reason, proposed, paid (spec 03).

Planned amounts come from `apps.rules.schedule`, everything else from what the runs recorded.
Shown on the annex's page (fragment `payments:echeancier`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_of
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.payments.models import Retenue, Versement, Virement
from apps.rules.explanation import euros
from apps.rules.schedule import EcheancePrevue, planned_schedule

PAYE, PARTIEL, REJETE = "PAYE", "PARTIEL", "REJETE"
PROPOSE, RETENU, PREVU = "PROPOSE", "RETENU", "PREVU"
LIBELLES = {
    PAYE: "Payé",
    PARTIEL: "Payé en partie",
    REJETE: "Virement rejeté",
    PROPOSE: "En campagne",
    RETENU: "Retenu",
    PREVU: "Prévu",
}
# Executed by a run, whatever became of the cash since.
EXECUTES = (PAYE, PARTIEL, REJETE)
RENVOI = "La banque a rejeté le virement : le montant reste dû et sera émis de nouveau."
INSTALMENTS = (Versement.Nature.FORFAIT, Versement.Nature.REGULARISATION)
# Within a month of work, the back-pay comes before the instalment and the final one after.
ORDER = {
    Versement.Nature.RAPPEL: 0,
    Versement.Nature.SOLDE: 2,
    Versement.Nature.MODULATION: 3,
}


@dataclass(frozen=True, slots=True)
class Echeance:
    """One row: amounts in euros; shares are None while they are not known (held instalments)."""

    mois: date
    nature: str
    etat: str
    montant: Decimal
    part_etat: Decimal | None
    part_cd: Decimal | None
    motif: str = ""
    campagne: date | None = None
    versement: Versement | None = None

    @property
    def nature_libelle(self) -> str:
        return str(Versement.Nature(self.nature).label)

    @property
    def etat_libelle(self) -> str:
        return LIBELLES[self.etat]


def schedule_of(annexe: AnnexeFinanciere, acting: Membership | None = None) -> list[Echeance]:
    """Rows in the order of the months; `acting` restricts what runs show to what it may see.

    Eight queries at most. An annex whose version in force is a draft only has planned rows; a
    département whose money was removed reads none of what the new version plans.
    """
    lines = Versement.objects.filter(annexe=annexe).select_related("campagne", "attente")
    holds = Retenue.objects.filter(annexe=annexe).select_related("campagne")
    holds = holds.exclude(motif=Retenue.Motif.FONDS)  # said on the line of which a part waits
    if acting is not None:
        lines, holds = lines.visible_to(acting), holds.visible_to(acting)
    statuts = (Versement.Statut.EXECUTE, Versement.Statut.PROPOSE)
    back = _returned(annexe, acting)
    rows = [_of_line(line, back) for line in lines.filter(statut__in=statuts).defer("calcul")]
    rows += _held(list(holds.order_by("campagne__numero")), rows)
    covered = {row.mois for row in rows if row.nature in INSTALMENTS}
    settled = any(row.nature == Versement.Nature.SOLDE and row.etat in EXECUTES for row in rows)
    if annexe.courante is not None and not settled and _sees(acting, annexe.courante):
        planned = planned_schedule(conditions_of(annexe.courante))
        rows += [_planned(p) for p in planned if p.mois.first_day not in covered]
    return sorted(rows, key=lambda row: (row.mois, ORDER.get(row.nature, 1)))


def _sees(acting: Membership | None, version: VersionAnnexe) -> bool:
    if acting is None:
        return True
    return VersionAnnexe.objects.visible_to(acting).filter(pk=version.pk).exists()


def _of_line(line: Versement, back: set[int]) -> Echeance:
    waiting = _waiting(line)
    etat = PROPOSE
    if line.statut == Versement.Statut.EXECUTE:
        etat = REJETE if line.campagne_id in back else PARTIEL if waiting else PAYE
    return Echeance(
        mois=line.mois,
        nature=line.nature,
        etat=etat,
        montant=line.montant,
        part_etat=line.part_etat,
        part_cd=line.part_cd,
        motif=" ".join(filter(None, (RENVOI if etat == REJETE else "", waiting))),
        campagne=line.campagne.mois,
        versement=line,
    )


def _returned(annexe: AnnexeFinanciere, acting: Membership | None) -> set[int]:
    """Runs whose transfer came back and is not sent again yet. A département is not told: the
    transfer mixes both funders, its own share is said by `ledger`."""
    if acting is not None and acting.is_cd:
        return set()
    first: dict[int, int] = {}
    last: dict[int, str] = {}
    sent = Virement.objects.filter(annexe=annexe).order_by("pk")
    for pk, replaced, run, etat in sent.values_list("pk", "remplace", "campagne", "etat"):
        first[pk] = first.get(replaced, run)
        last[first[pk]] = etat
    unpaid = (Virement.Etat.REJETE, Virement.Etat.PROPOSE)
    return {run for run, etat in last.items() if etat in unpaid}


def _waiting(line: Versement) -> str:
    """What of a line the département has not paid yet."""
    part = getattr(line, "attente", None)
    if part is None or part.liberee_le is not None:
        return ""
    return f"Part du département en attente de fonds : {euros(part.especes)}."


def _held(holds: list[Retenue], rows: list[Echeance]) -> list[Echeance]:
    """The last run's reasons, for what no line has paid or proposed since."""
    done = {(row.mois, row.nature) for row in rows}
    done |= {(row.mois, "instalment") for row in rows if row.nature in INSTALMENTS}
    last = {}
    for hold in holds:
        kind = "instalment" if hold.nature in INSTALMENTS else hold.nature
        last[hold.mois, kind] = hold
    return [
        Echeance(
            mois=hold.mois,
            nature=hold.nature,
            etat=RETENU,
            montant=hold.montant_prevu,
            part_etat=None,
            part_cd=None,
            motif=hold.detail or hold.get_motif_display(),
            campagne=hold.campagne.mois,
        )
        for key, hold in last.items()
        if key not in done
    ]


def _planned(planned: EcheancePrevue) -> Echeance:
    nature = (
        Versement.Nature.REGULARISATION if planned.est_regularisation else Versement.Nature.FORFAIT
    )
    return Echeance(
        mois=planned.mois.first_day,
        nature=nature,
        etat=PREVU,
        montant=planned.forfait,
        part_etat=planned.part_etat,
        part_cd=planned.part_cd,
    )
