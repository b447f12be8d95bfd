"""Addresses of disputes, remissions, write-offs, collective procedures."""

from django.urls import URLPattern, path

from apps.recoveries.views import apurement_delegations as delegations
from apps.recoveries.views import apurement_documents as documents
from apps.recoveries.views import apurement_fiches as fiches
from apps.recoveries.views import apurement_listes as listes
from apps.recoveries.views.apurement_actes import ACTES, act_page

app_name = "apurement"

# Folder of the address of each act, by the first word of its name.
FOLDERS = {
    "contestation": "contestations",
    "remise": "remises",
    "liste": "non-valeurs",
    "ligne": "creances",
    "extinction": "extinctions",
    "procedure": "procedures",
}


def _act(name: str) -> URLPattern:
    kind, _, verb = name.partition("_")
    return path(f"{FOLDERS[kind]}/<int:pk>/{verb}/", act_page(name), name=name)


urlpatterns: list[URLPattern] = [
    path("a-decider/", listes.a_decider, name="a_decider"),
    path("contestations/", listes.Contestations.as_view(), name="contestations"),
    path("contestations/<int:pk>/", fiches.contestation, name="contestation"),
    path(
        "contestations/<int:pk>/piece/",
        documents.contestation_piece,
        name="contestation_piece",
    ),
    path(
        "contestations/<int:pk>/ordre-ecrit/",
        documents.contestation_ordre_ecrit,
        name="contestation_ordre_ecrit",
    ),
    path("contestations/<int:pk>/lettre/", documents.contestation_pdf, name="contestation_pdf"),
    path("remises/", listes.Remises.as_view(), name="remises"),
    path("remises/<int:pk>/", fiches.remise, name="remise"),
    path("remises/<int:pk>/piece/", documents.remise_piece, name="remise_piece"),
    path("remises/<int:pk>/fiche/", documents.remise_fiche, name="remise_fiche"),
    path("remises/<int:pk>/lettre/", documents.remise_pdf, name="remise_pdf"),
    path("non-valeurs/", listes.Listes.as_view(), name="listes"),
    path("non-valeurs/preparer/", fiches.liste_preparer, name="liste_preparer"),
    path("non-valeurs/<int:pk>/", fiches.liste, name="liste"),
    path("non-valeurs/<int:pk>/ajouter/", fiches.ligne_ajouter, name="ligne_ajouter"),
    path("non-valeurs/<int:pk>/bordereau/", documents.liste_pdf, name="liste_pdf"),
    path("creances/<int:pk>/piece/", documents.ligne_piece, name="ligne_piece"),
    path("extinctions/", listes.Extinctions.as_view(), name="extinctions"),
    path("extinctions/<int:pk>/", fiches.extinction, name="extinction"),
    path("extinctions/<int:pk>/piece/", documents.extinction_piece, name="extinction_piece"),
    path("apurements/", listes.Apurements.as_view(), name="apurements"),
    path("procedures/", listes.Procedures.as_view(), name="procedures"),
    path("procedures/enregistrer/", fiches.procedure_enregistrer, name="procedure_enregistrer"),
    path("procedures/<int:pk>/", fiches.procedure, name="procedure"),
    path("procedures/<int:pk>/piece/", documents.procedure_piece, name="procedure_piece"),
    path("ordres/<int:pk>/contester/", fiches.contester, name="contester"),
    path("ordres/<int:pk>/remise/", fiches.remise_demander, name="remise_demander"),
    path("ordres/<int:pk>/extinction/", fiches.extinction_proposer, name="extinction_proposer"),
    path("delegations/", delegations.delegations, name="delegations"),
    path(
        "delegations/enregistrer/",
        delegations.delegation_enregistrer,
        name="delegation_enregistrer",
    ),
    path(
        "delegations/<int:pk>/specimen/",
        delegations.delegation_specimen,
        name="delegation_specimen",
    ),
    path(
        "delegations/<int:pk>/specimen/deposer/",
        delegations.delegation_deposer,
        name="delegation_deposer",
    ),
    path(
        "delegations/<int:pk>/terminer/",
        delegations.delegation_terminer,
        name="delegation_terminer",
    ),
    *(_act(name) for name in ACTES),
]
