"""Addresses of rendering of accounts: comptes d’emploi."""

from django.urls import URLPattern

app_name = "reddition"

urlpatterns: list[URLPattern] = []
