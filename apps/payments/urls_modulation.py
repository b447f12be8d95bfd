"""Addresses of the modulated part of the aid."""

from django.urls import path

from apps.payments.views import modulation

app_name = "modulation"

urlpatterns = [
    path("", modulation.Parts.as_view(), name="liste"),
    path("annexe/<int:annexe_id>/notifier/", modulation.notifier, name="notifier"),
    path("<int:pk>/", modulation.part, name="part"),
    path("<int:pk>/notification/", modulation.piece, name="piece"),
]
