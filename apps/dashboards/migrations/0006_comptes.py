"""Comptes d’emploi."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("dashboards", "0005_seuils_alertes"),
    ]
    operations = []
