"""Addresses of the home page and of the restitutions."""

from django.urls import path

from apps.dashboards import views

app_name = "dashboards"

urlpatterns = [
    path("", views.accueil, name="accueil"),
]
