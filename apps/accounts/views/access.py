"""What these screens begin with: find within the scope (404), then check the role (403)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from apps.accounts.models import Membership, Organisation, User
from apps.accounts.permissions import can_manage_accounts, can_manage_members
from apps.core.verdicts import Verdict


def require(verdict: Verdict) -> None:
    """The page is not for this role."""
    if not verdict:
        raise PermissionDenied(verdict.reason)


def find_organisation(request: HttpRequest, pk: int) -> Organisation:
    found = get_object_or_404(Organisation.objects.visible_to(request.acting), pk=pk)
    require(can_manage_members(request.acting, found))
    return found


def find_membership(request: HttpRequest, pk: int) -> Membership:
    seen = Membership.objects.visible_to(request.acting).select_related("user", "organisation")
    found = get_object_or_404(seen, pk=pk)
    require(can_manage_members(request.acting, found.organisation))
    return found


def find_user(request: HttpRequest, pk: int) -> User:
    found = get_object_or_404(User.objects.visible_to(request.acting), pk=pk)
    require(can_manage_accounts(request.acting))
    return found


def form_page(request: HttpRequest, form: Any, **context: Any) -> HttpResponse:
    """A form on its own page: `titre`, `libelle`, `retour`, `fil` (links before the page)."""
    return render(request, "accounts/formulaire.html", {"form": form} | context)


def trail(organisation: Organisation, acting: Membership) -> list[tuple[str, str]]:
    """Links that lead to the pages of an organisation."""
    before = [(reverse("accounts:organisations"), "Organisations")] if acting.is_admin else []
    fiche = reverse("accounts:organisation_fiche", args=[organisation.pk])
    return [*before, (fiche, organisation.nom if acting.is_admin else "Utilisateurs")]
