"""Addresses of the bank: transfer files, transfers, returns, unknown lines, rejections."""

from django.urls import path

from apps.payments.views import banque, retours

app_name = "banque"

urlpatterns = [
    path("fichiers/", banque.Fichiers.as_view(), name="fichiers"),
    path("fichiers/<int:pk>/", banque.fichier, name="fichier"),
    path("virements/", banque.Virements.as_view(), name="virements"),
    path("rejets/", banque.Rejets.as_view(), name="rejets"),
    path("retours/", retours.Retours.as_view(), name="retours"),
    path("retours/importer/", retours.importer, name="retour_importer"),
    path("retours/<int:pk>/", retours.retour, name="retour"),
    path("retours/<int:pk>/lignes/", retours.Lignes.as_view(), name="retour_lignes"),
    path("retours/<int:pk>/appliquer/", retours.appliquer, name="retour_appliquer"),
    path("retours/<int:pk>/ecarter/", retours.ecarter, name="retour_ecarter"),
    path("retours/<int:pk>/fichier/", retours.fichier, name="retour_fichier"),
    path("inconnues/", retours.Inconnues.as_view(), name="inconnues"),
    path("inconnues/<int:pk>/", retours.ligne, name="ligne"),
]
