"""Addresses of the monthly statements; a month is written « 2023-03 »."""

from __future__ import annotations

from django.urls import path

from apps.presence import (
    views,
    views_asp,
    views_controles,
    views_documents,
    views_import,
    views_ligne,
)

app_name = "presence"

urlpatterns = [
    path("", views.Suivi.as_view(), name="liste"),
    path("annexes/<int:annexe_id>/<mois:mois>/", views.saisie, name="saisie"),
    path("annexes/<int:annexe_id>/<mois:mois>/lignes/", views_ligne.lignes, name="lignes"),
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
    path("etats/<int:pk>/signer/", views_documents.signer, name="signer"),
    path("etats/<int:pk>/signe.pdf", views_documents.signe, name="signe"),
    path("etats/<int:pk>/controler/", views_controles.cibler, name="controle_cibler"),
    path("controles/", views_controles.Controles.as_view(), name="controles"),
    path("controles/tirer/", views_controles.tirer, name="controle_tirer"),
    path("controles/<int:pk>/", views_controles.controle, name="controle"),
    path("controles/<int:pk>/repondre/", views_controles.repondre, name="controle_repondre"),
    path("controles/<int:pk>/completer/", views_controles.completer, name="controle_completer"),
    path("controles/<int:pk>/conclure/", views_controles.conclure, name="controle_conclure"),
    path("controles/pieces/<int:pk>/", views_controles.piece, name="controle_piece"),
    path("a-valider/", views_asp.AValider.as_view(), name="a_valider"),
    path("a-valider/lot/", views_asp.valider_lot, name="valider_lot"),
]
