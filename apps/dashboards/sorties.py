"""Entries and exits of each annex, and who its employees are (bilan des objectifs négociés).

Exits are counted by the rule of the measure (`rules.sorties`). Contracts are those the reader sees;
those of an annex are those of its SIAE, by their dates. Read by the bilans and the alerts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import Coalesce

from apps.accounts.models import Membership
from apps.annexes.models import VersionAnnexe
from apps.presence.models import EtatMensuel, LignePresence
from apps.rules.money import ZERO
from apps.rules.sorties import Sorties, count_exits, is_counted
from apps.siae.codes import CATEGORIE_DU_MOTIF, CategorieSortie
from apps.siae.models import Contrat


@dataclass(frozen=True, slots=True)
class Sortie:
    """One exit of an annex, examined or not by the rule of its measure."""

    jour: date
    categorie: str
    examinee: bool


@dataclass(slots=True)
class SortiesAnnexe:
    """Exits of an annex over its period, in the order of their days."""

    sorties: list[Sortie] = field(default_factory=list)

    def between(self, first: date, last: date) -> Sorties:
        """Exits of these days, by category."""
        return count_exits(
            (s.categorie, s.examinee) for s in self.sorties if first <= s.jour <= last
        )

    @property
    def total(self) -> Sorties:
        return count_exits((s.categorie, s.examinee) for s in self.sorties)

    @property
    def derniere(self) -> date | None:
        """Day of the last exit examined."""
        return max((s.jour for s in self.sorties if s.examinee), default=None)


def read_exits(acting: Membership, versions: Sequence[VersionAnnexe]) -> dict[int, SortiesAnnexe]:
    """Exits of each of these versions' annexes; two queries whatever their number."""
    found = {version.annexe_id: SortiesAnnexe() for version in versions}
    by_siae: dict[int, list[VersionAnnexe]] = defaultdict(list)
    for version in versions:
        by_siae[version.siae_id].append(version)
    contrats = (
        Contrat.objects.visible_to(acting)
        .filter(siae__in=list(by_siae), date_sortie__isnull=False)
        .annotate(embauche=Coalesce("parent__debut", "debut"))
        .order_by("date_sortie", "pk")
        .values_list(
            "siae_id", "siae__mesure", "salarie_id", "date_sortie", "motif_sortie", "embauche"
        )
    )
    hours = _hours(acting, versions)
    for siae_id, mesure, salarie_id, jour, motif, embauche in contrats:
        for version in by_siae[siae_id]:
            if version.debut <= jour <= version.fin:
                worked = hours.get((version.annexe_id, salarie_id), ZERO)
                category = CATEGORIE_DU_MOTIF[motif]
                examined = category != CategorieSortie.RETRAIT and is_counted(
                    mesure, worked, (jour - embauche).days
                )
                found[version.annexe_id].sorties.append(Sortie(jour, str(category), examined))
    return found


def _hours(acting: Membership, versions: Sequence[VersionAnnexe]) -> dict[tuple[int, int], Decimal]:
    """Declared hours of each person who left, per annex, on the certified statements this reader
    sees; a draft or a statement re-opened counts for nobody, so that all read the same exits."""
    seen = (
        EtatMensuel.objects.visible_to(acting)
        .filter(annexe__in=[version.annexe_id for version in versions])
        .exclude(etat__in=EtatMensuel.ETATS_OUVERTS)
    )
    gone = Contrat.objects.filter(
        siae__in={version.siae_id for version in versions}, date_sortie__isnull=False
    )
    rows = (
        LignePresence.objects.current()
        .filter(etat_mensuel__in=seen, salarie__in=gone.values("salarie"))
        .order_by()
        .values_list("etat_mensuel__annexe_id", "salarie_id")
        .annotate(heures=Sum("heures_declarees"))
    )
    return {(annexe_id, salarie_id): heures or ZERO for annexe_id, salarie_id, heures in rows}
