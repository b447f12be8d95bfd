"""What happens in the demonstration: structures, rhythms of work, habits of declaration.

Reads fixtures/demo/structures.toml. Chance comes from `draw`, a hash of the seed and of what is
drawn, never from a shared generator: a demonstration resumed half-way gives the same figures.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from apps.rules.periods import Month

ANNEE = 2023
SALARIES_ATTENDUS = 400

# Share of the theoretical hours done in each month of the year (1 = January).
RYTHMES: dict[str, tuple[str, ...]] = {
    "plein": ("1.00",) * 12,
    "haut": ("1.08",) * 12,
    "moitie": ("0.50",) * 12,
    "bas": ("0.86",) * 12,
    "tolere": ("0.96",) * 12,
    "creux": ("0.70",) * 5 + ("1.12",) * 7,
    "reprise": ("0.55",) * 3 + ("1.10",) * 9,
}


@dataclass(frozen=True, slots=True)
class Fiche:
    """One structure of the demonstration, as written in the fixture."""

    cle: str
    denomination: str
    mesure: str
    etp: Decimal
    effectif: int
    rythme: str
    commune: str = ""
    code_postal: str = ""
    departement: str = "062"
    forme_juridique: str = "ASSOCIATION"
    meme_que: str = ""
    brsa: int = 0
    brsa_reels: int = 0
    debut: str = "2023-01"
    fin: str = "2023-12"
    remise: str = "normal"
    avenant_juillet: str = ""
    ecourtee_au: str = ""
    suite: str = ""
    banque_le: str = ""

    @property
    def renouvelee(self) -> bool:
        """`suite` says where its renewal is: a_saisir, commencee or transmise (2024)."""
        return bool(self.suite)

    @property
    def premier_mois(self) -> Month:
        return Month.parse(self.debut)

    @property
    def dernier_mois(self) -> Month:
        return Month.parse(self.fin)

    @property
    def signature(self) -> date:
        """Signed at the start of the period; the DDETS instructs at the beginning of the month."""
        return self.premier_mois.first_day.replace(day=4)

    @property
    def cle_responsable(self) -> str:
        """User name of the responsable of the structure (shared by its measures)."""
        return self.meme_que or self.cle

    def rate(self, month: Month) -> Decimal:
        return Decimal(RYTHMES[self.rythme][month.month - 1])


def load() -> list[Fiche]:
    """The structures of the fixture, in its order."""
    path = Path(settings.BASE_DIR) / "fixtures" / "demo" / "structures.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["structure"]
    return [Fiche(**{**row, "etp": Decimal(row["etp"])}) for row in rows]


def draw(seed: int, *what: object) -> int:
    """A whole number of 32 bits that depends on the seed and on what is drawn, nothing else."""
    text = ":".join(map(str, (seed, *what)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def pick(seed: int, choices: tuple, *what: object):  # type: ignore[no-untyped-def,type-arg]
    return choices[draw(seed, *what) % len(choices)]
