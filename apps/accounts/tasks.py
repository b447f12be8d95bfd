"""Background work on the accounts: the last seal of the journal is sent out of the database."""

from __future__ import annotations

from celery import shared_task

from apps.accounts.models import Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.journal.models import Scelle


@shared_task(name="accounts.publish_seal")  # type: ignore[untyped-decorator]
def publish_seal() -> int:
    """Every month, to the agents comptables by e-mail; returns the number of the seal, or 0.

    Whoever rewrote the journal and its seals could not rewrite what they have received: it is the
    witness of `manage.py verify_journal --temoin`.
    """
    seal = Scelle.objects.order_by("-numero").first()
    if seal is None:
        return 0
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        f"Scellé du journal n° {seal.numero}",
        f"Le {seal.le:%d/%m/%Y}, le journal a été scellé jusqu’à l’entrée n° {seal.a}. Conservez "
        "ce message hors de l’extranet : il prouvera, à la prochaine vérification, que rien n’a "
        f"été retiré ni modifié depuis. Témoin : {seal.numero}:{seal.empreinte}",
        nature=Nature.TRAITEMENT,
        roles=[Role.COMPTABLE],
        courriel=True,
    )
    return seal.numero
