"""Who is acting, and in which session: what stands before every page.

`request.acting` is the membership chosen in the session, re-read at each request so that an ended
one has no effect any longer (ASVS 8.3.2). A person with a single membership acts through it; one
with several chooses first. A session without its second factor acts for nobody and reaches only
the pages that ask for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode

from apps.accounts import sessions
from apps.accounts.models import Membership
from apps.core import fence

SESSION_KEY = "membership"
ENDED = "Votre session est terminée. Reconnectez-vous pour continuer."
CODE_FIRST = "Donnez d’abord votre second facteur d’authentification."
PAGES = {
    sessions.CODE: "accounts:second_facteur",
    sessions.ENROLEMENT: "accounts:second_facteur_enroler",
}


class SessionMiddleware:
    """Ends a session left idle or too old; what a signed-in person sees is kept by no cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        signed_in = user.is_authenticated
        if signed_in and sessions.remaining(request.session, user) <= 0:  # type: ignore[arg-type]
            logout(request)
        response = self.get_response(request)
        if signed_in:
            patch_cache_control(response, no_store=True, private=True)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """What the page tells of the time left; a page asked for begins the idle time again."""
        user = request.user
        if user.is_authenticated and not getattr(view, "session_not_renewed", False):
            sessions.renew(request.session, user)  # type: ignore[arg-type]
            left = sessions.remaining(request.session, user)  # type: ignore[arg-type]
            request.session_remaining = left  # type: ignore[attr-defined]


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's, which also says that a session has ended, in the way the request can read."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:
        if _is_of_a_script(request):
            return _refused(ENDED)
        answer: HttpResponse = super().handle_no_permission(request, view_func)
        # A cookie that opens nothing any longer.
        if request.COOKIES.get(settings.SESSION_COOKIE_NAME) and request.session.is_empty():
            answer["Location"] += "&expiree=1"
        return answer


class ActingMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        memberships = self._memberships(request)
        request.awaited = self._awaited(request, memberships)  # type: ignore[attr-defined]
        # Without its second factor, a session knows nothing of whom it would act for.
        request.memberships = [] if request.awaited else memberships  # type: ignore[attr-defined]
        request.acting = self._acting(request)  # type: ignore[attr-defined]
        # From here on the database itself shows no row beyond this membership's.
        with fence.acting_as(request.acting):  # type: ignore[attr-defined]
            return self.get_response(request)

    def process_view(self, request, view, args, kwargs):  # type: ignore[no-untyped-def]
        """Pages other than sign-in, help and the choice itself need a membership."""
        public = not getattr(view, "login_required", True)
        if public or not request.user.is_authenticated:
            return None
        # The page that asks for what is awaited, and no other: who has a second factor gives it,
        # and does not make another instead.
        reached = getattr(view, "reached_while_awaited", ())
        if request.awaited and request.awaited not in reached:
            if _is_of_a_script(request):
                return _refused(CODE_FIRST)
            query = urlencode({"next": request.get_full_path()})
            return redirect(f"{redirect(PAGES[request.awaited]).url}?{query}")
        if request.acting is None and not getattr(view, "acting_not_required", False):
            return redirect("accounts:organisation")
        return None

    @staticmethod
    def _memberships(request: HttpRequest) -> list[Membership]:
        """The person's memberships in force today, in one query."""
        if not request.user.is_authenticated:
            return []
        return list(Membership.objects.held_by(request.user, timezone.localdate()))

    @staticmethod
    def _awaited(request: HttpRequest, memberships: list[Membership]) -> str:
        if not request.user.is_authenticated:
            return ""
        return sessions.awaited(request.session, request.user, memberships)  # type: ignore[arg-type]

    @staticmethod
    def _acting(request: HttpRequest) -> Membership | None:
        memberships: list[Membership] = request.memberships  # type: ignore[attr-defined]
        chosen = request.session.get(SESSION_KEY) if memberships else None
        for membership in memberships:
            if membership.pk == chosen:
                return membership
        return memberships[0] if len(memberships) == 1 else None


def _is_of_a_script(request: HttpRequest) -> bool:
    """A part of a page, or a save as it is typed: a whole page would be put in its place."""
    asked = request.headers.get("Accept", "")
    return "HX-Request" in request.headers or asked.startswith("application/json")


def _refused(sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=401, content_type="text/plain; charset=utf-8")
