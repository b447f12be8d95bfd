"""Disputes, remissions, write-offs, collective procedures."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("recoveries", "0004_amiable"),
    ]
    operations = []
