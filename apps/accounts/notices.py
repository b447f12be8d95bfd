"""What a person is told of their own account: its password, its address, its second factor.

Sent to the address the account had before the change, so that somebody whose account is taken over
knows it. Called by the services of the accounts inside their transaction.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse

from apps.accounts.models import User
from apps.core import mail
from apps.core.jobs import dispatch
from apps.core.models import CourrielEnvoye
from apps.core.tasks import send_mail

SECRET, ADRESSE = "mot_de_passe_change", "adresse_changee"
FACTEUR_CHANGE, FACTEUR_RETIRE = "facteur_change", "facteur_retire"
FACTEUR_REINITIALISE, CODES_ERRONES = "facteur_reinitialise", "codes_errones"
PROCONNECT = "proconnect_lie"
SUJETS = {
    SECRET: "Votre mot de passe a changé",
    ADRESSE: "L’adresse électronique de votre compte a changé",
    FACTEUR_CHANGE: "Votre second facteur a été remplacé",
    FACTEUR_RETIRE: "Votre second facteur a été retiré",
    FACTEUR_REINITIALISE: "Votre second facteur a été réinitialisé",
    CODES_ERRONES: "Plusieurs codes erronés ont été saisis sur votre compte",
    PROCONNECT: "Votre compte est associé à ProConnect",
}
TEXTES = {
    SECRET: "Le mot de passe de votre compte vient d’être changé.",
    ADRESSE: "L’administrateur de l’extranet a remplacé l’adresse électronique de votre compte : "
    "les messages ne vous seront plus envoyés ici.",
    FACTEUR_CHANGE: "L’application qui donne les codes de votre compte vient d’être remplacée par "
    "une autre.",
    FACTEUR_RETIRE: "Votre compte ne demande plus de code en plus du mot de passe.",
    FACTEUR_REINITIALISE: "L’administrateur de l’extranet a réinitialisé le second facteur de "
    "votre compte : vous en choisirez un autre à votre prochaine connexion.",
    CODES_ERRONES: "Quelqu’un qui connaît votre mot de passe a saisi plusieurs codes erronés. "
    "Le compte refuse tout code pendant quinze minutes.",
    PROCONNECT: "Vous vous connecterez désormais avec ProConnect, ou avec votre mot de passe.",
}


def tell_owner(user: User, modele: str, address: str) -> None:
    """Have the message leave after the commit; nothing for an account that had no address."""
    if address:
        sujet = SUJETS[modele]
        key = f"{modele}:{uuid.uuid4()}"
        mail.queue([mail.Courriel(key, modele, user.pk, address, sujet)])
        dispatch(send_mail)


def _context(row: CourrielEnvoye) -> dict[str, Any] | None:
    user = User.objects.filter(pk=row.objet_id).first()
    if user is None:
        return None
    return {
        "prenom": user.prenom,
        "texte": TEXTES[row.modele],
        "lien": mail.site_link(reverse("accounts:mot_de_passe_oublie")),
    }


for _name in SUJETS:
    mail.MODELES[_name] = mail.Modele("emails/compte", _context)
