"""Addresses of the recovery orders."""

from django.urls import path

from apps.recoveries import views, views_documents

app_name = "recoveries"

urlpatterns = [
    path("", views.Ordres.as_view(), name="liste"),
    path("<int:pk>/", views.ordre, name="ordre"),
    path("<int:pk>/historique/", views.historique, name="historique"),
    path("<int:pk>/pdf/", views_documents.ordre_pdf, name="ordre_pdf"),
]
