"""Table of the memberships, read by the administrator."""

from __future__ import annotations

import django_tables2 as tables

from apps.accounts.models import Membership
from apps.core.tables import Table


class HabilitationTable(Table):
    user = tables.Column("Personne", order_by=("user__nom", "user__prenom"))
    username = tables.Column("Identifiant", accessor="user__username")
    organisation = tables.Column(order_by="organisation__nom")

    class Meta:
        model = Membership
        caption = "Habilitations"
        fields = ("user", "username", "organisation", "role", "debut", "fin")
        order_by = ("organisation", "user")
