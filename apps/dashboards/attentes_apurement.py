"""What the disputes, remissions, non-valeurs and procedures expect of each role.

Read by `expectations`; one query for each line. The deadline of a département is the last day of
its four months (convention de mandat, art. 5).
"""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Exists, F, Min, OuterRef

from apps.accounts.models import Membership
from apps.dashboards.attentes import Attente, attente
from apps.recoveries.models import (
    Contestation,
    DemandeRemise,
    Extinction,
    LigneNonValeur,
    ListeNonValeur,
    OrdreDeRecouvrer,
    ProcedureCollective,
)
from apps.rules.delais import last_day_to_decide, last_day_to_declare


def decisions_of_departement(acting: Membership, on: date) -> list[Attente]:
    """Non-valeurs and remissions that the silence of the département would accept."""
    lines = LigneNonValeur.objects.visible_to(acting).pending()
    lists = lines.filter(liste__etat=ListeNonValeur.Etat.RECUE)
    found = lists.aggregate(nombre=Count("pk"), premiere=Min("liste__recue_le"))
    remises = DemandeRemise.objects.visible_to(acting).filter(etat=DemandeRemise.Etat.A_DECIDER)
    asked = remises.aggregate(nombre=Count("pk"), premiere=Min("recue_le"))
    sent = ListeNonValeur.objects.visible_to(acting).filter(etat=ListeNonValeur.Etat.SOUMISE)
    return [
        attente(
            found["nombre"],
            "créance présentée en non-valeur, à décider",
            "créances présentées en non-valeur, à décider",
            "apurement:a_decider",
            until=last_day_to_decide(found["premiere"]) if found["premiere"] else None,
        ),
        attente(
            asked["nombre"],
            "demande de remise à décider",
            "demandes de remise à décider",
            "apurement:a_decider",
            until=last_day_to_decide(asked["premiere"]) if asked["premiere"] else None,
        ),
        attente(
            sent.count(),
            "liste de non-valeurs dont la réception est à enregistrer",
            "listes de non-valeurs dont la réception est à enregistrer",
            "apurement:listes",
            etat=ListeNonValeur.Etat.SOUMISE,
        ),
    ]


def decisions_of_ordonnateur(acting: Membership) -> list[Attente]:
    """Disputes examined, extinctions proposed, and what concerns the State's share."""
    disputes = Contestation.objects.visible_to(acting).open()
    proposed = Extinction.objects.visible_to(acting).open()
    of_state = LigneNonValeur.objects.visible_to(acting).pending()
    return [
        attente(
            disputes.filter(instruite_par__isnull=False).count(),
            "contestation instruite, à décider",
            "contestations instruites, à décider",
            "apurement:contestations",
        ),
        attente(
            proposed.count(),
            "extinction de créance proposée, à prononcer ou à rejeter",
            "extinctions de créance proposées, à prononcer ou à rejeter",
            "apurement:extinctions",
            etat=Extinction.Etat.PROPOSEE,
        ),
        attente(
            of_state.filter(
                liste__etat=ListeNonValeur.Etat.SOUMISE, liste__financeur__type="ETAT"
            ).count(),
            "créance de l’État présentée en non-valeur, à décider",
            "créances de l’État présentées en non-valeur, à décider",
            "apurement:a_decider",
        ),
    ]


def files_to_examine(acting: Membership, on: date) -> list[Attente]:
    """Disputes and remissions to examine, debts to declare before their deadline."""
    disputes = Contestation.objects.visible_to(acting).open().filter(instruite_par__isnull=True)
    remises = DemandeRemise.objects.visible_to(acting).filter(etat=DemandeRemise.Etat.INSTRUCTION)
    return [
        attente(
            disputes.count(),
            "contestation d’un ordre de recouvrer à instruire",
            "contestations d’ordres de recouvrer à instruire",
            "apurement:contestations",
            etat=Contestation.Etat.DEPOSEE,
        ),
        attente(
            remises.count(),
            "demande de remise à instruire",
            "demandes de remise à instruire",
            "apurement:remises",
            etat=DemandeRemise.Etat.INSTRUCTION,
        ),
        _to_declare(acting, on),
    ]


def _to_declare(acting: Membership, on: date) -> Attente:
    """Procedures with orders still owed and not declared; the nearest deadline."""
    owed = OrdreDeRecouvrer.objects.filter(
        structure=OuterRef("structure"),
        etat__in=OrdreDeRecouvrer.OUVERTS,
        montant__gt=F("recouvre") + F("abandonne"),
    ).exclude(declarations__procedure=OuterRef("pk"))
    opened = ProcedureCollective.objects.visible_to(acting).open().filter(Exists(owed))
    found = opened.aggregate(nombre=Count("pk"), premiere=Min("bodacc_le"))
    limit = last_day_to_declare(found["premiere"]) if found["premiere"] else None
    return attente(
        found["nombre"],
        "procédure collective dont les créances sont à déclarer",
        "procédures collectives dont les créances sont à déclarer",
        "apurement:procedures",
        until=limit,
        late=bool(limit and limit < on),
        etat=ProcedureCollective.Etat.OUVERTE,
    )
