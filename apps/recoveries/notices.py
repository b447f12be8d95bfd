"""Who is told of what becomes of an order: its structure, its funder, the ASP.

Sentences without personal data (they go by e-mail); the page named is where to act or to read.
Called by the services, in the transaction of the act.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from apps.accounts.models import Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.conventions.models import Financeur
from apps.core.clock import today
from apps.recoveries.models import OrdreDeRecouvrer


def tell_debtor(
    ordre: OrdreDeRecouvrer, titre: str, texte: str, url: str, on: date | None = None
) -> None:
    """The structure that owes the order, when it has an account."""
    organisation = ordre.structure.organisation
    if organisation is not None:
        notify(organisation, titre, texte, url, nature=Nature.ORDRE, courriel=True, on=on)


def tell_funder(
    financeur: Financeur,
    titre: str,
    texte: str,
    url: str,
    on: date | None = None,
    roles: Collection[Role] = (),
) -> None:
    """The département, or its last successor; the State's share is followed by the ASP."""
    if financeur.is_etat:
        return
    organisation = financeur.payer_on(on or today()).organisation
    if organisation is not None:
        notify(
            organisation, titre, texte, url, nature=Nature.ORDRE, roles=roles, courriel=True, on=on
        )


def tell_asp(
    titre: str, texte: str, url: str, roles: Collection[Role], on: date | None = None
) -> None:
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        titre,
        texte,
        url,
        nature=Nature.ORDRE,
        roles=roles,
        courriel=True,
        on=on,
    )
