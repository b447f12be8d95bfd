"""Tables of the memberships, accounts, organisations and notifications."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.template.loader import get_template

from apps.accounts.models import Membership, Notification, Organisation, User
from apps.core.tables import ActionColumn, LienColumn, NombreColumn, Table


class HabilitationTable(Table):
    user = tables.Column("Personne", order_by=("user__nom", "user__prenom"))
    username = tables.Column("Identifiant", accessor="user__username")
    organisation = LienColumn(
        "accounts:organisation_fiche",
        args=[tables.A("organisation_id")],
        order_by="organisation__nom",
    )
    debut = tables.DateColumn(format="d/m/Y")
    fin = tables.DateColumn(format="d/m/Y")
    modifier = ActionColumn("Modifier", "accounts:habilitation")

    class Meta:
        model = Membership
        caption = "Habilitations"
        fields = ("user", "username", "organisation", "role", "debut", "fin")
        order_by = ("organisation", "user")


class CompteTable(Table):
    nom = LienColumn("accounts:compte", verbose_name="Personne", order_by=("nom", "prenom"))
    username = tables.Column("Identifiant")
    email = tables.Column("Adresse électronique")
    last_login = tables.DateTimeColumn(verbose_name="Dernière connexion", format="d/m/Y")
    etat = tables.Column("État", empty_values=(), orderable=False)

    class Meta:
        model = User
        caption = "Comptes"
        fields = ("nom", "username", "email", "last_login")
        order_by = ("nom",)

    def render_nom(self, record: User) -> str:
        return f"{record.nom} {record.prenom}"

    def value_nom(self, record: User) -> str:
        return self.render_nom(record)

    def render_etat(self, record: User) -> str:
        if not record.is_active:
            return "Désactivé"
        return "Actif" if record.has_usable_password() else "Invité, sans mot de passe"

    def value_etat(self, record: User) -> str:
        return self.render_etat(record)


class OrganisationTable(Table):
    nom = LienColumn("accounts:organisation_fiche", verbose_name="Organisation")
    type = tables.Column("Type")
    departement = tables.Column("Territoire")
    membres = NombreColumn(verbose_name="Personnes habilitées")

    class Meta:
        model = Organisation
        caption = "Organisations"
        fields = ("nom", "type", "departement", "membres")
        order_by = ("nom",)


class NotificationTable(Table):
    titre = tables.Column("Notification", orderable=False)
    le = tables.DateColumn(format="d/m/Y", orderable=False)
    nature = tables.Column(orderable=False)

    class Meta:
        model = Notification
        caption = "Notifications"
        fields = ("titre", "le", "nature")

    def render_titre(self, record: Any) -> str:
        """On a page, what opens it and marks it as read; in a file, its words."""
        page = getattr(self, "context", None)
        if page is None:
            return f"{record.titre} – {record.texte}"
        template = get_template("accounts/notification.html")
        return template.render({**page.flatten(), "record": record})
