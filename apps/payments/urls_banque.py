"""Addresses of transfers, files, bank returns."""

from django.urls import URLPattern

app_name = "banque"

urlpatterns: list[URLPattern] = []
