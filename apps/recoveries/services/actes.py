"""Acts of the amicable phase, then the enforcement: each sets the state and the last day to pay.

The night job notifies and reminds (`acting` None); the agent comptable gives formal notice and
starts the enforcement. Called by the screens of an order and by `tasks.pursue`.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.recoveries.models import ActeDeRecouvrement, OrdreDeRecouvrer
from apps.recoveries.permissions import can_pursue
from apps.recoveries.services.ordres import delay, lock, tell_debtor
from apps.recoveries.transitions import next_state_of
from apps.rules.explanation import euros

Nature = ActeDeRecouvrement.Nature
Voie = ActeDeRecouvrement.Voie

NATURES: dict[str, str] = {
    "notifier": Nature.NOTIFICATION,
    "relancer": Nature.RELANCE,
    "mettre_en_demeure": Nature.MISE_EN_DEMEURE,
    "forcer": Nature.FORCE,
}
JOURNAL = {
    "notifier": "ordre.notifie",
    "relancer": "ordre.relance",
    "mettre_en_demeure": "ordre.mis_en_demeure",
    "forcer": "ordre.force",
}
# Title and beginning of what the debtor is told.
AVIS = {
    "notifier": ("Ordre de recouvrer notifié", "L’ordre de recouvrer n° {numero} vous est notifié"),
    "relancer": ("Relance", "L’ordre de recouvrer n° {numero} n’est pas payé à son échéance"),
    "mettre_en_demeure": (
        "Mise en demeure de payer",
        "Vous êtes mis en demeure de payer l’ordre de recouvrer n° {numero}",
    ),
    "forcer": (
        "Recouvrement forcé engagé",
        "Le recouvrement forcé de l’ordre de recouvrer n° {numero} est engagé",
    ),
}


@transaction.atomic
def pursue(
    acting: Membership | None,
    ordre: OrdreDeRecouvrer,
    event: str,
    *,
    voie: str = "",
    detail: str = "",
    on: date | None = None,
) -> ActeDeRecouvrement:
    """Make an act (`notifier`, `relancer`, `mettre_en_demeure`, `forcer`) on a day.

    `voie` and `detail`: how the enforcement is made, and by whom. Raises Refus when the state, the
    deadline, the role or a suspension does not allow it.
    """
    day = on or today()
    ordre = lock(ordre)
    can_pursue(event, acting, ordre, day).enforce()
    if (event == "forcer") != (voie in Voie.values):
        raise Refus("Choisissez la voie d’exécution du recouvrement forcé.")
    nature = NATURES[event]
    echeance = None if event == "forcer" else day + timedelta(days=delay(nature))
    acte = ActeDeRecouvrement.objects.create(
        ordre=ordre,
        nature=nature,
        jour=day,
        reste=ordre.reste,
        echeance=echeance,
        voie=voie,
        detail=detail,
        par=acting.user if acting else None,
    )
    before = {"etat": ordre.etat, "echeance": ordre.echeance}
    ordre.etat = next_state_of(ordre, event)
    ordre.echeance = echeance or ordre.echeance
    if event == "notifier":
        ordre.notifie_le = day
    ordre.save(update_fields=["etat", "echeance", "notifie_le"])
    after = {"etat": ordre.etat, "echeance": ordre.echeance, "reste": ordre.reste}
    if voie:
        after |= {"voie": acte.get_voie_display(), "detail": detail}
    record(acting, JOURNAL[event], ordre, avant=before, apres=after)
    _tell(ordre, event, day)
    return acte


def _tell(ordre: OrdreDeRecouvrer, event: str, day: date) -> None:
    title, words = AVIS[event]
    until = f", à payer avant le {ordre.echeance:%d/%m/%Y} inclus" if event != "forcer" else ""
    text = f"{words.format(numero=ordre.numero)} : {euros(ordre.reste)}{until}."
    tell_debtor(ordre, title, text, day)
