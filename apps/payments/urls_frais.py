"""Addresses of management fees and their invoices."""

from django.urls import path

from apps.payments.views import frais, tarifs

app_name = "frais"

urlpatterns = [
    path("", frais.Factures.as_view(), name="liste"),
    path("convention/<int:pk>/", frais.mandat, name="mandat"),
    path("convention/<int:pk>/preparer/", frais.preparer, name="preparer"),
    path("convention/<int:pk>/prix/", tarifs.preparer, name="tarif_preparer"),
    path("<int:pk>/", frais.facture, name="facture"),
    path("<int:pk>/pdf/", frais.facture_pdf, name="facture_pdf"),
    path("<int:pk>/emettre/", frais.emettre, name="emettre"),
    path("<int:pk>/abandonner/", frais.abandonner, name="abandonner"),
    path("<int:pk>/avoir/", frais.avoir, name="avoir"),
    path("<int:pk>/encaisser/", frais.encaisser, name="encaisser"),
    path("<int:pk>/imputer/", frais.imputer, name="imputer"),
    path("prix/<int:pk>/", tarifs.tarif, name="tarif"),
    path("prix/<int:pk>/notifier/", tarifs.notifier, name="tarif_notifier"),
    path("prix/<int:pk>/pdf/", tarifs.tarif_pdf, name="tarif_pdf"),
]
