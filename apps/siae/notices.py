"""Who is told what of bank details: proposed, activated, rejected, never with the account itself.

Called by the services inside their transaction.
"""

from __future__ import annotations

from django.urls import reverse

from apps.accounts.models import Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.siae.models import CoordonneesBancaires

AFTER = " Les paiements déjà approuvés gardent le compte qu’ils avaient."


def tell_proposed(coordonnees: CoordonneesBancaires) -> None:
    """The ASP has a proposal to check, by somebody else than its author."""
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        "Coordonnées bancaires à contrôler",
        f"{coordonnees.structure} propose de nouvelles coordonnées bancaires.",
        reverse("siae:banque_controler", args=[coordonnees.pk]),
        nature=Nature.BANQUE,
        roles=[Role.GESTIONNAIRE, Role.COMPTABLE],
    )


def tell_activated(coordonnees: CoordonneesBancaires) -> None:
    """A change of account that its owner did not ask for must be seen at once: by e-mail too."""
    _tell_structure(
        coordonnees,
        "Coordonnées bancaires activées",
        "L’ASP a contrôlé et activé vos nouvelles coordonnées bancaires : elles serviront aux "
        "prochaines campagnes de paiement. Si vous n’avez pas demandé ce changement, prévenez "
        f"l’ASP sans attendre.{AFTER}",
    )


def tell_rejected(coordonnees: CoordonneesBancaires) -> None:
    _tell_structure(
        coordonnees,
        "Coordonnées bancaires rejetées",
        f"L’ASP a rejeté vos coordonnées bancaires. Motif : {coordonnees.motif_rejet}",
    )


def _tell_structure(coordonnees: CoordonneesBancaires, titre: str, texte: str) -> None:
    structure = coordonnees.structure
    notify(
        structure.organisation,
        titre,
        texte,
        reverse("siae:structure", args=[structure.pk]),
        nature=Nature.BANQUE,
        roles=[Role.RESPONSABLE],
        courriel=True,
    )
