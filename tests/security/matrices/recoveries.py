"""Access matrix of « recoveries »: see `tests.security.matrix`."""

from __future__ import annotations

from tests.security.arguments import Arguments, pk

#                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
TABLE = """
historique           403 403  200  200  200  200  200  200  404   404  404   404
liste                200 200  200  200  200  200  200  200  200   200  200   200
ordre                200 200  200  200  200  200  200  200  404   404  404   404
ordre_pdf            200 200  200  200  200  200  200  200  404   404  404   404
"""

ARGUMENTS: dict[str, Arguments] = {
    **{f"recoveries:{page}": pk("ordre") for page in ("ordre", "historique", "ordre_pdf")},
}
