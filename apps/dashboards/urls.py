"""Addresses of the home page and of the restitutions."""

from django.urls import path

from apps.dashboards import views, views_exports, views_postes

app_name = "dashboards"

urlpatterns = [
    path("", views.accueil, name="accueil"),
    path("exports/", views_exports.restitutions, name="restitutions"),
    path("exports/<slug:cle>/", views_exports.export_demander, name="export_demander"),
    path(
        "realisations/<int:annexe_id>/",
        views_exports.realisations,
        name="realisations",
    ),
    path("postes/", views_postes.suivi_postes, name="suivi_postes"),
    path("postes/<int:annexe_id>/", views_postes.postes_annexe, name="postes"),
    path("donnees-annexes/", views_postes.donnees, name="donnees_annexes"),
]
