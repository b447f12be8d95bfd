"""What the bank expects of the agent comptable: returns, unknown lines, runs to settle.

Read by `expectations`; one query for each line.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db.models import Exists, OuterRef

from apps.accounts.models import Membership
from apps.dashboards.attentes import Attente, attente
from apps.payments.models import Campagne, LigneRetour, RetourBancaire, Virement
from apps.rules.calendrier import banking_days_before


def bank_lines(acting: Membership, on: date) -> list[Attente]:
    """Of the agent comptable."""
    received = RetourBancaire.objects.visible_to(acting).filter(etat=RetourBancaire.Etat.RECU)
    return [
        attente(
            received.count(),
            "retour bancaire importé, à appliquer",
            "retours bancaires importés, à appliquer",
            "banque:retours",
            etat=RetourBancaire.Etat.RECU,
        ),
        attente(
            LigneRetour.objects.visible_to(acting).unknown().count(),
            "ligne inconnue d’un retour bancaire, à traiter",
            "lignes inconnues de retours bancaires, à traiter",
            "banque:inconnues",
        ),
        attente(
            Virement.objects.visible_to(acting).rejected().count(),
            "virement rejeté, à émettre de nouveau",
            "virements rejetés, à émettre de nouveau",
            "banque:rejets",
        ),
        attente(
            _to_settle(acting, on),
            "campagne exécutée, à dénouer",
            "campagnes exécutées, à dénouer",
            "payments:campagnes",
            etat=Campagne.Etat.EXECUTEE,
        ),
    ]


def _to_settle(acting: Membership, on: date) -> int:
    """Executed runs whose transfers are all answered, or old enough to be taken as paid."""
    latest = banking_days_before(on, settings.JOURS_SANS_RETOUR)
    sent = Virement.objects.sent().filter(campagne=OuterRef("pk"))
    waiting = sent.filter(etat=Virement.Etat.EMIS, emis_le__gt=latest)
    runs = Campagne.objects.visible_to(acting).filter(etat=Campagne.Etat.EXECUTEE)
    return runs.filter(Exists(sent), ~Exists(waiting)).count()
