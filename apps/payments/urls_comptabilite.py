"""Addresses of the ledger, of its balances and locks, of the successions of départements."""

from django.urls import path

from apps.payments.views import clotures, comptabilite, successions

app_name = "comptabilite"

urlpatterns = [
    path("", comptabilite.Balance.as_view(), name="balance"),
    path("grand-livre/<slug:compte>/", comptabilite.GrandLivre.as_view(), name="grand_livre"),
    path("journal/", comptabilite.Journal.as_view(), name="journal"),
    path("ecritures/<int:pk>/", comptabilite.ecriture, name="ecriture"),
    path("ecritures/<int:pk>/extourner/", comptabilite.extourner, name="extourner"),
    path("clotures/", clotures.clotures, name="clotures"),
    path("clotures/<int:pk>/", clotures.cloture, name="cloture"),
    path("clotures/<int:pk>/rouvrir/", clotures.rouvrir, name="rouvrir"),
    path("clotures/mois/<mois:mois>/verrouiller/", clotures.verrouiller, name="verrouiller"),
    path(
        "clotures/annees/<int:annee>/verrouiller/",
        clotures.verrouiller_annee,
        name="verrouiller_annee",
    ),
    path("reouvertures/<int:pk>/accorder/", clotures.accorder, name="reouverture_accorder"),
    path("reouvertures/<int:pk>/refuser/", clotures.refuser, name="reouverture_refuser"),
    path("successions/", successions.liste, name="successions"),
    path("successions/proposer/", successions.proposer, name="succession_proposer"),
    path("successions/<int:pk>/", successions.succession, name="succession"),
    path("successions/<int:pk>/accorder/", successions.accorder, name="succession_accorder"),
    path("successions/<int:pk>/refuser/", successions.refuser, name="succession_refuser"),
]
