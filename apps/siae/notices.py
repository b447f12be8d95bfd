"""Who is told what of bank details, at each step, never with the account itself.

The responsables of the structure by notification and e-mail; besides, as the account of one of
them may be the one taken over, the addresses of the structure known before the change.
Called by the services inside their transaction.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.core import mail
from apps.core.jobs import dispatch
from apps.core.models import CourrielEnvoye
from apps.core.tasks import send_mail
from apps.journal.history import history_of
from apps.siae.models import CoordonneesBancaires, Structure

NOT_US = (
    " Si ce changement ne vient pas de vous, ouvrez la page de la structure et choisissez « Ce "
    "n’est pas nous », ou prévenez l’ASP sans attendre."
)
# What everybody at the structure is told, by event: title and sentences.
ANNONCES = {
    "proposition": (
        "Coordonnées bancaires proposées",
        "De nouvelles coordonnées bancaires ont été proposées à l’ASP, qui les contrôle. D’ici là, "
        f"vos paiements vont au compte actuel.{NOT_US}",
    ),
    "controle": (
        "Coordonnées bancaires contrôlées",
        "L’ASP a contrôlé vos nouvelles coordonnées bancaires : elles serviront aux paiements "
        f"approuvés à partir du {{effet}}. D’ici là, ils vont au compte actuel.{NOT_US}",
    ),
    "effet": (
        "Coordonnées bancaires activées",
        "Vos nouvelles coordonnées bancaires sont en service : elles serviront aux prochaines "
        "campagnes de paiement. Les paiements déjà approuvés gardent le compte qu’ils avaient. Si "
        "ce changement ne vient pas de vous, prévenez l’ASP sans attendre.",
    ),
    "contestation": (
        "Changement de compte contesté",
        "Le changement de coordonnées bancaires est annulé : il a été signalé comme ne venant pas "
        "de votre structure. Vos paiements attendent que l’ASP ait vérifié avec vous le compte à "
        "utiliser.",
    ),
    "retablissement": (
        "Compte rétabli",
        "L’ASP a vérifié le compte de votre structure : vos paiements y vont de nouveau.",
    ),
}
# An address replaced so recently may have been replaced to hide the change of account.
KNOWN_FOR = timedelta(days=90)
MODELE = "banque"


def tell_proposed(coordonnees: CoordonneesBancaires) -> None:
    """The ASP has a proposal to check; the structure knows that one was made."""
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        "Coordonnées bancaires à contrôler",
        f"{coordonnees.structure} propose de nouvelles coordonnées bancaires.",
        reverse("siae:banque_controler", args=[coordonnees.pk]),
        nature=Nature.BANQUE,
        roles=[Role.GESTIONNAIRE, Role.COMPTABLE],
    )
    tell_everyone(coordonnees, "proposition")


def tell_contested(coordonnees: CoordonneesBancaires) -> None:
    """Somebody at the ASP must call the structure: nothing is paid in between."""
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        "Changement de compte contesté",
        f"{coordonnees.structure} ne reconnaît pas les coordonnées bancaires proposées. Ses "
        "paiements attendent que vous ayez vérifié avec elle le compte à utiliser.",
        reverse("siae:structure", args=[coordonnees.structure_id]),
        nature=Nature.BANQUE,
        roles=[Role.GESTIONNAIRE, Role.COMPTABLE],
        courriel=True,
    )
    tell_everyone(coordonnees, "contestation")


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


def tell_everyone(coordonnees: CoordonneesBancaires, evenement: str) -> None:
    """The responsables, and the addresses known before, which nobody can have refused."""
    titre, _texte = ANNONCES[evenement]
    _tell_structure(coordonnees, titre, _text(coordonnees, evenement))
    mail.queue(
        mail.Courriel(
            cle=f"{MODELE}:{coordonnees.pk}:{_digest(address)}:{uuid.uuid4().hex[:8]}:{evenement}",
            modele=MODELE,
            objet_id=coordonnees.pk,
            destinataire=address,
            sujet=titre,
        )
        for address in known_addresses(coordonnees.structure)
    )
    dispatch(send_mail)


def known_addresses(structure: Structure) -> list[str]:
    """The correspondent's, the contacts', and those that the journal says were recently theirs."""
    since = timezone.now() - KNOWN_FOR
    recent = history_of(structure).filter(le__gte=since, avant__has_key="courriel")
    addresses = {
        structure.courriel,
        *structure.contacts.values_list("courriel", flat=True),
        *recent.values_list("avant__courriel", flat=True),
    }
    return sorted(address for address in addresses if address)


def _digest(address: str) -> str:
    return hashlib.sha256(address.lower().encode()).hexdigest()[:16]


def _text(coordonnees: CoordonneesBancaires, evenement: str) -> str:
    _titre, texte = ANNONCES[evenement]
    effet = coordonnees.effet_le
    return texte.format(effet=f"{effet:%d/%m/%Y}" if effet else "")


def _context(row: CourrielEnvoye) -> dict[str, Any] | None:
    """What the e-mail says: its words and the page of the structure, no account."""
    coordonnees = CoordonneesBancaires.objects.filter(pk=row.objet_id).first()
    if coordonnees is None:
        return None
    return {
        "structure": coordonnees.structure.denomination,
        "texte": _text(coordonnees, row.cle.rsplit(":", 1)[1]),
        "lien": mail.site_link(reverse("siae:structure", args=[coordonnees.structure_id])),
    }


mail.MODELES[MODELE] = mail.Modele("emails/banque", _context)
