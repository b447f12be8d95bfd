"""Addresses of the modulated part of the aid."""

from django.urls import URLPattern

app_name = "modulation"

urlpatterns: list[URLPattern] = []
