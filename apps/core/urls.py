"""Addresses of the shared pages: jobs and their files, help, legal pages."""

from django.urls import path

from apps.core import health, views, views_legal, views_manuels

app_name = "core"

urlpatterns = [
    path("sante/", health.sante, name="sante"),
    path("sante/details/", health.sante_details, name="sante_details"),
    path("taches/<uuid:uuid>/", views.job, name="job"),
    path("taches/<uuid:uuid>/fichier/", views.job_fichier, name="job_fichier"),
    path("aide/", views.aide, name="aide"),
    path("aide/<str:nom>/", views.aide_page, name="aide_page"),
    path("aide/manuels/<slug:nom>/", views_manuels.manuel, name="manuel"),
    path("aide/manuels/<slug:nom>/pdf/", views_manuels.manuel_pdf, name="manuel_pdf"),
    path("accessibilite/", views_legal.accessibilite, name="accessibilite"),
    path("mentions-legales/", views_legal.mentions, name="mentions"),
    path("donnees-personnelles/", views_legal.donnees_personnelles, name="donnees_personnelles"),
    path("plan-du-site/", views_legal.plan, name="plan"),
]
