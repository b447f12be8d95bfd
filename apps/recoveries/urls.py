"""Addresses of the recovery orders."""

from django.urls import path

from apps.recoveries.views import documents, ordres

app_name = "recoveries"

urlpatterns = [
    path("", ordres.Ordres.as_view(), name="liste"),
    path("<int:pk>/", ordres.ordre, name="ordre"),
    path("<int:pk>/historique/", ordres.historique, name="historique"),
    path("<int:pk>/pdf/", documents.ordre_pdf, name="ordre_pdf"),
]
