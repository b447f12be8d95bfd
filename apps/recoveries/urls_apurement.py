"""Addresses of disputes, remissions, write-offs, collective procedures."""

from django.urls import URLPattern

app_name = "apurement"

urlpatterns: list[URLPattern] = []
