"""Addresses of management fees and their invoices."""

from django.urls import URLPattern

app_name = "frais"

urlpatterns: list[URLPattern] = []
