"""The notifications of the acting organisation: list, open one, mark all as read."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from apps.accounts import services
from apps.accounts.filters import NotificationFilter
from apps.accounts.models import Notification
from apps.accounts.tables import NotificationTable
from apps.core.views import ListPage


class Notifications(ListPage):
    """Unread first, then the latest."""

    model = Notification
    table_class = NotificationTable
    filterset_class = NotificationFilter
    template_name = "accounts/notifications.html"

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset().with_reading(self.request.user)
        return rows.order_by("lue", "-le", "-pk")


@require_POST
def ouvrir(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read and go to the page it speaks of."""
    seen = Notification.objects.visible_to(request.acting)
    notification = get_object_or_404(seen, pk=pk)
    services.mark_read(request.acting, notification)
    if notification.url and url_has_allowed_host_and_scheme(notification.url, None):
        return redirect(notification.url)
    return redirect("accounts:notifications")


@require_POST
def tout_lire(request: HttpRequest) -> HttpResponse:
    read = services.mark_all_read(request.acting)
    if read > 1:
        messages.success(request, f"{read} notifications sont marquées comme lues.")
    elif read:
        messages.success(request, "La notification est marquée comme lue.")
    return redirect("accounts:notifications")
