"""Addresses of the CAOM, conventions de mandat, conventions IAE and referentials."""

from django.urls import path

from apps.conventions.views import conventions, referentiels

app_name = "conventions"

urlpatterns = [
    path("", conventions.Caoms.as_view(), name="caoms"),
    path("caom/nouvelle/", conventions.caom_creer, name="caom_creer"),
    path("caom/<int:pk>/", conventions.caom, name="caom"),
    path("caom/<int:pk>/objectif/", conventions.caom_objectif, name="caom_objectif"),
    path("caom/<int:pk>/signature/", conventions.caom_signer, name="caom_signer"),
    path("caom/<int:pk>/volet-2.pdf", conventions.caom_volet, name="caom_volet"),
    path("mandats/<int:pk>/", conventions.mandat, name="mandat"),
    path("mandats/<int:pk>/signature/", conventions.mandat_signer, name="mandat_signer"),
    path("mandats/<int:pk>/denonciation/", conventions.mandat_denoncer, name="mandat_denoncer"),
    path("mandats/<int:pk>/avenant/", conventions.avenant_financier, name="avenant_financier"),
    path("iae/nouvelle/", conventions.convention_creer, name="convention_creer"),
    path("referentiels/", referentiels.referentiels, name="referentiels"),
    path("referentiels/codes/", referentiels.codes_page, name="codes"),
    path("referentiels/valeurs/<int:pk>/", referentiels.valeur, name="valeur"),
    path("referentiels/<str:fichier>/<str:serie>/", referentiels.referentiel, name="referentiel"),
    path(
        "referentiels/<str:fichier>/<str:serie>/proposer/",
        referentiels.valeur_proposer,
        name="valeur_proposer",
    ),
]
