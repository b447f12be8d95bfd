"""Addresses of the home page and of the restitutions."""

from django.urls import path

from apps.dashboards import views, views_exports

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
]
