"""Accounts: list, page of one, its acts. The administrator's, but sending an invitation again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import services
from apps.accounts.filters import CompteFilter
from apps.accounts.forms import CompteForm
from apps.accounts.links import SUJETS
from apps.accounts.models import Membership, User
from apps.accounts.permissions import can_manage_accounts, can_send_access
from apps.accounts.tables import CompteTable
from apps.accounts.views.access import find_user, form_page, require
from apps.core import fence
from apps.core.models import CourrielEnvoye
from apps.core.pages import perform
from apps.core.views import ListPage
from apps.journal.history import events, history_of_all


@dataclass(frozen=True, slots=True)
class Acte:
    """An act on an account: what it is called, what it does in words, its service."""

    titre: str
    texte: str
    fait: str
    service: Callable[[Membership, User], None]


ACTES = {
    "desactiver": Acte(
        "Désactiver le compte",
        "La personne est déconnectée aussitôt et ne peut plus se connecter. Rien n’est effacé : "
        "ce qu’elle a enregistré reste à son nom, et le compte peut être réactivé.",
        "Le compte est désactivé.",
        services.deactivate_account,
    ),
    "reactiver": Acte(
        "Réactiver le compte",
        "La personne peut à nouveau se connecter, avec ses habilitations encore en vigueur.",
        "Le compte est réactivé.",
        services.activate_account,
    ),
    "debloquer": Acte(
        "Débloquer le compte",
        "Le compte refuse toute connexion après cinq mots de passe erronés. Vérifiez d’abord que "
        "c’est bien la personne qui a tenté de se connecter.",
        "Le compte est débloqué.",
        services.unlock_account,
    ),
    "second_facteur": Acte(
        "Réinitialiser le second facteur",
        "La personne est déconnectée et en choisira un autre à sa prochaine connexion. Elle en est "
        "prévenue par courriel. Vérifiez d’abord, autrement que par courriel, que la demande vient "
        "bien d’elle.",
        "Le second facteur est réinitialisé.",
        services.reset_second_factor,
    ),
    "proconnect": Acte(
        "Dissocier le compte de ProConnect",
        "La personne est déconnectée. À sa prochaine connexion avec ProConnect, son compte est "
        "retrouvé par son adresse électronique, puis associé à cette identité.",
        "Le compte est dissocié de ProConnect.",
        services.unlink_proconnect,
    ),
    "relancer": Acte(
        "Renvoyer l’invitation",
        "Un nouveau lien, valable sept jours, est envoyé à l’adresse du compte pour choisir un "
        "mot de passe.",
        "L’invitation est renvoyée.",
        services.send_access,
    ),
}


class Comptes(ListPage):
    model = User
    table_class = CompteTable
    filterset_class = CompteFilter
    template_name = "accounts/comptes.html"

    def get_queryset(self) -> QuerySet[Any]:
        require(can_manage_accounts(self.request.acting))
        return super().get_queryset()


@require_safe
def compte(request: HttpRequest, pk: int) -> HttpResponse:
    """Identity, memberships, latest e-mails about the access, history."""
    found = find_user(request, pk)
    now = timezone.now()
    habilitations = list(
        found.memberships.select_related("organisation", "user").order_by("-debut", "pk")
    )
    context = {
        "compte": found,
        "bloque": found.bloque_jusqu_a is not None and found.bloque_jusqu_a > now,
        "habilitations": habilitations,
        "courriels": _about_access(found),
        "entrees": events(history_of_all([found, *habilitations])[:20], request.acting),
    }
    return render(request, "accounts/compte.html", context)


@fence.system("e-mails about the access to an account")
def _about_access(user: User) -> list[CourrielEnvoye]:
    """Those alone: the others speak of cases, which an administrator reads not."""
    return list(CourrielEnvoye.objects.filter(modele__in=SUJETS, objet_id=user.pk)[:5])


@require_http_methods(["GET", "POST"])
def compte_modifier(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_user(request, pk)
    form = CompteForm(
        request.POST or None, instance=User.objects.get(pk=found.pk), author=request.user
    )
    if form.is_valid() and perform(
        request,
        lambda: services.update_account(request.acting, found, **form.cleaned_data),
        "Le compte est modifié.",
    ):
        return redirect("accounts:compte", pk)
    return form_page(
        request,
        form,
        titre="Modifier un compte",
        intro=f"Identifiant : {found.username}. Il ne change pas.",
        retour=reverse("accounts:compte", args=[pk]),
        fil=_trail(found),
    )


@require_http_methods(["GET", "POST"])
def acte(request: HttpRequest, pk: int, acte: str) -> HttpResponse:
    """Confirm an act on an account, which the page restates."""
    if acte == "relancer":
        found = get_object_or_404(User.objects.visible_to(request.acting), pk=pk)
        require(can_send_access(request.acting, found))
    else:
        found = find_user(request, pk)
    act = ACTES[acte]
    admin = request.acting.is_admin
    retour = (
        reverse("accounts:compte", args=[pk])
        if admin
        else reverse("accounts:organisation_fiche", args=[request.acting.organisation_id])
    )
    if request.method == "POST" and perform(
        request, lambda: act.service(request.acting, found), act.fait
    ):
        return redirect(retour)
    fil = _trail(found) if admin else [(retour, "Utilisateurs")]
    context = {"acte": act, "compte": found, "libelle": act.titre, "retour": retour, "fil": fil}
    return render(request, "accounts/acte.html", context)


def _trail(user: User) -> list[tuple[str, str]]:
    fiche = reverse("accounts:compte", args=[user.pk])
    return [(reverse("accounts:comptes"), "Comptes"), (fiche, user.nom_complet)]
