"""Addresses of the home page and of the restitutions."""

from django.urls import path

from apps.dashboards import (
    views,
    views_aide,
    views_alertes,
    views_bilans,
    views_caom,
    views_envois,
    views_exports,
    views_postes,
    views_restitutions,
    views_seuils,
)

app_name = "dashboards"

urlpatterns = [
    path("", views.accueil, name="accueil"),
    path("exports/", views_exports.restitutions, name="restitutions"),
    path("exports/envois/", views_envois.envois, name="envois"),
    path("exports/envois/nouveau/", views_envois.envoi_creer, name="envoi_creer"),
    path("exports/envois/<int:pk>/", views_envois.envoi, name="envoi"),
    path("exports/envois/<int:pk>/modifier/", views_envois.envoi_modifier, name="envoi_modifier"),
    path("exports/envois/<int:pk>/produire/", views_envois.envoi_produire, name="envoi_produire"),
    path("exports/envois/<int:pk>/arreter/", views_envois.envoi_arreter, name="envoi_arreter"),
    path(
        "exports/envois/<int:pk>/reprendre/", views_envois.envoi_reprendre, name="envoi_reprendre"
    ),
    path("exports/envois/fichiers/<int:pk>/", views_envois.envoi_fichier, name="envoi_fichier"),
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
    path("alertes/seuils/", views_seuils.seuils_alertes, name="seuils_alertes"),
    path("alertes/<int:annexe_id>/", views_alertes.alertes_annexe, name="alertes_annexe"),
    path("bilans/", views_bilans.BilansEmis.as_view(), name="bilans_emis"),
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
