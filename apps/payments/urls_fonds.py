"""Addresses of funds of the départements: calls, receipts, credits."""

from django.urls import URLPattern

app_name = "fonds"

urlpatterns: list[URLPattern] = []
