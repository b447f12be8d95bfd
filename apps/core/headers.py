"""Headers that Django does not set: what browsers may keep, share and switch on.

Every answer within a session, and every file, stays out of the caches of browsers and
proxies (a page that says otherwise keeps what it says); no other site may embed anything; the
page uses neither camera nor position. Static files are answered before this middleware.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "camera",
        "display-capture",
        "encrypted-media",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "publickey-credentials-get",
        "screen-wake-lock",
        "usb",
        "xr-spatial-tracking",
    )
)


class HeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # The cookie rather than the person: nothing is read, even when the database is away.
        session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if session or response.streaming or "Content-Disposition" in response:
            response.setdefault("Cache-Control", "no-store, private")
        return response
