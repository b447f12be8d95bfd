"""Pages of the acts of the amicable phase: one per row of `table_actes.ACTES`.

404 outside one's scope, 403 for another role, sent back to the order when its state does not allow
the act. The page restates the order and what will happen, then the service does it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.pages import perform
from apps.recoveries.models import (
    Encaissement,
    Excedent,
    OrdreDeRecouvrer,
    PlanDePaiement,
    Remboursement,
)
from apps.recoveries.services.plans import remaining_tranches
from apps.recoveries.tasks import request_letter
from apps.recoveries.views.table_actes import ACTES
from apps.rules.echelonnement import Tranche, monthly_dates, spread
from apps.rules.money import ZERO

# Acts whose letter is archived at once.
WITH_LETTER = (
    "notifier",
    "relancer",
    "mettre_en_demeure",
    "forcer",
    "plan_accorder",
    "plan_reechelonner",
    "compenser",
)


def act_page(name: str) -> Callable[..., HttpResponse]:
    """The view of one act of `ACTES`."""
    acte = ACTES[name]

    @require_http_methods(["GET", "POST"])
    def page(request: HttpRequest, pk: int) -> HttpResponse:
        objet = get_object_or_404(acte.model.objects.visible_to(request.acting), pk=pk)
        if not request.acting.has_role(*acte.roles):
            raise PermissionDenied(f"{acte.titre} : votre rôle ne le permet pas.")
        ordre = order_of(objet)
        fiche = reverse("recoveries:ordre", args=[ordre.pk])
        verdict = acte.verdict(request.acting, objet)
        if not verdict:
            messages.error(request, verdict.reason)
            return redirect(fiche)
        bound = (request.POST,) if request.method == "POST" else ()
        form = acte.form(*bound, objet=objet, initial=acte.initial(objet))
        if form.is_valid():
            made = perform(
                request, lambda: acte.act(request.acting, objet, form.cleaned_data), acte.succes
            )
            if made:
                if name in WITH_LETTER:
                    request_letter(made)
                return redirect(fiche)
        context = {
            "acte": acte,
            "objet": objet,
            "ordre": ordre,
            "en_plan": not OrdreDeRecouvrer.objects.without_plan().filter(pk=ordre.pk).exists(),
            "form": form if form.fields else None,
            "libelle": acte.libelle,
            "retour": fiche,
            "libelle_retour": "Revenir à l’ordre",
            "tranches": _tranches(name, objet, ordre),
            "piece": _piece(objet),
        }
        return render(request, "recoveries/acte.html", context)

    return page


def order_of(objet: Any) -> OrdreDeRecouvrer:
    """The order an object is about."""
    if isinstance(objet, OrdreDeRecouvrer):
        return objet
    source = objet.excedent if isinstance(objet, Remboursement) else objet
    ordre: OrdreDeRecouvrer = source.ordre
    return ordre


def offered(acting: Membership, objet: Any) -> list[dict[str, str]]:
    """Acts that a person may do now on an object, for the pages that show it."""
    return [
        {"libelle": acte.titre, "url": reverse(f"recoveries:{name}", args=[objet.pk])}
        for name, acte in ACTES.items()
        if acte.model is type(objet)
        and acting.has_role(*acte.roles)
        and acte.verdict(acting, objet)
    ]


def _piece(objet: Any) -> tuple[str, Decimal] | None:
    """What the act is about, when it is a sum of money: its words and its amount in euros."""
    if isinstance(objet, Encaissement):
        surplus = objet.excedent_ne.montant if objet.excedent_ne else ZERO
        words = f"{objet.get_mode_display()} reçu le {objet.recu_le:%d/%m/%Y}, {objet.reference}"
        return words, objet.montant + surplus
    if isinstance(objet, Excedent):
        return "Excédent à utiliser", objet.reste
    if isinstance(objet, Remboursement):
        return "Remboursement ordonné", objet.montant
    return None


def _tranches(name: str, objet: Any, ordre: OrdreDeRecouvrer) -> list[Tranche]:
    """Instalments that the act would set, as asked; empty for the other acts."""
    if not isinstance(objet, PlanDePaiement):
        return []
    if name == "plan_reechelonner":
        return remaining_tranches(objet, ordre, today())
    try:
        return spread(ordre.reste, monthly_dates(objet.premiere, objet.nombre))
    except ValueError:
        return []
