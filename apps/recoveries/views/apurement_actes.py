"""Pages of the acts on the debts that will not, or may not, be recovered: one per row of `ACTES`.

404 outside the scope, 403 for another role, sent back to its object when its state does not allow
the act.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.accounts.models import Membership
from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.pages import perform
from apps.recoveries.models import (
    Contestation,
    DemandeRemise,
    Extinction,
    LigneNonValeur,
    ListeNonValeur,
    ProcedureCollective,
)
from apps.recoveries.services.procedures import to_declare
from apps.recoveries.transitions_apurement import reached
from apps.recoveries.views.apurement_table import ACTES, Acte
from apps.rules.explanation import euros
from apps.rules.money import ZERO

# Page of each object, and its list with its name in the breadcrumb.
FICHES: dict[Any, tuple[str, str, str]] = {
    Contestation: ("apurement:contestation", "apurement:contestations", "Contestations"),
    DemandeRemise: ("apurement:remise", "apurement:remises", "Demandes de remise"),
    ListeNonValeur: ("apurement:liste", "apurement:listes", "Non-valeurs"),
    LigneNonValeur: ("apurement:liste", "apurement:listes", "Non-valeurs"),
    Extinction: ("apurement:extinction", "apurement:extinctions", "Extinctions de créance"),
    ProcedureCollective: (
        "apurement:procedure",
        "apurement:procedures",
        "Procédures collectives",
    ),
}


def act_page(name: str) -> Callable[..., HttpResponse]:
    """The view of one act of `ACTES`."""
    acte = ACTES[name]

    @require_http_methods(["GET", "POST"])
    def page(request: HttpRequest, pk: int) -> HttpResponse:
        objet = get_object_or_404(acte.model.objects.visible_to(request.acting), pk=pk)
        verdict = acte.verdict(request.acting, objet)
        if not verdict:
            raise PermissionDenied(verdict.reason)
        fiche = page_of(objet)
        if (reason := _untimely(acte, objet)) is not None:
            messages.error(request, reason)
            return redirect(fiche)
        bound = (request.POST, request.FILES) if request.method == "POST" else ()
        form = acte.form(*bound, initial=acte.initial(objet) if not bound else None)
        if form.is_valid() and perform(
            request, lambda: acte.act(request.acting, objet, form.cleaned_data), acte.succes
        ):
            if acte.document is not None:
                archive(acte.document, pk)
            return redirect(fiche)
        _name, liste, libelle_liste = FICHES[acte.model]
        context = {
            "acte": acte,
            "nom": lower_first(str(objet)),
            "ordre": getattr(objet, "ordre", None),
            "rappel": reminder_of(objet),
            "form": form,
            "libelle": acte.libelle,
            "retour": fiche,
            "fil": [(libelle_liste, reverse(liste)), (str(objet), fiche)],
        }
        return render(request, "apurement/acte.html", context)

    return page


def lower_first(name: str) -> str:
    """A name inside a sentence."""
    return name[:1].lower() + name[1:]


def reminder_of(objet: Any) -> list[tuple[str, str]]:
    """What the act is about beside its order: words and values, sums of money first of all."""
    if isinstance(objet, ListeNonValeur):
        found = objet.lignes.aggregate(nombre=Count("pk"), total=Coalesce(Sum("montant"), ZERO))
        return [
            ("Financeur", str(objet.financeur)),
            ("Créances présentées", str(found["nombre"])),
            ("Total présenté", euros(found["total"])),
        ]
    if isinstance(objet, LigneNonValeur):
        return [
            ("Motif présenté", objet.get_motif_display()),
            ("Somme présentée", euros(objet.montant)),
        ]
    if isinstance(objet, DemandeRemise) and objet.montant_propose is not None:
        return [("Remise proposée par l’ASP", euros(objet.montant_propose))]
    if isinstance(objet, Contestation) and objet.reduction_proposee is not None:
        return [("Réduction proposée", euros(objet.reduction_proposee))]
    if isinstance(objet, ProcedureCollective):
        return [
            ("Structure", str(objet.structure)),
            ("Tribunal", objet.tribunal),
            *(
                (f"Ordre n° {ordre.numero}, {ordre.financeur}", f"{euros(ordre.reste)} à déclarer")
                for ordre in to_declare(objet)
            ),
        ]
    return []


def archive(draw: Callable[[int], Fichier], pk: int) -> None:
    """Keep the document of an act just done; on a server that cannot draw, it is on demand."""
    with suppress(Refus):
        draw(pk)


def page_of(objet: Any) -> str:
    """Address of the page of an object; a line is shown on that of its list."""
    key = objet.liste_id if isinstance(objet, LigneNonValeur) else objet.pk
    return reverse(FICHES[type(objet)][0], args=[key])


def offered(acting: Membership, objet: Any) -> list[dict[str, str]]:
    """Acts that a person may do now on an object, for its page."""
    return [
        {"libelle": acte.titre, "url": reverse(f"apurement:{name}", args=[objet.pk])}
        for name, acte in ACTES.items()
        if acte.model is type(objet)
        and _untimely(acte, objet) is None
        and acte.verdict(acting, objet)
    ]


def _untimely(acte: Acte, objet: Any) -> str | None:
    """Why the state of the object does not allow the act; None when it does."""
    if isinstance(objet, LigneNonValeur):
        if objet.decision:
            return f"{objet} est déjà décidé."
        objet = objet.liste
    try:
        reached(objet, acte.event)
    except Refus as refus:
        return str(refus)
    return acte.sans_objet(objet) or None
