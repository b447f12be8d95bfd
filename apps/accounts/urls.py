"""Addresses of sign-in, passwords, profile, notifications, people and organisations."""

from django.urls import path

from apps.accounts.views import (
    comptes,
    journal,
    notifications,
    organisations,
    passwords,
    proconnect,
    second_factor,
    session,
)

app_name = "accounts"

urlpatterns = [
    path("connexion/", session.Connexion.as_view(), name="connexion"),
    path("connexion/code/", second_factor.verifier, name="second_facteur"),
    path("connexion/proconnect/", proconnect.demander, name="proconnect"),
    path("connexion/proconnect/retour/", proconnect.retour, name="proconnect_retour"),
    path("connexion/proconnect/fin/", proconnect.fin, name="proconnect_fin"),
    path("deconnexion/", session.deconnexion, name="deconnexion"),
    path("session/", session.session, name="session"),
    path("organisation/", session.organisation, name="organisation"),
    path("profil/", session.profil, name="profil"),
    path("profil/mot-de-passe/", passwords.changer, name="mot_de_passe_changer"),
    path("profil/second-facteur/", second_factor.enroler, name="second_facteur_enroler"),
    path("profil/second-facteur/codes/", second_factor.codes, name="second_facteur_codes"),
    path("profil/second-facteur/retirer/", second_factor.retirer, name="second_facteur_retirer"),
    path("profil/sessions/", session.sessions_fermer, name="sessions_fermer"),
    path("mot-de-passe/oublie/", passwords.oublie, name="mot_de_passe_oublie"),
    path(
        "mot-de-passe/<str:uidb64>/<str:token>/",
        passwords.Choisir.as_view(),
        name="mot_de_passe_choisir",
    ),
    path("notifications/", notifications.Notifications.as_view(), name="notifications"),
    path("notifications/tout-lire/", notifications.tout_lire, name="notifications_tout_lire"),
    path("notifications/<int:pk>/", notifications.ouvrir, name="notification_ouvrir"),
    path("habilitations/", organisations.Habilitations.as_view(), name="habilitations"),
    path("habilitations/<int:pk>/", organisations.habilitation, name="habilitation"),
    path(
        "habilitations/<int:pk>/terminer/",
        organisations.habilitation_terminer,
        name="habilitation_terminer",
    ),
    path("organisations/", organisations.Organisations.as_view(), name="organisations"),
    path("organisations/creer/", organisations.organisation_creer, name="organisation_creer"),
    path("organisations/<int:pk>/", organisations.organisation_fiche, name="organisation_fiche"),
    path("organisations/<int:pk>/inviter/", organisations.inviter, name="inviter"),
    path("journal/", journal.journal, name="journal"),
    path("comptes/", comptes.Comptes.as_view(), name="comptes"),
    path("comptes/<int:pk>/", comptes.compte, name="compte"),
    path("comptes/<int:pk>/modifier/", comptes.compte_modifier, name="compte_modifier"),
    *(
        path(
            f"comptes/<int:pk>/{acte.replace('_', '-')}/",
            comptes.acte,
            {"acte": acte},
            name=f"compte_{acte}",
        )
        for acte in comptes.ACTES
    ),
]
