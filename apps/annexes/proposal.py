"""What the screens propose for a new annex: the département's amount, the average of the posts.

Text: cahier des charges §2.2 ((480,02 × 4) × 12) and convention art. 3; posts are averaged over
the period (6 posts until June then 3 make 4,50). Called by the forms and by renewals.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from apps.annexes.consumption import caom_of
from apps.annexes.models import VersionAnnexe
from apps.conventions.envelope import envelope_of
from apps.conventions.models import Caom
from apps.core.errors import Refus
from apps.rules.cofinancement import proposed_amount, proposed_dated_amount
from apps.rules.conditions import average_etp
from apps.rules.parameter import montants_mensuels_cd
from apps.rules.periods import Month, month_range

_RUN = re.compile(r"^(\d{1,4}(?:[.,]\d{1,2})?)(?:\s*[x×*]\s*(\d{1,2}))?$")


def proposed_montant_cd(
    caom: Caom, mesure: str, beneficiaires: int, debut: date, fin: date
) -> Decimal | None:
    """Beneficiaries × the CAOM's monthly amount × months; None when it funds no such measure."""
    objectif = envelope_of(caom, debut).objectif(mesure)
    if objectif is None:
        return None
    months = month_range(Month.of(debut), Month.of(fin))
    if caom.somme_des_montants_dates:
        return proposed_dated_amount(Decimal(beneficiaires), montants_mensuels_cd(), months)
    return proposed_amount(Decimal(beneficiaires), objectif.montant_mensuel, len(months))


def proposal_for(version: VersionAnnexe) -> Decimal | None:
    """The amount the CAOM of a version gives; None when there is no CAOM for it."""
    caom = caom_of(version)
    if caom is None:
        return None
    return proposed_montant_cd(
        caom, version.siae.mesure, version.brsa_vises, version.debut, version.fin
    )


def parse_postes(text: str, months: int) -> Decimal:
    """Average posts from "6 × 6 ; 3 × 6" or one number per month, separated by semicolons.

    Raises `Refus` when a part cannot be read or when the months do not add up.
    """
    postes: list[Decimal] = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[;\n]", text))):
        found = _RUN.match(part)
        if not found:
            raise Refus(
                f"« {part} » n’est pas lisible : écrivez par exemple « 6 × 6 ; 3 × 6 » "
                "(six postes pendant six mois, puis trois)."
            )
        number = Decimal(found[1].replace(",", "."))
        postes += [number] * int(found[2] or 1)
    if len(postes) != months:
        raise Refus(
            f"Les postes sont indiqués pour {len(postes)} mois alors que la période en compte "
            f"{months}."
        )
    return average_etp(postes)
