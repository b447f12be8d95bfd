"""One annex on one payment day: which version holds for which month, which instalments exist.

Text: cahier des charges §2.3 and §2.4 (statements of the preceding months validated); amendments
replace the version before them for the whole period. Called by `due.py` only.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from apps.rules.conditions import Conditions
from apps.rules.etats import Etats
from apps.rules.lignes import MoisValide
from apps.rules.periods import Month


class Dossier:
    """The versions known to a run, and the statements validated on its payment day."""

    __slots__ = ("_announced", "campagne", "debut", "etats", "months", "versions")

    def __init__(
        self,
        versions: Sequence[Conditions],
        valides: Mapping[Month, MoisValide],
        campagne: Month,
        jour: date,
    ) -> None:
        if not versions:
            raise ValueError("an annex has at least one version")
        self.debut = versions[0].debut
        if any(version.debut != self.debut for version in versions):
            raise ValueError("an amendment never changes the first month of an annex")
        self.campagne = campagne
        self.versions = _in_force(versions, campagne)
        self._announced = any(version.a_partir_de > campagne for version in versions[1:])
        self.months = max((version.months for version in self.versions), key=len)
        self.etats = Etats(self.months, valides, jour)

    @property
    def last(self) -> Conditions:
        return self.versions[-1]

    def version_of(self, mois: Month) -> Conditions:
        """The version in force on the payment day of a month."""
        return self.versions[self._position(mois)]

    def has_instalment(self, mois: Month) -> bool:
        """Whether a month not executed yet has an instalment.

        It has one if it lies within the version of that month, and if no later amendment with an
        earlier end came into force before it was executed: then it is dropped for good.
        """
        position = self._position(mois)
        return all(mois <= version.fin for version in self.versions[position:])

    def may_settle(self) -> bool:
        """Whether the run comes after the last month and no amendment waits for a later run."""
        return self.campagne > self.last.fin and not self._announced

    def _position(self, mois: Month) -> int:
        for position in range(len(self.versions) - 1, 0, -1):
            if self.versions[position].a_partir_de <= mois:
                return position
        return 0


def _in_force(versions: Sequence[Conditions], campagne: Month) -> tuple[Conditions, ...]:
    """Versions in force on some payment day up to the run's.

    Of several amendments of one month only the last was ever in force on a payment day.
    """
    kept = [versions[0]]
    for version in versions[1:]:
        if version.a_partir_de > campagne:
            continue
        # An amendment of the very first month replaces the initial version everywhere.
        if version.a_partir_de <= max(kept[-1].a_partir_de, version.debut):
            kept[-1] = version
        else:
            kept.append(version)
    return tuple(kept)
