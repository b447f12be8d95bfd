"""Addresses of personal data: register, rights requests, a person's file, destructions."""

from django.urls import path

from apps.dashboards import views_destruction, views_rgpd

app_name = "rgpd"

urlpatterns = [
    path("", views_rgpd.registre, name="registre"),
    path("departements/<int:pk>/", views_rgpd.contact, name="contact"),
    path("demandes/", views_rgpd.Demandes.as_view(), name="demandes"),
    path("demandes/nouvelle/", views_rgpd.demande_creer, name="demande_creer"),
    path("demandes/<int:pk>/", views_rgpd.demande, name="demande"),
    path("demandes/<int:pk>/repondre/", views_rgpd.demande_repondre, name="demande_repondre"),
    path("demandes/<int:pk>/prolonger/", views_rgpd.demande_prolonger, name="demande_prolonger"),
    path("personnes/", views_rgpd.Personnes.as_view(), name="personnes"),
    path("personnes/<int:pk>/", views_rgpd.personne, name="personne"),
    path("personnes/<int:pk>/json/", views_rgpd.personne_json, name="personne_json"),
    path("personnes/<int:pk>/pdf/", views_rgpd.personne_pdf, name="personne_pdf"),
    path("destructions/", views_destruction.Destructions.as_view(), name="destructions"),
    path(
        "destructions/proposer/<int:mandat_id>/",
        views_destruction.proposer,
        name="destruction_proposer",
    ),
    path("destructions/<int:pk>/", views_destruction.destruction, name="destruction"),
    path("destructions/<int:pk>/signer/", views_destruction.signer, name="destruction_signer"),
    path("destructions/<int:pk>/ecarter/", views_destruction.ecarter, name="destruction_ecarter"),
    path("destructions/<int:pk>/pdf/", views_destruction.pdf, name="destruction_pdf"),
]
