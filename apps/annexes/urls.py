"""Addresses of the annexes financières: consultation, drafting (DDETS), control (ASP)."""

from django.urls import path

from apps.annexes import views_documents
from apps.annexes.views import batch, consultation, control, drafting, effect, renewal_series

app_name = "annexes"

urlpatterns = [
    path("", consultation.Annexes.as_view(), name="liste"),
    path("nouvelle/", drafting.creer, name="creer"),
    path("apercu/", drafting.apercu, name="apercu"),
    path("a-valider/", control.AValider.as_view(), name="a_valider"),
    path("a-valider/lot/", batch.valider_lot, name="valider_lot"),
    path("revalorisation/", control.revalorisation, name="revalorisation"),
    path("renouvellements/", renewal_series.renouveler_serie, name="renouveler_serie"),
    path("<int:pk>/", consultation.detail, name="detail"),
    path("<int:pk>/documents/", consultation.documents, name="documents"),
    path("<int:pk>/historique/", consultation.historique, name="historique"),
    path("<int:pk>/avenant/", drafting.avenant, name="avenant"),
    path("<int:annexe_id>/apercu/", drafting.apercu, name="apercu_annexe"),
    path("<int:pk>/renouveler/", drafting.renouveler, name="renouveler"),
    path("<int:pk>/suspendre/", control.suspendre, name="suspendre"),
    path("<int:pk>/annuler/", control.annuler, name="annuler"),
    path("<int:pk>/cloturer/", control.cloturer, name="cloturer"),
    path("suspensions/<int:pk>/lever/", control.suspension_lever, name="suspension_lever"),
    path("versions/<int:pk>/modifier/", drafting.modifier, name="modifier"),
    path("versions/<int:pk>/piece/", drafting.piece, name="piece"),
    path("versions/<int:pk>/piece.pdf", consultation.piece_voir, name="piece_voir"),
    path("versions/<int:pk>/transmettre/", drafting.transmettre, name="transmettre"),
    path("versions/<int:pk>/valider/", control.valider, name="valider"),
    path("versions/<int:pk>/rejeter/", control.rejeter, name="rejeter"),
    path(
        "versions/<int:version_id>/notification/", views_documents.notification, name="notification"
    ),
    path("referentiels/valeurs/<int:valeur_id>/effet/", effect.valeur_effet, name="valeur_effet"),
    path("caom/<int:caom_id>/consommation/", consultation.consommation, name="consommation"),
]
