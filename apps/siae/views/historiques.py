"""Histories of the structures, salariés and contracts, closed to the départements."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.journal.history import events_of
from apps.siae import permissions, services
from apps.siae.models import Contrat, Structure
from apps.siae.views.access import find_contrat, find_salarie, find_structure, require


@require_safe
def historique(request: HttpRequest, objet: str, pk: int) -> HttpResponse:
    """Who did what to a structure, a salarié or a contract, and what it changed."""
    find = {"structure": find_structure, "salarie": find_salarie, "contrat": find_contrat}
    found = find[objet](request, pk)
    require(permissions.can_read_history(request.acting))
    racine = ("siae:structures", "Structures")
    if not isinstance(found, Structure):
        racine = ("siae:salaries", "Salariés")
    person = found.salarie if isinstance(found, Contrat) else found
    if getattr(person, "anonymise_le", None):
        raise PermissionDenied(
            "Cette fiche a été anonymisée : l’historique, qui nomme la personne, n’est plus "
            "consultable dans l’extranet."
        )
    if not isinstance(person, Structure):
        services.note_reading(request.acting, person)
    name = "siae:structure" if isinstance(found, Structure) else "siae:salarie"
    context = {
        "objet": found,
        "entrees": events_of(found, request.acting),
        "racine": racine[0],
        "libelle_racine": racine[1],
        "fil": [{"libelle": str(person), "url": reverse(name, args=[person.pk])}],
    }
    return render(request, "siae/historique.html", context)
