"""Addresses of the payments: runs, their lines, payments made, schedule of an annex."""

from django.urls import path

from apps.payments import views_documents
from apps.payments.views import (
    blocages,
    campagnes,
    comparaison,
    lignes,
    previsions,
    reglements,
    saisie,
    simulateur,
    supervision,
    versements,
)

app_name = "payments"

STAGES = ("controler", "approuver", "viser", "executer", "denouer", "abandonner")


def _stage(event: str):  # type: ignore[no-untyped-def]
    return path(f"campagnes/<int:pk>/{event}/", campagnes.etape, {"evenement": event}, name=event)


urlpatterns = [
    path("", versements.Versements.as_view(), name="liste"),
    path("retenues/", versements.Echeances.as_view(), name="retenues"),
    path("supervision/", supervision.supervision, name="supervision"),
    path("supervision/alertes/", supervision.alertes, name="alertes"),
    path("supervision/<uuid:uuid>/relancer/", supervision.relancer, name="job_relancer"),
    path("versements/<int:pk>/", versements.versement, name="versement"),
    path("echeancier/<int:annexe_id>/", versements.echeancier, name="echeancier"),
    path("previsions/<int:version_id>/", previsions.prevision, name="prevision"),
    path(
        "previsions/annexes/<int:annexe_id>/<mois:mois>/",
        saisie.previsions_saisie,
        name="previsions_saisie",
    ),
    path("simulateur/", simulateur.choix, name="simulateur_choix"),
    path("simulateur/<int:annexe_id>/", simulateur.simulateur, name="simulateur"),
    path("avis/<int:pk>/", views_documents.avis, name="avis"),
    path("blocages/", blocages.Blocages.as_view(), name="blocages"),
    path("blocages/<int:pk>/lever/", blocages.lever, name="blocage_lever"),
    path("campagnes/", campagnes.Campagnes.as_view(), name="campagnes"),
    path("campagnes/preparer/", campagnes.preparer, name="preparer"),
    path("campagnes/preparer/<mois:mois>/", campagnes.apercu, name="apercu"),
    path("campagnes/<int:pk>/", campagnes.campagne, name="campagne"),
    path("campagnes/<int:pk>/lignes/", lignes.Lignes.as_view(), name="campagne_lignes"),
    path("campagnes/<int:pk>/retenues/", lignes.Retenues.as_view(), name="campagne_retenues"),
    path(
        "campagnes/<int:pk>/virements/",
        reglements.Virements.as_view(),
        name="campagne_virements",
    ),
    path("campagnes/<int:pk>/fonds/", reglements.Attentes.as_view(), name="campagne_fonds"),
    path(
        "campagnes/preparer/<mois:mois>/comparaison/",
        comparaison.apercu_comparaison,
        name="apercu_comparaison",
    ),
    path(
        "campagnes/<int:pk>/comparaison/",
        comparaison.campagne_comparaison,
        name="campagne_comparaison",
    ),
    path("campagnes/<int:pk>/historique/", campagnes.historique, name="historique"),
    *(_stage(event) for event in STAGES),
    path(
        "lignes/<int:pk>/retirer/", lignes.ecarter, {"evenement": "retirer"}, name="ligne_retirer"
    ),
    path(
        "lignes/<int:pk>/rejeter/", lignes.ecarter, {"evenement": "rejeter"}, name="ligne_rejeter"
    ),
]
