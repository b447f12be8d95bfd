"""Everything an annex is owed by one run: the function behind payment, preview and simulator.

Text: cahier des charges §2.3 and §2.4, in the order of the months. Called by the payment run for
each annex, by the previews, and by `forecast.py` run after run. The other apps import the lines'
types from here.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import localcontext

from apps.rules.conditions import Conditions
from apps.rules.dossier import Dossier
from apps.rules.forfait import flat_instalment
from apps.rules.lignes import (
    FORFAIT,
    NATURES,
    RAPPEL,
    REGULARISATION,
    SOLDE,
    Attente,
    Cumul,
    DejaExecute,
    Executee,
    Ligne,
    MoisValide,
)
from apps.rules.money import EXACT
from apps.rules.periods import Month
from apps.rules.rappel import back_pay
from apps.rules.regularisation import regularised_instalment
from apps.rules.solde import settle

__all__ = [
    "FORFAIT",
    "NATURES",
    "RAPPEL",
    "REGULARISATION",
    "SOLDE",
    "Attente",
    "DejaExecute",
    "Executee",
    "Ligne",
    "MoisValide",
    "due_lines",
]


def due_lines(
    versions: Sequence[Conditions],
    mois_valides: Mapping[Month, MoisValide],
    executees: Sequence[DejaExecute],
    campagne: Month,
    jour_paiement: date,
) -> tuple[list[Ligne], list[Attente]]:
    """Everything payable by the run of `campagne`, and what waits with the months it misses.

    `versions`: oldest first; those applying later than `campagne` are ignored. `mois_valides`:
    statements now validated; one validated after `jour_paiement`, the run's nominal payment day,
    does not count. `executees`: every line executed before, in any order. A caller that holds an
    annex (suspension, bank details…) does not call, or drops the whole answer: to pay a month and
    not the one before it would break the totals the later months rest on.
    """
    with localcontext(EXACT):
        dossier = Dossier(versions, mois_valides, campagne, jour_paiement)
        registre = _Registre(executees)
        lignes: list[Ligne] = []
        attentes: list[Attente] = []
        cumul = Cumul()
        for mois in dossier.months:
            if mois > campagne:
                break
            deja = registre.take(mois)
            cumul.add(deja)
            if registre.settles(mois, deja) or not dossier.has_instalment(mois):
                continue
            manquants = dossier.etats.missing(mois - dossier.debut)
            if manquants:
                attentes.append(Attente(mois, _nature(dossier, mois), manquants))
                continue
            nouvelles = _instalment(dossier, mois, cumul, deja)
            cumul.add(nouvelles)
            lignes += nouvelles
        cumul.add(registre.rest())
        _settle(dossier, cumul, registre.next_solde, lignes, attentes)
    return lignes, attentes


class _Registre:
    """Executed lines by month; a month before an executed solde is closed for instalments."""

    def __init__(self, executees: Sequence[DejaExecute]) -> None:
        self._by_month: dict[Month, list[DejaExecute]] = {}
        soldes = []
        for ligne in executees:
            self._by_month.setdefault(ligne.mois, []).append(ligne)
            if ligne.nature == SOLDE:
                soldes.append(ligne)
        self._closed_before = max((solde.mois for solde in soldes), default=None)
        self.next_solde = 1 + max((solde.sequence for solde in soldes), default=0)

    def take(self, mois: Month) -> list[DejaExecute]:
        return self._by_month.pop(mois, [])

    def settles(self, mois: Month, deja: list[DejaExecute]) -> bool:
        """Whether the instalment of a month was executed, or can no longer be."""
        if self._closed_before is not None and mois < self._closed_before:
            return True
        return any(ligne.nature in (FORFAIT, REGULARISATION) for ligne in deja)

    def rest(self) -> list[DejaExecute]:
        return [ligne for lignes in self._by_month.values() for ligne in lignes]


def _nature(dossier: Dossier, mois: Month) -> str:
    return REGULARISATION if dossier.version_of(mois).is_regularised(mois) else FORFAIT


def _instalment(
    dossier: Dossier, mois: Month, cumul: Cumul, deja: list[DejaExecute]
) -> list[Ligne]:
    """The instalment of a month, preceded by its back-pay when a new version raised the amounts."""
    lignes = []
    version = dossier.version_of(mois)
    paid = Cumul(cumul.verse, cumul.cd, cumul.ordre_etat, cumul.ordre_cd)
    if mois > dossier.debut and not any(ligne.nature == RAPPEL for ligne in deja):
        rappel = back_pay(version, dossier.version_of(mois - 1), mois, cumul)
        if rappel:
            lignes.append(rappel)
            paid.add([rappel])
    if version.is_regularised(mois):
        lignes.append(regularised_instalment(version, mois, dossier.etats, paid))
    else:
        lignes.append(flat_instalment(version, mois, paid))
    return lignes


def _settle(
    dossier: Dossier,
    cumul: Cumul,
    sequence: int,
    lignes: list[Ligne],
    attentes: list[Attente],
) -> None:
    if not dossier.may_settle():
        return
    manquants = dossier.etats.missing(dossier.last.n)
    if manquants:
        attentes.append(Attente(None, SOLDE, manquants))
        return
    solde = settle(dossier.last, dossier.etats, cumul, sequence)
    if solde:
        lignes.append(solde)
