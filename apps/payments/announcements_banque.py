"""Who is told what of the bank's answers: structures whose transfer came back, the ASP.

No account and no amount: the sentence is sent by e-mail, the figures are on the pages. Called by
the services of the bank, inside their transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.urls import reverse

from apps.accounts.models import Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.payments.codes_retour import Suite, meaning_of
from apps.payments.models import RetourBancaire, Virement

# What follows a rejection → what the structure is to do.
CONSEILS = {
    Suite.COMPTE: "La banque refuse le compte utilisé : proposez de nouvelles coordonnées "
    "bancaires. Le montant reste dû et sera versé après leur contrôle par l’ASP.",
    Suite.VERIFIER: "L’ASP vérifie la cause du rejet et vous contacte si besoin. Le montant reste "
    "dû et sera versé par une prochaine campagne.",
    Suite.REEMETTRE: "La cause n’est pas de votre côté : le montant reste dû et sera versé par la "
    "prochaine campagne. Vous n’avez rien à faire.",
}


def announce_rejections(virements: Sequence[Virement], on: date) -> None:
    """One notification per structure and cause; a fixed number of queries."""
    for suite, conseil in CONSEILS.items():
        structures = {
            virement.structure_id
            for virement in virements
            if meaning_of(virement.code_rejet).suite is suite
        }
        if structures:
            notify(
                Organisation.objects.filter(structure__in=structures),
                "Virement rejeté par la banque",
                f"Un virement de l’aide au poste à votre structure a été rejeté. {conseil}",
                reverse("payments:retenues"),
                nature=Nature.PAIEMENT,
                courriel=True,
                on=on,
            )
    count = len(virements)
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        "Virements rejetés par la banque",
        f"Virements rejetés par la banque : {count}. Les montants sont de nouveau dus ; les "
        "causes sont sur la page « Virements rejetés ».",
        reverse("banque:rejets"),
        nature=Nature.PAIEMENT,
        roles=(Role.GESTIONNAIRE, Role.COMPTABLE),
        on=on,
    )


def announce_return(retour: RetourBancaire, on: date) -> None:
    """Tell the agent comptable that lines wait for a decision; nothing otherwise."""
    if not retour.inconnues:
        return
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        "Lignes inconnues d’un retour bancaire",
        f"Lignes du retour bancaire n° {retour.numero} qui ne correspondent à aucun virement : "
        f"{retour.inconnues}. Une décision est attendue pour chacune.",
        reverse("banque:inconnues"),
        nature=Nature.PAIEMENT,
        roles=(Role.COMPTABLE,),
        courriel=True,
        on=on,
    )
