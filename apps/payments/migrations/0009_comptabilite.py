"""Locks of the accounting periods."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0008_modulation"),
    ]
    operations = []
