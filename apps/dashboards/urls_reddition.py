"""Addresses of rendering of accounts: comptes d’emploi."""

from django.urls import path

from apps.dashboards import views_reddition as views

app_name = "reddition"

urlpatterns = [
    path("", views.Comptes.as_view(), name="comptes"),
    path("preparer/", views.preparer, name="preparer"),
    path(
        "preparer/<int:mandat_id>/<int:annee>/<int:trimestre>/<slug:nature>/",
        views.apercu,
        name="apercu",
    ),
    path("<int:pk>/", views.compte, name="compte"),
    path("<int:pk>/signer/", views.signer, name="signer"),
    path("<int:pk>/ecarter/", views.ecarter, name="ecarter"),
    path("<int:pk>/pdf/", views.pdf, name="pdf"),
    path("<int:pk>/excel/", views.excel, name="excel"),
]
