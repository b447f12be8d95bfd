"""Addresses of the CAOM, conventions de mandat and conventions IAE."""

from django.urls import path

from apps.conventions import views

app_name = "conventions"

urlpatterns = [
    path("", views.Caoms.as_view(), name="caoms"),
    path("caom/nouvelle/", views.caom_creer, name="caom_creer"),
    path("caom/<int:pk>/", views.caom, name="caom"),
    path("caom/<int:pk>/objectif/", views.caom_objectif, name="caom_objectif"),
    path("caom/<int:pk>/signature/", views.caom_signer, name="caom_signer"),
    path("mandats/<int:pk>/", views.mandat, name="mandat"),
    path("mandats/<int:pk>/signature/", views.mandat_signer, name="mandat_signer"),
    path("mandats/<int:pk>/denonciation/", views.mandat_denoncer, name="mandat_denoncer"),
    path("iae/nouvelle/", views.convention_creer, name="convention_creer"),
]
