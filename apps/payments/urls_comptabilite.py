"""Addresses of the ledger, its balances and locks."""

from django.urls import URLPattern

app_name = "comptabilite"

urlpatterns: list[URLPattern] = []
