"""Calls for funds and receipts."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0005_banque"),
    ]
    operations = []
