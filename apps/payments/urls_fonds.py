"""Addresses of the funds of the départements: mandates, calls, notifications, receipts, balance."""

from django.urls import path

from apps.payments.views import fonds, fonds_actes

app_name = "fonds"

urlpatterns = [
    path("", fonds.Mandats.as_view(), name="mandats"),
    path("appels/", fonds.Appels.as_view(), name="appels"),
    path("appels/<int:pk>/", fonds.appel, name="appel"),
    path("appels/<int:pk>/pdf/", fonds.appel_pdf, name="appel_pdf"),
    path("appels/<int:pk>/emettre/", fonds_actes.appel_emettre, name="appel_emettre"),
    path("appels/<int:pk>/modifier/", fonds_actes.appel_modifier, name="appel_modifier"),
    path("appels/<int:pk>/annuler/", fonds_actes.appel_annuler, name="appel_annuler"),
    path(
        "notifications/<int:pk>/retirer/",
        fonds_actes.notification_retirer,
        name="notification_retirer",
    ),
    path("recettes/<int:pk>/annuler/", fonds_actes.recette_annuler, name="recette_annuler"),
    path("reversements/<int:pk>/", fonds.reversement, name="reversement"),
    path("reversements/<int:pk>/pdf/", fonds.reversement_pdf, name="reversement_pdf"),
    path("reversements/<int:pk>/payer/", fonds_actes.reversement_payer, name="reversement_payer"),
    path(
        "reversements/<int:pk>/annuler/",
        fonds_actes.reversement_annuler,
        name="reversement_annuler",
    ),
    path("<int:pk>/", fonds.mandat, name="mandat"),
    path("<int:pk>/appeler/<slug:nature>/", fonds_actes.appel_proposer, name="appel_proposer"),
    path("<int:pk>/notifier/", fonds_actes.notifier, name="notifier"),
    path("<int:pk>/recette/", fonds_actes.recette_enregistrer, name="recette_enregistrer"),
    path("<int:pk>/solde/", fonds_actes.solde, name="solde"),
    path("<int:pk>/cloturer/", fonds_actes.cloturer, name="cloturer"),
]
