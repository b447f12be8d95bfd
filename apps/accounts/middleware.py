"""Who is acting: the membership behind each request.

`request.acting` is the membership chosen in the session, re-read at each request so that an
ended one has no effect any longer (ASVS 8.3.2). A person with a single membership acts through
it; one with several chooses first.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Membership

SESSION_KEY = "membership"


class ActingMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.memberships = self._memberships(request)  # type: ignore[attr-defined]
        request.acting = self._acting(request)  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):  # type: ignore[no-untyped-def]
        """Pages other than sign-in, help and the choice itself need a membership."""
        exempt = not getattr(view, "login_required", True) or getattr(
            view, "acting_not_required", False
        )
        if request.user.is_authenticated and request.acting is None and not exempt:
            return redirect(reverse("accounts:organisation"))
        return None

    @staticmethod
    def _memberships(request: HttpRequest) -> list[Membership]:
        """The person's memberships in force today, in one query."""
        if not request.user.is_authenticated:
            return []
        return list(
            Membership.objects.active(timezone.localdate())
            .filter(user=request.user)
            .select_related("organisation", "user")
            .order_by("organisation__nom", "role")
        )

    @staticmethod
    def _acting(request: HttpRequest) -> Membership | None:
        memberships: list[Membership] = request.memberships  # type: ignore[attr-defined]
        chosen = request.session.get(SESSION_KEY) if memberships else None
        for membership in memberships:
            if membership.pk == chosen:
                return membership
        return memberships[0] if len(memberships) == 1 else None
