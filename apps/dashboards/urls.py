"""Addresses of the home page and of the restitutions."""

from django.urls import path

from apps.dashboards import (
    views,
    views_aide,
    views_alertes,
    views_bilans,
    views_caom,
    views_exports,
    views_postes,
    views_restitutions,
)

app_name = "dashboards"

urlpatterns = [
    path("", views.accueil, name="accueil"),
    path("exports/", views_exports.restitutions, name="restitutions"),
    path("exports/<slug:cle>/", views_exports.export_demander, name="export_demander"),
    path("exports/<slug:cle>/ecran/", views_restitutions.ecran, name="restitution"),
    path("aide/restitutions/", views_aide.index, name="aide_restitutions"),
    path("aide/restitutions/<slug:cle>/", views_aide.restitution, name="aide_restitution"),
    path(
        "realisations/<int:annexe_id>/",
        views_restitutions.realisations,
        name="realisations",
    ),
    path(
        "postes/",
        views_restitutions.restitution_page,
        {"cle": "suivi-postes"},
        name="suivi_postes",
    ),
    path("postes/<int:annexe_id>/", views_postes.postes_annexe, name="postes"),
    path(
        "donnees-annexes/",
        views_restitutions.restitution_page,
        {"cle": "donnees-annexes"},
        name="donnees_annexes",
    ),
    path("alertes/", views_alertes.alertes, name="alertes"),
    path("bilans/<int:annexe_id>/", views_bilans.bilans, name="bilans"),
    path(
        "bilans/<int:annexe_id>/trimestre-<int:trimestre>/",
        views_bilans.intermediaire,
        name="bilan_intermediaire",
    ),
    path(
        "bilans/<int:annexe_id>/trimestre-<int:trimestre>/pdf/",
        views_bilans.intermediaire_pdf,
        name="bilan_intermediaire_pdf",
    ),
    path("bilans/<int:annexe_id>/final/", views_bilans.final, name="bilan_final"),
    path("bilans/<int:annexe_id>/final/pdf/", views_bilans.final_pdf, name="bilan_final_pdf"),
    path("bilans/<int:annexe_id>/objectifs/", views_bilans.objectifs, name="bilan_objectifs"),
    path(
        "bilans/<int:annexe_id>/objectifs/pdf/",
        views_bilans.objectifs_pdf,
        name="bilan_objectifs_pdf",
    ),
    path(
        "bilans/<int:annexe_id>/encadrement/",
        views_bilans.encadrement,
        name="bilan_encadrement",
    ),
    path("suivi-caom/", views_caom.suivi_caom, name="suivi_caom"),
    path("suivi-caom/<int:caom_id>/", views_caom.detail, name="suivi_caom_detail"),
]
