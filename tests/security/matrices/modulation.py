"""Access matrix of « modulation »: see `tests.security.matrix`. No département: State's money."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from apps.annexes.models import VersionAnnexe
from apps.payments.models import PartModulee
from tests.factories import make_pdf
from tests.security.arguments import Arguments, pk
from tests.security.world import World

#                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
TABLE = """
liste                200 200  200  200  200  200  403  403  403   200  200   403
notifier             403 403  200  403  403  403  403  403  403   404  404   403
part                 200 200  200  200  200  200  404  404  404   404  404   404
piece                200 200  200  200  200  200  404  404  404   404  404   404
"""

WRITERS = {"modulation:part": {"gestionnaire"}}


def make_part(world: World, version: VersionAnnexe) -> PartModulee:
    """A modulated part of an annex, validated, with its document."""
    part = PartModulee.objects.create(
        annexe=version.annexe,
        version=version,
        taux=Decimal("6.31"),
        base=Decimal("133734.00"),
        montant=Decimal("8438.62"),
        reference="DDETS-2024-12",
        notifiee_le=date(2024, 2, 1),
        etat="VALIDEE",
        proposee_par=world.actors["instructeur"].user,
        proposee_le=date(2024, 2, 2),
        decidee_par=world.actors["gestionnaire"].user,
        decidee_le=date(2024, 2, 3),
    )
    part.piece.save("notification.pdf", make_pdf())
    return part


def _part(world: World) -> dict[str, Any]:
    if "part_modulee" not in world.objects:
        world.objects["part_modulee"] = make_part(world, world.version)
    return {"pk": world.objects["part_modulee"].pk}


ARGUMENTS: dict[str, Arguments] = {
    "modulation:notifier": pk("annexe", "annexe_id"),
    "modulation:part": _part,
    "modulation:piece": _part,
}
