"""The « Critères » sheet of a file: what lets it be read, and redone, years later.

Written by the job of a file, by the `export` command and with the files sent on a schedule.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.dashboards.restitutions.territoires import territories
from apps.payments.models import Campagne
from apps.presence.models import EtatMensuel

LABELS = {
    "annexe": "Annexe financière",
    "mesure": "Mesure",
    "departement": "Département",
    "debut": "Premier mois",
    "fin": "Dernier mois",
}
PERIMETERS: dict[str, Any] = {
    "SIAE": "les annexes de la structure",
    "DDETS": "les structures du territoire",
    "ASP": "toutes les structures",
    "CD": "les annexes cofinancées par le département, sur leur période",
}


def criteria_sheet(
    acting: Membership, restitution: Restitution, criteres: Criteres
) -> list[tuple[str, str]]:
    """Filters the reader has, author, scope, date and freshness: (label, text) pairs."""
    words = dict(criteres.in_words())
    now = timezone.localtime()
    return [
        ("Contenu", restitution.description),
        *[
            (LABELS[name], words[LABELS[name]])
            for name in restitution.filters
            if name != "departement" or criteres.departement or len(territories(acting)) > 1
        ],
        ("Organisation", _organisation(acting)),
        ("Périmètre", PERIMETERS[acting.organisation_type]),
        ("Demandé par", f"{acting.user.nom_complet}, {acting.get_role_display().lower()}"),
        ("Produit le", f"{today():%d/%m/%Y} à {now:%H:%M}"),
        ("Retards et délais", f"comptés au {criteres.on:%d/%m/%Y}"),
        ("Fraîcheur des données", f"données de l’extranet à cet instant ; {_last_run()}"),
        ("Dernière validation", _last_validation(acting)),
        *restitution.notes,
        *restitution.notes_for(acting),
    ]


def _organisation(acting: Membership) -> str:
    """Its name and what it is, unless the one says the other."""
    name, kind = str(acting.organisation), acting.get_organisation_type_display()
    return name if name == kind else f"{name} ({kind})"


def _last_run() -> str:
    run = Campagne.objects.executed().order_by("-numero").first()
    if run is None or run.execute_le is None:
        return "aucune campagne de paiement exécutée"
    executed = timezone.localtime(run.execute_le)
    return (
        f"dernière campagne de paiement exécutée : n° {run.numero} ({run.mois:%m/%Y}), "
        f"le {executed:%d/%m/%Y}"
    )


def _last_validation(acting: Membership) -> str:
    seen = EtatMensuel.objects.visible_to(acting).filter(valide_le__isnull=False)
    last = seen.aggregate(last=Max("valide_le"))["last"]
    if last is None:
        return "aucun état mensuel validé dans votre périmètre"
    return f"dernier état mensuel validé dans votre périmètre le {last:%d/%m/%Y}"
