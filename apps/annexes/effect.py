"""What a value of the referentials, not approved yet, would change to the annexes.

For a unit amount, the very preview of the bulk revaluation, the value being supposed; for the
others, how many annexes compute with it. Read by the fragment of the decision page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from apps.annexes.models import VersionAnnexe
from apps.annexes.services.revaluation import LigneRevalorisee, preview
from apps.conventions.models import ValeurReferentiel
from apps.conventions.referentiels import OUTRE_MER, SERIES, as_valeur
from apps.rules.money import total
from apps.rules.parameter import MAYOTTE, supposing


@dataclass(frozen=True, slots=True)
class Effet:
    """`lignes`: annexes to revalue, with their amounts; `nombre`: those that use the value."""

    nature: str
    nombre: int
    lignes: tuple[LigneRevalorisee, ...] = ()

    @property
    def difference(self) -> Decimal:
        return total(ligne.difference for ligne in self.lignes)


def effect_of(valeur: ValeurReferentiel, on: date) -> Effet:
    """Only what the value itself changes: what was already to be revalued is left out."""
    if valeur.fichier == "montants_unitaires":
        lignes = _revalued(valeur, on)
        return Effet(valeur.fichier, len(lignes), lignes)
    versions = VersionAnnexe.objects.filter(fin__gte=valeur.effet)
    if valeur.fichier == "rsa":
        overseas = Q(siae__structure__departement=MAYOTTE)
        used = versions.filter(
            overseas if valeur.serie.endswith(OUTRE_MER) else ~overseas,
            etat=VersionAnnexe.Etat.VALIDE,
            montant_cd__gt=0,
        )
    else:
        used = versions.filter(
            etat__in=VersionAnnexe.ETATS_EN_PREPARATION,
            siae__mesure=valeur.serie,
            debut__gte=valeur.effet,
        )
    return Effet(valeur.fichier, used.count())


def _revalued(valeur: ValeurReferentiel, on: date) -> tuple[LigneRevalorisee, ...]:
    mesure = SERIES[valeur.fichier, valeur.serie].mesure
    without = {ligne.version.pk: ligne.apres.total for ligne in preview(mesure, on).lignes}
    with supposing(valeur.fichier, valeur.serie, as_valeur(valeur)):
        lignes = preview(mesure, on).lignes
    return tuple(ligne for ligne in lignes if without.get(ligne.version.pk) != ligne.apres.total)
