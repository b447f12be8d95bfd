"""Addresses of the monthly statements; a month is written « 2023-03 »."""

from __future__ import annotations

from django.urls import path

from apps.presence import views, views_asp, views_documents, views_import, views_ligne

app_name = "presence"

urlpatterns = [
    path("", views.Suivi.as_view(), name="liste"),
    path("annexes/<int:annexe_id>/<mois:mois>/", views.saisie, name="saisie"),
    path(
        "annexes/<int:annexe_id>/<mois:mois>/lignes/<int:contrat_id>/",
        views_ligne.ligne,
        name="ligne",
    ),
    path("annexes/<int:annexe_id>/<mois:mois>/modele.xlsx", views_import.modele, name="modele"),
    path("annexes/<int:annexe_id>/<mois:mois>/importer/", views_import.importer, name="importer"),
    path("annexes/<int:annexe_id>/<mois:mois>/certifier/", views.certifier, name="certifier"),
    path("annexes/<int:annexe_id>/<mois:mois>/carence/", views_asp.carence, name="carence"),
    path("etats/<int:pk>/historique/", views.historique, name="historique"),
    path("etats/<int:pk>/document/", views_documents.emp_pdf, name="emp_pdf"),
    path("etats/<int:pk>/valider/", views_asp.valider, name="valider"),
    path("etats/<int:pk>/rouvrir/", views_asp.rouvrir, name="rouvrir"),
    path("a-valider/", views_asp.a_valider, name="a_valider"),
    path("a-valider/lot/", views_asp.valider_lot, name="valider_lot"),
]
