"""Addresses of sign-in, choice of organisation, profile and memberships."""

from django.urls import path

from apps.accounts import views

app_name = "accounts"

urlpatterns = [
    path("connexion/", views.Connexion.as_view(), name="connexion"),
    path("deconnexion/", views.Deconnexion.as_view(), name="deconnexion"),
    path("organisation/", views.organisation, name="organisation"),
    path("profil/", views.profil, name="profil"),
    path("habilitations/", views.Habilitations.as_view(), name="habilitations"),
]
