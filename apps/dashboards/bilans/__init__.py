"""The bilans of an annex: after each quarter, final, and of the negotiated objectives.

Cahier des charges §3.1. Facts are read (`lecture`), computed into plain figures (`calculs`,
`objectifs`), shown as they are or kept as issued (`contenu`, `document`).
"""

from apps.dashboards.bilans.trimestres import Trimestre, quarters

__all__ = ["Trimestre", "quarters"]
