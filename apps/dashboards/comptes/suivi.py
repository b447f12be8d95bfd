"""Commitments of a mandate, its annexes one by one, and the état comptable d’exécution (art. 12).

An annex is under the mandate in force on the day it was signed (art. 9): what the payments decide
is decided here by the same function. Amounts paid and recovered come from the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from apps.annexes.models import VersionAnnexe
from apps.conventions.models import AvenantFinancier, ConventionMandat
from apps.dashboards.comptes.figures import Annexe, Balance, Engagement, Execution
from apps.dashboards.comptes.lecture import Sums, movements_of
from apps.payments.holds import mandat_of, signed_on, situation_of
from apps.payments.ledger import (
    A_PAYER,
    AIDE,
    EXCEDENTS,
    FONDS,
    ORDRES,
    PERTES,
    REIMPUTATION,
    REPRISES,
    TRESOR,
)
from apps.payments.models import Ecriture
from apps.rules.money import ZERO, total

Evenement = Ecriture.Evenement
BORNE = (Evenement.LIQUIDATION, Evenement.REIMPUTATION)
NOTHING: Sums = dict.fromkeys(("avant_debit", "avant_credit", "debit", "credit"), ZERO)
# Parts of the état comptable d’exécution.
RESSOURCES, EMPLOIS, RESULTAT = "Ressources", "Emplois", "Représentation du résultat"


def annexes_of(mandat: ConventionMandat, debut: date, fin: date) -> list[Annexe]:
    """Annexes signed under the mandate and validated by the end of the period; and those that have
    moved its funds."""
    moved = _ledger_by_annexe(mandat.pk, debut, fin)
    rows = []
    for versions in _versions(mandat, fin, set(moved)).values():
        current = versions[-1]
        sums = moved.get(current.annexe_id)
        if sums is None and not current.montant_cd:
            continue
        rows.append(
            Annexe(
                annexe_id=current.annexe_id,
                annexe=str(current.annexe),
                structure=current.siae.structure.denomination,
                signee_le=signed_on(versions),
                etat=_state(current, fin),
                engage=current.montant_cd,
                **(sums or NO_MOVEMENT),
            )
        )
    return sorted(rows, key=lambda row: (row.structure, row.annexe))


def _versions(
    mandat: ConventionMandat, fin: date, moved: set[int]
) -> dict[int, list[VersionAnnexe]]:
    """Versions ever in force by the end of the period, of the annexes of the mandate."""
    situation = situation_of([], [], fin)
    family = situation.family(mandat.financeur_id)
    financed = VersionAnnexe.objects.ever_in_force().filter(financeur_cd__in=family)
    versions = (
        VersionAnnexe.objects.ever_in_force()
        .filter(Q(annexe__in=financed.values("annexe")) | Q(annexe__in=moved))
        .filter(validee_le__lte=fin)
        .select_related("annexe", "siae__structure")
        .order_by("annexe__numero", "annexe__renouvellement", "modification")
    )
    by_annexe: dict[int, list[VersionAnnexe]] = defaultdict(list)
    for version in versions:
        by_annexe[version.annexe_id].append(version)
    return {
        annexe_id: found
        for annexe_id, found in by_annexe.items()
        if annexe_id in moved or mandat_of(found, situation) == mandat.pk
    }


def _state(version: VersionAnnexe, fin: date) -> str:
    """A version replaced since was in force on the day."""
    if version.etat == VersionAnnexe.Etat.HISTORISE:
        return str(VersionAnnexe.Etat.VALIDE.label)
    return version.get_etat_display()


NO_MOVEMENT = dict.fromkeys(
    ("liquide_avant", "liquide_periode", "en_attente", "emis", "recouvre", "abandonne"), ZERO
)


def _ledger_by_annexe(mandat_id: int, debut: date, fin: date) -> dict[int, Sums]:
    """Borne, waiting, claimed, recovered and given up, per annex: one query."""
    own = F("debit") - F("credit")
    borne = Q(compte=AIDE, ecriture__evenement__in=BORNE)
    orders = Q(ecriture__evenement__in=(Evenement.ORDRE, Evenement.REDUCTION_ORDRE))
    lost = Q(ecriture__evenement__in=Ecriture.ABANDONS)

    def moved(which: Q) -> Coalesce:
        return Coalesce(Sum(own, filter=which), ZERO)

    rows = (
        movements_of(mandat_id, fin)
        .filter(annexe__isnull=False)
        .values("annexe")
        .annotate(
            liquide_avant=moved(borne & Q(ecriture__jour__lt=debut)),
            liquide_periode=moved(borne & Q(ecriture__jour__gte=debut)),
            en_attente=-moved(Q(compte__in=(A_PAYER, REIMPUTATION))),
            emis=moved(Q(compte=ORDRES) & orders),
            recouvre=-moved(Q(compte=ORDRES) & ~orders & ~lost),
            abandonne=-moved(Q(compte=ORDRES) & lost),
        )
    )
    return {row.pop("annexe"): row for row in map(dict, rows)}


def commitments_of(mandat: ConventionMandat, annexes: list[Annexe], annee: int) -> list[Engagement]:
    """Year by year up to `annee`: credits of the mandate, annexes signed that year."""
    credits = dict(
        AvenantFinancier.objects.filter(mandat=mandat, annee__lte=annee).values_list(
            "annee", "credits_intervention"
        )
    )
    signed: dict[int, list[Annexe]] = defaultdict(list)
    for annexe in annexes:
        signed[annexe.signee_le.year].append(annexe)
    return [
        Engagement(
            year,
            credits.get(year, ZERO),
            len(signed[year]),
            total(annexe.engage for annexe in signed[year]),
            total(annexe.liquide for annexe in signed[year]),
        )
        for year in sorted({*credits, *signed})
    ]


def execution_of(read: list[tuple[Balance, dict[str, Sums]]]) -> list[Execution]:
    """What the mandate received, what it bore, and where the difference is."""
    accounts = {account.compte: account for account, _events in read}
    events = {account.compte: sums for account, sums in read}

    def net(code: str, *names: str) -> tuple[Decimal, Decimal]:
        """Debit minus credit of an account, of some of its events if named: before, over."""
        kept = [
            sums for name, sums in events.get(code, {}).items() if not names or name in names
        ] or [NOTHING]
        return (
            total(sums["avant_debit"] - sums["avant_credit"] for sums in kept),
            total(sums["debit"] - sums["credit"] for sums in kept),
        )

    def line(partie: str, libelle: str, pair: tuple[Decimal, Decimal], sign: int = 1) -> Execution:
        return Execution(partie, libelle, sign * pair[0] + ZERO, sign * pair[1] + ZERO)

    received = net(FONDS, Evenement.FONDS_RECUS, Evenement.EXTOURNE)
    back = net(FONDS, Evenement.FONDS_REVERSES)
    others = tuple(a - b - c for a, b, c in zip(net(FONDS), received, back, strict=True))
    borne = net(AIDE, *BORNE)
    claimed = net(AIDE, Evenement.ORDRE, Evenement.REDUCTION_ORDRE)
    rest = tuple(a - b - c for a, b, c in zip(net(AIDE), borne, claimed, strict=True))
    rows = [
        line(RESSOURCES, "Fonds reçus du département, extournes déduites", received, -1),
        line(RESSOURCES, "Fonds reversés au département", back, -1),
        line(RESSOURCES, "Autres mouvements des fonds", (others[0], others[1]), -1),
        line(EMPLOIS, "Aide au poste à la charge du département", borne),
        line(EMPLOIS, "Trop-perçus réclamés par ordres de recouvrer", claimed),
        line(EMPLOIS, "Autres mouvements de l’aide au poste", (rest[0], rest[1])),
        *(line(EMPLOIS, accounts[code].libelle, net(code)) for code in PERTES if code in accounts),
        line(RESULTAT, "Trésorerie", net(TRESOR)),
        line(RESULTAT, "Créances sur les structures", net(ORDRES)),
        line(RESULTAT, "Aides à payer aux structures", net(A_PAYER)),
        line(RESULTAT, "Excédents de versement des structures", net(EXCEDENTS)),
        line(RESULTAT, "Réimputations en attente", net(REIMPUTATION)),
        line(RESULTAT, "Reprises entre départements", net(REPRISES)),
    ]
    return [row for row in rows if row.avant or row.periode or row.partie == RESULTAT]
