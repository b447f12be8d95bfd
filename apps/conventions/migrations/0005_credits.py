"""Credits of the mandates."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("conventions", "0004_accord_objectif"),
    ]
    operations = []
